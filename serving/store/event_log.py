"""The events: appended densely in the order they became known, read back in that order."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter, itemgetter

import orjson
from sqlalchemy import Column, Connection, Row, Select, bindparam, delete, insert, select

from features.clock import AHEAD, micros, moment, runs_ahead
from features.events import KINDS, Event
from rules.errors import Refused
from rules.intake.item import item_from_json, item_to_json
from rules.refdata.times import format_instant
from serving.store import assignments, capacity, tables
from serving.store.assignments import in_parts
from serving.store.prepared import PreparedStatement
from serving.store.succession import one_after_the_other
from serving.store.writer import Writing

CHUNK = 2000
#: So many events of a whole history go in together.
BATCH = 20_000
_E = tables.events.c
_INSERT = insert(tables.events)
_INSERT_ONE = PreparedStatement(_INSERT)
_NEXT = select(tables.events).where(_E.seq > bindparam("after"), _E.seq <= bindparam("until")).order_by(_E.seq).limit(CHUNK)
_NO_END = 2**62
#: Columns that hold a field of the event as it is.
_AS_IT_IS = ("seq", "event_id", "kind", "assignment_id", "item_id", "owner_id", "team", "expected", "assigned_by", "propensity",
             "outcome", "value")
_read_as_it_is = attrgetter(*_AS_IT_IS)


def append(writing: Writing, drafts: Sequence[Event]) -> tuple[Event, ...]:
    """The drafts as numbered events; those whose `event_id` is already kept are passed over.

    Refused when a draft became known before the newest event kept (known times never go back), or is of an assignment
    that nobody made; ItemHeld when it gives an item to a second owner.
    """
    known = known_ids(writing.connection, drafts)
    assigned = _found(writing.connection, _E.assignment_id, [draft.assignment_id for draft in drafts])
    fresh: list[Event] = []
    for draft in drafts:
        if draft.event_id not in known:
            known.add(draft.event_id)
            _check_assignment(draft, assigned)
            fresh.append(draft)
    numbered = _number(writing, fresh)
    capacity.count(writing.connection, numbered)
    return numbered


def append_all(writing: Writing, drafts: Iterable[Event]) -> int:
    """The same of a whole history into a store without events, no more than a batch of it held; how many there were.

    A batch goes in by id, not by number: the index on ids then is written page by page instead of all over.
    """
    assigned: set[str] = set()
    left, newest = enumerate(drafts, 1), None
    while batch := list(islice(left, BATCH)):
        rows = []
        for seq, draft in batch:
            _check_assignment(draft, assigned)
            newest = _later(newest, draft)
            rows.append({**_row(draft), "seq": seq})
        rows.sort(key=itemgetter("event_id"))
        _INSERT_ONE.run_many(writing.connection, rows)
        writing.advance(last_seq=batch[-1][0], newest_known_at=newest)
    capacity.recount(writing.connection)
    return writing.head.last_seq


def append_reserved(writing: Writing, assigned: Event) -> Event:
    """An assignment under a new id, for which capacity.reserve took the place before. ItemHeld where the item has an owner."""
    [numbered] = _number(writing, [assigned])
    assignments.open_one(writing.connection, numbered)
    return numbered


def _number(writing: Writing, fresh: Sequence[Event]) -> tuple[Event, ...]:
    """Give events their numbers and keep them; Refused when known times go back, but for those of a clock that ran ahead."""
    newest = writing.head.newest_known_at
    if runs_ahead(writing.head.newest_at, now=writing.opened_at):
        newest = micros(writing.opened_at - AHEAD)
    numbered = []
    for seq, draft in enumerate(fresh, writing.head.last_seq + 1):
        newest = _later(newest, draft)
        numbered.append(replace(draft, seq=seq))
    _insert(writing, numbered, newest)
    return tuple(numbered)


def _later(newest: int | None, draft: Event) -> int:
    """When a draft became known; Refused where that lies before the newest known time."""
    known_at = micros(draft.known_at)
    if newest is not None and known_at < newest:
        raise Refused(f"`{draft.event_id}` became known at `{format_instant(draft.known_at)}`, before the newest event "
                      f"kept (`{format_instant(moment(newest))}`); known times never go back, so expected that "
                      f"moment or a later one")
    return known_at


def rewrite(writing: Writing, drafts: Iterable[Event]) -> int:
    """Merge drafts into the whole history by known time, one owner at a time, and number everything anew; how many were new.

    Only before the first decision: after it, numbers stand in decisions and never move.
    """
    if writing.head.last_decision:
        raise Refused("history that became known before events already kept can only be imported before the first "
                      "decision; import it into a fresh workspace, or leave it out")
    kept = list(events(writing.connection))
    known = {event.event_id for event in kept}
    fresh = [draft for draft in drafts if draft.event_id not in known]
    merged = one_after_the_other(sorted(kept + fresh, key=lambda event: event.known_at))
    writing.connection.execute(delete(tables.events))
    writing.advance(last_seq=0, newest_known_at=None)
    numbered = [replace(event, seq=number) for number, event in enumerate(merged, 1)]
    _insert(writing, numbered, micros(numbered[-1].known_at) if numbered else None)
    capacity.recount(writing.connection)
    return len(merged) - len(kept)


def events(connection: Connection, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
    """Events in order of `seq`, from beyond `after` up to `until`."""
    while chunk := some(connection, after=after, until=until):
        yield from chunk
        after = chunk[-1].seq


def some(connection: Connection, *, after: int, until: int | None = None) -> list[Event]:
    """The next events in order of `seq`, at most a chunk of them; [] at the end."""
    rows = connection.execute(_NEXT, {"after": after, "until": _NO_END if until is None else until})
    return [_event(row) for row in rows]


def read(connection: Connection, wanted: Select) -> Iterator[Event]:
    """The events that a question for rows of the table finds."""
    return (_event(row) for row in connection.execute(wanted))


def of_assignment(connection: Connection, assignment_id: str) -> tuple[Event, ...]:
    """The events of one assignment in order of `seq`."""
    rows = connection.execute(select(tables.events).where(_E.assignment_id == assignment_id).order_by(_E.seq))
    return tuple(_event(row) for row in rows)


def assigned(connection: Connection, assignment_id: str) -> Event:
    """The event that made an assignment, with its item; Refused when nobody made it."""
    row = connection.execute(select(tables.events).where(_E.assignment_id == assignment_id,
                                                         _E.kind == "assigned")).one_or_none()
    if row is None:
        raise Refused(f"nobody made an assignment `{assignment_id}`")
    return _event(row)


def flagged(connection: Connection) -> list[Event]:
    """The assignments of open items at which something was noted: their owners are such as compliance excludes."""
    opened = select(tables.events).join(tables.open_assignments, _E.seq == tables.open_assignments.c.seq).order_by(_E.seq)
    likely = (_event(row) for row in connection.execute(opened) if b'"note":' in row.detail)     # or an attribute of that name
    return [event for event in likely if event.note is not None]


def by_ids(connection: Connection, event_ids: Sequence[str]) -> dict[str, Event]:
    """Those of the wanted events that are kept, by their id."""
    found: dict[str, Event] = {}
    for some_ids in in_parts(event_ids):
        rows = connection.execute(select(tables.events).where(_E.event_id.in_(some_ids)))
        found.update((row.event_id, _event(row)) for row in rows)
    return found


def _insert(writing: Writing, fresh: Sequence[Event], newest: int | None) -> None:
    if not fresh:
        return
    if len(fresh) == 1:
        _INSERT_ONE.run(writing.connection, _row(fresh[0]))
    else:
        for start in range(0, len(fresh), CHUNK):
            writing.connection.execute(_INSERT, [_row(event) for event in fresh[start:start + CHUNK]])
    writing.advance(last_seq=fresh[-1].seq, newest_known_at=newest)


def _check_assignment(draft: Event, assigned: set[str]) -> None:
    """An assignment is made once, with its item, and everything else happens to one that was made."""
    if draft.kind not in KINDS:
        raise Refused(f"`{draft.event_id}` is of the unknown kind `{draft.kind}`; expected one of {', '.join(KINDS)}")
    if draft.kind == "assigned":
        if draft.item is None:
            raise Refused(f"the assignment `{draft.assignment_id}` comes without its item; expected one")
        if draft.assignment_id in assigned:
            raise Refused(f"the assignment `{draft.assignment_id}` was made before; expected another id")
        assigned.add(draft.assignment_id)
    elif draft.assignment_id not in assigned:
        raise Refused(f"`{draft.kind}` of an assignment `{draft.assignment_id}` that nobody made; expected the id of a "
                      f"decision that assigned, or of an imported assignment")


def known_ids(connection: Connection, drafts: Sequence[Event]) -> set[str]:
    """The ids of those drafts that are kept already."""
    return _found(connection, _E.event_id, [draft.event_id for draft in drafts])


def _found(connection: Connection, column: Column, wanted: Sequence[str]) -> set[str]:
    """Which of the wanted ids the events hold in a column."""
    return {found for ids in in_parts(wanted) for found in connection.scalars(select(column).where(column.in_(ids)))}


def _row(event: Event) -> dict[str, object]:
    item = None if event.item is None else item_to_json(event.item)
    detail = {name: told for name, told in (("item", item), ("rotation", event.rotation), ("exposure", event.exposure),
                                        ("about", event.about), ("note", event.note), ("untold", event.untold or None),
                                        ("counted_as", event.counted_as))
              if told is not None}
    occurred_at = micros(event.occurred_at)
    return dict(zip(_AS_IT_IS, _read_as_it_is(event), strict=True), occurred_at=occurred_at,
                known_at=occurred_at if event.known_at is event.occurred_at else micros(event.known_at),
                respond_by=None if event.respond_by is None else micros(event.respond_by),
                detail=orjson.dumps(detail, default=dict) if detail else None)


def _event(row: Row) -> Event:
    detail = orjson.loads(row.detail) if row.detail else {}
    item = detail.get("item")
    return Event(**{name: getattr(row, name) for name in _AS_IT_IS}, occurred_at=moment(row.occurred_at),
                 known_at=moment(row.known_at), respond_by=None if row.respond_by is None else moment(row.respond_by),
                 item=None if item is None else item_from_json(item), rotation=detail.get("rotation"),
                 exposure=detail.get("exposure"), about=detail.get("about"), note=detail.get("note"),
                 untold=detail.get("untold", False), counted_as=detail.get("counted_as"))
