"""Working time: when an owner is at work, by zone, weekly blocks and a holiday calendar; empty blocks = always.

A block is at work whenever the wall clock reads inside it: an hour that the clock skips is not there, an hour that it
shows twice counts twice. A block that runs past midnight belongs to the day it starts on, and so does the holiday that
cancels it.
"""
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from rules.model import Owner, WorkingBlock, zone
from rules.refdata.holiday_calendars import holiday_calendar

#: How far ahead the next working minute is looked for.
HORIZON_DAYS = 14
HORIZON_MINUTES = HORIZON_DAYS * 1440.0

_DAY_SECONDS = 86400
_CACHED_DAYS = 4096
_CACHED_CALENDARS = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: How far ahead working time is added up: ten years.
_ADDED_DAYS = 3653

#: Stretches of working time as seconds since 1970, the end being out; in order and without overlap.
Stretches = tuple[tuple[float, float], ...]


class Calendar:
    """The working time that owners of one zone, one set of blocks, one holiday calendar and the same closing days share."""

    def __init__(self, time_zone: str, blocks: tuple[WorkingBlock, ...], holidays: str | None,
                 closed: frozenset[date] = frozenset()):
        self.time_zone = time_zone
        self.blocks = blocks
        self.holidays = holidays
        self.closed = closed
        self.never_rests = not (blocks or holidays or closed)  # every moment is working time
        self._by_day: dict[int, Stretches] = {}

    def is_working(self, at: datetime) -> bool:
        """Whether the moment lies in working time."""
        if self.never_rests:
            return True
        second = at.timestamp()
        return any(start <= second < end for start, end in self._stretches(int(second // _DAY_SECONDS)))

    def minutes_until_working(self, at: datetime) -> float:
        """Minutes until the next working moment: 0 when working, at most 14 days."""
        if self.never_rests:
            return 0.0
        second = at.timestamp()
        today = int(second // _DAY_SECONDS)
        for day in range(today, today + HORIZON_DAYS + 1):
            for start, end in self._stretches(day):
                if second < end:
                    return min(max(0.0, (start - second) / 60.0), HORIZON_MINUTES)
        return HORIZON_MINUTES

    def working_minutes_between(self, start: datetime, end: datetime) -> float:
        """Minutes of working time between two moments."""
        first, last = start.timestamp(), end.timestamp()
        if self.never_rests:
            return max(0.0, last - first) / 60.0
        total = 0.0
        for day in range(int(first // _DAY_SECONDS), int(last // _DAY_SECONDS) + 1):
            low, high = max(first, day * _DAY_SECONDS), min(last, (day + 1) * _DAY_SECONDS)
            total += sum(max(0.0, min(high, until) - max(low, since)) for since, until in self._stretches(day))
        return total / 60.0

    def after(self, start: datetime, working: timedelta) -> datetime | None:
        """The first moment by which so much working time has passed since `start`, to the microsecond.

        What ends with a block is due at the block's end and not when the next begins. None beyond ten years.
        """
        if self.never_rests:
            return start + working
        now, left = (start - _EPOCH) // _MICROSECOND, working // _MICROSECOND
        if left <= 0:
            return start
        today = now // (_DAY_SECONDS * 1_000_000)
        for day in range(today, today + _ADDED_DAYS):
            opens = day * _DAY_SECONDS
            for since, until in self._stretches(day):         # a stretch may stand on several days: only this day's part
                first = max(now, int(max(since, opens)) * 1_000_000)
                last = int(min(until, opens + _DAY_SECONDS)) * 1_000_000
                if last - first >= left:
                    return _EPOCH + (first + left) * _MICROSECOND
                left -= max(0, last - first)
        return None

    def _stretches(self, utc_day: int) -> Stretches:
        """Working stretches that touch a UTC day, as seconds since 1970, in order and without overlap."""
        known = self._by_day.get(utc_day)
        if known is None:
            if len(self._by_day) >= _CACHED_DAYS:
                self._by_day.clear()
            known = self._by_day[utc_day] = self._compute(utc_day)
        return known

    def _compute(self, utc_day: int) -> Stretches:
        opens, closes = utc_day * _DAY_SECONDS, (utc_day + 1) * _DAY_SECONDS
        middle = date(1970, 1, 1) + timedelta(days=utc_day)
        found = []
        for local_day in (middle + timedelta(days=offset) for offset in (-2, -1, 0, 1)):
            if local_day in self.closed or (self.holidays is not None and local_day in holiday_calendar(self.holidays)):
                continue
            for block in self.blocks or _ALL_DAY:
                if local_day.weekday() in block.weekdays:
                    found += [(start, end) for start, end in self._on_the_wall(local_day, block)
                              if end > opens and start < closes and end > start]
        return _merged(found)

    def _on_the_wall(self, day: date, block: WorkingBlock) -> Iterator[tuple[float, float]]:
        """When the wall clock reads inside a block that starts on a local day; two parts where the clock changes in it."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone(self.time_zone))
        start, end = (midnight + timedelta(minutes=minute) for minute in (block.from_minute, block.to_minute))
        first = min(start.timestamp(), start.replace(fold=1).timestamp())
        last = max(end.timestamp(), end.replace(fold=1).timestamp())
        before, after = self._offset(first), self._offset(last)
        if before == after:
            yield first, last
            return
        turns = self._clock_change(first, last)
        yield _as_utc(start) - before, min(turns, _as_utc(end) - before)
        yield max(turns, _as_utc(start) - after), _as_utc(end) - after

    def _offset(self, second: float) -> float:
        """What the wall clock is ahead of UTC at a moment, in seconds."""
        return (datetime.fromtimestamp(second, zone(self.time_zone)).utcoffset() or timedelta()).total_seconds()

    def _clock_change(self, low: float, high: float) -> float:
        """The first second of the offset that holds at `high`, given that another holds at `low`."""
        late = self._offset(high)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._offset(middle) == late else (middle, high)
        return high


def _as_utc(wall: datetime) -> float:
    """What a wall clock reads, in seconds since 1970 as if it stood in UTC."""
    return wall.replace(tzinfo=UTC).timestamp()


class SharedCalendar(Calendar):
    """Working time of several: any moment at which one of them is at work; of nobody, every moment."""

    def __init__(self, calendars: Iterable[Calendar]):
        super().__init__("UTC", (), None)
        self._parts = tuple(calendars)
        self.never_rests = not self._parts or any(part.never_rests for part in self._parts)

    def _compute(self, utc_day: int) -> Stretches:
        return _merged(stretch for part in self._parts for stretch in part._stretches(utc_day))


_ALL_DAY = (WorkingBlock(weekdays=frozenset(range(7)), from_minute=0, to_minute=1440),)


def _merged(stretches: Iterable[tuple[float, float]]) -> Stretches:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


# Blocks are shared objects (parse_working_hours keeps them), so their identity is a cheap key; the calendar holds
# on to them, which keeps the identity theirs.
_calendars: dict[tuple[int, str, str | None, frozenset[date]], Calendar] = {}


def calendar_of(owner: Owner) -> Calendar:
    """The calendar an owner works by; owners with the same hours share one."""
    key = (id(owner.working_hours), owner.time_zone, owner.holidays, owner.closed)
    calendar = _calendars.get(key)
    if calendar is None:
        if len(_calendars) >= _CACHED_CALENDARS:
            _calendars.clear()
        calendar = _calendars[key] = Calendar(owner.time_zone, owner.working_hours, owner.holidays, owner.closed)
    return calendar


def minutes_until_working(owner: Owner, at: datetime) -> float:
    """Minutes until the owner is at work: 0 when working, at most 14 days."""
    return calendar_of(owner).minutes_until_working(at)
