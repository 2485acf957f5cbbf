"""The CSV files that a book names: rows of cells that know their line and column.

A row stays the text it is until its cells are asked for, so that a table of a million rows costs little more than its file.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.yaml_nodes import NULL_WORDS, TextNode
from rules.records import TableRecord, UnendedQuote, records
from rules.spoilt_ids import spoilt_in

_NULLS = frozenset(NULL_WORDS)


@dataclass(frozen=True, slots=True)
class BookTableRow:
    """A row as it stands in its file."""

    file: str
    record: TableRecord

    @property
    def texts(self) -> list[str]:
        """What the cells say, from the left."""
        return self.record.texts

    @property
    def cells(self) -> tuple[TextNode, ...]:
        """The cells with their places."""
        return tuple(TextNode(text=text, plain=not quoted,
                              place=SourcePosition(file=self.file, line=self.record.line, column=column))
                     for text, quoted, column in self.record.cells)

    @property
    def place(self) -> SourcePosition:
        """Where the row begins."""
        return SourcePosition(file=self.file, line=self.record.line)


@dataclass(frozen=True, kw_only=True, slots=True)
class BookTable:
    """A table's header and rows; each row has one cell per column."""

    file: str
    header: tuple[TextNode, ...]
    rows: tuple[BookTableRow, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The header's words."""
        return tuple(cell.text for cell in self.header)


class Tables:
    """The texts of the files beside the book; parses each table once and remembers which were named."""

    def __init__(self, files: Mapping[str, str]):
        self._files = files
        self._parsed: dict[str, BookTable | None] = {}

    @property
    def named(self) -> frozenset[str]:
        """The tables that the book named so far."""
        return frozenset(self._parsed)

    def read(self, name: TextNode, findings: Findings) -> BookTable | None:
        """The table of a name in the book; None after reporting why not."""
        key = name.text.strip()
        if key not in self._files:
            tables = [file for file in self._files if file.endswith(".csv")]
            findings.unknown("unknown_value", f"there is no table `{key}`", name.place, given=key, known=tables,
                             expected="a CSV file beside the book")
            return None
        if key not in self._parsed:
            self._parsed[key] = parse_table(self._files[key], key, findings)
        return self._parsed[key]

    def column(self, name: TextNode, findings: Findings) -> tuple[TextNode, ...] | None:
        """The cells of a table of one column, its header left out."""
        table = self.read(name, findings)
        if table is None:
            return None
        if len(table.header) != 1:
            findings.add("wrong_type", f"`{table.file}` must have one column", table.header[0].place,
                         given=",".join(table.columns), expected="a header and one value a line")
            return None
        return tuple(row.cells[0] for row in table.rows)


def parse_table(text: str, file: str, findings: Findings) -> BookTable | None:
    """Header and rows; rows of another length, `null` and `~` are reported and left out."""
    listed = list(_rows(text, file, findings))
    if not listed:
        findings.add("wrong_type", "the table is empty", SourcePosition(file=file, line=1), expected="a header line and rows")
        return None
    header = listed[0].cells
    seen: set[str] = set()
    for cell in header:
        if not cell.text or cell.text in seen:
            kind = "duplicate_key" if cell.text else "wrong_type"
            findings.add(kind, "each column needs a name of its own", cell.place, given=cell.text,
                         expected="a header of different words")
            return None
        seen.add(cell.text)
    for row in listed:
        for told in spoilt_in(row.record, file):
            findings.add("spoilt_cell", told.message, SourcePosition(file=file, line=row.record.line, column=told.column or 1),
                         given=str(told.given), expected=told.expected)
    return BookTable(file=file, header=header, rows=tuple(row for row in listed[1:] if _is_whole(row, header, findings)))


def _is_whole(row: BookTableRow, header: tuple[TextNode, ...], findings: Findings) -> bool:
    """Whether a row has a cell for each column and none that is refused."""
    texts = row.texts
    if len(texts) != len(header):
        findings.add("wrong_type", f"the row has {len(texts)} cells, the header {len(header)}", row.place,
                     given=",".join(texts)[:80], expected=",".join(cell.text for cell in header)
                     + ("; a note stands above the header" if texts[0].startswith("#") else ""))
        return False
    if _NULLS.isdisjoint(texts):
        return True
    nulls = [cell for cell in row.cells if cell.plain and cell.text in _NULLS]
    for cell in nulls:
        findings.add("wrong_type", f"`{cell.text}` is refused", cell.place, given=cell.text,
                     expected="`missing`, or an empty cell for any")
    return not nulls


def _rows(text: str, file: str, findings: Findings) -> Iterator[BookTableRow]:
    """The records; a quoted cell without an end is reported, and ends the reading."""
    try:
        for record in records(text):
            if fault := record.fault:
                findings.add("wrong_type", fault[0], SourcePosition(file=file, line=record.line, column=fault[2]),
                             given=record.source[:80], expected=fault[1])
            else:
                yield BookTableRow(file, record)
    except UnendedQuote as fault:
        findings.add("wrong_type", str(fault), SourcePosition(file=file, line=fault.line, column=fault.column),
                     given=fault.source[:80], expected='a closing `"`')
