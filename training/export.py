"""The training table as the model sees it, one row per assignment: for whoever wants to check or model it elsewhere."""
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rules.errors import Refused
from rules.spreadsheet import guarded
from training.learn.backtest import find_origins
from training.learn.dataset import days
from training.learn.preparing import PreparedRows

HEAD = ("assignment_id", "item_id", "owner_id", "team", "assigned_by", "assigned_at", "known_at", "settled_at", "label",
        "warm_up", "judged_as_of")
TAIL = ("m", "expected")


def write_training_table(prepared: PreparedRows, path: Path, *, raw: bool = False) -> int:
    """Write the table as CSV (empty = missing or not settled) and return how many rows it has.

    `judged_as_of`: the origin whose model judges the row out of time. `m` as known then, `expected` what the owner's result
    is measured against; `item.NAME`: the item's attributes. Ids and words stand as they may be opened in a spreadsheet, or
    with `raw` as they are.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as handle:
            _write(csv.writer(handle), prepared, str if raw else guarded)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Refused(f"`{path}` cannot be written: {error.strerror}; name a file in a folder that exists") from None
    return len(prepared.table)


def _write(writer, prepared: PreparedRows, words) -> None:
    table, then, expected = prepared.table, prepared.then, prepared.expected
    attributes = [name for name in prepared.book.attributes if name != "kind"]
    writer.writerow((*HEAD, *prepared.pairs.features, *TAIL, *(f"item.{name}" for name in attributes)))
    judged = _judged_as_of(prepared)
    for row, one in enumerate(table.assignments):
        ids = map(words, (one.assignment_id, one.item.item_id, one.owner_id, one.team or "", one.assigned_by or ""))
        times = (one.assigned_at.isoformat(), one.known_at.isoformat(), one.settled_at.isoformat() if one.settled_at else "")
        numbers = ("" if np.isnan(number) else repr(float(number)) for number in prepared.matrix[row])
        values = (one.item.value(name) for name in attributes)
        writer.writerow((*ids, *times, "" if one.label is None else int(one.label), int(then.warm_up[row]), judged[row], *numbers,
                         repr(float(then.m[row])), repr(expected[one.assignment_id]),
                         *("" if value is None else words(str(value)) for value in values)))


def _judged_as_of(prepared: PreparedRows) -> Sequence[str]:
    """By row the origin that judges it; "" before the first, and where no outcome is settled."""
    origins = find_origins(prepared, None)
    places = np.searchsorted([days(origin) for origin in origins], prepared.table.day, side="right")
    return ["" if not place or not settled else origins[place - 1].isoformat()
            for place, settled in zip(places.tolist(), prepared.table.settled.tolist(), strict=True)]
