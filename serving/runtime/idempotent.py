"""Idempotency keys at work: one request per key runs at a time, the same question is answered from what was kept."""
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import orjson

from features.events import Event
from rules.digests import digest_of
from rules.errors import Refused, StoreError
from serving.store import decision_log, idempotency
from serving.store.store import Store
from serving.store.writer import Writing

T = TypeVar("T")


class KeyReused(Refused):
    """An idempotency key that stands for another request."""

    code, status = "idempotency-key-reused", 422
    remedy = "Send the same body as the first time, or a new key."


class KeyRunning(Refused):
    """A request under the same idempotency key has not been answered yet."""

    code, retry_after = "idempotency-key-running", 1
    remedy = "Ask again in a moment, under the same key: the answer will be the first request's."


class Keyed(Protocol):
    """What is asked under an idempotency key, None = without one; `digest` tells it from another question."""

    @property
    def key(self) -> str | None: ...

    @property
    def digest(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept(Generic[T]):
    """What carrying out came to: the answer, the events appended, and what the key is to be answered with again.

    `decision_id`: of a decision, whose bytes are kept anyway; `canonical`: the answer's own bytes where it is none.
    """

    answer: T
    events: tuple[Event, ...] = ()
    decision_id: str | None = None
    canonical: bytes | None = None


class IdempotentWrites:
    """Writes of one process, each carried out once per route and key. Another process's are seen once they are committed.

        running? -> queued -> answered before? -> same question? -> carried out -> key kept -> events expected -> key freed

    `expect` is told of every event appended, as the last step: an error before it leaves no event.
    """

    def __init__(self, store: Store, expect: Callable[[Event], None]):
        self._store, self._expect = store, expect
        self._running: set[tuple[str, str]] = set()
        self._changing = threading.Lock()

    def submit(self, route: str, asked: Keyed, carry_out: Callable[[Writing], Kept[T]],
               again: Callable[[Writing, str | None, bytes], T]) -> "Future[T]":
        """Queue a write. KeyRunning while one under the same key is under way; KeyReused for another question under it.

        `again` makes the answer from what the key was answered with: the decision's id, if it was one, and the bytes.
        """
        key = asked.key

        def job(writing: Writing) -> T:
            before = None if key is None else _answered_before(writing, route, asked)
            return self._carried_out(writing, route, asked, carry_out(writing)) if before is None else again(writing, *before)

        if key is None:
            return self._store.submit(job)
        with self._changing:
            if (route, key) in self._running:
                raise KeyRunning(f"a request under the idempotency key `{key}` is still running; ask again in a moment")
            self._running.add((route, key))
        try:
            working = self._store.submit(job)
        except StoreError:
            self._running.discard((route, key))
            raise
        answer: Future = Future()
        answer.set_running_or_notify_cancel()             # whoever stops waiting does not undo the work
        working.add_done_callback(lambda done: self._finish(route, key, done, answer))
        return answer

    def _carried_out(self, writing: Writing, route: str, asked: Keyed, kept: Kept[T]) -> T:
        if asked.key is not None:
            idempotency.remember(writing, route, asked.key, body_digest=asked.digest, decision_id=kept.decision_id,
                                 answer=kept.canonical)
        for event in kept.events:
            self._expect(event)
        return kept.answer

    def _finish(self, route: str, key: str, done: Future, answer: Future) -> None:
        """Free the key before anybody hears the answer, so that a retry right after it is a replay."""
        self._running.discard((route, key))
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
        else:
            answer.set_exception(error)


def question_digest(question: object) -> str:
    """What tells one question from another under the same key."""
    return digest_of(orjson.dumps(question, option=orjson.OPT_SORT_KEYS))


def _answered_before(writing: Writing, route: str, asked: Keyed) -> tuple[str | None, bytes] | None:
    """The decision's id, if it was one, and the bytes that the key was answered with; None for a new key."""
    remembered = idempotency.recall(writing, route, asked.key or "")
    if remembered is None:
        return None
    if remembered.body_digest != asked.digest:
        raise KeyReused(f"the idempotency key `{asked.key}` was used for another request in the last seven days; "
                        f"expected the same body, or a new key")
    if remembered.answer is not None:
        return remembered.decision_id, remembered.answer
    stored = decision_log.find(writing.connection, remembered.decision_id or "")
    return stored.decision_id, stored.canonical
