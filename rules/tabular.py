"""CSV as people and spreadsheets write it, read one way everywhere: records with the line they start on, tables with a header.

A byte order mark, Excel's `sep=;` and `#` lines above the header are passed over; commas, semicolons, tabs or bars part the
cells, whichever the header has; a cell in double quotes may hold them, line ends and doubled quotes. Blank lines are no
records, cells come without surrounding blanks. Below the header a `#` line is a row: ids such as `#1042` exist, and a row
must not vanish unseen.
"""
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rules.errors import Problem, nearest_name

DELIMITERS = (",", ";", "\t", "|")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED = re.compile(r' *"([^"]*(?:""[^"]*)*)"(?!")')
_CLOSING = re.compile(r'[^"]*(?:""[^"]*)*"(?!")')
_OPENING = re.compile(r' *"')


class UnendedQuote(ValueError):
    """A quoted cell that goes on to the end of the text; `line` and `column` say where it starts, `source` what stands there."""

    def __init__(self, line: int, column: int, source: str):
        super().__init__("a quoted cell has no end")
        self.line, self.column, self.source = line, column, source


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A record as it stands in its text, read when it is asked for its cells; `line` is where it starts."""

    line: int
    source: str
    delimiter: str = ","

    @property
    def texts(self) -> list[str]:
        """What the cells say, from the left."""
        if '"' in self.source:
            return [text for text, _quoted, _column in self.cells]
        return [part.strip() for part in self.source.split(self.delimiter)]

    @property
    def cells(self) -> Iterator[tuple[str, bool, int]]:
        """What each cell says, whether it stands in quotes, and the column where it begins."""
        if '"' not in self.source:
            at = 1
            for part in self.source.split(self.delimiter):
                yield part.strip(), False, at
                at += len(part) + 1
            return
        source, at, end = self.source, 0, 0
        while end >= 0:
            quoted = _QUOTED.match(source, at)
            end = source.find(self.delimiter, quoted.end() if quoted else at)
            stop = len(source) if end < 0 else end
            if quoted and not source[quoted.end():stop].strip():
                yield quoted[1].replace('""', '"').strip(), True, at + 1
            else:
                yield source[at:stop].strip(), False, at + 1
            at = end + 1

    @property
    def stray(self) -> bool:
        """Whether text stands behind the end of a quoted cell."""
        return '"' in self.source and any(not quoted and text.startswith('"') for text, quoted, _column in self.cells)


def lines_of(text: str) -> list[str]:
    """The lines of a text by every editor's line ends."""
    text = text.removeprefix("\ufeff")
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).split("\n")


def delimiter_said(text: str) -> str | None:
    """The sign that a first line such as `sep=;` names."""
    said = _SEP.fullmatch(text.removeprefix("\ufeff").split("\n", 1)[0])
    return said[1] if said else None


def delimiter_in(text: str) -> str:
    """The sign that parts the cells of a table, by its first line that is no comment."""
    if said := delimiter_said(text):
        return said
    header = next((line for line in lines_of(text[:100_000]) if line.strip() and not line.lstrip().startswith("#")), "")
    bare = re.sub(r'"[^"]*"', "", header)
    return "," if "," in bare else max(DELIMITERS, key=bare.count)


def records(text: str, delimiter: str | None = None, *, comments: bool = True) -> Iterator[TableRecord]:
    """Every record of a text; with `comments`, `#` lines above the first are none. UnendedQuote where a quote has no pair."""
    delimiter = delimiter_in(text) if delimiter is None else delimiter
    lines = lines_of(text)
    number = 1 if _SEP.fullmatch(lines[0]) else 0
    while number < len(lines):
        line, start = lines[number], number + 1
        number += 1
        if not line.strip() or comments and line.lstrip().startswith("#"):
            continue
        comments = False
        if '"' in line:
            parts = [line]
            inside = _open_after(line, delimiter, inside=False)
            while inside and number < len(lines):             # a quoted cell goes on in the next line
                parts.append(lines[number])
                inside = _open_after(lines[number], delimiter, inside=True)
                number += 1
            if inside:
                raise UnendedQuote(start, line.rfind('"') + 1, line)
            line = "\n".join(parts)
        yield TableRecord(start, line, delimiter)


def _open_after(line: str, delimiter: str, *, inside: bool) -> bool:
    """Whether a quoted cell is open at the end of a line; `inside`: whether one was at its start."""
    at = 0
    while at <= len(line):
        opening = None if inside else _OPENING.match(line, at)
        if inside or opening:
            closing = _CLOSING.match(line, opening.end() if opening else at)
            if not closing:
                return True
            at, inside = closing.end(), False
        end = line.find(delimiter, at)
        if end < 0:
            return False
        at = end + 1
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: the line it starts on and its non-empty cells by column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A read table; `problems` holds what is wrong with its shape, the rows concerned are left out.

    `short_rows`: where rows have fewer cells than the header; they are read, the absent cells are empty.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    broken_lines: tuple[int, ...] = field(default=())
    short_rows: tuple[Problem, ...] = ()


def read_table(text: str, *, file: str, required: Iterable[str] = (), known: Iterable[str] | None = None) -> Table:
    """Read CSV text; `required` columns must be there, and with `known` no others may be."""
    problems: list[Problem] = []
    numbered = records_until_fault(text, file, problems)
    header = next(numbered, TableRecord(1, ""))
    columns = tuple(header.texts)
    if not any(columns):
        if not problems:
            wanted = ",".join(required) or "a first line with column names"
            problems.append(Problem(message="the table has no header", file=file, line=1, expected=wanted, whole_file=True))
        return Table(file=file, columns=(), rows=(), problems=tuple(problems))
    problems.extend(replace(one, whole_file=True) for one in _header_problems(columns, header.line, file, tuple(required), known))
    rows: list[Row] = []
    broken: list[int] = []
    short: list[Problem] = []
    for record in numbered:
        cells = record.texts
        if not any(cells):
            continue
        if record.stray or any(cells[len(columns):]):
            problems.append(_shape_problem(record, file, len(cells), len(columns)))
            broken.append(record.line)
            continue
        if len(cells) < len(columns):
            short.append(short_row(record.line, cells, len(columns), file))
        rows.append(Row(line=record.line, cells={name: cell for name, cell in zip(columns, cells, strict=False) if cell}))
    return Table(file=file, columns=columns, rows=tuple(rows), problems=tuple(problems), broken_lines=tuple(broken),
                 short_rows=tuple(short))


def short_row(line: int, cells: Sequence[str], width: int, file: str) -> Problem:
    """What is told of a row with fewer cells than the header."""
    note = "; a note stands above the header" if cells[0].startswith("#") else ""
    return Problem(message="the row has fewer cells than the header, the rest is taken as empty", file=file, line=line,
                   given=len(cells), expected=f"{width} cells, with a separator for each empty one{note}")


def _shape_problem(record: TableRecord, file: str, count: int, width: int) -> Problem:
    if record.stray:
        return Problem(message="text stands behind a quoted cell", file=file, line=record.line, given=record.source[:80],
                       expected='quotes around whole cells, `""` for a quote inside')
    return Problem(message="the row has too many cells", file=file, line=record.line, given=count,
                   expected=f"{width} cells; put quotes around a cell that holds a comma")


def records_until_fault(text: str, file: str, problems: list[Problem], delimiter: str | None = None, *,
                        comments: bool = True) -> Iterator[TableRecord]:
    """Every record, as `records`; a quoted cell without an end is told, and ends the reading."""
    try:
        yield from records(text, delimiter, comments=comments)
    except UnendedQuote as fault:
        problems.append(Problem(message=f"not readable as CSV from line {fault.line} on: {fault}", file=file, line=fault.line,
                                given=fault.source[:80], expected='a closing `"`', whole_file=True))


def _header_problems(columns: tuple[str, ...], line: int, file: str, required: tuple[str, ...],
                     known: Iterable[str] | None) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in enumerate(columns, start=1):
        if not name:
            yield Problem(message="a column has no name", file=file, line=line, column=number,
                          expected="a name above every column")
        elif name in seen:
            yield Problem(message="two columns have one name", file=file, line=line, column=number, column_name=name,
                          given=name, expected="each column once")
        elif known is not None and name not in known:
            yield Problem(message="unknown column", file=file, line=line, column=number, column_name=name, given=name,
                          expected="one of " + ", ".join(known), nearest=nearest_name(name, known))
        seen.add(name)
    for name in required:
        if name not in seen:
            yield Problem(message="a required column is absent", file=file, line=line, column_name=name,
                          expected=f"a column `{name}`", nearest=nearest_name(name, columns))
