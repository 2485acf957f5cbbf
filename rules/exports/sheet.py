"""An export as a sheet: which sign parts the columns, which row is the header, and which rows are no records at all.

Report writers put titles above, sums between and a footer below the records, and repeat group headings; spreadsheets
begin with `sep=;`. What is no record is told with its lines, never taken for one and never dropped in silence.
"""
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rules.errors import Problem
from rules.exports.mapping import ColumnMapping
from rules.exports.repairs import Repair
from rules.records import DELIMITERS, TableRecord, UnendedQuote, delimiter_said, lines_of, records
from rules.tabular import short_row, sound_records, unwrapped_in

#: How many rows down a header is looked for, and in how many lines.
_HEADER_WITHIN = 40
_HEADER_LINES = 200
_ARROWS = re.compile(r"\s*[\u2191\u2193]\s*$")
_GROUP = re.compile(r"(?P<label>[^:]{1,80}):\s*(?P<value>.*?)\s*\(\s*[\d.,]+\s+\w+\s*\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetLine:
    """One row of a sheet, its cells stripped; `number` is the line of the file it starts on, `extent` tells of more lines."""

    number: int
    cells: tuple[str, ...]
    extent: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The records of a sheet under the header's words; `told` are repairs of rows that are no records.

    `short_rows`: records with fewer cells than the header; the absent ones are empty.
    `row_count` counts every row below the header that is not blank: records, told ones and those with problems.
    """

    columns: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    row_count: int = 0
    told: tuple[Repair, ...] = ()
    problems: tuple[Problem, ...] = ()
    short_rows: tuple[Problem, ...] = ()
    unwrapped: tuple[Problem, ...] = ()
    groups: dict[int, dict[str, str]] = field(default_factory=dict)


def read_sheet(text: str, mapping: ColumnMapping, *, file: str, known: Collection[str]) -> Sheet:
    """The sheet in a text; `known` are the column names that would be recognised."""
    delimiter = delimiter_said(text) or delimiter_of(text, known)
    problems: list[Problem] = []
    header = _header_in(text, delimiter, known)
    unwrapped: list[Problem] = []
    listed = list(_rows(text, delimiter, header, file, problems, unwrapped))
    at = next((place for place, line in enumerate(listed) if header and line.number == header.line), None)
    if at is None:
        problems.append(Problem(message="the table has no header", file=file, line=1,
                                expected="a row with the names of the columns"))
        return Sheet(columns=(), lines=(), problems=tuple(problems))
    faulty = sum(1 for one in problems if (one.line or 0) > listed[at].number and not one.whole_file)
    names, grouped, told = _header(listed[at], problems, file, known)
    if at:
        told.append(Repair(code="title_rows", count=at, message="rows above the header passed over"))
    if delimiter != ",":
        told.append(Repair(code="delimiter", count=1, message=f"columns parted by {delimiter!r}"))
    sorter = _Sorter(mapping, names, (*grouped, *mapping.fill_down), file, problems)
    sheet = sorter.sheet(listed[at + 1:], told, ended=text.endswith(("\n", "\r")))
    return replace(sheet, row_count=sheet.row_count + faulty, unwrapped=tuple(unwrapped))


def delimiter_of(text: str, known: Collection[str]) -> str:
    """The sign that makes the most known column names of some row near the top; of equals the one that makes most columns."""
    head = lines_of(text)[:_HEADER_WITHIN]
    wanted = {name.casefold() for name in known}

    def score(delimiter: str) -> tuple[int, int]:
        rows = [[_label(cell).casefold() for cell in TableRecord(0, line, delimiter).texts] for line in head]
        return (max((sum(cell in wanted for cell in row) for row in rows), default=0), max(map(len, rows), default=0))

    return max(DELIMITERS, key=score)


def _rows(text: str, delimiter: str, header: TableRecord | None, file: str, problems: list[Problem],
          unwrapped: list[Problem]) -> Iterator[SheetLine]:
    for record in sound_records(text, file, problems, delimiter, comments=False, header=header):
        cells = tuple(cell.replace("\u00a0", " ").strip() for cell in record.texts)
        if any(cells):
            unwrapped += unwrapped_in(record, file)
            yield SheetLine(number=record.line, cells=cells, extent=record.extent)


def _label(cell: str) -> str:
    """A header's word without a report's sort arrow."""
    return _ARROWS.sub("", cell.strip())


def _header_in(text: str, delimiter: str, known: Collection[str]) -> TableRecord | None:
    """The first of the rows with the most known names; where none knows any, the first that is no remark."""
    wanted = {name.casefold() for name in known}
    listed = list(_first_records(lines_of(text)[:_HEADER_LINES], delimiter))
    counts = [sum(_label(cell).casefold() in wanted for cell in record.texts) for record in listed]
    if any(counts):
        return listed[counts.index(max(counts))]
    return next((record for record in listed if not record.source.lstrip().startswith("#")), None)


def _first_records(lines: Sequence[str], delimiter: str) -> Iterator[TableRecord]:
    """The rows near the top, each read for itself: before the header is known nothing tells what a row looks like."""
    at = 0
    for _row in range(_HEADER_WITHIN):
        try:
            found = next(records("\n".join(lines[at:]), delimiter, comments=False), None)
        except UnendedQuote as fault:
            found = TableRecord(fault.line, fault.source, delimiter)
        if found is None:
            return
        found = replace(found, line=at + found.line)
        at = found.line + found.source.count("\n")
        if any(found.texts):
            yield found


def _header(line: SheetLine, problems: list[Problem], file: str,
            known: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...], list[Repair]]:
    """The columns' names, each once; those whose arrow says that rows are grouped by them; what was put right."""
    wanted = {name.casefold() for name in known}
    names: list[str] = []
    twice: list[str] = []
    for place, cell in enumerate(line.cells, start=1):
        name = _label(cell)
        if not name:
            name = f"column {place}"
        elif name in names:
            twice.append(name)
            if name.casefold() in wanted:
                problems.append(Problem(message="two columns have one name", file=file, line=line.number, column=place,
                                        column_name=name, given=name, expected="each column that is used once",
                                        whole_file=True))
            name = f"{name} (column {place})"
        names.append(name)
    told = [Repair(code="double_columns", count=len(twice),
                   message="columns whose name stands twice, the later ones not used: " + ", ".join(twice))] if twice else []
    return tuple(names), tuple(_label(cell) for cell in line.cells if _ARROWS.search(cell)), told


class _Sorter:
    """Sorts rows into records and others; knows what a group's heading said last."""

    def __init__(
        self, mapping: ColumnMapping, names: tuple[str, ...], fill_down: Sequence[str], file: str, problems: list[Problem]
    ):
        self.mapping, self.names, self.file, self.problems = mapping, names, file, problems
        places = {name.casefold(): place for place, name in enumerate(names)}
        self.filled = [places[name.casefold()] for name in dict.fromkeys(fill_down) if name.casefold() in places]
        self.labels = {name.casefold(): name for name in names}
        words = "|".join(map(re.escape, mapping.sums)) or "(?!)"
        self.sums = re.compile(rf"(?:{words})s?(?:$|[:(]|\s*[\d(]|\s+of\s)", re.IGNORECASE)
        self.others: dict[str, list[int]] = {}
        self.counts: Counter[str] = Counter()
        self.heading: dict[str, str] = {}
        self.groups: dict[int, dict[str, str]] = {}

    def sheet(self, listed: Sequence[SheetLine], told: list[Repair], *, ended: bool) -> Sheet:
        body, footer = self._split_footer(listed)
        self.others["footer_rows"] = [line.number for line in footer]
        header = tuple(name.casefold() for name in self.names)
        lines: list[SheetLine] = []
        short: list[Problem] = []
        starts = {0}
        for given in body:
            line = self._fitted(given)
            if line is None:
                continue
            if tuple(_label(cell).casefold() for cell in line.cells) == header:
                self._other("repeated_headers", line)
            elif self._is_group(line):
                self._other("group_rows", line)
            elif self._is_sum(line):
                self._other("sum_rows", line)
                starts.add(len(lines))
            else:
                lines.append(line)
                if len(given.cells) < len(self.names):
                    short.append(short_row(line.number, given.cells, len(self.names), self.file))
                if self.heading:
                    self.groups[line.number] = dict(self.heading)
        if listed and not ended and len(listed[-1].cells) < len(self.names) and lines and lines[-1].number == listed[-1].number:
            cut = lines.pop()
            short.pop()
            self.problems.append(Problem(message="the last row is cut short", file=self.file, line=cut.number,
                                         given=len(listed[-1].cells), expected=f"{len(self.names)} cells and an end of line; "
                                                                               "export the file again"))
        lines = self._filled_down(lines, starts if self.others.get("sum_rows") else ())
        words = {"footer_rows": "rows of the report's footer", "repeated_headers": "rows that repeat the header",
                 "group_rows": "rows that head a group", "sum_rows": "rows of sums and counts"}
        told = [*told, *(Repair(code=code, count=len(rows), lines=tuple(rows), message=f"{words[code]} passed over")
                         for code, rows in self.others.items() if rows)]
        if self.counts["filled_down"]:
            told.append(Repair(code="filled_down", count=self.counts["filled_down"],
                               message="cells of grouped rows filled with the value of their group"))
        return Sheet(columns=self.names, lines=tuple(lines), row_count=len(listed), told=tuple(told), groups=self.groups,
                     problems=tuple(self.problems), short_rows=tuple(short))

    def _other(self, code: str, line: SheetLine) -> None:
        self.others.setdefault(code, []).append(line.number)

    def _split_footer(self, listed: Sequence[SheetLine]) -> tuple[Sequence[SheetLine], Sequence[SheetLine]]:
        """The records, and the lonely cells at the end if one of them begins as a footer does."""
        start = len(listed)
        while start and sum(map(bool, listed[start - 1].cells)) <= 2 < len(self.names):
            start -= 1
        if not any(_begins(line, self.mapping.footer) for line in listed[start:]):
            return listed, ()
        while not _begins(listed[start], self.mapping.footer) and (
                sum(map(bool, listed[start].cells)) > 1 or self._is_sum(listed[start]) or _heading(listed[start])):
            start += 1
        return listed[:start], listed[start:]

    def _fitted(self, line: SheetLine) -> SheetLine | None:
        """A row with as many cells as the header; None, with a problem, where more of them are filled."""
        width = len(self.names)
        if any(line.cells[width:]):
            self.problems.append(Problem(message="the row has too many cells", file=self.file, line=line.number,
                                         given=len(line.cells),
                                         expected=f"{width} cells; put quotes around a cell that holds the separator"
                                                  + line.extent))
            return None
        return SheetLine(number=line.number, cells=(line.cells + ("",) * width)[:width])

    def _is_group(self, line: SheetLine) -> bool:
        """Whether a row heads a group, such as `Stage: Closed Won (12 records)`: then the rows below belong to it."""
        found = _heading(line)
        if found is None:
            return False
        label = found["label"].strip()
        self.heading[self.labels.get(label.casefold(), label)] = found["value"]
        return True

    def _is_sum(self, line: SheetLine) -> bool:
        """Whether a row sums up: a cell says so, and at most half of its cells are filled."""
        filled = [cell for cell in line.cells if cell]
        return len(filled) <= max(2, len(self.names) // 2) and any(self.sums.match(cell) for cell in filled)

    def _filled_down(self, lines: list[SheetLine], starts: Collection[int]) -> list[SheetLine]:
        """The rows with the cells of grouped columns filled; `starts`: where a row follows a sum, or is the first."""
        filled = dict.fromkeys((*self.filled, *(_group_columns(lines, starts) if starts else ())))
        last: dict[int, str] = {}
        made = []
        for line in lines if filled else ():
            cells = list(line.cells)
            for place in filled:
                self.counts["filled_down"] += not cells[place] and place in last
                last[place] = cells[place] = cells[place] or last.get(place, "")
            made.append(SheetLine(number=line.number, cells=tuple(cells)))
        return made if filled else lines


def _group_columns(lines: Sequence[SheetLine], starts: Collection[int]) -> list[int]:
    """The leftmost columns that are filled only in the first row of a group, as reports with sums write them."""
    found: list[int] = []
    inside = [line for place, line in enumerate(lines) if place not in starts]
    for column in range(len(lines[0].cells) - 1 if inside else 0):
        if not lines[0].cells[column] or any(line.cells[column] for line in inside):
            break
        found.append(column)
    return found


def _heading(line: SheetLine) -> re.Match[str] | None:
    """A lonely cell such as `Stage: Closed Won (12 records)`."""
    filled = [cell for cell in line.cells if cell]
    return _GROUP.fullmatch(filled[0]) if len(filled) == 1 else None


def _begins(line: SheetLine, words: Sequence[str]) -> bool:
    """Whether the first filled cell begins with one of some words."""
    first = next((cell for cell in line.cells if cell), "").casefold()
    return any(first.startswith(word.casefold()) for word in words)
