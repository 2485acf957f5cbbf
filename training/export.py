"""The training table as the model sees it, one row per assignment: for whoever wants to check or model it elsewhere."""
import csv
from pathlib import Path

import numpy as np

from rules.errors import Refused
from rules.spreadsheet import guarded
from serving.ranking.layers import sigmoid
from training.learn.preparing import PreparedRows

HEAD = ("assignment_id", "item_id", "owner_id", "team", "assigned_by", "assigned_at", "known_at", "settled_at", "label",
        "warm_up")
TAIL = ("m", "expected")


def write_training_table(prepared: PreparedRows, path: Path, *, raw: bool = False) -> int:
    """Write the table as CSV (empty = missing or not settled) and return how many rows it has.

    Ids and teams stand as they may be opened in a spreadsheet, or with `raw` as they are.
    """
    table, then = prepared.table, prepared.then
    chance = sigmoid(then.m)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow((*HEAD, *prepared.pairs.features, *TAIL))
            for row, one in enumerate(table.assignments):
                settled = one.settled_at.isoformat() if one.settled_at else ""
                label = "" if one.label is None else int(one.label)
                words = (one.assignment_id, one.item.item_id, one.owner_id, one.team or "", one.assigned_by or "")
                numbers = ("" if np.isnan(number) else repr(float(number)) for number in prepared.matrix[row])
                writer.writerow((*(words if raw else map(guarded, words)), one.assigned_at.isoformat(),
                                 one.known_at.isoformat(), settled, label, int(then.warm_up[row]), *numbers,
                                 repr(float(then.m[row])), repr(float(chance[row]))))
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Refused(f"`{path}` cannot be written: {error.strerror}; name a file in a folder that exists") from None
    return len(table)
