"""Assignments as the events tell them: who got which item when, and whether it has ended."""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from features.events import ENDS
from serving.store import tables

#: So many ids stand in one question to the database.
_MANY = 500
_E = tables.events.c
_ENDED = tables.events.alias("ended").c
#: Whether a row is an assignment that nothing has ended.
STILL_OPEN = (_E.kind == "assigned") & ~select(_ENDED.seq).where(
    _ENDED.assignment_id == _E.assignment_id, _ENDED.kind.in_(ENDS)).exists()


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """An assignment as the log knows it: who got which item when (by `seq`), and how it ended, None while it is open."""

    assignment_id: str
    item_id: str
    owner_id: str
    seq: int
    ended: str | None = None


def held(connection: Connection, *, assignment_ids: Sequence[str] = (), item_ids: Sequence[str] = (),
         before: int | None = None) -> dict[str, Held]:
    """The assignments of some ids and those of some items, by their id; `before`: as they stood before that `seq`."""
    ids = list(assignment_ids)
    for some in in_parts(item_ids):
        ids += connection.scalars(select(_E.assignment_id).where(_E.item_id.in_(some), _E.kind == "assigned"))
    found: dict[str, Held] = {}
    wanted = select(_E.kind, _E.assignment_id, _E.item_id, _E.owner_id, _E.seq).where(_E.kind.in_(("assigned", *ENDS)))
    wanted = wanted.order_by(_E.seq) if before is None else wanted.where(_E.seq < before).order_by(_E.seq)
    for some in in_parts(ids):
        for row in connection.execute(wanted.where(_E.assignment_id.in_(some))):
            known = found.get(row.assignment_id)
            if row.kind == "assigned":
                found[row.assignment_id] = Held(assignment_id=row.assignment_id, item_id=row.item_id, owner_id=row.owner_id,
                                                seq=row.seq)
            elif known is not None and known.ended is None:
                found[row.assignment_id] = replace(known, ended=row.kind)
    return found


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, so many at once as the database takes in one question."""
    return (ids[start:start + _MANY] for start in range(0, len(ids), _MANY))
