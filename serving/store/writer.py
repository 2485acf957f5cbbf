"""The single writer: one thread takes jobs from a queue, and all that wait share one commit.

Each job runs inside a savepoint of one BEGIN IMMEDIATE transaction: a job that fails undoes itself alone, and a caller
hears of success only after the commit. Between processes the database's write lock keeps the order.
"""
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from features.clock import moment
from rules.errors import StoreError
from serving.store import tables
from serving.store.prepared import Prepared

T = TypeVar("T")

#: A commit takes at most this many jobs, and starts no further job after this long.
MOST_JOBS = 64
MOST_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The last numbers given out, the newest known time (microseconds) and the kill switch."""

    last_seq: int
    newest_known_at: int | None
    last_decision: int
    last_change: int
    ranking: str | None
    last_action: int = 0

    @property
    def newest_at(self) -> datetime | None:
        """The newest known time as a moment."""
        return None if self.newest_known_at is None else moment(self.newest_known_at)


_READ_HEAD = Prepared(select(tables.head))
_WRITE_HEAD = Prepared(update(tables.head).values({name: bindparam(name) for name in Head.__slots__}))


def read_head(connection: Connection) -> Head:
    """The head as this transaction sees it."""
    row = _READ_HEAD.run(connection).one()
    return Head(last_seq=row.last_seq, newest_known_at=row.newest_known_at, last_decision=row.last_decision,
                last_change=row.last_change, ranking=row.ranking, last_action=row.last_action)


class Writing:
    """An open write transaction: its connection, and the head as it will be committed."""

    def __init__(self, connection: Connection, lost_commits: int):
        self.connection = connection
        self.lost_commits = lost_commits
        self.head = self.head_before = read_head(connection)

    def advance(self, **numbers: object) -> None:
        """Move the head on; it is written once, just before the commit."""
        self.head = replace(self.head, **numbers)

    def finish(self) -> None:
        """Write the head if it moved."""
        if self.head != self.head_before:
            values = {name: getattr(self.head, name) for name in Head.__slots__}
            _WRITE_HEAD.run(self.connection, values)


class _Carried:
    """Holds what a block raised, whatever it was, for the caller in another thread who will raise it again."""

    error: BaseException | None = None

    def __enter__(self) -> "_Carried":
        return self

    def __exit__(self, _kind, error, _trace) -> bool:
        self.error = error
        return True


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """What fails inside is undone alone; plain statements, as every job pays for them."""
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        connection.exec_driver_sql("RELEASE SAVEPOINT job")
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT job")


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[Writing], object]
    answer: Future


class Writer:
    """Runs jobs one after the other in few commits. `lost_commits` counts the commits that failed."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._closed = False
        self.lost_commits = 0

    def submit(self, run: Callable[[Writing], T]) -> "Future[T]":
        """Queue a job; the future holds its result once it is committed, or what it raised."""
        with self._start:
            if self._closed:
                raise StoreError("the store is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
                self._thread.start()
            answer: Future = Future()
            self._queue.put(_Job(run, answer))
        return answer

    def close(self) -> None:
        """Finish what is queued and stop."""
        with self._start:
            self._closed = True
            if self._thread is not None:
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            taken: list[tuple[_Job, object, BaseException | None]] = []
            with _Carried() as carried, self._engine.connect() as connection, connection.begin():
                self._fill(connection, job, taken)
            if carried.error is not None:
                self.lost_commits += 1
                self._tell_lost(job, taken, carried.error)
                continue
            for done, result, error in taken:
                if error is None:
                    done.answer.set_result(result)
                else:
                    done.answer.set_exception(error)

    def _fill(self, connection: Connection, job: _Job | None, taken: list) -> None:
        """Run the first job and those that wait."""
        writing = Writing(connection, self.lost_commits)
        until = time.monotonic() + MOST_SECONDS
        while job is not None:
            if job.answer.set_running_or_notify_cancel():     # nobody can give up on it from here on
                self._run(writing, job, taken)
            job = self._next() if len(taken) < MOST_JOBS and time.monotonic() < until else None
        writing.finish()

    @staticmethod
    def _run(writing: Writing, job: _Job, taken: list) -> None:
        before, result = writing.head, None
        with _Carried() as carried, _savepoint(writing.connection):
            result = job.run(writing)
        taken.append((job, result, carried.error))
        if carried.error is not None:
            writing.head = before
            if isinstance(carried.error, DBAPIError) and not isinstance(carried.error, IntegrityError):
                raise carried.error                       # the transaction itself may be gone (disk full): keep nothing

    def _next(self) -> _Job | None:
        """A job that already waits; the end marker stays for the loop."""
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._queue.put(None)
        return job

    def _tell_lost(self, job: _Job, taken: list, error: BaseException) -> None:
        """The commit failed: nobody's work was kept, and everybody hears it."""
        lost = error
        if isinstance(error, DBAPIError):
            lost = StoreError(f"the store could not commit: {error.orig}; nothing was kept, try again")
        for done, _, _ in taken:
            done.answer.set_exception(lost)
        if not taken and not job.answer.cancelled() and job.answer.set_running_or_notify_cancel():
            job.answer.set_exception(lost)
