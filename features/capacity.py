"""Capacity: what an owner carries now against the ceilings of owners.csv, before the item in question.

Open items are counted from when an assignment became known until its end became known. Items of today are those whose
assignment falls on the owner's present calendar day, whatever became of them since.
"""
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping

import numpy as np

from features.clock import DAY
from features.tables import widened

#: How long an assignment can still fall on somebody's today: a day of 25 hours, zones 26 hours apart.
TODAY_REACH = 52 * DAY // 24


class LoadTables:
    """Open items per owner column, and the sorted moments of recent assignments."""

    def __init__(self, *, owners: int):
        self.open_items = np.zeros(owners, dtype=np.int64)
        self.recent: list[list[int]] = [[] for _ in range(owners)]

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.open_items = widened(self.open_items, (owners,))
        self.recent.extend([] for _ in range(owners - len(self.recent)))

    def assigned(self, owner: int, *, assigned_us: int, known_us: int) -> None:
        """One more open item."""
        self.open_items[owner] += 1
        if assigned_us >= known_us - TODAY_REACH:
            times = self.recent[owner]
            del times[:bisect_left(times, known_us - TODAY_REACH)]
            insort(times, assigned_us)

    def ended(self, owner: int) -> None:
        """One open item fewer."""
        self.open_items[owner] -= 1

    def on_day(self, owner: int, day: tuple[int, int]) -> int:
        """How many assignments fall on a day given by its first microsecond and the next day's."""
        times = self.recent[owner]
        return bisect_left(times, day[1]) - bisect_left(times, day[0]) if times else 0


class TodayCounts:
    """Answers of `on_day` that still hold, by owner: kept beside the tables, so that asking changes nothing of the state."""

    def __init__(self, load: LoadTables):
        self._load = load
        self._counted: dict[int, tuple[tuple[int, int], int]] = {}

    def forget(self, owner: int) -> None:
        """The owner was given another item."""
        self._counted.pop(owner, None)

    def of(self, owners: Iterable[int], days: Iterable[tuple[int, int]]) -> list[int]:
        """How many assignments fall on each owner's day."""
        known, found = self._counted, []
        for owner, day in zip(owners, days, strict=True):
            counted = known.get(owner)
            if counted is None or counted[0] is not day:
                counted = known[owner] = day, self._load.on_day(owner, day)
            found.append(counted[1])
        return found


def fill_capacity(cells: Mapping[str, np.ndarray], tables: LoadTables, *, owners: np.ndarray, max_open: np.ndarray,
                  max_per_day: np.ndarray, today: list[int], minutes_until_working: list[float]) -> None:
    """Write the load of a slate; NaN where an owner has no ceiling. `today`: items that fall on each owner's today."""
    cells["load_ratio"][:] = tables.open_items.take(owners) / max_open
    cells["today_ratio"][:] = np.array(today, dtype=np.float64) / max_per_day
    cells["minutes_until_working"][:] = minutes_until_working
