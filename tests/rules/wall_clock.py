"""A naive clock: working time read minute by minute off the wall, sharing no code with the calendar it stands against."""
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.model import WorkingBlock

MINUTE = timedelta(minutes=1)


def reads_working(moment: datetime, zone: str, blocks: tuple[WorkingBlock, ...], days_off: frozenset[date] = frozenset()) -> bool:
    """Whether somebody who looks at the wall clock then is at work; a night shift is the day's that it began on."""
    local = moment.astimezone(ZoneInfo(zone))
    today, minute = local.date(), local.hour * 60 + local.minute
    for day, since_midnight in ((today, minute), (today - timedelta(days=1), minute + 1440)):
        if day in days_off:
            continue
        if not blocks and since_midnight < 1440:
            return True
        if any(day.weekday() in block.weekdays and block.from_minute <= since_midnight < block.to_minute for block in blocks):
            return True
    return False


def minutes_later(start: datetime, working_minutes: int, is_working, limit: int = 60 * 24 * 80) -> datetime | None:
    """When so many working minutes have passed, by counting every single one; None past the limit."""
    now = start.astimezone(UTC)
    for _ in range(limit):
        if working_minutes <= 0:
            return now
        working_minutes -= is_working(now)
        now += MINUTE
    return None
