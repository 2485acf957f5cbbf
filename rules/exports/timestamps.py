"""Times as CRMs and spreadsheets write them: ISO, day or month first, AM/PM, month names, Excel's serial days, epochs.

Whether the day or the month stands first is never guessed: it is told by the mapping or by the file itself (a first
number above 12), and refused where neither tells. A time without an offset needs a time zone.
"""
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from rules.refdata.times import NotReadable

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt ,]+(.+))?")
_NUMBERED = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?:[Tt ,]+(.+))?")
_NAMED = re.compile(r"(?:(\d{1,2})\.?[-/ ]([A-Za-z]{3,9})\.?[-/ ,]+(\d{4}|\d{2})|"
                    r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4}))(?:,? (?:at )?(.+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*"
                    r"(Z|z|(?:UTC|GMT)?(?:[+-]\d{1,2}(?::?\d{2})?)?)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}
_FULL_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
                "december", "sept")
_EXCEL_START = datetime(1899, 12, 30)
#: Serial days from 1954 to 2119; seconds and milliseconds since 1970 for the years 2001 to 2128.
_SERIAL, _SECONDS, _MILLISECONDS = (20_000, 80_000), (10**9, 5 * 10**9), (10**12, 5 * 10**12)
EXPECTED = "a time such as `2026-11-21T10:00:00Z`, `21/11/2026 10:00` or `11/21/2026 10:00 AM`"
EXPECTED_ZONE = ("a `time_zone` in the mapping, such as Europe/Berlin; `rightful import --show-mapping PROFILE` prints one "
                 "to copy")


class NoOrder(NotReadable):
    """A day that could be two: neither the mapping nor the file says which number is the month."""


class NoZone(NotReadable):
    """A time without an offset where no time zone is stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What the cells of a file tell about its order: a cell that must be day first, one that must be month first."""

    day_first: str | None = None
    month_first: str | None = None

    @property
    def order(self) -> str | None:
        """The order, None where nothing tells or where they contradict."""
        if (self.day_first is None) == (self.month_first is None):
            return None
        return DAY_FIRST if self.day_first is not None else MONTH_FIRST


def evidence_of(cells: Iterable[str]) -> Evidence:
    """What the cells tell: a first number above 12 is a day, a second one too."""
    day_first = month_first = None
    for cell in cells:
        found = _NUMBERED.fullmatch(cell)
        if found is None or found[2] == ".":
            continue
        first, second = int(found[1]), int(found[3])
        if 12 < first <= 31 and second <= 12:
            day_first = day_first or cell
        elif 12 < second <= 31 and first <= 12:
            month_first = month_first or cell
        if day_first and month_first:
            break
    return Evidence(day_first=day_first, month_first=month_first)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimestampReader:
    """How the times of one file are read: its order of day and month, the zones of naive times and of plain days."""

    order: str | None
    time_zone: ZoneInfo | None
    day_zone: ZoneInfo | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A moment in UTC and what had to be done for it: `offset`, `local`, `day`, `excel`, `epoch`; `shifted` by a clock change."""

    at: datetime
    how: str
    shifted: bool = False


def read_moment(text: str, clock: TimestampReader, *, day: str = "start") -> Read:
    """The moment that a cell names; for a plain day its first or last second. NotReadable, NoOrder or NoZone."""
    naive, rest, how = _parts(text, clock.order)
    if isinstance(naive, datetime) and naive.tzinfo is not None:
        return Read(at=naive, how=how)
    if rest is not None:
        naive, offset = _with_clock(naive, rest)
        if offset is not None:
            return Read(at=_in_zone(naive.replace(tzinfo=offset), UTC), how="offset")
        how = "local"
    if isinstance(naive, datetime):
        return _localised(naive, clock.time_zone, how)
    moment = datetime(naive.year, naive.month, naive.day)
    if day == "end":
        moment += timedelta(hours=23, minutes=59, seconds=59)
    return _localised(moment, clock.day_zone or clock.time_zone, how)


def read_day(text: str, clock: TimestampReader) -> date:
    """The plain day that a cell names; of an instant, its day in the zone of days, else as written."""
    naive, rest, _how = _parts(text, clock.order)
    if rest is not None:
        naive, offset = _with_clock(naive, rest)
        naive = naive.replace(tzinfo=offset)
    if not isinstance(naive, datetime):
        return naive
    zone = clock.day_zone or clock.time_zone
    return (_in_zone(naive, zone) if naive.tzinfo is not None and zone is not None else naive).date()


def _parts(text: str, order: str | None) -> tuple[date | datetime, str | None, str]:
    """The day, what stands behind it, and how it was written; a whole moment where a number says it."""
    if _NUMBER.fullmatch(text):
        return _counted(text)
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3])), found[4], "day"
    if found := _NUMBERED.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        if found[2] == "." or order == DAY_FIRST or first == second:
            return _day(year, second, first), found[5], "day"
        if order == MONTH_FIRST:
            return _day(year, first, second), found[5], "day"
        if order == "iso":
            raise NotReadable("not a time", EXPECTED)
        raise NoOrder("the order of day and month cannot be told",
                      "`dates: day-first` or `dates: month-first` in the mapping")
    if found := _NAMED.fullmatch(text):
        word = (found[2] or found[4]).lower()
        month = _MONTHS.get(word[:3]) if word in _MONTHS or word in _FULL_MONTHS else None
        if month is not None:
            return _day(_year(found[3] or found[6]), month, int(found[1] or found[5])), found[7], "day"
    raise NotReadable("not a time", EXPECTED)


def _counted(text: str) -> tuple[date | datetime, None, str]:
    number = float(text.replace(",", "."))
    if _SERIAL[0] <= number <= _SERIAL[1]:
        moment = _EXCEL_START + timedelta(seconds=round(number * 86400))
        return (moment.date() if number.is_integer() else moment), None, "excel"
    for low, high, per_second in ((*_SECONDS, 1), (*_MILLISECONDS, 1000)):
        if low <= number < high:
            return datetime.fromtimestamp(number / per_second, UTC), None, "epoch"
    raise NotReadable("not a time", EXPECTED)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotReadable("no such day", EXPECTED) from None


def _with_clock(day: date, rest: str) -> tuple[datetime, timezone | None]:
    found = _CLOCK.fullmatch(rest.strip())
    if found is None:
        raise NotReadable("not a time", EXPECTED)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[5] or "").lower()
    if half and not 1 <= hour <= 12:
        raise NotReadable("no such time", EXPECTED)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        moment = datetime(day.year, day.month, day.day, hour, minute, second, int((found[4] or "0")[:6].ljust(6, "0")))
    except ValueError:
        raise NotReadable("no such time", EXPECTED) from None
    return moment, _offset(found[6])


def _offset(text: str) -> timezone | None:
    if not text:
        return None
    plain = text.upper().removeprefix("UTC").removeprefix("GMT").removeprefix("Z")
    if not plain:
        return UTC
    digits = plain[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise NotReadable("no such offset", EXPECTED)
    return timezone((1 if plain[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _localised(naive: datetime, zone: ZoneInfo | None, how: str) -> Read:
    if zone is None:
        raise NoZone("the time has no offset, and no time zone is stated" if how not in ("day", "excel")
                     else "a plain day, and no time zone is stated", EXPECTED_ZONE)
    at = _in_zone(naive.replace(tzinfo=zone), UTC)
    shifted = _in_zone(at, zone).replace(tzinfo=None) != naive or _in_zone(naive.replace(tzinfo=zone, fold=1), UTC) != at
    return Read(at=at, how=how, shifted=shifted)


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The same moment elsewhere; refused where the calendar ends before."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise NotReadable("no such time", EXPECTED) from None
