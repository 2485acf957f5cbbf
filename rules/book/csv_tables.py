"""The CSV files that a book names: rows of cells that know their line and column.

Cells follow RFC 4180 (comma, double quotes); every cell is text without surrounding blanks; blank lines are passed over.
A row stays the text it is until its cells are asked for, so that a table of a million rows costs little more than its file.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.book.findings import Findings
from rules.book.schema import SourcePosition
from rules.book.yaml_nodes import NULL_WORDS, TextNode
from rules.errors import nearest_name

_NULLS = frozenset(NULL_WORDS)


@dataclass(frozen=True, slots=True)
class BookTableRow:
    """A row as it stands in its file; `line` counts from 1 and is where the row begins."""

    file: str
    line: int
    source: str

    @property
    def texts(self) -> list[str]:
        """What the cells say, from the left."""
        if '"' in self.source:
            return [cell.text for cell in self.cells]
        return [part.strip() for part in self.source.split(",")]

    @property
    def cells(self) -> tuple[TextNode, ...]:
        """The cells with their places."""
        read = _quoted_cells if '"' in self.source else _plain_cells
        return tuple(read(self.source, self.file, self.line))

    @property
    def place(self) -> SourcePosition:
        """Where the row begins."""
        return SourcePosition(file=self.file, line=self.line)


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
            findings.add("unknown_value", f"there is no table `{key}`", name.place, given=key,
                         expected="a CSV file beside the book", nearest=nearest_name(key, tables))
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
    records = list(_records(text.removeprefix("\ufeff"), file, findings))
    if not records:
        findings.add("wrong_type", "the table is empty", SourcePosition(file=file, line=1), expected="a header line and rows")
        return None
    header = records[0].cells
    seen: set[str] = set()
    for cell in header:
        if not cell.text or cell.text in seen:
            kind = "duplicate_key" if cell.text else "wrong_type"
            findings.add(kind, "each column needs a name of its own", cell.place, given=cell.text,
                         expected="a header of different words")
            return None
        seen.add(cell.text)
    return BookTable(file=file, header=header, rows=tuple(row for row in records[1:] if _is_whole(row, header, findings)))


def _is_whole(row: BookTableRow, header: tuple[TextNode, ...], findings: Findings) -> bool:
    """Whether a row has a cell for each column and none that is refused."""
    texts = row.texts
    if len(texts) != len(header):
        findings.add("wrong_type", f"the row has {len(texts)} cells, the header {len(header)}", row.place,
                     given=",".join(texts)[:80], expected=",".join(cell.text for cell in header))
        return False
    if _NULLS.isdisjoint(texts):
        return True
    nulls = [cell for cell in row.cells if cell.plain and cell.text in _NULLS]
    for cell in nulls:
        findings.add("wrong_type", f"`{cell.text}` is refused", cell.place, given=cell.text,
                     expected="`missing`, or an empty cell for any")
    return not nulls


def _records(text: str, file: str, findings: Findings) -> Iterator[BookTableRow]:
    """The lines that hold anything, each with those over which a quoted cell goes on."""
    if "\r" in text:                                          # every editor's line ends, a lone carriage return among them
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line, start = lines[number], number + 1
        number += 1
        if not line.strip():
            continue
        quotes = line.count('"')
        if quotes % 2:
            parts = [line]
            while quotes % 2 and number < len(lines):         # a quoted cell goes on in the next line
                parts.append(lines[number])
                quotes += parts[-1].count('"')
                number += 1
            line = "\n".join(parts)
        if quotes % 2:
            findings.add(
                "wrong_type",
                "a quoted cell has no end",
                SourcePosition(file=file, line=start, column=line.rfind('"') + 1),
                given=line[:80],
                expected='a closing `"`',
            )
            return
        yield BookTableRow(file, start, line)


def _plain_cells(line: str, file: str, number: int) -> Iterator[TextNode]:
    column = 1
    for part in line.split(","):
        yield TextNode(text=part.strip(), place=SourcePosition(file=file, line=number, column=column))
        column += len(part) + 1


def _quoted_cells(line: str, file: str, number: int) -> Iterator[TextNode]:
    """Cells of a line with quotes; quotes are known to be even, so a comma ends a cell where their count is even."""
    begin, inside = 0, False
    for position, character in enumerate(line + ","):
        if character == '"':
            inside = not inside
        elif character == "," and not inside:
            part = line[begin:position].strip()
            quoted = len(part) >= 2 and part[0] == part[-1] == '"'
            yield TextNode(
                text=part[1:-1].replace('""', '"').strip() if quoted else part, plain=not quoted,
                place=SourcePosition(file=file, line=number, column=begin + 1),
            )
            begin = position + 1
