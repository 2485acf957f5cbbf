"""Tables with a header: the rows of a CSV by column, and everything that is wrong with its shape by the line of the row."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rules.errors import Problem, nearest_name
from rules.records import TableRecord, UnendedQuote, records

SHORT_ROW = "the row has fewer cells than the header, the rest is taken as empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: the line it starts on and its non-empty cells by column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A read table; `problems` holds what is wrong with its shape, the rows concerned are left out.

    `short_rows`: where rows have fewer cells than the header; they are read, the absent cells are empty.
    `unwrapped`: cells taken out of what a spreadsheet had wrapped them in.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    broken_lines: tuple[int, ...] = field(default=())
    short_rows: tuple[Problem, ...] = ()
    unwrapped: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenTable:
    """The same read row by row: `rows` can be gone through once and are not held; what is told of them grows meanwhile.

    `about`: how many rows there are, if each is a line.
    """

    file: str
    columns: tuple[str, ...]
    rows: Iterable[Row]
    about: int
    problems: list[Problem] = field(default_factory=list)
    broken_lines: list[int] = field(default_factory=list)
    short_rows: list[Problem] = field(default_factory=list)
    unwrapped: list[Problem] = field(default_factory=list)


def read_table(text: str, *, file: str, required: Iterable[str] = (), known: Iterable[str] | None = None) -> Table:
    """Read CSV text; `required` columns must be there, and with `known` no others may be."""
    opened = open_table(text, file=file, required=required, known=known)
    return Table(file=file, columns=opened.columns, rows=tuple(opened.rows), problems=tuple(opened.problems),
                 broken_lines=tuple(opened.broken_lines), short_rows=tuple(opened.short_rows), unwrapped=tuple(opened.unwrapped))


def open_table(text: str, *, file: str, required: Iterable[str] = (), known: Iterable[str] | None = None) -> OpenTable:
    """The same, to be read row by row."""
    problems: list[Problem] = []
    numbered = sound_records(text, file, problems)
    header = next(numbered, TableRecord(1, ""))
    columns = () if problems else tuple(header.texts)
    if not any(columns):
        problems = [replace(one, whole_file=True) for one in problems]
        if not problems:
            wanted = ",".join(required) or "a first line with column names"
            problems.append(Problem(message="the table has no header", file=file, line=1, expected=wanted, whole_file=True))
        return OpenTable(file=file, columns=(), rows=(), about=0, problems=problems)
    problems.extend(replace(one, whole_file=True) for one in _header_problems(columns, header.line, file, tuple(required), known))
    opened = OpenTable(file=file, columns=columns, rows=(), about=max(0, text.count("\n") - header.line), problems=problems,
                       unwrapped=list(unwrapped_in(header, file)))
    return replace(opened, rows=_rows(numbered, opened, len(problems)))


def _rows(numbered: Iterator[TableRecord], opened: OpenTable, of_table: int) -> Iterator[Row]:
    """The rows below the header; what is wrong with one is told to the table, whose first problems are of the whole."""
    columns, problems, file = opened.columns, opened.problems, opened.file
    for record in numbered:
        cells = record.texts
        if not any(cells):
            continue
        if fault := _misshapen(cells, columns, record.extent):
            problems.append(replace(fault, file=file, line=record.line))
            continue
        if len(cells) < len(columns):
            opened.short_rows.append(short_row(record.line, cells, len(columns), file))
        opened.unwrapped.extend(unwrapped_in(record, file))
        yield Row(line=record.line, cells={name: cell for name, cell in zip(columns, cells, strict=False) if cell})
    opened.broken_lines.extend(one.line for one in problems[of_table:] if one.line is not None and not one.whole_file)


def short_row(line: int, cells: Sequence[str], width: int, file: str) -> Problem:
    """What is told of a row with fewer cells than the header."""
    note = "; a note stands above the header" if cells[0].startswith("#") else ""
    return Problem(message=SHORT_ROW, file=file, line=line,
                   given=len(cells), expected=f"{width} cells, with a separator for each empty one{note}")


def unwrapped_in(record: TableRecord, file: str) -> Iterator[Problem]:
    """What is told of the cells of a row that a spreadsheet had wrapped."""
    return (Problem(message="the cell is taken out of what a spreadsheet wrapped it in", file=file, line=record.line,
                    column=column, given=cell, expected="the cell as it is, without `=` and apostrophe")
            for cell, column in record.unwrapped)


def _misshapen(cells: Sequence[str], columns: Sequence[str], extent: str) -> Problem | None:
    """Why a row cannot be read under the header."""
    if any(cells[len(columns):]):
        return Problem(message="the row has too many cells", given=len(cells),
                       expected=f"{len(columns)} cells; put quotes around a cell that holds a comma{extent}")
    if len(columns) > 1 and tuple(cells) == tuple(columns):
        return Problem(message="the header stands again", given=",".join(cells)[:80], expected="one table, with one header")
    return None


def sound_records(text: str, file: str, problems: list[Problem], delimiter: str | None = None, *, comments: bool = True,
                  header: TableRecord | None = None) -> Iterator[TableRecord]:
    """Every record whose cells can be told apart, as `records`; the others are told by the line where they start.

    A quoted cell without an end below which no record can be seen is told too, and ends the reading.
    """
    numbered = records(text, delimiter, comments=comments, header=header)
    del text
    try:
        for record in numbered:
            if fault := record.fault:
                problems.append(Problem(message=fault[0], file=file, line=record.line, given=record.source.split("\n")[0][:80],
                                        expected=fault[1]))
            else:
                yield record
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
