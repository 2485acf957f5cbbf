"""What spreadsheets do to cells: texts wrapped as formulas, and cells that one would take for a formula when it opens a CSV.

Cells that we write get an apostrophe before such a beginning, as spreadsheets do themselves; it is taken off where cells are
read, so that what we wrote says the same when it comes back.
"""
import csv
import io
import re
from collections.abc import Iterable

#: `="00123"`: how a cell is kept as text by those who know spreadsheets.
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_FORMULA = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
#: An apostrophe that stands before a formula, or before a code such as `'00123` to keep it as it is.
_APOSTROPHE = re.compile(rf"'+(?:{_FORMULA}|[^\s']*\d[^\s']*\Z)")


def wrapped(cell: str) -> bool:
    """Whether a cell is a text wrapped as a formula, or a code behind the apostrophe that keeps it as it is."""
    if not cell.startswith(("=", "'")):
        return False
    return bool(_WRAPPED.fullmatch(cell) or _APOSTROPHE.match(cell) and not re.match(_FORMULA, cell.lstrip("'")))


def bare(cell: str) -> str:
    """What a cell says: out of its formula, without the apostrophe that keeps a spreadsheet from reading more into it."""
    if not cell.startswith(("=", "'")):
        return cell
    if found := _WRAPPED.fullmatch(cell):
        return found[1].replace('""', '"').strip()
    return cell[1:].strip() if _APOSTROPHE.match(cell) else cell


def guarded(cell: str) -> str:
    """A cell as it may stand in a CSV that somebody opens in a spreadsheet; numbers stay numbers."""
    plain = cell.strip()
    if re.match(_FORMULA, plain) and not _NUMBER.fullmatch(plain) or _APOSTROPHE.match(plain):
        return "'" + plain
    return "'" + cell if plain and cell[0] in "\t\r\n" else cell


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]], *, raw: bool = False) -> str:
    """Rows as CSV, safe to open in a spreadsheet unless `raw`; None = empty.

    A row of several lines stands in quotes as a whole, so that it is told from one whose quote was never closed.
    """
    out = io.StringIO(newline="")
    plain, quoted = (csv.writer(out, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in (header, *rows):
        cells = [guarded(cell) if isinstance(cell, str) and not raw else cell for cell in row]
        several = any(isinstance(cell, str) and ("\n" in cell or "\r" in cell) for cell in cells)
        (quoted if several else plain).writerow(cells)
    return out.getvalue()
