"""CSV as people and spreadsheets write it, read one way everywhere: a text becomes records that know the line they start on.

A byte order mark, Excel's `sep=;` and `#` lines above the header are passed over; commas, semicolons, tabs or bars part the
cells, whichever the header has; a cell in double quotes may hold them, line ends and doubled quotes. Blank lines are no
records, cells come without surrounding blanks and out of what spreadsheets wrap them in. Below the header a `#` line is a
row: ids such as `#1042` exist, and a row must not vanish unseen. A quote that is never closed costs its own record: reading
goes on at the next line that looks like one.
"""
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules.spreadsheet import bare, wrapped

DELIMITERS = (",", ";", "\t", "|")
#: How many of the records read last tell what a record looks like.
_LOOKED_AT = 30
_NO_END = "a quoted cell has no end"
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED = re.compile(r' *"([^"]*(?:""[^"]*)*)"(?!")')
_CLOSING = re.compile(r'[^"]*(?:""[^"]*)*"(?!")')
#: Where a cell can begin with an apostrophe or as a formula.
_MARKED = re.compile(r"(?:^|[^\w ])\s*['=]")
_OPENING = re.compile(r' *"')


class UnendedQuote(ValueError):
    """A quoted cell that goes on to the end of the text; `line` and `column` say where it starts, `source` what stands there."""

    def __init__(self, line: int, column: int, source: str):
        super().__init__(_NO_END)
        self.line, self.column, self.source = line, column, source


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A record as it stands in its text, read when it is asked for its cells; `line` is where it starts.

    `unended`: a quote in it is never closed; its source goes on to where the next record begins.
    """

    line: int
    source: str
    delimiter: str = ","
    unended: bool = False

    @property
    def texts(self) -> list[str]:
        """What the cells say, from the left."""
        source = self.source
        texts = [text for text, _quoted, _column in self._written] if '"' in source else list(
            map(str.strip, source.split(self.delimiter)))
        return list(map(bare, texts)) if _is_marked(source) else texts

    @property
    def cells(self) -> Iterator[tuple[str, bool, int]]:
        """What each cell says, whether it stands in quotes, and the column where it begins."""
        return ((bare(text), quoted, column) for text, quoted, column in self._written)

    @property
    def unwrapped(self) -> list[tuple[str, int]]:
        """The cells that a spreadsheet had wrapped, out of what they were wrapped in, and where they begin."""
        marked = self._written if _is_marked(self.source) else ()
        return [(bare(text), column) for text, _quoted, column in marked if wrapped(text)]

    @property
    def fault(self) -> tuple[str, str, int] | None:
        """Why its cells cannot be told apart, what would be expected, and the column of the cell."""
        odd = (column for text, quoted, column in self._written if text.startswith('"') and not quoted)
        column = next(odd, None) if '"' in self.source else None
        if self.unended:
            return _NO_END, f'a closing `"`{self.extent}', column or 1
        if column is None:
            return None
        return "text stands behind a quoted cell", f'quotes around whole cells, `""` for a quote inside{self.extent}', column

    @property
    def extent(self) -> str:
        """What is told of further lines that belong to it, nothing where there are none."""
        further = self.source.rstrip().count("\n")
        return f"; the lines up to {self.line + further} are part of it" if further else ""

    @property
    def _written(self) -> Iterator[tuple[str, bool, int]]:
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


def _is_marked(source: str) -> bool:
    return ("'" in source or '="' in source) and _MARKED.search(source) is not None


def lines_of(text: str) -> list[str]:
    """The lines of a text by every editor's line ends; a byte order mark, also of a file put behind another, is no letter."""
    text = text.replace("\ufeff", "")
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


def records(text: str, delimiter: str | None = None, *, comments: bool = True,
            header: TableRecord | None = None) -> Iterator[TableRecord]:
    """Every record of a text; with `comments`, `#` lines above the first are none; `header`, where it is not the first.

    UnendedQuote where a quote is never closed and no record can be seen below it: nobody can tell what is lost.
    """
    delimiter = delimiter_in(text) if delimiter is None else delimiter
    lines = lines_of(text)
    del text                                              # from here on the lines are all there is of it
    number = 1 if _SEP.fullmatch(lines[0]) else 0
    above: deque[str] = deque(maxlen=_LOOKED_AT)
    while number < len(lines):
        line, start = lines[number], number + 1
        number += 1
        if not line.strip() or comments and line.lstrip().startswith("#"):
            continue
        comments = False
        record = TableRecord(start, line, delimiter)
        if '"' in line and _open_after(line, delimiter, inside=False):
            record, number = _over_lines(lines, record, header, above)
        elif header is not None and start > header.line:
            above.append(line)
        header = header or record
        yield record
        lines[start - 1] = ""                                 # read, and nobody looks back: a long text is not held twice


def _over_lines(lines: Sequence[str], first: TableRecord, header: TableRecord | None,
                above: Iterable[str]) -> tuple[TableRecord, int]:
    """The record whose quoted cell goes on below its first line, and how many lines are behind us then."""
    ends = next((at + 1 for at in range(first.line, len(lines))
                 if not _open_after(lines[at], first.delimiter, inside=True)), None)
    whole = replace(first, source="\n".join(lines[first.line - 1:ends]))
    width = len(header.texts) if header else 0
    begins = _next_record(lines[first.line:ends], whole, width, above, closed=ends is not None) if width else None
    if begins is not None:
        behind = first.line + begins
        return replace(first, source="\n".join(lines[first.line - 1:behind]), unended=True), behind
    if ends is not None:
        return whole, ends
    if header is None or any(line.strip() for line in lines[first.line:]):
        raise UnendedQuote(first.line, first.source.rfind('"') + 1, first.source)
    return replace(first, unended=True), len(lines)


def _next_record(below: Sequence[str], whole: TableRecord, width: int, above: Iterable[str], *, closed: bool) -> int | None:
    """Which line below a quote is the next record, where the quote should have been closed above it; None: it should not.

    A record that is whole with all its lines is believed, unless the quote that closes it stands inside a plain cell of a
    line that is a record by itself, such as `L-7,5" pipe`. A quote that is never closed must leave a whole record to be seen.
    """
    counts = [line.count(whole.delimiter) + 1 for line in below]
    if max(counts, default=0) < min(2, width):
        return None
    cells = list(whole.cells)
    sound = closed and len(cells) <= width and all(quoted or not text.startswith('"') for text, quoted, _column in cells)
    if sound and (counts[-1] < width or '"' in TableRecord(0, below[-1], whole.delimiter).texts[0]
                  or len(cells) == width and whole.source.lstrip().startswith('"')):
        return None
    kinds = _kinds_of(whole, width, above)
    fitting = [at for at, line in enumerate(below) if counts[at] >= min(2, width) and _fits(line, kinds, whole.delimiter)]
    full = [at for at in fitting if len(TableRecord(0, below[at], whole.delimiter).texts) == width]
    if not fitting or sound and len(below) - 1 not in full or not closed and not full:
        return None
    return fitting[0]


def _kinds_of(broken: TableRecord, width: int, above: Iterable[str]) -> list[set[str]]:
    """Of which kinds the cells of each column were in the records above, and in the broken one before its quote."""
    kinds: list[set[str]] = [set() for _column in range(width)]
    for line in above:
        for seen, cell in zip(kinds, TableRecord(0, line, broken.delimiter).texts, strict=False):
            seen.add(_kind(cell))
    for seen, (text, _quoted, column) in zip(kinds, broken.cells, strict=False):
        if "\n" in broken.source[:column] or text.startswith('"') or "\n" in text:
            break
        seen.add(_kind(text))
    return kinds


def _fits(line: str, kinds: Sequence[set[str]], delimiter: str) -> bool:
    """Whether the first cell of a line, and half of the others, are of a kind that their columns had before."""
    cells = TableRecord(0, line, delimiter).texts
    fits = [not seen or _kind(cell) in seen for seen, cell in zip(kinds, cells, strict=False)]
    return any(cells) and fits[0] and 2 * sum(fits) >= len(fits)


def _kind(cell: str) -> str:
    """What a cell looks like: nothing, a figure or date, a code, a word, or a text of several words."""
    if not cell:
        return ""
    if " " in cell:
        return "text" if any(map(str.isalpha, cell)) else "figure"
    has_digit = any(map(str.isdecimal, cell))
    return ("code" if any(map(str.isalpha, cell)) else "figure") if has_digit else "word"


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
