"""Idempotency keys at work: one request per key runs at a time, the same question is answered from what was kept."""
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import orjson

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


class RunningKeys:
    """The keys whose requests this process is working on. Another process's are seen once they are committed."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()
        self._changing = threading.Lock()

    def submit(self, store: Store, route: str, key: str | None, job: Callable[[Writing], T]) -> "Future[T]":
        """Queue a job for the store's writer under a key; KeyRunning while one under the same key is under way."""
        if key is None:
            return store.submit(job)
        with self._changing:
            if (route, key) in self._running:
                raise KeyRunning(f"a request under the idempotency key `{key}` is still running; ask again in a moment")
            self._running.add((route, key))
        try:
            working = store.submit(job)
        except StoreError:
            self._running.discard((route, key))
            raise
        answer: Future = Future()
        answer.set_running_or_notify_cancel()             # whoever stops waiting does not undo the work
        working.add_done_callback(lambda done: self._finish(route, key, done, answer))
        return answer

    def _finish(self, route: str, key: str, done: Future, answer: Future) -> None:
        """Free the key before anybody hears the answer, so that a retry right after it is a replay."""
        self._running.discard((route, key))
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
        else:
            answer.set_exception(error)


def digest_of(question: object) -> str:
    """What tells one question from another under the same key."""
    return "sha256:" + hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()


def answered_before(writing: Writing, route: str, key: str | None, digest: str) -> tuple[str | None, bytes] | None:
    """The decision's id, if it was one, and the bytes that the key was answered with; None for a new key.

    KeyReused when the key stood for another question.
    """
    remembered = None if key is None else idempotency.recall(writing, route, key)
    if remembered is None:
        return None
    if remembered.body_digest != digest:
        raise KeyReused(f"the idempotency key `{key}` was used for another request in the last seven days; "
                        f"expected the same body, or a new key")
    if remembered.answer is not None:
        return remembered.decision_id, remembered.answer
    stored = decision_log.find(writing.connection, remembered.decision_id)
    return stored.decision_id, stored.canonical
