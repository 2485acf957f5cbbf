"""Assignments as the events tell them: who got which item when, and whether it has ended."""
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, case, delete, insert, null, or_, select
from sqlalchemy.exc import IntegrityError

from features.clock import micros, moment
from features.events import ENDS, GAVE_BACK, Event
from rules.errors import Refused
from rules.refdata.record_ids import record_key, spellings
from rules.refdata.times import format_instant
from serving.decision.request import HadIt, Holding
from serving.store import tables
from serving.store.prepared import PreparedStatement

#: So many ids stand in one question to the database.
_MANY = 500
_E = tables.events.c
_ENDED = tables.events.alias("ended").c
_O = tables.open_assignments.c
_GIVEN = select(_E.item_id, _E.assignment_id, _E.owner_id, _E.seq, _E.team, _E.occurred_at).where(_E.kind == "assigned")
_HOLDER = _GIVEN.join(tables.open_assignments, _E.seq == _O.seq)
_ONE_HOLDER = PreparedStatement(_HOLDER.where(_O.item_key == bindparam("key")))
_OPEN = insert(tables.open_assignments)
_OPEN_ONE = PreparedStatement(_OPEN)


class ItemHeld(Refused):
    """The item has an owner already."""

    code = "item-held"
    remedy = "End or override the assignment that the message names, or let the book move items: `intake: {held: move}`."


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAssignment:
    """Who has an item now, since when, by which assignment; `seq` is that of the event that made it."""

    item_id: str
    assignment_id: str
    owner_id: str
    since: datetime
    seq: int = 0
    team: str | None = None

    @classmethod
    def of(cls, assigned: Event) -> "OpenAssignment":
        """The one that an `assigned` event makes."""
        return cls(item_id=assigned.item_id, assignment_id=assigned.assignment_id, owner_id=assigned.owner_id,
                   since=assigned.occurred_at, seq=assigned.seq, team=assigned.team)

    @property
    def key(self) -> str:
        """What the item is known by."""
        return record_key(self.item_id)

    def as_row(self) -> dict[str, object]:
        """The row of the table."""
        return {"item_key": self.key, "assignment_id": self.assignment_id, "owner_id": self.owner_id, "seq": self.seq}

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> "OpenAssignment":
        """The one that a row of `_HOLDER` tells."""
        item_id, assignment_id, owner_id, seq, team, since = row
        return cls(item_id=item_id, assignment_id=assignment_id, owner_id=owner_id, seq=seq, team=team, since=moment(since))

    def handed_on(self, to: Event) -> Event:
        """The end that this assignment finds in another one of its item."""
        return self._ended(OpenAssignment.of(to), to.known_at)

    def overtaken(self, by: "OpenAssignment", known_at: datetime) -> Event:
        """The end of an assignment that is told only after the one that followed it."""
        return self._ended(by, known_at)

    def _ended(self, by: "OpenAssignment", known_at: datetime) -> Event:
        return Event(event_id=f"{by.assignment_id}:ends:{self.assignment_id}", kind="reassigned",
                     assignment_id=self.assignment_id, item_id=self.item_id, owner_id=self.owner_id,
                     occurred_at=by.since, known_at=known_at)

    @property
    def holding(self) -> Holding:
        """The same as a decision is told of it."""
        return Holding(assignment_id=self.assignment_id, owner_id=self.owner_id, team=self.team)

    def refusal(self) -> ItemHeld:
        """Why nobody else can get the item."""
        return ItemHeld(f"item `{self.item_id}` is with `{self.owner_id}` already, by `{self.assignment_id}`; end that "
                        f"assignment first, or override it")


def taken_back(connection: Connection, until: int | None = None) -> frozenset[str]:
    """The ids of the events taken back, up to a number."""
    told = select(_E.detail).where(_E.kind == "retracted", *(() if until is None else (_E.seq <= until,)))
    return frozenset(orjson.loads(detail)["about"] for detail in connection.scalars(told))


def still_open(connection: Connection) -> ColumnElement[bool]:
    """Whether a row is an assignment that nothing has ended, but for what was taken back."""
    return (_E.kind == "assigned") & ~select(_ENDED.seq).where(
        _ENDED.assignment_id == _E.assignment_id, _ENDED.kind.in_(ENDS),
        _ENDED.event_id.not_in(sorted(taken_back(connection)))).exists()


def holder_of(connection: Connection, item_id: str) -> OpenAssignment | None:
    """Who has an item now, inside the writer's transaction; None where nobody has."""
    row = _ONE_HOLDER.run(connection, {"key": record_key(item_id)}).fetchone()
    return None if row is None else OpenAssignment.of_row(row)


def holders(connection: Connection, item_ids: Iterable[str]) -> dict[str, OpenAssignment]:
    """Who has which of some items now, by the key of the item."""
    return _by_key(connection, _O.item_key, {record_key(item_id) for item_id in item_ids})


def _by_key(connection: Connection, column: ColumnElement[str], wanted: Iterable[str]) -> dict[str, OpenAssignment]:
    rows = (row for some in in_parts(list(wanted)) for row in connection.execute(_HOLDER.where(column.in_(some))))
    return {found.key: found for row in rows for found in [OpenAssignment.of_row(row)]}


def open_one(connection: Connection, assigned: Event) -> None:
    """Keep that an item has an owner now; ItemHeld where it has one already."""
    try:
        _OPEN_ONE.run(connection, OpenAssignment.of(assigned).as_row())
    except IntegrityError as error:
        raise ItemHeld(f"item `{assigned.item_id}` has an owner already; end that assignment first, or override it") from error


def given(connection: Connection, item_ids: Iterable[str]) -> dict[str, list[OpenAssignment]]:
    """Every assignment that some items ever had, open or not, by the key of the item."""
    found: dict[str, list[OpenAssignment]] = {}
    for some in in_parts([spelt for item_id in set(item_ids) for spelt in spellings(item_id)]):
        for row in connection.execute(_GIVEN.where(_E.item_id.in_(some))):
            one = OpenAssignment.of_row(row)
            found.setdefault(one.key, []).append(one)
    return found


def follow(connection: Connection, fresh: Sequence[Event]) -> Mapping[str, int]:
    """Follow events just appended; how many more (or fewer) items each owner has. ItemHeld where two have one after them."""
    ending = {event.assignment_id for event in fresh if event.kind in ENDS}
    again = _open_again(connection, [event for event in fresh if event.kind == "retracted"])
    asked = holders(connection, (event.item_id for event in fresh if event.kind == "assigned"))
    asked |= _by_key(connection, _O.assignment_id, ending)
    before = {each.assignment_id: each for each in asked.values()}
    after, moved = dict(before), Counter[str]()
    for event in fresh:
        if event.kind == "assigned":
            after[event.assignment_id] = OpenAssignment.of(event)
            moved[event.owner_id] += 1
        elif event.event_id in again:
            after[event.assignment_id] = again[event.event_id]
            moved[event.owner_id] += 1
        elif event.kind in ENDS and event.assignment_id in after:
            moved[after.pop(event.assignment_id).owner_id] -= 1
    _require_one_each(after.values())
    for some in in_parts([name for name in before if name not in after]):
        connection.execute(delete(tables.open_assignments).where(_O.assignment_id.in_(some)))
    _insert(connection, [each for name, each in after.items() if name not in before])
    return moved


def _open_again(connection: Connection, fresh: Sequence[Event]) -> dict[str, OpenAssignment]:
    """The assignments that some events just kept opened again, as they took back what had ended them; by the event."""
    found: dict[str, OpenAssignment] = {}
    known = held(connection, assignment_ids=[event.assignment_id for event in fresh]) if fresh else {}
    for event in fresh:
        one = known[event.assignment_id]
        if one.ended is None and event.about in one.taken_back:
            found.pop(next((name for name, other in found.items() if other.assignment_id == one.assignment_id), ""), None)
            found[event.event_id] = OpenAssignment(item_id=one.item_id, assignment_id=one.assignment_id, owner_id=one.owner_id,
                                                   since=moment(one.began), seq=one.seq)
    return found


def follow_anew(connection: Connection) -> None:
    """Find out from all events who has what. ItemHeld where two have one."""
    connection.execute(delete(tables.open_assignments))
    found = [OpenAssignment.of_row(row) for row in connection.execute(_GIVEN.where(still_open(connection)))]
    _require_one_each(found)
    _insert(connection, found)


def _require_one_each(open_now: Iterable[OpenAssignment]) -> None:
    found: dict[str, OpenAssignment] = {}
    for one in open_now:
        if one.key in found:
            raise found[one.key].refusal()
        found[one.key] = one


def _insert(connection: Connection, opened: Sequence[OpenAssignment]) -> None:
    if opened:
        connection.execute(_OPEN, [each.as_row() for each in opened])


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """An assignment as the log knows it: who got which item when (`began`, microseconds), and what ended it; nothing while
    it is open. `ends`: id, kind and time of each end that stands, the first ended it; `taken_back`: the ids of those that do not.
    `made_by`: the id of the event that made it; `never`: that one was taken back.
    """

    assignment_id: str
    item_id: str
    owner_id: str
    seq: int
    began: int = 0
    ends: tuple[tuple[str, str, int], ...] = ()
    taken_back: frozenset[str] = frozenset()
    made_by: str = ""
    never: bool = False

    @property
    def ended(self) -> str | None:
        """How it ended."""
        return self.ends[0][1] if self.ends else None

    @property
    def ended_at(self) -> int | None:
        """When it ended."""
        return self.ends[0][2] if self.ends else None

    def ended_by(self, event_id: str, kind: str, at: int) -> "Held":
        """The same with one more end."""
        return replace(self, ends=(*self.ends, (event_id, kind, at)))

    def without(self, event_ids: Container[str]) -> "Held":
        """The same where some ends were taken back."""
        gone = frozenset(name for name, _kind, _at in self.ends if name in event_ids)
        return replace(self, ends=tuple(end for end in self.ends if end[0] not in gone), taken_back=self.taken_back | gone,
                       never=self.never or self.made_by in event_ids)


def held(connection: Connection, *, assignment_ids: Sequence[str] = (), item_ids: Sequence[str] = ()) -> dict[str, Held]:
    """The assignments of some ids and those of some items, by their id."""
    ids = list(assignment_ids)
    for some in in_parts(item_ids):
        ids += connection.scalars(select(_E.assignment_id).where(_E.item_id.in_(some), _E.kind == "assigned"))
    found: dict[str, Held] = {}
    gone: set[str] = set()
    wanted = select(_E.event_id, _E.kind, _E.assignment_id, _E.item_id, _E.owner_id, _E.seq, _E.occurred_at, case(
        (_E.kind == "retracted", _E.detail))).where(_E.kind.in_(("assigned", "retracted", *ENDS))).order_by(_E.seq)
    for some in in_parts(ids):
        for row in connection.execute(wanted.where(_E.assignment_id.in_(some))):
            known = found.get(row.assignment_id)
            if row.kind == "retracted":
                gone.add(orjson.loads(row[-1])["about"])
            elif row.kind == "assigned":
                found[row.assignment_id] = Held(assignment_id=row.assignment_id, item_id=row.item_id, owner_id=row.owner_id,
                                                seq=row.seq, began=row.occurred_at, made_by=row.event_id)
            elif known is not None:
                found[row.assignment_id] = known.ended_by(row.event_id, row.kind, row.occurred_at)
    return {name: one.without(gone) for name, one in found.items()}


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, so many at once as the database takes in one question."""
    return (ids[start:start + _MANY] for start in range(0, len(ids), _MANY))



_A, _D = tables.actions.c, tables.decisions.c
_ITEM_IS: list[BindParameter[Any]] = [bindparam(name) for name in ("given", "key", "short")]
_GIVEN_BACK = PreparedStatement(
    select(_E.event_id, _E.kind, _E.owner_id, _E.occurred_at, _E.detail).where(
        _E.item_id.in_(_ITEM_IS), or_(*(_E.kind == kind for kind in (*GAVE_BACK, "retracted"))),
        _E.known_at <= bindparam("until"))
    .union_all(select(_A.action_id, _A.kind, _A.owner_id, _A.at, null()).join_from(
        tables.decisions, tables.actions, _A.decision_id == _D.decision_id).where(
            _D.item_id.in_(_ITEM_IS), _A.kind == "rejected", _A.at <= bindparam("until"))))


def given_back(connection: Connection, item_id: str, until: datetime) -> tuple[HadIt, ...]:
    """Who had an item, or was offered it, and gave it back by a moment: each once, in the order of time."""
    names = spellings(item_id)
    rows = _GIVEN_BACK.run(connection, {"given": item_id, "key": names[0], "short": names[-1],
                                        "until": micros(until)}).fetchall()
    taken_back = {orjson.loads(detail)["about"] for _id, how, _owner, _at, detail in rows if how == "retracted"}
    found = {owner_id: HadIt(owner_id=owner_id, how=how, at=format_instant(moment(at)))
             for name, how, owner_id, at, _detail in sorted(rows, key=itemgetter(3))
             if how != "retracted" and taken_back.isdisjoint((name, f"{name}:{how}"))}
    return tuple(sorted(found.values(), key=lambda had: had.at))
