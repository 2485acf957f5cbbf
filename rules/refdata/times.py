"""Times and days as text: RFC 3339 with an offset, plain days, and spans of either."""
import re
from datetime import UTC, date, datetime

from rules.errors import Problem

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?")
TIME_EXPECTED = "a time with its offset, such as `2026-11-21T10:00:00Z`"


class NotReadable(ValueError):
    """A text that is not what its column holds; `expected` says what would be."""

    def __init__(self, message: str, expected: str):
        super().__init__(message)
        self.message = message
        self.expected = expected


def parse_instant(text: str) -> datetime:
    """An RFC 3339 time in UTC; NotReadable for a naive one."""
    if not _TIME.fullmatch(text):
        raise NotReadable("not a time", TIME_EXPECTED)
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


def parse_day_or_instant(text: str) -> date | datetime:
    """A plain day, or an RFC 3339 time in UTC."""
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise NotReadable("no such day", "a day such as `2026-11-21`") from None
    try:
        return parse_instant(text)
    except NotReadable as fault:
        raise NotReadable(fault.message, f"a day such as `2026-11-21` or {TIME_EXPECTED}") from None


def problem(fault: NotReadable, *, given: object, file: str | None = None, line: int | None = None,
            column_name: str | None = None) -> Problem:
    """The problem to report for a text that could not be read."""
    return Problem(message=fault.message, file=file, line=line, column_name=column_name, given=given,
                   expected=fault.expected)


def format_instant(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
