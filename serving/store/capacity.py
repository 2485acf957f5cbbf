"""Capacity in the database: reserved by `open < max_open` in the update, freed in the commit that ends or moves the item."""
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from features.events import Event
from serving.store import assignments, tables
from serving.store.prepared import PreparedStatement

#: More events than these at once are a history: everything is counted anew.
_FEW = 5000
_C = tables.capacity.c
_ONE_MORE = update(tables.capacity).where(_C.owner_id == bindparam("owner")).values(open=_C.open + 1)
_MOVE = update(tables.capacity).where(_C.owner_id == bindparam("owner")).values(open=_C.open + bindparam("by"))
_TAKE, _TAKE_IF_ROOM = PreparedStatement(_ONE_MORE), PreparedStatement(_ONE_MORE.where(_C.open < bindparam("most")))
_FIRST = PreparedStatement(insert(tables.capacity))


def reserve(connection: Connection, owner_id: str, max_open: int | None) -> bool:
    """Take one place of an owner; False when there is none left."""
    if max_open is None:
        taken = _TAKE.run(connection, {"owner": owner_id})
    else:
        taken = _TAKE_IF_ROOM.run(connection, {"owner": owner_id, "most": max_open})
    if taken.rowcount:
        return True
    if open_items(connection, owner_id) is not None or max_open == 0:
        return False
    _FIRST.run(connection, {"owner_id": owner_id, "open": 1})
    return True


def open_items(connection: Connection, owner_id: str) -> int | None:
    """How many open items the row of an owner says, None where there is no row yet."""
    return connection.execute(select(tables.capacity.c.open).where(tables.capacity.c.owner_id == owner_id)).scalar()


def count(connection: Connection, fresh: Sequence[Event]) -> None:
    """Follow events just appended: an assignment takes a place, its first end gives it back. ItemHeld for a second owner."""
    if len(fresh) > _FEW:
        recount(connection)
        return
    for owner_id, by in assignments.follow(connection, fresh).items():
        _move(connection, owner_id, by)


def recount(connection: Connection) -> None:
    """Count every owner's open items, and who has which, from all events. ItemHeld for a second owner."""
    assignments.follow_anew(connection)
    owner_id = tables.open_assignments.c.owner_id
    still_open = select(owner_id, func.count()).group_by(owner_id)
    connection.execute(delete(tables.capacity))
    connection.execute(insert(tables.capacity).from_select(["owner_id", "open"], still_open))


def _move(connection: Connection, owner_id: str, by: int) -> None:
    if by == 0:
        return
    moved = connection.execute(_MOVE, {"owner": owner_id, "by": by})
    if not moved.rowcount:
        connection.execute(insert(tables.capacity).values(owner_id=owner_id, open=by))
