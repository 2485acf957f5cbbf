"""The idempotency record: the same key never decides twice; it answers again for seven days, and refuses another body.

Keys are told apart by route. What is refused is not remembered: nothing was done, so that a retry may succeed.
"""
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from features.clock import DAY, micros
from serving.store import tables
from serving.store.prepared import PreparedStatement
from serving.store.writer import Writing

KEPT_FOR = timedelta(days=7)
_KEPT_US = KEPT_FOR.days * DAY
#: Keys that grew old are cleared whenever one of about so many keys comes by.
CLEARED_EVERY = 100
_I = tables.idempotency.c
_RECALL = PreparedStatement(select(_I.body_digest, _I.decision_id, _I.answer, _I.stored_at)
                            .where(_I.route == bindparam("on"), _I.key == bindparam("wanted")))
_NEW = insert(tables.idempotency)
#: PostgreSQL writes it the same way.
_REMEMBER = PreparedStatement(_NEW.on_conflict_do_update(
    index_elements=[_I.route, _I.key],
    set_={column.name: _NEW.excluded[column.name] for column in (_I.body_digest, _I.decision_id, _I.answer, _I.stored_at)}))
_CLEAR = PreparedStatement(delete(tables.idempotency).where(_I.stored_at < bindparam("since")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What a key stood for: the decision it was answered with, or the answer's own bytes."""

    body_digest: str
    decision_id: str | None
    answer: bytes | None = None


def recall(writing: Writing, route: str, key: str, *, now: datetime | None = None) -> Remembered | None:
    """What the key was answered on a route in the last seven days, None for a new key."""
    row = _RECALL.run(writing.connection, {"on": route, "wanted": key}).fetchone()
    if row is None or (row[3] < _week_ago(writing, now) and row[3] < _horizon(writing, now)):
        return None
    return Remembered(body_digest=row[0], decision_id=row[1], answer=row[2])


def remember(writing: Writing, route: str, key: str, *, body_digest: str, decision_id: str | None = None,
             answer: bytes | None = None, now: datetime | None = None) -> None:
    """Keep what a key that stands for nothing was answered; what is older than seven days is cleared now and then."""
    moment, newest = now or datetime.now(UTC), writing.head_before.newest_at
    if zlib.crc32(key.encode()) % CLEARED_EVERY == 0:
        clear(writing, now=moment)
    _REMEMBER.run(writing.connection, {"route": route, "key": key, "body_digest": body_digest,
                                       "decision_id": decision_id, "answer": answer,
                                       "stored_at": micros(max(moment, newest or moment))})


def clear(writing: Writing, *, now: datetime | None = None) -> int:
    """Forget keys older than seven days; how many."""
    return _CLEAR.run(writing.connection, {"since": _horizon(writing, now)}).rowcount


def _horizon(writing: Writing, now: datetime | None) -> int:
    """Since when keys are remembered: for seven days of the store's time.

    Where that jumped inside the last seven days, over more than seven in which nothing was kept, what lies before the jump
    does not age by it: a clock may be wrong for a while.
    """
    since = _week_ago(writing, now)
    jumped = _left_out(writing, _I.stored_at, since) is not None          # by an index; seldom
    before = _left_out(writing, tables.events.c.known_at, since) if jumped else None
    return since if before is None else before - _KEPT_US


def _week_ago(writing: Writing, now: datetime | None) -> int:
    """Seven days before the store's time: this machine's clock, as far as what was known before bears it out."""
    now, newest = now or datetime.now(UTC), writing.head_before.newest_at
    return micros(min(now, newest or now) - KEPT_FOR)


def _left_out(writing: Writing, column: Column, since: int) -> int | None:
    """The last time in a column before a moment, where the next one lies more than seven days after it."""
    last = writing.connection.execute(select(func.max(column)).where(column < since)).scalar()
    following = writing.connection.execute(select(func.min(column)).where(column >= since)).scalar()
    return None if last is None or following is None or following - last <= _KEPT_US else last
