"""The figures of many worlds: kept as CSV rows, one a world; summed up per kind and over the kinds, paired world by world."""
import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from scipy.stats import t

from rules.errors import Refused
from training.learn.metrics import Interval
from training.worlds.contest import COMPOSED, EFFECTS, MODEL, RAW_RATE, RIDGE, ROTATION, UNGATED
from training.worlds.kinds import KINDS
from training.worlds.trial import TrialRow

RANKERS = (MODEL, ROTATION, RAW_RATE, EFFECTS, COMPOSED, RIDGE, UNGATED)
COLUMNS = tuple(name for field in fields(TrialRow) for name in (RANKERS if field.name == "shares" else (field.name,)))
_READ: dict[type, Callable[[str], object]] = {str: str, int: int, float: float, bool: lambda text: text == "True"}
Key = tuple[str, int, int]


def key_of(row: TrialRow) -> Key:
    """Which world it is."""
    return row.kind, row.decisions, row.seed


def write_row(path: Path, row: TrialRow) -> None:
    """Add one world's figures to the file, which begins with its header."""
    new = not path.exists()
    cells = {name: value for name, value in vars(row).items() if name != "shares"} | row.shares
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: f"{cell:.5g}" if isinstance(cell, float) else cell for name, cell in cells.items()})


def read_rows(path: Path) -> dict[Key, TrialRow]:
    """The worlds of a file; Refused where it is no such file."""
    if not path.is_file():
        raise Refused(f"there is no file `{path}`; expected figures that `rightful worlds run --out` wrote")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise Refused(f"`{path}` has the columns {reader.fieldnames}, expected {list(COLUMNS)}")
        rows = [_row(cells) for cells in reader]
    return {key_of(row): row for row in rows}


def _row(cells: Mapping[str, str]) -> TrialRow:
    read = {field.name: _READ[field.type](cells[field.name])              # type: ignore[index]  # plain types all
            for field in fields(TrialRow) if field.name != "shares"}
    return TrialRow(**read, shares={name: float(cells[name]) for name in RANKERS})  # type: ignore[arg-type]


def mean_of(values: Sequence[float]) -> Interval:
    """The mean of one figure over worlds of one kind, with its 95 % interval by Student's t; open with one world."""
    found = np.asarray(values, dtype=float)
    reach = float(t.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))) if len(found) > 1 else float("inf")
    return Interval(value=float(found.mean()), low=float(found.mean()) - reach, high=float(found.mean()) + reach)


def mean_over_kinds(by_kind: Iterable[Sequence[float]]) -> Interval:
    """The mean of the kinds' means, each kind the same weight; the spread is that of worlds inside their kind."""
    groups = [np.asarray(one, dtype=float) for one in by_kind]
    value = float(np.mean([one.mean() for one in groups]))
    if any(len(one) < 2 for one in groups):
        return Interval(value=value, low=-float("inf"), high=float("inf"))
    error = float(np.sqrt(sum(one.var(ddof=1) / len(one) for one in groups))) / len(groups)
    reach = float(t.ppf(0.975, sum(len(one) - 1 for one in groups))) * error
    return Interval(value=value, low=value - reach, high=value + reach)


def paired(rows: Iterable[TrialRow], other: Callable[[TrialRow], float | None]) -> dict[str, list[float]]:
    """kind -> the model's share less the other's, world by world; kinds without anything to find are left out."""
    ahead: dict[str, list[float]] = {}
    for row in rows:
        rival = other(row)
        if rival is not None and KINDS[row.kind].ranks:
            ahead.setdefault(row.kind, []).append(row.shares[MODEL] - rival)
    return ahead


def same_world(earlier: Mapping[Key, TrialRow], name: str = MODEL) -> Callable[[TrialRow], float | None]:
    """The earlier figure of the very same world, None where it was not run; Refused where the log is another."""
    def figure(row: TrialRow) -> float | None:
        before = earlier.get(key_of(row))
        if before is None:
            return None
        if before.log != row.log:
            raise Refused(f"the world `{row.kind}`, seed {row.seed}, {row.decisions} decisions, is no longer the one that was "
                          f"judged earlier: its log is {row.log}, it was {before.log}")
        return before.shares[name]

    return figure
