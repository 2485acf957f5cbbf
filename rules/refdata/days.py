"""Stretches of calendar days as cells write them: days from today, days before and after one, and from one to another."""
import re
from dataclasses import dataclass
from datetime import date

from rules.refdata.times import NotReadable, parse_day

EXPECTED = "a day such as 2027-01-01, `2027-01-01 - 2027-03-31`, `before 2027-01-01` or `after` it, `within 30d`, `over 2w ago`"

_DAY = r"\d{4}-\d{2}-\d{2}"
_COUNTED = re.compile(r"(?P<word>within|over) (?P<count>\d{1,5}) ?(?P<unit>[dw])(?P<ago> ago)?", re.ASCII)
_DATED = re.compile(rf"(?:(?P<word>before|after|on) )?(?P<low>{_DAY})(?: ?- ?(?P<high>{_DAY}))?", re.ASCII)
_PLAIN = {"past": (None, -1), "today": (0, 0), "future": (1, None)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """Days from `low` to `high`, both in; None = without end.

    With `from_today` they are counted from the day of the decision, which is 0; else they are days' numbers since year 1.
    """

    low: int | None = None
    high: int | None = None
    from_today: bool = False

    def hold(self, day: date, today: date) -> bool:
        """Whether a day is one of them, at a decision made today."""
        number = day.toordinal() - (today.toordinal() if self.from_today else 0)
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)


def days_of(text: str) -> Days | None:
    """The days that a word of a cell names, None where it names none."""
    if text in _PLAIN:
        low, high = _PLAIN[text]
        return Days(low=low, high=high, from_today=True)
    if counted := _COUNTED.fullmatch(text):
        count = int(counted["count"]) * (7 if counted["unit"] == "w" else 1)
        near, far = (0, count) if counted["word"] == "within" else (count + 1, None)
        low, high = (None if far is None else -far, -near) if counted["ago"] else (near, far)
        return Days(low=low, high=high, from_today=True)
    dated = _DATED.fullmatch(text)
    return _dated(dated) if dated else None


def _dated(found: re.Match) -> Days | None:
    try:
        low = parse_day(found["low"]).toordinal()
        high = parse_day(found["high"]).toordinal() if found["high"] else low
    except NotReadable:
        return None
    if high < low or (found["word"] and found["high"]):
        return None
    if found["word"] == "before":
        return Days(high=low - 1)
    return Days(low=low + 1) if found["word"] == "after" else Days(low=low, high=high)
