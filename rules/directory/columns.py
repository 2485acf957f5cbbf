"""Typed reading of one table row: every cell that is not what its column holds becomes a problem with its place."""
import math
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime

from rules.errors import Problem, nearest_name
from rules.model import ALWAYS, EMPTY, Span
from rules.refdata.times import NotReadable, day_of, parse_day_or_instant, parse_instant
from rules.tabular import Row

#: Plain digits only: what Python reads besides (`1_000`, `nan`, digits of other scripts) is rarely what was meant.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


class RowReader:
    """Reads the cells of one row; `problems` grows by each fault, the value is then None."""

    def __init__(self, file: str, row: Row, problems: list[Problem]):
        self.file = file
        self.row = row
        self.problems = problems

    def fault(self, name: str | None, message: str, *, given: object = None, expected: str | None = None,
              nearest: str | None = None) -> None:
        """Report something wrong with a cell, or with the row where no column is named."""
        self.problems.append(Problem(message=message, file=self.file, line=self.row.line, column_name=name,
                                     given=given, expected=expected, nearest=nearest))

    def text(self, name: str) -> str:
        """The cell's text, empty where it is blank."""
        return self.row.cells.get(name, "")

    def required(self, name: str) -> str | None:
        """The text of a cell that must not be blank."""
        text = self.row.cells.get(name)
        if text is None:
            self.fault(name, "the cell is empty", expected=f"a value for `{name}`")
        return text

    def listed(self, name: str) -> tuple[str, ...]:
        """The parts of a `;`-separated cell."""
        return tuple(part.strip() for part in self.text(name).split(";") if part.strip())

    def one_of(self, name: str, allowed: Collection[str], meant: Mapping[str, str] = EMPTY) -> str | None:
        """A word from a closed list; `meant`: words of others in small letters, each with the one of the list it stands for."""
        text = self.text(name)
        if text and text not in allowed:
            self.fault(name, "unknown word", given=text, expected="one of " + ", ".join(allowed),
                       nearest=meant.get(" ".join(re.split(r"[\s_-]+", text.casefold()))) or nearest_name(text, allowed))
            return None
        return text or None

    def number(self, name: str, *, low: float = -math.inf, high: float = math.inf,
               expected: str = "a number") -> float | None:
        """A finite number between `low` and `high`."""
        text = self.text(name)
        if not text:
            return None
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(number) or not low <= number <= high:
            self.fault(name, "not a number that can stand here", given=text, expected=expected)
            return None
        return number

    def count(self, name: str) -> int | None:
        """A whole number of zero or more."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 12:
            self.fault(name, "not a count", given=text, expected="a whole number of 0 or more")
            return None
        return int(text)

    def instant(self, name: str) -> datetime | None:
        """A time with its offset, in UTC."""
        return self._parsed(name, parse_instant)

    def day(self, name: str) -> date | None:
        """A day such as `2026-12-24`."""
        day = self._parsed(name, parse_day_or_instant)
        if isinstance(day, datetime):
            self.fault(name, "not a day", given=self.text(name), expected="a day such as `2026-12-24`")
            return None
        return day

    def _parsed(self, name: str, parse):
        text = self.text(name)
        if not text:
            return None
        try:
            return parse(text)
        except NotReadable as fault:
            self.fault(name, fault.message, given=text, expected=fault.expected)
            return None

    def span(self, from_name: str, to_name: str) -> Span:
        """A stretch of days or times, checked to end no earlier than it starts."""
        starts, ends = self._parsed(from_name, parse_day_or_instant), self._parsed(to_name, parse_day_or_instant)
        if starts is None and ends is None:
            return ALWAYS
        if starts is not None and ends is not None and day_of(ends) < day_of(starts):
            self.fault(to_name, "the end lies before the start", given=self.text(to_name),
                       expected=f"`{self.text(from_name)}` or later")
        return Span(starts=starts, ends=ends)
