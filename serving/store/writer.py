"""The single writer: one thread takes jobs from a queue, and all that wait share one commit.

A job that fails undoes itself alone: the first of a transaction takes all of it back, those that joined it a savepoint of
their own. A caller hears of success only after the commit. Between processes the database's write lock keeps the order.
"""
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.exc import DBAPIError

from features.clock import moment
from rules.errors import StoreError
from serving.decision.request import Ranking
from serving.store import tables
from serving.store.prepared import PreparedStatement
from serving.store.transaction import Transaction, WriteConnection, ends_transaction

T = TypeVar("T")

#: A commit takes at most this many jobs, and starts no further job after this long.
MOST_JOBS = 64
MOST_SECONDS = 0.05
#: So long no job has come when the writer counts as idle.
IDLE_SECONDS = 0.0003
_log = logging.getLogger(__name__)


class Head(NamedTuple):
    """The last numbers given out, the newest known time (microseconds) and the kill switch."""

    last_seq: int
    newest_known_at: int | None
    last_decision: int
    last_change: int
    ranking: Ranking | None
    last_action: int = 0

    @property
    def newest_at(self) -> datetime | None:
        """The newest known time as a moment."""
        return None if self.newest_known_at is None else moment(self.newest_known_at)


_HEAD = select(*(tables.head.c[name] for name in Head._fields))
_READ_HEAD = PreparedStatement(_HEAD)
_WRITE_HEAD = PreparedStatement(update(tables.head).values({name: bindparam(name) for name in Head._fields}))


def read_head(connection: Connection) -> Head:
    """The head as a reader sees it."""
    return Head._make(connection.execute(_HEAD).one())


class Writing:
    """An open write transaction: its connection, when it was opened, and the head as it will be committed."""

    def __init__(self, connection: Connection, lost_commits: int):
        self.connection = connection
        self.lost_commits = lost_commits
        self.opened_at = datetime.now(UTC)
        self.head = self.head_before = Head._make(_READ_HEAD.run(connection, {}).fetchone() or ())

    def advance(self, **numbers: Any) -> None:
        """Move the head on; it is written once, just before the commit."""
        self.head = self.head._replace(**numbers)

    def finish(self) -> None:
        """Write the head if it moved."""
        if self.head != self.head_before:
            _WRITE_HEAD.run(self.connection, self.head._asdict())


class _Carried:
    """Holds what a block raised, whatever it was, for the caller in another thread who will raise it again."""

    error: BaseException | None = None

    def __enter__(self) -> "_Carried":
        return self

    def __exit__(self, _kind, error, _trace) -> bool:
        self.error = error
        return True


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[Writing], object]
    answer: Future


#: A job, what came of it, or what it raised.
_Done = tuple[_Job, object, BaseException | None]


def _run(writing: Writing, job: _Job, taken: list[_Done], undoing: AbstractContextManager) -> BaseException | None:
    """Run a job, note what came of it; what it raised."""
    before, result = writing.head, None
    with _Carried() as carried, undoing:
        result = job.run(writing)
    taken.append((job, result, carried.error))
    if carried.error is not None:
        writing.head = before
        if ends_transaction(carried.error):
            raise carried.error
    return carried.error


def _attempt(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:                                     # an extra must not end the writer
        _log.exception("what was left for an idle moment failed")


class Writer:
    """Runs jobs one after the other in few commits. `lost_commits` counts the commits that failed."""

    def __init__(self, engine: Engine):
        self._connection = WriteConnection(engine)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._closed = False
        self._idle_work: list[Callable[[], None]] = []
        self.lost_commits = 0

    def submit(self, run: Callable[[Writing], T]) -> "Future[T]":
        """Queue a job; the future holds its result once it is committed, or what it raised."""
        answer: Future = Future()
        with self._start:
            if self._closed:
                raise StoreError("the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Job(run, answer))
        return answer

    def when_idle(self, work: Callable[[], None]) -> None:
        """Let the writer's thread do something, once after each burst of jobs, when no further one came for IDLE_SECONDS.

        A job that comes meanwhile waits for it; what it raises is logged and stops nobody.
        """
        self._idle_work.append(work)

    def close(self) -> None:
        """Finish what is queued and stop."""
        with self._start:
            self._closed = True
            if self._thread is not None:
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        job = self._queue.get()
        while job is not None:
            self._serve(job)
            job = self._wait()
        self._connection.let_go()

    def _wait(self) -> _Job | None:
        """The next job; before a longer wait, what was kept for an idle moment."""
        try:
            return self._queue.get(timeout=IDLE_SECONDS)
        except Empty:
            for work in self._idle_work:
                _attempt(work)
        return self._queue.get()

    def _serve(self, job: _Job) -> None:
        """One transaction: the job, those that wait, the commit, the answers."""
        taken: list[_Done] = []
        with _Carried() as carried, self._connection.transaction() as opened:
            self._fill(opened, job, taken)
        if carried.error is not None:
            self.lost_commits += 1
            self._tell_lost(job, taken, carried.error)
            return
        for done, result, error in taken:
            if error is None:
                done.answer.set_result(result)
            else:
                done.answer.set_exception(error)

    def _fill(self, opened: Transaction, job: _Job | None, taken: list[_Done]) -> None:
        """Run the first job and those that wait, and commit, unless the first one fails: there is nothing else in it yet."""
        writing = Writing(opened.connection, self.lost_commits)
        until = time.monotonic() + MOST_SECONDS
        while job is not None:
            if job.answer.set_running_or_notify_cancel():     # nobody can give up on it from here on
                error = _run(writing, job, taken, opened.savepoint() if taken else nullcontext())
                if error is not None and len(taken) == 1:
                    opened.roll_back()
                    return
            job = self._next() if len(taken) < MOST_JOBS and time.monotonic() < until else None
        writing.finish()
        opened.commit()

    def _next(self) -> _Job | None:
        """A job that already waits; the end marker stays for the loop."""
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._queue.put(None)
        return job

    @staticmethod
    def _tell_lost(job: _Job, taken: list[_Done], error: BaseException) -> None:
        """The commit failed: nobody's work was kept, and everybody hears it."""
        lost = error
        if isinstance(error, DBAPIError):
            lost = StoreError(f"the store could not commit: {error.orig}; nothing was kept, try again")
        for done, _, _ in taken:
            done.answer.set_exception(lost)
        if not taken and not job.answer.cancelled() and job.answer.set_running_or_notify_cancel():
            job.answer.set_exception(lost)
