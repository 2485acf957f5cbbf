"""Which columns of ours an export makes: those of its mapping, and further ones that carry the name of an attribute."""
import re
from collections.abc import Iterable

from rules.book.schema import RuleBook
from rules.errors import Problem, nearest_name
from rules.exports.history import HISTORY_COLUMNS
from rules.exports.mapping import ColumnMapping, MappedColumn, Record, Way
from rules.exports.mapping_file import OURS
from rules.exports.sheet import Sheet
from rules.intake.reader import IDENTITY
from rules.model import STANDARD_ATTRIBUTES

#: Of an assignment and never of an item; an item's value is its own.
_ASSIGNMENT = frozenset(HISTORY_COLUMNS) - {"value"}
_BY_TYPE = {"number": "number?", "bands": "number?", "flag": "flag?", "date": "day?"}


class MadeColumns:
    """The columns to make of one sheet for `what`; `places`: where an export's column stands, by its name in lower case."""

    def __init__(self, mapping: ColumnMapping, record: Record, sheet: Sheet, *, what: str, book: RuleBook | None):
        self.what, self.record, self.header = what, record, sheet.columns
        self.attributes = book.attributes if book is not None and what in ("history", "items") else {}
        self.places = {name.casefold(): place for place, name in enumerate(sheet.columns)}
        self.grouped = {label.casefold() for headings in sheet.groups.values() for label in headings}
        self.by_name: dict[str, str] = {}
        self.columns = self._columns(mapping)

    def _columns(self, mapping: ColumnMapping) -> tuple[MappedColumn, ...]:
        made = {name: column for name, column in self.record.columns.items()
                if self.what != "items" or name not in _ASSIGNMENT}
        if self.what == "items":
            made = {name: column for name, column in made.items()
                    if all({*way.when, way.not_before} <= {*made, None} for way in column.ways)}
        used = {source.casefold() for source in self.record.sources}
        ours = self.ours
        for name in self.header if mapping.by_name else ():
            meant = name if name in ours else snake_case(name)
            if name.casefold() not in used and meant not in made and meant in ours:
                made[meant] = MappedColumn(name=meant, ways=(Way(columns=(name,)),))
                self.by_name[name] = meant
        return tuple(made.values())

    @property
    def ours(self) -> frozenset[str]:
        """The names that a further column may carry."""
        if self.what in ("history", "items"):
            return frozenset((*self.attributes, *STANDARD_ATTRIBUTES)) - {"kind"}
        return OURS

    def read_of(self, column: MappedColumn, way: Way) -> str | None:
        """How a way reads its cell: as it says, else as the rule book's type asks; a `?` leaves what it cannot read."""
        if way.read is not None:
            return way.read
        attribute = self.attributes.get(column.name)
        return None if attribute is None or way.lookup is not None and attribute.type == "flag" else _BY_TYPE.get(attribute.type)

    def here(self, names: Iterable[str]) -> bool:
        """Whether the export has one of some columns, or a group's heading by that name."""
        return any(name.casefold() in self.places or name.casefold() in self.grouped for name in names)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns of the export that nothing uses."""
        used = {source.casefold() for source in self.record.sources} | {name.casefold() for name in self.by_name}
        return tuple(name for name in self.header if name.casefold() not in used)

    @property
    def undeclared(self) -> tuple[str, ...]:
        """What the mapping makes of columns that are there and the rule book has no attribute for."""
        if self.what not in ("history", "items"):
            return ()
        known = {*OURS, *self.ours}
        return tuple(column.name for column in self.columns if column.name not in known and not column.name.startswith("_")
                     and self.here(column.sources))

    def problems(self, file: str) -> list[Problem]:
        """Required columns that no column of the export makes, and columns of ours that look misspelt."""
        found = []
        for column in self.columns:
            fixed = any(way.value is not None for way in column.ways)
            if column.required and not fixed and not self.here(column.sources):
                near = next(filter(None, (nearest_name(name, self.header) for name in column.sources)), None)
                found.append(Problem(message=f"no column of the file makes `{column.name}`", file=file, line=1, nearest=near,
                                     expected="a column " + " or ".join(f"`{name}`" for name in column.sources)))
        words = (*IDENTITY, *HISTORY_COLUMNS)
        for name in self.undeclared:
            near = nearest_name(name, words)
            if near is not None and abs(len(near) - len(name)) <= 1 and len(set(near) ^ set(name)) <= 1:
                found.append(Problem(message=f"the mapping makes `{name}`, which neither the format nor the rule book knows",
                                     file=file, given=name, expected="a column of ours or an attribute", nearest=near))
        return found


def snake_case(name: str) -> str:
    """The attribute's name that a column's name would be: `churn_score` of `Churn_Score__c` or `Churn Score`."""
    plain = re.sub(r"__[cr]$", "", name, flags=re.IGNORECASE)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
