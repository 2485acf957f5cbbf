"""Who had an item when, from an export with one row per change of its owner: each change begins an assignment and ends another.

Salesforce writes a change twice, with ids and with names; the row whose owners are known by id is taken.
"""
from collections.abc import Callable, Collection, Sequence

from rules.exports.repairs import Repair, without_idle
from rules.refdata.times import parse_instant
from rules.tabular import Row

#: Columns of ours that a row of changes has besides: who had the item before, and whether it tells of the item's arrival.
BEFORE, CREATED = "_owner_before", "_created"
CHANGE_COLUMNS = ("ended_at", "end")


def assignments_of(rows: Sequence[Row], known: Collection[str],
                   find: Callable[[str], str]) -> tuple[list[Row], tuple[Repair, ...]]:
    """A row per assignment; and what became of the rows that are none. `find` gives an owner's id by name or address."""
    items: dict[str, list[Row]] = {}
    for row in rows:
        items.setdefault(row.cells["item_id"], []).append(row)
    made: list[Row] = []
    twice: list[int] = []
    alone: list[int] = []
    nobody: list[int] = []
    unknown_start = 0
    for listed in items.values():
        arrivals = [row for row in listed if CREATED in row.cells]
        changes, beside = _changes([row for row in listed if CREATED not in row.cells], known, find)
        first = changes[0].cells.get(BEFORE) if changes else None
        starts = [row for row in arrivals[:1] if first]
        alone += [row.line for row in arrivals if row not in starts]
        twice += beside
        unknown_start += bool(first and not starts)
        held = [*(Row(line=row.line, cells={**row.cells, "owner_id": first or ""}) for row in starts), *changes]
        received = min((row.cells["assigned_at"] for row in (*arrivals, *changes)), key=parse_instant)
        nobody += [row.line for row in changes if "owner_id" not in row.cells]
        made += [_assignment(row, following, received) for row, following in zip(held, [*held, None][1:], strict=True)
                 if "owner_id" in row.cells]
    return made, without_idle((
        Repair(code="change_twice", count=len(twice), lines=tuple(twice),
               message="rows of a change that another row tells as well"),
        Repair(code="to_nobody", count=len(nobody), lines=tuple(nobody),
               message="changes to no owner: the assignment before ends there"),
        Repair(code="arrivals", count=len(alone), lines=tuple(alone), message="rows that only tell when an item came in"),
        Repair(code="first_owner", count=unknown_start, message="items whose first owner had them since a day that the file does "
               "not tell: that assignment is left out; export the rows of their creation too")))


def _changes(rows: Sequence[Row], known: Collection[str], find: Callable[[str], str]) -> tuple[list[Row], list[int]]:
    """One row a moment, with owners by id, in order of time; and the lines of those beside them."""
    moments: dict[str, list[Row]] = {}
    for row in rows:
        moments.setdefault(row.cells["assigned_at"], []).append(row)
    made: list[Row] = []
    beside: list[int] = []
    for at in sorted(moments, key=parse_instant):
        here = moments[at]
        by_id = [row for row in here if row.cells.get("owner_id") in known] or here
        left = {row.cells.get(BEFORE) for row in by_id}
        last = next((row for row in reversed(by_id) if row.cells.get("owner_id") not in left), by_id[-1])
        beside += [row.line for row in here if row is not last]
        named = {name: last.cells[name] if last.cells[name] in known else find(last.cells[name])
                 for name in ("owner_id", BEFORE) if name in last.cells}
        made.append(Row(line=last.line, cells={**last.cells, **named}))
    return made, beside


def _assignment(row: Row, following: Row | None, received: str) -> Row:
    cells = {name: cell for name, cell in row.cells.items() if not name.startswith("_")}
    end = {"end": "open"} if following is None else {"end": "reassigned", "ended_at": following.cells["assigned_at"]}
    return Row(line=row.line, cells={**cells, "received_at": received, **end})
