"""Many worlds, one after the other or several at once; what is finished is kept, so that a run that was stopped goes on."""
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from training.worlds.contest import MODEL
from training.worlds.figures import Key, key_of, read_rows, write_row
from training.worlds.kinds import kind_of
from training.worlds.trial import TrialRow, run_trial


@dataclass(frozen=True, kw_only=True)
class WorldsWish:
    """Which worlds: every kind with every size and seeds 1 to `seeds`; `out`: the file that keeps the rows."""

    kinds: Sequence[str]
    sizes: Sequence[int]
    seeds: int
    jobs: int = 1
    out: Path | None = None

    def keys(self) -> list[Key]:
        """The worlds in order: all kinds with the first seed, then all with the next, so that a part of a run is fair."""
        for kind in self.kinds:
            kind_of(kind)
        return [(kind, size, seed) for size in self.sizes for seed in range(1, self.seeds + 1) for kind in self.kinds]


def run_worlds(wish: WorldsWish, say: Callable[[str], None]) -> list[TrialRow]:
    """The rows of every world that was asked for, those of the file included; what is new is added to it once it is done."""
    wanted = wish.keys()
    rows = read_rows(wish.out) if wish.out and wish.out.exists() else {}
    missing = [key for key in wanted if key not in rows]
    for done, row in enumerate(_finished(missing, wish.jobs), 1):
        rows[key_of(row)] = row
        if wish.out:
            write_row(wish.out, row)
        found = f"model {row.shares[MODEL]:.3f} of the oracle gap" if kind_of(row.kind).ranks else "nothing to find"
        say(f"world {done} of {len(missing)}: {row.kind}, {row.decisions:,} decisions, seed {row.seed}: {found}, "
            f"{'a signal is announced' if row.signal else 'no signal is announced'}")
    return [rows[key] for key in wanted]


def _finished(keys: Sequence[Key], jobs: int) -> Iterator[TrialRow]:
    if jobs <= 1:
        yield from map(_one, keys)
        return
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for future in as_completed([pool.submit(_one, key) for key in keys]):
            yield future.result()


def _one(key: Key) -> TrialRow:
    kind, decisions, seed = key
    return run_trial(kind, seed=seed, decisions=decisions)
