"""Checkpoints: the write-ahead log is moved into the file a little at a time, while nobody waits for a commit.

SQLite would do it inside the commit that makes the log too long, which then takes twenty times as long as the others.
Where the writer is never idle that still happens (engine.py, CHECKPOINT_PAGES).
"""
import threading
from contextlib import closing, suppress
from queue import SimpleQueue

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

#: At every so many idle moments of the writer: fewer write the same pages often, more take so long that they meet the next
#: commits, and then the log does not start anew.
IDLE_MOMENTS = 4


class Checkpoints:
    """Runs checkpoints in a thread and on a connection of its own, so that the writer goes on; one that fails is left out."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._seen, self._due = 0, IDLE_MOMENTS

    def idle(self) -> None:
        """Called in each idle moment of the writer, by its thread."""
        self._seen += 1
        if self._seen >= self._due:
            self._seen, self._due = 0, IDLE_MOMENTS
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store-checkpoints", daemon=True)
                self._thread.start()
            self._asked.put(True)

    def close(self) -> None:
        """Stop, after the writer has stopped."""
        if self._thread is not None:
            self._asked.put(False)
            self._thread.join()

    def _work(self) -> None:
        while self._asked.get():
            self._checkpoint()
            if self._seen:
                self._due = 1                             # a commit came between: the log starts anew once all of it is moved

    def _checkpoint(self) -> None:
        """Move what is committed."""
        failures = SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error
        with suppress(*failures), closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
