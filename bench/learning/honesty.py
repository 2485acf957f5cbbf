"""How often a signal is announced where there is none: owners or outcomes permuted over four logs that drift.

Each permutation is a workspace of its own, learnt from and evaluated by the same functions as the commands call. At most one
in twenty may be announced, by `train` and by `evaluate`.
"""
import csv
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from scipy.stats import binomtest

from bench.learning.permutations import PERMUTE, PastAssignment, read_past
from bench.learning.public_sets import incidents
from features.events import Event
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.loading import require_book
from serving.imports.files import import_history
from serving.ranking.bundle import SIGNAL
from serving.runtime.workspace import Workspace
from serving.store import event_log
from tests.training import small_log
from training.judge.evaluate import evaluate
from training.retrain import train
from training.worlds.company import build
from training.worlds.kinds import REFERENCE_DAY, make_world

REFUSED = "refused"
#: The log of incidents ends here, three weeks after its break: the rest would only cost time.
ENDS_AT = {"incident": datetime(2016, 4, 1, tzinfo=UTC)}
#: What a workspace writes beside its own files.
MADE = ("rightful.db*", "bundles", "mlruns", "mlflow.db*")


@dataclass(frozen=True, kw_only=True)
class Permuted:
    """One permutation and what was said of it; `item_over_constant`: log loss of the item's part less that of the constant."""

    number: int
    log: str
    what: str
    train: str
    evaluate: str
    item_over_constant: float
    seconds: float


def company(folder: Path, _data: Path, *, items: int = 8_000) -> Workspace:
    """The example company, smaller."""
    build(folder, reference_day=REFERENCE_DAY, items=items, held_out=10)
    return _imported(folder)


def drifting(folder: Path, _data: Path, *, decisions: int = 5_000) -> Workspace:
    """A world whose owners and market change."""
    make_world(folder, "drift", seed=1, decisions=decisions, held_out=10)
    return _imported(folder)


def small(folder: Path, _data: Path, *, rows: int = 3_000) -> Workspace:
    """Two teams of seven whose leads get worse over the year."""
    return small_log.build(folder, rows=rows, drift=-1.0)


def _imported(folder: Path) -> Workspace:
    workspace = Workspace.at(folder)
    import_history(workspace, folder / "history.csv")
    return workspace


Made = Callable[[Path, Path], Workspace]
LOGS: Mapping[str, Made] = {"incidents": incidents, "company": company, "drift": drifting, "small": small}
#: The same without the large ones, for a test.
FEW: Mapping[str, Made] = {"drift": partial(drifting, decisions=2_500), "small": partial(small, rows=1_500)}


@dataclass(frozen=True, kw_only=True)
class Log:
    """One log as imported: a folder to copy, the kind of item that is learnt, and every event."""

    folder: Path
    kind: str
    events: Sequence[Event]

    @classmethod
    def of(cls, workspace: Workspace) -> "Log":
        """What a workspace holds up to the moment where its log ends here; it is closed."""
        kind = next(iter(workspace.settings.objectives))
        try:
            return cls(folder=workspace.folder, kind=kind, events=tuple(
                event for event in workspace.store.standing_events() if kind not in ENDS_AT or event.known_at < ENDS_AT[kind]))
        finally:
            workspace.close()

    @cached_property
    def past(self) -> tuple[PastAssignment, ...]:
        """Its assignments, with who might have had each."""
        book = require_book(read_book_files(self.folder / "rulebook.yaml"))
        return read_past(self.events, kind=self.kind, book=book, directory=load_directory(read_directory_files(self.folder)))


def plan(count: int, logs: Iterable[str]) -> list[tuple[int, str, str]]:
    """Which permutation is of which log and of what: by turns, so that a part of a run is fair."""
    names, whats = tuple(logs), tuple(PERMUTE)
    return [(number, names[number % len(names)], whats[number // len(names) % len(whats)]) for number in range(count)]


def run(count: int, *, data: Path, out: Path | None = None, logs: Mapping[str, Made] = LOGS,
        say: Callable[[str], None] = lambda words: None) -> list[Permuted]:
    """The first `count` permutations; those that the file keeps are not made again, and each is added to it when done."""
    done = {one.number: one for one in read(out)} if out and out.exists() else {}
    missing = [one for one in plan(count, logs) if one[0] not in done]
    with tempfile.TemporaryDirectory() as place:
        read_logs: dict[str, Log] = {}
        for number, name, what in missing:
            if name not in read_logs:
                say(f"reading the log `{name}`")
                read_logs[name] = Log.of(logs[name](Path(place) / name, data))
            done[number] = found = judge(read_logs[name], number, name, what)
            if out:
                _write(out, found)
            say(f"permutation {number} ({what} of `{name}`): train says {found.train}, evaluate {found.evaluate}")
    return [done[number] for number in range(count)]


def judge(log: Log, number: int, name: str, what: str) -> Permuted:
    """Permute, learn, evaluate."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as place:
        folder = shutil.copytree(log.folder, Path(place) / "ws", ignore=shutil.ignore_patterns(*MADE))
        workspace = Workspace.at(folder)
        try:
            drafts = PERMUTE[what](log.events, log.past, number)
            workspace.store.write(lambda writing: event_log.append(writing, drafts))
            trained = _said(lambda: train(workspace, log.kind, track=False).parts.signal)
            evaluation: dict = {}
            evaluated = _said(lambda: evaluation.update(evaluate(workspace, log.kind).as_json()) or evaluation["signal"])
        finally:
            workspace.close()
    item = next((model["logloss"] for model in evaluation.get("models", ()) if model["name"] == "item"), float("nan"))
    return Permuted(number=number, log=name, what=what, train=trained, evaluate=evaluated, seconds=time.process_time() - began,
                    item_over_constant=item - evaluation.get("constant_logloss", float("nan")))


def _said(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Refused:
        return REFUSED


# ---- the file, and what it says -----------------------------------------------------------------------------------------


def _write(path: Path, found: Permuted) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Permuted)], lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: f"{cell:.5g}" if isinstance(cell, float) else cell for name, cell in asdict(found).items()})


def read(path: Path) -> Iterator[Permuted]:
    """The permutations that a file keeps."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Permuted(number=int(row["number"]), log=row["log"], what=row["what"], train=row["train"],
                           evaluate=row["evaluate"], item_over_constant=float(row["item_over_constant"]),
                           seconds=float(row["seconds"]))


def lines(found: Sequence[Permuted]) -> list[str]:
    """How often each of the two announced a signal, by log and in all, with exact 95 % intervals."""
    told = [f"{'log':<12} {'of':<9} {'n':>4}  {'train announces':<26} {'evaluate announces':<26} item over constant, worst"]
    groups = [(log, what) for log in dict.fromkeys(one.log for one in found) for what in PERMUTE]
    for log, what in [*groups, ("all", "")]:
        rows = [one for one in found if log == "all" or (one.log, one.what) == (log, what)]
        if rows:
            worst = max((one.item_over_constant for one in rows if one.evaluate != REFUSED), default=float("nan"))
            told.append(f"{log:<12} {what:<9} {len(rows):>4}  {_share([one.train for one in rows]):<26} "
                        f"{_share([one.evaluate for one in rows]):<26} {worst:>+25.4f}")
    return told


def _share(said: Sequence[str]) -> str:
    announced = sum(word == SIGNAL for word in said)
    interval = binomtest(announced, len(said)).proportion_ci()
    return f"{announced} = {announced / len(said):.1%} [{interval.low:.1%}, {interval.high:.1%}]"
