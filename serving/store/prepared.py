"""Statements of the decision's own commit, on the driver's own cursor: what SQLAlchemy adds costs more than running them.

Only inside a write transaction (serving/store/transaction.py). Rows are plain tuples, values go to the driver as they are:
text, bytes, whole numbers, floats. What the driver raises comes out as SQLAlchemy's errors.
"""
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Dialect, Select
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import UpdateBase


class PreparedStatement:
    """A statement turned into the driver's text, once per dialect."""

    def __init__(self, statement: Select | CompoundSelect | UpdateBase):
        self._statement = statement
        self._texts: dict[str, tuple[str, tuple[str, ...] | None, dict[str, object]]] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> DBAPICursor:
        """Run it with a value for each of its names."""
        text, order, own = self._texts.get(connection.dialect.name) or self._turn(connection.dialect)
        given = {**own, **values} if own else values
        return execute(connection, text, given if order is None else [given[name] for name in order])

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row of values."""
        text, order, own = self._texts.get(connection.dialect.name) or self._turn(connection.dialect)
        given = [{**own, **row} for row in rows] if own else rows
        execute(connection, text, given if order is None else list(map(itemgetter(*order), given)), many=True)

    def _turn(self, dialect: Dialect) -> tuple[str, tuple[str, ...] | None, dict[str, object]]:
        compiled = self._statement.compile(dialect=dialect)
        order = None if compiled.positiontup is None else tuple(compiled.positiontup)
        own = {name: value for name, value in compiled.params.items() if value is not None}
        turned = self._texts[dialect.name] = str(compiled), order, own
        return turned


def execute(connection: Connection, text: str, values: Any = (), *,
            many: bool = False) -> DBAPICursor:
    """Run a text of the driver's own; `many`: once for each of the values."""
    cursor = connection.connection.cursor()
    try:
        if many:
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, text) from error
    return cursor


def as_sqlalchemy(connection: Connection, error: DBAPIModule.Error, text: str) -> Exception:
    """A driver's error as SQLAlchemy would raise it; without the values, which hold whole documents."""
    dialect = connection.dialect
    return DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect,
                               connection_invalidated=dialect.is_disconnect(error, connection.connection, None))
