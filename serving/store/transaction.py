"""Write transactions in plain statements: begun with the write lock, then kept as a whole or taken back.

A job may still speak through SQLAlchemy in it: SQLAlchemy then takes the driver's open transaction for its own.
"""
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from serving.store.engine import BEGIN_WRITING
from serving.store.prepared import as_sqlalchemy, execute


def ends_transaction(error: BaseException) -> bool:
    """Whether nothing of a transaction can be kept after an error: the database may have taken it back already (disk full)."""
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)


class Transaction:
    """An open write transaction; whoever opened it ends it."""

    def __init__(self, connection: Connection):
        self.connection = connection
        execute(connection, BEGIN_WRITING)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside is undone alone."""
        execute(self.connection, "SAVEPOINT job")
        try:
            yield
        except BaseException as error:
            if ends_transaction(error):
                raise
            execute(self.connection, "ROLLBACK TO SAVEPOINT job")
            execute(self.connection, "RELEASE SAVEPOINT job")
            raise
        execute(self.connection, "RELEASE SAVEPOINT job")

    def commit(self) -> None:
        """Keep everything; on return it is on the disk."""
        if self.connection.in_transaction():
            self.connection.commit()
            return
        try:
            self.connection.connection.commit()
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(self.connection, error, "COMMIT") from error

    def roll_back(self) -> None:
        """Take everything back."""
        self.connection.rollback()
        self.connection.connection.rollback()


class WriteConnection:
    """The connection that writes, held from one transaction to the next, as borrowing it each time costs; one thread uses it."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._held: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction; where the block raises it is taken back, and the next one gets a connection in a known state."""
        try:
            if self._held is None:
                self._held = self._engine.connect()
            yield Transaction(self._held)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Give the connection back; what is open on it is taken back."""
        held, self._held = self._held, None
        if held is not None:
            held.close()
