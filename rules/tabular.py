"""CSV as people write it: a header, rows with their line, and every fault with its place.

A leading byte order mark and `#` lines before the header are passed over; an empty cell is an absent value.
"""
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rules.errors import Problem, nearest_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: the line it ends on and its non-empty cells by column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A read table; `problems` holds what is wrong with its shape, the rows concerned are left out."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    broken_lines: tuple[int, ...] = field(default=())


def read_table(text: str, *, file: str, required: Iterable[str] = (), known: Iterable[str] | None = None) -> Table:
    """Read CSV text; `required` columns must be there, and with `known` no others may be."""
    problems: list[Problem] = []
    numbered = _numbered_rows(text, file, problems)
    header_line, header = next(numbered, (1, []))
    columns = tuple(name.strip() for name in header)
    if not any(columns):
        if not problems:
            wanted = ",".join(required) or "a first line with column names"
            problems.append(Problem(message="the table has no header", file=file, line=1, expected=wanted))
        return Table(file=file, columns=(), rows=(), problems=tuple(problems))
    problems.extend(_header_problems(columns, header_line, file, tuple(required), known))
    rows: list[Row] = []
    broken: list[int] = []
    for line, cells in numbered:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns):]):
            expected = f"{len(columns)} cells; put quotes around a cell that holds a comma"
            problems.append(Problem(message="the row has too many cells", file=file, line=line, given=len(cells),
                                    expected=expected))
            broken.append(line)
            continue
        filled = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
        rows.append(Row(line=line, cells=filled))
    return Table(file=file, columns=columns, rows=tuple(rows), problems=tuple(problems), broken_lines=tuple(broken))


def _numbered_rows(text: str, file: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Every CSV row with the line it ends on; a fault of the format itself ends the reading."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    before_header = True
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            problems.append(Problem(message=f"not readable as CSV: {fault}", file=file, line=reader.line_num,
                                    expected="comma-separated values, quotes in pairs"))
            return
        if before_header and (not cells or cells[0].lstrip().startswith("#")):
            continue
        before_header = False
        yield reader.line_num, cells


def _header_problems(columns: tuple[str, ...], line: int, file: str, required: tuple[str, ...],
                     known: Iterable[str] | None) -> Iterator[Problem]:
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        yield Problem(message="the columns are not separated by commas", file=file, line=line, given=columns[0],
                      expected="comma-separated values; export the table as CSV (comma)")
        return
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
