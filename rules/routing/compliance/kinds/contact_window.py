"""Contact window (`item.local_time: "08:00-21:00"`): whom we contact is asked at a decent hour of theirs.

The local time is that of the most precise place known; where it may be several zones, the window must hold in all of
them. Without a place it cannot be shown to hold, and does not.
"""
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from rules.book.schema import Requirement, RuleBook
from rules.intake.location import time_zones
from rules.model import Moment, WorkItem, zone
from rules.routing_result import ALLOWED, Verdict

SUBJECT = "item.local_time"
_DAYS_AHEAD = 8
_ALL_DAY = 0, 24 * 60


def judge(demand: Requirement, item: WorkItem, at: Moment, book: RuleBook) -> Verdict:
    """Whether the window holds; evidence `window` and `local_times` (zone -> HH:MM)."""
    zones = sorted(time_zones(item, book))
    times = {name: at.at.astimezone(zone(name)).strftime("%H:%M") for name in zones}
    outside = [name for name in zones if not _holds(demand, at.at, name)]
    window = window_text(demand)
    if zones and not outside:
        return ALLOWED
    if not zones:
        reason = f"no place is known, so the contact window {window} cannot be shown to hold"
    else:
        reason = f"it is {times[outside[0]]} in {outside[0]}, the contact window is {window}"
    return Verdict(eligible=False, reason=reason, evidence={"window": window, "local_times": times})


def opens_at(demand: Requirement, item: WorkItem, at: Moment, book: RuleBook) -> datetime | None:
    """The next moment at which the window holds in every zone, None where it never does or no place is known."""
    zones = time_zones(item, book)
    if not zones:
        return None
    candidates = sorted({moment for name in zones for moment in _openings(demand, at, name) if moment > at.at})
    return next((moment for moment in candidates if all(_holds(demand, moment, name) for name in zones)), None)


def window_text(demand: Requirement) -> str:
    """`08:00-21:00`."""
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in demand.window or ())


def _holds(demand: Requirement, at: datetime, zone_name: str) -> bool:
    local = at.astimezone(zone(zone_name))
    minute = local.hour * 60 + local.minute
    start, end = demand.window or _ALL_DAY
    return start <= minute < end if start < end else minute >= start or minute < end


def _openings(demand: Requirement, at: Moment, zone_name: str) -> Iterable[datetime]:
    first: date = at.day_in(zone_name)
    for ahead in range(_DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        wall = datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)) + timedelta(minutes=(demand.window or _ALL_DAY)[0])
        yield wall.astimezone(UTC)
