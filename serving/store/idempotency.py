"""Idempotency: the same key never decides twice; it answers again for seven days, and refuses another body."""
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select

from features.clock import micros
from serving.store import tables
from serving.store.writer import Writing

KEPT_FOR = timedelta(days=7)
#: Keys that grew old are cleared once in so many decisions.
CLEARED_EVERY = 100
_I = tables.idempotency.c
_RECALL = select(tables.idempotency).where(_I.key == bindparam("wanted"), _I.stored_at >= bindparam("since"))
_REMEMBER = insert(tables.idempotency)
_FORGET_KEY = delete(tables.idempotency).where(_I.key == bindparam("wanted"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What a key stood for."""

    body_digest: str
    decision_id: str


def recall(writing: Writing, key: str, *, now: datetime | None = None) -> Remembered | None:
    """What the key decided in the last seven days, None for a new key."""
    row = writing.connection.execute(_RECALL, {"wanted": key, "since": _horizon(now)}).one_or_none()
    return None if row is None else Remembered(body_digest=row.body_digest, decision_id=row.decision_id)


def remember(writing: Writing, key: str, *, body_digest: str, decision_id: str, now: datetime | None = None) -> None:
    """Keep what a key that stands for nothing decided; what is older than seven days is cleared now and then."""
    moment = now or datetime.now(UTC)
    if writing.head.last_decision % CLEARED_EVERY == 0:
        writing.connection.execute(delete(tables.idempotency).where(_I.stored_at < _horizon(moment)))
    writing.connection.execute(_FORGET_KEY, {"wanted": key})
    writing.connection.execute(_REMEMBER, {"key": key, "body_digest": body_digest, "decision_id": decision_id,
                                           "stored_at": micros(moment)})


def _horizon(now: datetime | None) -> int:
    return micros((now or datetime.now(UTC)) - KEPT_FOR)
