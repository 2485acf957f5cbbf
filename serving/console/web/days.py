"""Days as a form gives them: read in UTC, the last day inclusive."""
from datetime import UTC, date, datetime, time, timedelta

from rules.errors import InputError, Problem


def day_of(name: str, text: str) -> datetime | None:
    """The start of a day, None where none is given; InputError where it is no day."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        raise InputError([Problem(message="the day cannot be read", column_name=name, given=text,
                                  expected="a day such as `2026-11-21`")]) from None


def day_after(name: str, text: str) -> datetime | None:
    """The end of a day that is meant to be included."""
    starts = day_of(name, text)
    try:
        return None if starts is None else starts + timedelta(days=1)
    except OverflowError:
        return starts
