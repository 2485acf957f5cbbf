"""Capacity in the database: an assignment is reserved by `open < max_open` in the update, so nothing can overfill an owner."""
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from features.events import Event
from serving.store import tables

#: What frees an owner's capacity.
ENDS = ("rejected", "reassigned", "closed")
_FEW = 200
_C = tables.capacity.c
_TAKE = update(tables.capacity).where(_C.owner_id == bindparam("owner")).values(open=_C.open + 1)
_TAKE_IF_ROOM = _TAKE.where(_C.open < bindparam("most"))


def reserve(connection: Connection, owner_id: str, max_open: int | None) -> bool:
    """Take one place of an owner; False when there is none left."""
    if max_open is None:
        taken = connection.execute(_TAKE, {"owner": owner_id})
    else:
        taken = connection.execute(_TAKE_IF_ROOM, {"owner": owner_id, "most": max_open})
    if taken.rowcount:
        return True
    if open_items(connection, owner_id) is not None or max_open == 0:
        return False
    connection.execute(insert(tables.capacity).values(owner_id=owner_id, open=1))
    return True


def release(connection: Connection, owner_id: str) -> None:
    """Give one place back."""
    connection.execute(update(tables.capacity).where(tables.capacity.c.owner_id == owner_id, tables.capacity.c.open > 0)
                       .values(open=tables.capacity.c.open - 1))


def open_items(connection: Connection, owner_id: str) -> int | None:
    """How many open items the row of an owner says, None where there is no row yet."""
    return connection.execute(select(tables.capacity.c.open).where(tables.capacity.c.owner_id == owner_id)).scalar()


def count(connection: Connection, fresh: Sequence[Event]) -> None:
    """Follow events just appended: an assignment takes a place, its first end gives it back."""
    if len(fresh) > _FEW:
        recount(connection)
        return
    for event in fresh:
        if event.kind == "assigned":
            reserve(connection, event.owner_id, None)
        elif event.kind in ENDS:
            owner = _freed_by(connection, event)
            if owner is not None:
                release(connection, owner)


def recount(connection: Connection) -> None:
    """Count every owner's open items from all events."""
    ended = tables.events.alias("ended")
    still_open = (
        select(tables.events.c.owner_id, func.count())
        .where(tables.events.c.kind == "assigned",
               ~select(ended.c.seq).where(ended.c.assignment_id == tables.events.c.assignment_id,
                                          ended.c.kind.in_(ENDS)).exists())
        .group_by(tables.events.c.owner_id)
    )
    connection.execute(delete(tables.capacity))
    connection.execute(insert(tables.capacity).from_select(["owner_id", "open"], still_open))


def _freed_by(connection: Connection, event: Event) -> str | None:
    """The owner whose place an end frees, None when the assignment is unknown or had ended before."""
    rows = connection.execute(select(tables.events.c.kind, tables.events.c.owner_id)
                              .where(tables.events.c.assignment_id == event.assignment_id,
                                     tables.events.c.seq < event.seq)).all()
    if any(row.kind in ENDS for row in rows):
        return None
    return next((row.owner_id for row in rows if row.kind == "assigned"), None)
