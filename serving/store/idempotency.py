"""The idempotency record: the same key never decides twice; it answers again for seven days, and refuses another body.

Keys are told apart by route. What is refused is not remembered: nothing was done, so that a retry may succeed.
"""
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from features.clock import micros
from serving.store import tables
from serving.store.prepared import PreparedStatement
from serving.store.writer import Writing

KEPT_FOR = timedelta(days=7)
#: Keys that grew old are cleared whenever one of about so many keys comes by.
CLEARED_EVERY = 100
_I = tables.idempotency.c
_RECALL = PreparedStatement(select(_I.body_digest, _I.decision_id, _I.answer)
                   .where(_I.route == bindparam("on"), _I.key == bindparam("wanted"), _I.stored_at >= bindparam("since")))
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
    row = _RECALL.run(writing.connection, {"on": route, "wanted": key, "since": _horizon(writing, now)}).fetchone()
    return None if row is None else Remembered(body_digest=row[0], decision_id=row[1], answer=row[2])


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
    """Keys age by the store's time: by this machine's clock, as far as what was known before bears it out."""
    now, newest = now or datetime.now(UTC), writing.head_before.newest_at
    return micros(min(now, newest or now) - KEPT_FOR)
