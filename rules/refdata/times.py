"""Times and days as text: RFC 3339 with an offset, plain days, and spans of either; and which of them cannot be."""
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from rules.errors import Problem

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?", re.ASCII)
DAY_EXPECTED = "a day such as `2026-11-21`"
TIME_EXPECTED = "a time with its offset, such as `2026-11-21T10:00:00Z`"
#: How far another's clock may run ahead of ours, or ours ahead of what was known.
AHEAD = timedelta(minutes=5)
#: No event of a company lies before this; a clock that was never set, or a cell that lost its meaning, does.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Nobody knows further ahead when somebody begins.
FIRST_DAYS = timedelta(days=3653)


class NotReadable(ValueError):
    """A text that is not what its column holds; `expected` says what would be."""

    def __init__(self, message: str, expected: str):
        super().__init__(message)
        self.message = message
        self.expected = expected


@lru_cache(maxsize=256)
def parse_instant(text: str) -> datetime:
    """An RFC 3339 time in UTC; NotReadable for a naive one. Kept, since one row often has a time twice."""
    found = _TIME.fullmatch(text)
    if not found:
        raise NotReadable("not a time", TIME_EXPECTED)
    if len(found["offset"] or "") == len("+0100"):
        raise NotReadable("the offset has no colon", f"`{text[:-2]}:{text[-2:]}`")
    try:
        read = datetime.fromisoformat(text.upper())
    except ValueError:
        raise NotReadable("no such time", TIME_EXPECTED) from None
    if read.tzinfo is None:
        raise NotReadable("the time has no offset", TIME_EXPECTED)
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise NotReadable("no such time", TIME_EXPECTED) from None


def parse_day(text: str) -> date:
    """A plain day."""
    if not _DAY.fullmatch(text):
        raise NotReadable("not a day", DAY_EXPECTED)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotReadable("no such day", DAY_EXPECTED) from None


def parse_day_or_instant(text: str) -> date | datetime:
    """A plain day, or an RFC 3339 time in UTC."""
    if _DAY.fullmatch(text):
        return parse_day(text)
    try:
        return parse_instant(text)
    except NotReadable as fault:
        wanted = f"{DAY_EXPECTED} or {TIME_EXPECTED}" if fault.expected == TIME_EXPECTED else fault.expected
        raise NotReadable(fault.message, wanted) from None


def parse_local_day(text: str) -> date | datetime:
    """The day of a date as exports write it: plain, or of a time without offset; a time with one (`+0000` too) is an instant.

    The day of an instant depends on where it is asked.
    """
    found = _TIME.fullmatch(text)
    offset = (found["offset"] or "") if found else ""
    try:
        if found is None:
            return parse_day(text)
        instant = parse_instant(f"{text[:-2]}:{text[-2:]}" if len(offset) == len("+0100") else text if offset else f"{text}Z")
    except NotReadable as fault:
        raise NotReadable(fault.message, f"{DAY_EXPECTED} or {TIME_EXPECTED}") from None
    return instant if offset else instant.date()


def day_of(moment: date | datetime) -> date:
    """The day itself, or the one that an instant is written with."""
    return moment.date() if isinstance(moment, datetime) else moment


def untrusted(at: datetime, *, now: datetime) -> str | None:
    """Why a time of something that happened cannot be; None where it can."""
    if at > now + AHEAD:
        return "has not come yet"
    return "is impossible" if at < EARLIEST else None


def possible_times(now: datetime) -> str:
    """What is expected of a time of something that happened."""
    return f"a time from `{format_instant(EARLIEST)}` up to now, `{format_instant(now)}`"


def impossible(name: str, at: datetime | None, *, now: datetime, file: str, line: int) -> list[Problem]:
    """The problem with a cell that holds a time of what happened, if it cannot be."""
    wrong = None if at is None else untrusted(at, now=now)
    return [] if at is None or wrong is None else [Problem(
        message=f"`{name}` {wrong}", file=file, line=line, column_name=name, given=format_instant(at),
        expected=possible_times(now))]


def unplanned(starts: date | datetime | None, ends: date | datetime | None, *, now: datetime) -> str | None:
    """Why a stretch of time that somebody is here for cannot be: what begins in another age, or ended before any event."""
    if starts is not None and day_of(starts) > (now + FIRST_DAYS).date():
        return "begins more than ten years ahead"
    return "ended before 1990" if ends is not None and day_of(ends) < EARLIEST.date() else None


def problem(fault: NotReadable, *, given: object, file: str | None = None, line: int | None = None,
            column_name: str | None = None) -> Problem:
    """The problem to report for a text that could not be read."""
    return Problem(message=fault.message, file=file, line=line, column_name=column_name, given=given,
                   expected=fault.expected)


def format_instant(at: datetime, timespec: str = "auto") -> str:
    """RFC 3339 in UTC with `Z`; `timespec` as isoformat knows it."""
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def format_moment(moment: date | datetime | None) -> str | None:
    """A plain day, or an instant in UTC, as text; None where there is none."""
    return format_instant(moment) if isinstance(moment, datetime) else None if moment is None else moment.isoformat()
