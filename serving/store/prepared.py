"""Statements of the decision's own commit, as the driver's text: turning them into it costs more than running them."""
from collections.abc import Mapping

from sqlalchemy import Connection, CursorResult, Select
from sqlalchemy.sql.expression import UpdateBase


class Prepared:
    """A statement turned into text once per dialect. Values go to the driver as they are: text, bytes, whole numbers, floats."""

    def __init__(self, statement: Select | UpdateBase):
        self._statement = statement
        self._texts: dict[str, tuple[str, tuple[str, ...] | None, dict[str, object]]] = {}

    def run(self, connection: Connection, values: Mapping[str, object] | None = None) -> CursorResult:
        """Run it with a value for each of its names."""
        text, order, own = self._texts.get(connection.dialect.name) or self._turn(connection)
        given = {**own, **values} if values else own
        return connection.exec_driver_sql(text, given if order is None else tuple([given[name] for name in order]))

    def _turn(self, connection: Connection) -> tuple[str, tuple[str, ...] | None, dict[str, object]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        order = None if compiled.positiontup is None else tuple(compiled.positiontup)
        own = {name: value for name, value in compiled.params.items() if value is not None}
        turned = self._texts[connection.dialect.name] = str(compiled), order, own
        return turned
