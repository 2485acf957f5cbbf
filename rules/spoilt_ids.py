"""Ids that a spreadsheet spoilt: written with an exponent, cut to fifteen digits or short of zeros, or one for several records.

Nobody can tell which record an exponent stood for: its row cannot be used. The others are used, and told.
"""
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rules.errors import Problem
from rules.records import TableRecord, records
from rules.refdata.record_ids import record_key, spellings
from rules.tabular import Row, unwrapped_in

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
            for row in rows for name in ID_COLUMNS if (cell := row.cells.get(name)) and _EXPONENT.fullmatch(cell)]


class LongIds:
    """Ids of more than fifteen digits, seen row by row."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[int, str]]] = {name: [] for name in ID_COLUMNS}

    def see(self, row: Row) -> None:
        """Take in one more row."""
        for name, seen in self._seen.items():
            if len(cell := row.cells.get(name, "")) > _KEPT and _is_digits(cell):
                seen.append((row.line, cell))

    def rounded(self, file: str) -> list[Problem]:
        """Those that end in zeros, where nearly all of their column do."""
        found = []
        for name, long in self._seen.items():
            cut = [(line, cell) for line, cell in long if not cell[_KEPT:].strip("0")]
            if sum(len(cell) - _KEPT for _line, cell in cut) >= _TELLING_ZEROS and len(cut) >= _NEARLY_ALL * len(long):
                found += [Problem(message="the id looks cut to fifteen digits by a spreadsheet", file=file, line=line,
                                  column_name=name, given=cell, expected=_AS_TEXT) for line, cell in cut]
        return found


def rounded(rows: Iterable[Row], *, file: str) -> list[Problem]:
    """Ids of more than fifteen digits that end in zeros, where nearly all of their column do."""
    long = LongIds()
    for row in rows:
        long.see(row)
    return long.rounded(file)


def doubts_and_losses(rows: Sequence[Row], *, file: str) -> tuple[list[Problem], list[Problem]]:
    """What is told of the ids of rows that can be used, and of those that cannot: several items would become one."""
    lost = exponents(rows, file=file)
    usable = [row for row in rows if row.line not in {one.line for one in lost}]
    cut, alike = rounded(usable, file=file), twice(usable, file=file)
    merged = {one.line for one in alike} & {one.line for one in cut if one.column_name == "item_id"}
    lost += [one for one in cut if one.line in merged]
    told = {one.line for one in alike}
    odd = (*cut, *alike, *short_of_zeros(usable, file=file),
           *(one for one in look_alikes(usable, "item_id", file=file) if one.line not in told))
    return [one for one in odd if one.line not in merged], lost


def short_of_zeros(rows: Sequence[Row], *, file: str) -> list[Problem]:
    """Ids of digits alone that are shorter than those of their column which begin with zeros, all of one length."""
    found = []
    for name in ID_COLUMNS:
        digits = [(row.line, cell) for row in rows if _is_digits(cell := row.cells.get(name, ""))]
        lengths = {len(cell) for _line, cell in digits if cell[0] == "0"}
        found += [Problem(message="the id looks short of zeros that a spreadsheet took away", file=file, line=line,
                          column_name=name, given=cell, expected=f"{_AS_TEXT}, such as `{cell.zfill(max(lengths))}`")
                  for line, cell in digits if len(lengths) == 1 and cell[0] != "0" and len(cell) < max(lengths)]
    return found


def look_alikes(rows: Iterable[Row], name: str, *, file: str) -> list[Problem]:
    """Ids of a column that are another row's but for case, leading zeros or the suffix of a Salesforce id."""
    by_look: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if cell := row.cells.get(name):
            look = record_key(cell) if len(spellings(cell)) > 1 else cell.casefold().lstrip("0")
            by_look[look].setdefault(cell, row)
    return [Problem(message="the id is another row's but for case, leading zeros or a suffix", file=file, line=row.line,
                    column_name=name, given=cell, expected=f"one spelling of an id, see {_others(row, [*alike.values()])}")
            for alike in by_look.values() if len(alike) > 1 for cell, row in alike.items()]


def spoilt_in(record: TableRecord, file: str) -> list[Problem]:
    """What is told of the cells of a record of any table: wrapped by a spreadsheet, or a number with an exponent."""
    rounded_cells = [] if not _EXPONENT.search(record.source) else [
        Problem(message="a spreadsheet rounded the cell", file=file, line=record.line, column=column, given=text,
                expected="the digits as its system has them; make the column a text before the file is saved")
        for text, _quoted, column in record.cells if _EXPONENT.fullmatch(text)]
    return [*unwrapped_in(record, file), *rounded_cells]


def doubts_of_table(rows: Sequence[Row], text: str, key: str, *, file: str) -> list[Problem]:
    """What is told of the ids of a table that people keep, each with its column; `key` names the column of its own ids."""
    found = [*exponents(rows, file=file), *rounded(rows, file=file), *short_of_zeros(rows, file=file),
             *look_alikes(rows, key, file=file)]
    return placed(found, text)


def placed(problems: Sequence[Problem], text: str) -> list[Problem]:
    """Problems of rows and named columns with the place of the cell in its line."""
    if not problems:
        return []
    lines = {one.line for one in problems}
    header, *listed = (record for number, record in enumerate(records(text)) if not number or record.line in lines)
    starts = {record.line: [column for _text, _quoted, column in record.cells] for record in listed}
    return [replace(one, column=starts[one.line or 0][header.texts.index(one.column_name or "")]) for one in problems]


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
