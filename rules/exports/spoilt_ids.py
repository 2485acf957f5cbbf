"""Ids that a spreadsheet spoilt: written with an exponent, cut to fifteen digits, or one id for several records.

Nobody can tell which record an exponent stood for: its row cannot be used. The others are used, and told.
"""
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rules.errors import Problem
from rules.refdata.record_ids import record_key
from rules.tabular import Row

ID_COLUMNS = ("item_id", "owner_id", "account_id", "parent_id", "manager_id")
_EXPONENT = re.compile(r"[+-]?(?:\d+[.,]\d*[eE][+-]?|\d+[eE][+-])\d{1,3}", re.ASCII)
#: How many digits of a number a spreadsheet keeps; of what follows it makes zeros.
_KEPT = 15
#: As many zeros in all where digits were lost are no chance, if nearly all long ids have them.
_TELLING_ZEROS, _NEARLY_ALL = 5, 0.8
_AS_TEXT = "the id as its system has it; make the column a text before the file is saved"


def exponents(rows: Iterable[Row], *, file: str) -> list[Problem]:
    """The cells for ids that hold a number with an exponent, such as `1.23457E+14`."""
    return [Problem(message="a spreadsheet rounded the id", file=file, line=row.line, column_name=name, given=cell,
                    expected=_AS_TEXT)
            for row in rows for name in ID_COLUMNS if _EXPONENT.fullmatch(cell := row.cells.get(name, ""))]


def rounded(rows: Sequence[Row], *, file: str) -> list[Problem]:
    """Ids of more than fifteen digits that end in zeros, where nearly all of their column do."""
    found = []
    for name in ID_COLUMNS:
        long = [(row.line, cell) for row in rows if len(cell := row.cells.get(name, "")) > _KEPT and _is_digits(cell)]
        cut = [(line, cell) for line, cell in long if not cell[_KEPT:].strip("0")]
        if sum(len(cell) - _KEPT for _line, cell in cut) >= _TELLING_ZEROS and len(cut) >= _NEARLY_ALL * len(long):
            found += [Problem(message="the id looks cut to fifteen digits by a spreadsheet", file=file, line=line,
                              column_name=name, given=cell, expected=_AS_TEXT) for line, cell in cut]
    return found


def doubts_and_losses(rows: Sequence[Row], *, file: str) -> tuple[list[Problem], list[Problem]]:
    """What is told of the ids of rows that can be used, and of those that cannot: several items would become one."""
    lost = exponents(rows, file=file)
    usable = [row for row in rows if row.line not in {one.line for one in lost}]
    cut, alike = rounded(usable, file=file), twice(usable, file=file)
    merged = {one.line for one in alike} & {one.line for one in cut if one.column_name == "item_id"}
    lost += [one for one in cut if one.line in merged]
    return [one for one in (*cut, *alike) if one.line not in merged], lost


def twice(rows: Iterable[Row], *, file: str) -> list[Problem]:
    """Rows of one item with other facts, on the line of each; nobody can tell which of them is right."""
    by_id: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if item_id := row.cells.get("item_id"):
            by_id[record_key(item_id)].append(row)
    return [Problem(message="the id stands on several lines with different facts", file=file, line=row.line,
                    column_name="item_id", given=row.cells["item_id"], expected=f"one row an item, see {_others(row, alike)}")
            for alike in by_id.values() if any(_facts(row.cells) != _facts(alike[0].cells) for row in alike) for row in alike]


def _is_digits(cell: str) -> bool:
    return cell.isascii() and cell.isdecimal()


def _facts(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if name != "item_id"}


def _others(row: Row, alike: Sequence[Row]) -> str:
    lines = [str(one.line) for one in alike if one.line != row.line]
    return ("line " if len(lines) == 1 else "lines ") + ", ".join(lines[:5]) + (" and more" if len(lines) > 5 else "")
