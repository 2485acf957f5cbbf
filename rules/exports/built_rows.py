"""One row of an export under our own column names: each column by the ways of its mapping, and what cannot be read, told."""
from collections import Counter
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Map

from rules.errors import Problem, nearest_name
from rules.exports.built_columns import MadeColumns
from rules.exports.cell_readers import ColumnReader, NoCurrency
from rules.exports.mapping import MappedColumn, Record, Way
from rules.exports.mapping_file import OURS
from rules.exports.numbers import NoDecimal, is_estimate
from rules.exports.sheet import Sheet, SheetLine
from rules.exports.slugs import slug_of, slugs_of
from rules.exports.timestamps import NoOrder, NoZone
from rules.refdata.times import NotReadable, parse_instant
from rules.tabular import Row

_LINES_NAMED = 10
#: Columns of ours that say how an item ended, and the word for one that did not.
ENDINGS, OPEN = ("outcome", "end"), "open"
#: Faults of the whole file: told once, with how many rows they concern.
_WHOLE_FILE = (NoZone, NoOrder, NoDecimal, NoCurrency)


class RowMaker:
    """Makes rows; `problems`, `counts` of repairs by (code, what), `left_out` lines by reason and `gone` ids grow on the way.

    So do `merged`, the id of the survivor by that of each record merged into it; `examples` of cells that hold no number,
    by column; and `open_words`: how often a word that no value covers left an item open, by column and word.
    """

    def __init__(self, *, sheet: Sheet, record: Record, columns: MadeColumns, cells: ColumnReader, missing: frozenset[str],
                 file: str, what: str, counts: Counter[tuple[str, str]]):
        self.sheet, self.record, self.columns, self.cells = sheet, record, columns, cells
        self.missing, self.file, self.what, self.counts = missing, file, what, counts
        self.rows_problems: list[Problem] = []
        self.left_out: dict[str, list[int]] = {}
        self.gone: set[str] = set()
        self.merged: dict[str, str] = {}
        self.examples: dict[str, dict[str, None]] = {}
        self.open_words: Counter[tuple[str, str]] = Counter()
        self._told_empty = {column.name for column in columns.columns if column.name not in OURS
                            and not column.name.startswith("_") and columns.here(column.sources)}
        self._faulty: set[tuple[int, str]] = set()
        self._whole: dict[tuple[type, str], tuple[NotReadable, str, str, dict[int, None]]] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Faults of the whole file first, then those of rows."""
        whole = [Problem(message=f"{fault.message} ({_counted(lines)})", file=self.file, given=given, column_name=theirs,
                         expected=fault.expected) for fault, theirs, given, lines in self._whole.values()]
        return (*whole, *self.rows_problems)

    def row(self, line: SheetLine) -> Row | None:
        """The row under our names; None where it is left out, or cannot be used and its problems are told."""
        before, unread = len(self.rows_problems), False
        made: dict[str, str] = {}
        self.cells.next_row()
        for column in self.columns.columns:
            try:
                text = self.value(column, made, line)
            except _WHOLE_FILE:
                unread = True
                continue
            if text:
                made[column.name] = text
            elif column.required and (column.name != "owner_id" or self.what == "owners"):
                self._empty(column, line)
            elif column.name in self._told_empty:
                self.counts["empty", column.name] += 1
        if self._is_merged(made):
            del self.rows_problems[before:]
            self.left_out.setdefault("merged into another record", []).append(line.number)
            return None
        for rule in self.record.leave_out:
            if made.get(rule.column, "").casefold() in {value.casefold() for value in rule.values}:
                del self.rows_problems[before:]
                self.left_out.setdefault(rule.because, []).append(line.number)
                self.gone.add(_id_in(made))
                return None
        if unread or len(self.rows_problems) > before:
            self.gone.add(_id_in(made))
            return None
        return Row(line=line.number, cells={name: text for name, text in made.items()
                                            if self.record.changes or not name.startswith("_")})

    def value(self, column: MappedColumn, made: Map[str, str], line: SheetLine) -> str | None:
        """The first value that a way gives; None, with its problem told, where a cell cannot be read."""
        uncovered: dict[str, str] = {}
        for way in column.ways:
            if any(made.get(name, "").casefold() not in {word.casefold() for word in words} for name, words in way.when.items()):
                continue
            if way.value is not None:
                self._note_open(uncovered)
                return way.value
            for name in way.columns[:1] if way.join else way.columns:
                raw = " ".join(filter(None, (self.cell(one, line) for one in (way.columns if way.join else (name,)))))
                if not raw:
                    continue
                try:
                    text = self.cells.read(raw, way, self.columns.read_of(column, way), column.name, source=name,
                                           currency=next(filter(None, (self.cell(one, line) for one in way.currency_from)), None))
                except _WHOLE_FILE as fault:
                    self._hold(fault, name, raw, line.number)
                    raise
                except NotReadable as fault:
                    if self._may_be_missing(column, self.columns.read_of(column, way), raw, line):
                        continue
                    near = nearest_name(raw, way.values) if way.values and len(self.rows_problems) < 20 else None
                    self._fault(line, name, Problem(message=fault.message, file=self.file, line=line.number, column_name=name,
                                                    given=raw[:80], expected=fault.expected, nearest=near))
                    return None
                if column.name in ENDINGS and way.values:
                    flag = self.columns.read_of(column, way) == "flag"
                    if text == OPEN:
                        if flag:                          # the export itself says that it is open, whatever its stage is called
                            return None if column.name == "outcome" else text
                        text = None if column.name == "outcome" else text
                    elif text is None and not flag and way.otherwise == "missing":
                        uncovered.setdefault(raw, name)
                if text:
                    if way.join and column.name == "item_id":
                        self.counts["made_ids", ""] += 1
                    return self._lifted(text, way, made, column.name)
        self._note_open(uncovered)
        return None

    def _note_open(self, uncovered: Map[str, str]) -> None:
        """Count the words that left an item open, each under the export's own column."""
        for word, column in uncovered.items():
            self.open_words[self.columns.header[self.columns.places.get(column.casefold(), 0)], word] += 1

    def _may_be_missing(self, column: MappedColumn, read: str | None, raw: str, line: SheetLine) -> bool:
        """Whether a cell that holds no number may be taken as missing, which is counted: about how many is no number."""
        if column.required or self.what == "owners" or column.name == "propensity" or not (
                read == "count" or read in ("number", "money") and is_estimate(raw)):
            return False
        self.counts["no_number", column.name] += (line.number, column.name) not in self._faulty
        self._faulty.add((line.number, column.name))
        self.examples.setdefault(column.name, {}).setdefault(raw[:40])
        return True

    def _is_merged(self, made: Map[str, str]) -> bool:
        """Whether a row's record was merged into another one; those merged into it are noted."""
        own, into = _id_in(made), made.get("_merged_into")
        for other in filter(None, (part.partition(":")[0].strip() for part in made.get("_merged_ids", "").split(";"))):
            if other != own:
                self.merged[other] = own
        if into and into != own:
            self.merged[own] = into
        return bool(into and into != own)

    def cell(self, name: str, line: SheetLine) -> str:
        """What the row, or the heading of its group, says under a name of the export; empty where that is nothing."""
        place = self.columns.places.get(name.casefold())
        raw = line.cells[place] if place is not None else ""
        if not raw and line.number in self.sheet.groups:
            raw = next((value for label, value in self.sheet.groups[line.number].items() if label.casefold() == name.casefold()),
                       "")
        return "" if raw.casefold() in self.missing else raw

    def memberships(self, row: Row, line: SheetLine) -> list[tuple[str, str, str]]:
        """The teams that an owner's row names, with owner and role; a cell may list several, parted by `;`."""
        found = []
        for joins in self.record.memberships:
            raw = next(filter(None, (self.cell(name, line) for name in joins.team.columns)), joins.team.value or "")
            for part in filter(None, map(str.strip, raw.split(";"))):
                team = self.cells.read(part, joins.team, joins.team.read or "slug", "team")
                found += [(row.cells["owner_id"], team, joins.role)] if team else []
        return found

    def name_teams(self, lines: Iterable[SheetLine]) -> None:
        """Give every team that rows name an id of its own, before any of them is read."""
        named = [joins for joins in self.record.memberships if (joins.team.read or "slug") == "slug"]
        raw = [next(filter(None, (self.cell(name, line) for name in joins.team.columns)), "")
               for line in lines for joins in named]
        self.cells.slugs = slugs_of(part for cell in raw for part in filter(None, map(str.strip, cell.split(";"))))
        for name, slug in self.cells.slugs.items():
            if slug != slug_of(name):
                self.counts["team_names", f"`{name}` as `{slug}`"] += 1

    def superiors(self, row: Row, line: SheetLine) -> list[tuple[str, str]]:
        """Other owners that an owner's row names, with their kind."""
        found = ((self.value(MappedColumn(name="manager_id", ways=(one.owner,)), row.cells, line), one.kind)
                 for one in self.record.superiors)
        return [(owner, kind) for owner, kind in found if owner]

    def _empty(self, column: MappedColumn, line: SheetLine) -> None:
        name = next((name for name in column.sources if name.casefold() in self.columns.places), column.name)
        self._fault(line, name, Problem(message="the cell is empty", file=self.file, line=line.number, column_name=name,
                                        expected=f"a value for `{column.name}`"))

    def _fault(self, line: SheetLine, name: str, problem: Problem) -> None:
        """One problem for a cell, however many columns of ours are made of it."""
        if (line.number, name) not in self._faulty:
            self._faulty.add((line.number, name))
            self.rows_problems.append(problem)

    def _hold(self, fault: NotReadable, theirs: str, given: str, line: int) -> None:
        key = (type(fault), fault.message)
        self._whole.setdefault(key, (fault, theirs, given, {}))[3].setdefault(line)

    def _lifted(self, text: str, way: Way, made: Map[str, str], name: str) -> str:
        """A time, lifted to another one that it must not lie before."""
        other = made.get(way.not_before or "")
        if other is None or parse_instant(text) >= parse_instant(other):
            return text
        self.counts["backdated", f"`{name}` before `{way.not_before}` taken as that"] += 1
        return other


def _id_in(made: Map[str, str]) -> str:
    """The id of a row's record."""
    return next((made[name] for name in ("item_id", "owner_id", "account_id") if name in made), "")


def _counted(lines: Collection[int]) -> str:
    """How many rows, and the first of their lines."""
    first = ", ".join(map(str, list(lines)[:_LINES_NAMED]))
    return f"{len(lines):,} rows, on the lines {first}" + (" and so on" if len(lines) > _LINES_NAMED else "")
