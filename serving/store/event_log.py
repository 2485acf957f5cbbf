"""The events: appended densely in the order they became known, read back in that order."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select

from features.events import Event
from rules.errors import Refused
from rules.intake.item import item_from_json, item_to_json
from serving.store import capacity, tables
from serving.store.times import from_micros, to_micros
from serving.store.writer import Writing

CHUNK = 2000


def append(writing: Writing, drafts: Sequence[Event]) -> tuple[Event, ...]:
    """The drafts as numbered events; those whose `event_id` is already kept are passed over.

    Refused when a draft became known before the newest event kept: known times never go back.
    """
    known = _known_ids(writing.connection, [draft.event_id for draft in drafts])
    fresh: list[Event] = []
    newest = writing.head.newest_known_at
    for draft in drafts:
        if draft.event_id in known:
            continue
        known.add(draft.event_id)
        known_at = to_micros(draft.known_at)
        if newest is not None and known_at < newest:
            raise Refused(f"`{draft.event_id}` became known at `{draft.known_at.isoformat()}`, before the newest event "
                          f"kept (`{from_micros(newest).isoformat()}`); known times never go back, so expected that "
                          f"moment or a later one")
        newest = known_at
        fresh.append(replace(draft, seq=writing.head.last_seq + len(fresh) + 1))
    _insert(writing, fresh, newest)
    capacity.count(writing.connection, fresh)
    return tuple(fresh)


def rewrite(writing: Writing, drafts: Iterable[Event]) -> int:
    """Merge drafts into the whole history by known time and number everything anew; how many were new.

    Only before the first decision: after it, numbers stand in decisions and never move.
    """
    if writing.head.last_decision:
        raise Refused("history that became known before events already kept can only be imported before the first "
                      "decision; import it into a fresh workspace, or leave it out")
    kept = list(events(writing.connection))
    known = {event.event_id for event in kept}
    fresh = [draft for draft in drafts if draft.event_id not in known]
    merged = sorted(kept + fresh, key=lambda event: event.known_at)
    writing.connection.execute(delete(tables.events))
    writing.advance(last_seq=0, newest_known_at=None)
    numbered = [replace(event, seq=number) for number, event in enumerate(merged, 1)]
    _insert(writing, numbered, to_micros(numbered[-1].known_at) if numbered else None)
    capacity.recount(writing.connection)
    return len(fresh)


def events(connection: Connection, *, after: int = 0, until: int | None = None,
           known_by: datetime | None = None) -> Iterator[Event]:
    """Events in order of `seq`, from beyond `after` up to `until`, or as long as they were known by a moment."""
    where = [] if until is None else [tables.events.c.seq <= until]
    if known_by is not None:
        where.append(tables.events.c.known_at <= to_micros(known_by))
    while True:
        rows = connection.execute(select(tables.events).where(tables.events.c.seq > after, *where)
                                  .order_by(tables.events.c.seq).limit(CHUNK)).all()
        yield from map(_event, rows)
        if len(rows) < CHUNK:
            return
        after = rows[-1].seq


def count(connection: Connection) -> int:
    """How many events are kept."""
    return connection.execute(select(func.count()).select_from(tables.events)).scalar_one()


def _insert(writing: Writing, fresh: Sequence[Event], newest: int | None) -> None:
    if not fresh:
        return
    for start in range(0, len(fresh), CHUNK):
        writing.connection.execute(insert(tables.events), [_row(event) for event in fresh[start:start + CHUNK]])
    writing.advance(last_seq=fresh[-1].seq, newest_known_at=newest)


def _known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    column = tables.events.c.event_id
    for start in range(0, len(ids), 500):
        known.update(connection.scalars(select(column).where(column.in_(ids[start:start + 500]))))
    return known


def _row(event: Event) -> dict[str, object]:
    detail = {}
    if event.item is not None:
        detail["item"] = item_to_json(event.item)
    if event.rotation is not None:
        detail["rotation"] = dict(event.rotation)
    if event.exposure is not None:
        detail["exposure"] = dict(event.exposure)
    return {"seq": event.seq, "event_id": event.event_id, "kind": event.kind, "assignment_id": event.assignment_id,
            "item_id": event.item_id, "owner_id": event.owner_id, "occurred_at": to_micros(event.occurred_at),
            "known_at": to_micros(event.known_at), "team": event.team, "expected": event.expected,
            "assigned_by": event.assigned_by, "propensity": event.propensity, "outcome": event.outcome,
            "value": event.value, "detail": orjson.dumps(detail) if detail else None}


def _event(row: Row) -> Event:
    detail = orjson.loads(row.detail) if row.detail else {}
    item = detail.get("item")
    return Event(event_id=row.event_id, kind=row.kind, assignment_id=row.assignment_id, item_id=row.item_id,
                 owner_id=row.owner_id, occurred_at=from_micros(row.occurred_at), known_at=from_micros(row.known_at),
                 seq=row.seq, team=row.team, item=None if item is None else item_from_json(item), expected=row.expected,
                 assigned_by=row.assigned_by, propensity=row.propensity, rotation=detail.get("rotation"),
                 exposure=detail.get("exposure"), outcome=row.outcome, value=row.value)
