"""The training table as the model sees it, one row per assignment: for whoever wants to check or model it elsewhere."""
import csv
from pathlib import Path

import numpy as np

from rules.errors import Refused
from rules.spreadsheet import guarded
from training.learn.backtest import Backtest
from training.learn.preparing import PreparedRows

HEAD = ("assignment_id", "item_id", "owner_id", "team", "assigned_by", "assigned_at", "known_at", "settled_at", "label",
        "warm_up", "judged_as_of", "fold")
TAIL = ("m", "expected")


def write_training_table(prepared: PreparedRows, path: Path, *, judged: Backtest | None, raw: bool = False) -> int:
    """Write the table as CSV (empty = missing or not settled) and return how many rows it has; `judged`: the log's backtest.

    `judged_as_of`: the origin whose model judges the row out of time, `fold` its place among the origins (1 = first), both empty
    where a row judges nothing. `m` as known then, `expected` what the owner's result is measured against; `item.NAME`: the item's
    attributes, and its worth. Ids and words stand as they may be opened in a spreadsheet, or with `raw` as they are.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as handle:
            _write(csv.writer(handle), prepared, judged, str if raw else guarded)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Refused(f"`{path}` cannot be written: {error.strerror}; name a file in a folder that exists") from None
    return len(prepared.table)


def _write(writer, prepared: PreparedRows, judged: Backtest | None, words) -> None:
    table, then, expected = prepared.table, prepared.then, prepared.expected
    known = (*prepared.book.attributes, *(one.attribute for one in prepared.fields))
    attributes = [name for name in dict.fromkeys(known) if name != "kind"]
    writer.writerow((*HEAD, *prepared.pairs.features, *TAIL, *(f"item.{name}" for name in attributes)))
    folds = _folds(judged, len(table))
    for row, one in enumerate(table.assignments):
        ids = map(words, (one.assignment_id, one.item.item_id, one.owner_id, one.team or "", one.assigned_by or ""))
        times = (one.assigned_at.isoformat(), one.known_at.isoformat(), one.settled_at.isoformat() if one.settled_at else "")
        numbers = ("" if np.isnan(number) else repr(float(number)) for number in prepared.matrix[row])
        values = (one.item.value(name) for name in attributes)
        writer.writerow((*ids, *times, "" if one.label is None else int(one.label), int(then.warm_up[row]), *folds[row], *numbers,
                         repr(float(then.m[row])), repr(expected[one.assignment_id]),
                         *("" if value is None else words(str(value)) for value in values)))


def _folds(judged: Backtest | None, rows: int) -> list[tuple[str, str]]:
    """By row the origin that judges it and its place; "" where a row judges nothing."""
    found = [("", "")] * rows
    for place, part in enumerate(() if judged is None else judged.by_origin, 1):
        for row in part.rows.tolist():
            found[row] = part.origin.isoformat(), str(place)
    return found
