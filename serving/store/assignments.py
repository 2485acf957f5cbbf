"""Assignments as the events tell them: who got which item when, and whether it has ended."""
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from features.events import ENDS, Event
from rules.errors import Refused
from rules.model import EMPTY
from rules.refdata.record_ids import record_key
from serving.decision.request import Holding
from serving.store import tables
from serving.store.prepared import PreparedStatement

#: So many ids stand in one question to the database.
_MANY = 500
_E = tables.events.c
_ENDED = tables.events.alias("ended").c
#: Whether a row is an assignment that nothing has ended.
STILL_OPEN = (_E.kind == "assigned") & ~select(_ENDED.seq).where(
    _ENDED.assignment_id == _E.assignment_id, _ENDED.kind.in_(ENDS)).exists()


_O = tables.open_assignments.c
_HOLDER = select(_E.item_id, _O.assignment_id, _O.owner_id, _O.seq, _E.team).join_from(
    tables.open_assignments, tables.events, _E.seq == _O.seq)
_ONE_HOLDER = PreparedStatement(_HOLDER.where(_O.item_key == bindparam("key")))
_OPEN = insert(tables.open_assignments)
_OPEN_ONE = PreparedStatement(_OPEN)


class ItemHeld(Refused):
    """The item has an owner already."""

    code = "item-held"
    remedy = "End or override the assignment that the message names, or let the book move items: `intake: {held: move}`."


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAssignment:
    """Who has an item now, by which assignment; `seq` is that of the event that made it."""

    item_id: str
    assignment_id: str
    owner_id: str
    seq: int = 0
    team: str | None = None

    @classmethod
    def of(cls, assigned: Event) -> "OpenAssignment":
        """The one that an `assigned` event makes."""
        return cls(item_id=assigned.item_id, assignment_id=assigned.assignment_id, owner_id=assigned.owner_id, seq=assigned.seq,
                   team=assigned.team)

    @property
    def key(self) -> str:
        """What the item is known by."""
        return record_key(self.item_id)

    def as_row(self) -> dict[str, object]:
        """The row of the table."""
        return {"item_key": self.key, "assignment_id": self.assignment_id, "owner_id": self.owner_id, "seq": self.seq}

    def handed_on(self, to: Event) -> Event:
        """The end that this assignment finds in another one of its item."""
        return Event(event_id=f"{to.assignment_id}:ends:{self.assignment_id}", kind="reassigned",
                     assignment_id=self.assignment_id, item_id=self.item_id, owner_id=self.owner_id,
                     occurred_at=to.occurred_at, known_at=to.known_at)

    @property
    def holding(self) -> Holding:
        """The same as a decision is told of it."""
        return Holding(assignment_id=self.assignment_id, owner_id=self.owner_id, team=self.team)

    def refusal(self) -> ItemHeld:
        """Why nobody else can get the item."""
        return ItemHeld(f"item `{self.item_id}` is with `{self.owner_id}` already, by `{self.assignment_id}`; end that "
                        f"assignment first, or override it")


def holder_of(connection: Connection, item_id: str) -> OpenAssignment | None:
    """Who has an item now, inside the writer's transaction; None where nobody has."""
    row = _ONE_HOLDER.run(connection, {"key": record_key(item_id)}).fetchone()
    return None if row is None else OpenAssignment(item_id=row[0], assignment_id=row[1], owner_id=row[2], seq=row[3], team=row[4])


def holders(connection: Connection, item_ids: Iterable[str]) -> dict[str, OpenAssignment]:
    """Who has which of some items now, by the key of the item."""
    return _by_key(connection, _O.item_key, {record_key(item_id) for item_id in item_ids})


def _by_key(connection: Connection, column: ColumnElement[str], wanted: Iterable[str]) -> dict[str, OpenAssignment]:
    rows = (row for some in in_parts(list(wanted)) for row in connection.execute(_HOLDER.where(column.in_(some))))
    return {found.key: found for row in rows for found in [OpenAssignment(**row._mapping)]}


def open_one(connection: Connection, assigned: Event) -> None:
    """Keep that an item has an owner now; ItemHeld where it has one already."""
    try:
        _OPEN_ONE.run(connection, OpenAssignment.of(assigned).as_row())
    except IntegrityError as error:
        raise ItemHeld(f"item `{assigned.item_id}` has an owner already; end that assignment first, or override it") from error


def follow(connection: Connection, fresh: Sequence[Event]) -> Mapping[str, int]:
    """Follow events just appended; how many more (or fewer) items each owner has. ItemHeld where two had one."""
    ending = {event.assignment_id for event in fresh if event.kind in ENDS}
    taken = holders(connection, (event.item_id for event in fresh if event.kind == "assigned"))
    taken |= _by_key(connection, _O.assignment_id, ending)
    before, keys = dict(taken), {each.assignment_id: key for key, each in taken.items()}
    moved: Counter[str] = Counter()
    for event in fresh:
        if event.kind == "assigned":
            one = OpenAssignment.of(event)
            if one.key in taken:
                raise taken[one.key].refusal()
            taken[one.key], keys[one.assignment_id] = one, one.key
            moved[one.owner_id] += 1
        elif event.kind in ENDS and event.assignment_id in keys:
            moved[taken.pop(keys.pop(event.assignment_id)).owner_id] -= 1
    gone = [each.assignment_id for key, each in before.items() if taken.get(key) != each]
    for some in in_parts(gone):
        connection.execute(delete(tables.open_assignments).where(_O.assignment_id.in_(some)))
    _insert(connection, [each for key, each in taken.items() if before.get(key) != each])
    return moved


def follow_anew(connection: Connection) -> None:
    """Find out from all events who has what. ItemHeld where two had one."""
    connection.execute(delete(tables.open_assignments))
    found: dict[str, OpenAssignment] = {}
    for row in connection.execute(select(_E.item_id, _E.assignment_id, _E.owner_id, _E.seq).where(STILL_OPEN)):
        one = OpenAssignment(**row._mapping)
        if one.key in found:
            raise found[one.key].refusal()
        found[one.key] = one
    _insert(connection, list(found.values()))


def _insert(connection: Connection, opened: Sequence[OpenAssignment]) -> None:
    if opened:
        connection.execute(_OPEN, [each.as_row() for each in opened])


def one_after_the_other(events: Sequence[Event], held_before: Mapping[str, OpenAssignment] = EMPTY) -> list[Event]:
    """Events in known order, so that an item has one owner at a time: who gets one that another has ends that as `reassigned`.

    An end of its own at that very moment does as well, and comes first. `held_before`: who had what before, by key.
    """
    own_ends: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in ENDS:
            own_ends.setdefault(event.assignment_id, []).append(event)
    held_now, told, early = dict(held_before), list[Event](), set[str]()
    keys = {each.assignment_id: key for key, each in held_now.items()}
    for event in events:
        if event.kind == "assigned":
            one = OpenAssignment.of(event)
            holder = held_now.get(one.key)
            if holder is not None:
                end = next((each for each in own_ends.get(holder.assignment_id, ()) if each.known_at == event.known_at),
                           holder.handed_on(event))
                told.append(end)
                early.add(end.event_id)
                del keys[holder.assignment_id]
            held_now[one.key], keys[one.assignment_id] = one, one.key
        elif event.kind in ENDS and event.assignment_id in keys:
            del held_now[keys.pop(event.assignment_id)]
        if event.event_id not in early:
            told.append(event)
    return told


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """An assignment as the log knows it: who got which item when (by `seq`), and how it ended, None while it is open."""

    assignment_id: str
    item_id: str
    owner_id: str
    seq: int
    ended: str | None = None


def held(connection: Connection, *, assignment_ids: Sequence[str] = (), item_ids: Sequence[str] = ()) -> dict[str, Held]:
    """The assignments of some ids and those of some items, by their id."""
    ids = list(assignment_ids)
    for some in in_parts(item_ids):
        ids += connection.scalars(select(_E.assignment_id).where(_E.item_id.in_(some), _E.kind == "assigned"))
    found: dict[str, Held] = {}
    wanted = select(_E.kind, _E.assignment_id, _E.item_id, _E.owner_id, _E.seq).where(
        _E.kind.in_(("assigned", *ENDS))).order_by(_E.seq)
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
