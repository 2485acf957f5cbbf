"""Merging rows into a CSV text that people keep: by id and cell by cell; all that the rows do not say stays byte for byte.

An empty cell says nothing and never overwrites a filled one; a cell that is given as `""` clears. Comments, the order of
columns and of rows, separators, quotes and line ends of the text stay.
"""
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rules.records import TableRecord, delimiter_in, records
from rules.spreadsheet import guarded
from rules.tabular import Row

_RAW_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class CellChange:
    """A cell of a row that says something else from now on; `before` is empty where it said nothing."""

    row_id: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MergedTable:
    """A text with rows merged in; `lines`: the line of each given row by the line of the text where it stands now."""

    text: str
    added: tuple[str, ...] = ()
    changed: tuple[CellChange, ...] = ()
    lines: Mapping[int, int] = field(default_factory=dict)


def merge_rows(text: str, rows: Sequence[Row], *, key: str, columns: Sequence[str] = (),
               drop: Collection[str] = ()) -> MergedTable:
    """The text with each row's cells put into the record of its id, or behind the last record; records of `drop` go.

    `columns` orders the columns of a text that has none yet; those that no row fills are not added to one that has.
    """
    pending = {row.cells[key]: row for row in reversed(rows) if row.cells.get(key)}
    used: set[int] = set()

    def edit(cells: Mapping[str, str]) -> Row | None:
        row = pending.pop(cells.get(key, ""), None)
        used.add(id(row))
        return row

    editor = _Editor(text, edit, columns, drop=lambda cells: cells.get(key) in drop)
    return editor.edited(key, [row for row in rows if id(row) not in used])


def edit_rows(text: str, edit: Callable[[Mapping[str, str]], Row | None], *, key: str, added: Sequence[Row] = (),
              columns: Sequence[str] = ()) -> MergedTable:
    """The text with the cells that `edit` gives for a record put into it, and rows behind the last one."""
    return _Editor(text, edit, columns, drop=lambda _cells: False).edited(key, added)


class _Editor:
    """One text and what is to be written into each of its records."""

    def __init__(self, text: str, edit: Callable[[Mapping[str, str]], Row | None], columns: Sequence[str],
                 drop: Callable[[Mapping[str, str]], bool]):
        self.newline = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
        self.delimiter = delimiter_in(text) if text.strip() else ","
        self.raw = _RAW_LINE.findall(text)
        listed = list(records(text, self.delimiter)) if text.strip() else []
        self.header = listed[0] if listed else None
        self.columns = tuple(self.header.texts) if self.header else tuple(columns)
        self.first = listed[1].line if listed[1:] else len(self.raw) + 1
        self.records: list[tuple[TableRecord, str, dict[str, str], Row | None]] = []
        starts = [*(record.line for record in listed), len(self.raw) + 1]
        for record, end in zip(listed[1:], starts[2:], strict=True) if listed else ():
            cells = dict(zip(self.columns, record.texts, strict=False))
            if not drop(cells):
                self.records.append((record, "".join(self.raw[record.line - 1:end - 1]), cells, edit(cells)))
        self.order = columns

    def edited(self, key: str, added: Sequence[Row]) -> MergedTable:
        given = [*(row for *_, row in self.records if row is not None), *added]
        filled = {name for row in given for name, cell in row.cells.items() if cell}
        order = (*self.order, *(name for row in given for name in row.cells))
        self.new = tuple(name for name in dict.fromkeys(order) if name in filled and name not in self.columns)
        self.names = (*self.columns, *self.new)
        self.changed: list[CellChange] = []
        parts, lines = [self._head()], {}
        number = 1 + len(_RAW_LINE.findall(parts[0]))
        for record, raw, cells, row in self.records:
            if row is not None:
                lines[number] = row.line
            parts.append(self._written(record, raw, cells, row, cells.get(key, "")))
            number += len(_RAW_LINE.findall(parts[-1]))
        if added and not parts[-1].endswith(("\n", "\r")):
            parts[-1] += self.newline
        for place, row in enumerate(added, start=number):
            lines[place] = row.line
            parts.append(self._line(row.cells.get(name, "") for name in self.names))
        return MergedTable(text="".join(parts), added=tuple(row.cells.get(key, "") for row in added),
                           changed=tuple(self.changed), lines=lines)

    def _head(self) -> str:
        """Everything above the first row, with new columns behind the others."""
        if self.header is None:
            return "".join(self.raw) + self._line(self.names)
        raw = self.raw[:self.first - 1]
        if not self.new:
            return "".join(raw)
        at, height = self.header.line - 1, self.header.source.count("\n") + 1
        return "".join(raw[:at]) + self._appended("".join(raw[at:at + height]), self.new) + "".join(raw[at + height:])

    def _written(self, record: TableRecord, raw: str, cells: Mapping[str, str], row: Row | None, row_id: str) -> str:
        """A record as it stands, or with the cells of a row in place of its own."""
        wanted = {name: plain for name, cell in (row.cells.items() if row else ())
                  if (plain := " ".join(cell.split())) != " ".join(cells.get(name, "").split())}
        if not wanted and not self.new:
            return raw
        self.changed += [CellChange(row_id=row_id, column=name, before=cells.get(name, ""), after=cell)
                         for name, cell in wanted.items()]
        pieces = [self._quoted(wanted[name]) if name in wanted else piece
                  for name, piece in zip(self.names, self._pieces(record), strict=False)]
        more = self.names[len(pieces):]
        while more and not wanted.get(more[-1]) and more[-1] not in self.new:
            more = more[:-1]
        pieces += [self._quoted(wanted.get(name, "")) for name in more]
        body = self.delimiter.join(pieces).replace("\n", self.newline)
        height = record.source.count("\n") + 1
        lines = _RAW_LINE.findall(raw)
        return body + _ending(lines[height - 1]) + "".join(lines[height:])

    def _pieces(self, record: TableRecord) -> list[str]:
        """A record's cells as they are written, quotes and blanks included."""
        starts = [column - 1 for _text, _quoted, column in record.cells]
        return [record.source[start:end - 1] for start, end in zip(starts, [*starts[1:], len(record.source) + 1], strict=True)]

    def _appended(self, raw: str, cells: Iterable[str]) -> str:
        end = _ending(raw)
        return raw.removesuffix(end) + "".join(self.delimiter + self._quoted(cell) for cell in cells) + (end or self.newline)

    def _line(self, cells: Iterable[str]) -> str:
        return self.delimiter.join(self._quoted(" ".join(cell.split())) for cell in cells) + self.newline

    def _quoted(self, cell: str) -> str:
        cell = guarded(cell)
        return f'"{cell.replace(chr(34), chr(34) * 2)}"' if self.delimiter in cell or '"' in cell else cell


def _ending(raw: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if raw.endswith(end)), "")
