"""Capacity: what an owner carries now against the ceilings of owners.csv, before the item in question.

Open items are counted from when an assignment became known until its end became known. Items of today are those whose
assignment falls on the owner's present calendar day, whatever became of them since.
"""
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from features.clock import DAY
from features.tables import widened

#: How long an assignment can still fall on somebody's today: a day of 25 hours, zones 26 hours apart.
TODAY_REACH = 52 * DAY // 24


class LoadTables:
    """Open items per owner column, also by kind of item, and the sorted moments of recent assignments."""

    def __init__(self, *, owners: int):
        self.open_items = np.zeros(owners, dtype=np.int64)
        self.by_kind: dict[str, np.ndarray] = {}
        self.recent: list[list[int]] = [[] for _ in range(owners)]

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.open_items = widened(self.open_items, (owners,))
        self.by_kind = {kind: widened(counts, (owners,)) for kind, counts in self.by_kind.items()}
        self.recent.extend([] for _ in range(owners - len(self.recent)))

    def assigned(self, owner: int, kind: str, *, assigned_us: int, known_us: int) -> None:
        """One more open item of a kind."""
        self.open_items[owner] += 1
        if kind not in self.by_kind:
            self.by_kind[kind] = np.zeros_like(self.open_items)
        self.by_kind[kind][owner] += 1
        if assigned_us >= known_us - TODAY_REACH:
            times = self.recent[owner]
            del times[:bisect_left(times, known_us - TODAY_REACH)]
            insort(times, assigned_us)

    def ended(self, owner: int, kind: str) -> None:
        """One open item of a kind fewer."""
        self.open_items[owner] -= 1
        self.by_kind[kind][owner] -= 1

    def kinds_of(self, owner: int) -> dict[str, int]:
        """How many open items of each kind an owner has."""
        return {kind: count for kind, counts in self.by_kind.items() if (count := int(counts[owner]))}

    def since(self, owner: int, us: int) -> int:
        """How many assignments were made after a moment not longer ago than TODAY_REACH."""
        times = self.recent[owner]
        return len(times) - bisect_right(times, us) if times else 0

    def on_day(self, owner: int, day: tuple[int, int]) -> int:
        """How many assignments fall on a day given by its first microsecond and the next day's."""
        times = self.recent[owner]
        return bisect_left(times, day[1]) - bisect_left(times, day[0]) if times else 0


class DayBounds(NamedTuple):
    """One calendar day per owner: its first microsecond (int64) and the next day's."""

    starts: np.ndarray
    ends: np.ndarray


class TodayCounts:
    """Answers of `on_day` with the days they hold for, by owner: beside the tables, so that asking changes no state."""

    def __init__(self, load: LoadTables):
        self._load = load
        self._counted = np.zeros((3, 0), dtype=np.int64)      # the day's start and end, and how many

    def assigned(self, owner: int, *, assigned_us: int) -> None:
        """The owner was given another item."""
        if owner < self._counted.shape[1] and self._counted[0, owner] <= assigned_us < self._counted[1, owner]:
            self._counted[2, owner] += 1

    def of(self, owners: np.ndarray, days: DayBounds) -> np.ndarray:
        """How many assignments fall on each owner's day."""
        if self._counted.shape[1] < len(self._load.recent):
            self._counted = widened(self._counted, (3, len(self._load.recent)))
        starts, ends, found = self._counted
        holds = starts.take(owners) == days.starts
        holds &= ends.take(owners) == days.ends
        for place in (~holds).nonzero()[0].tolist():
            owner, day = int(owners[place]), (int(days.starts[place]), int(days.ends[place]))
            starts[owner], ends[owner], found[owner] = *day, self._load.on_day(owner, day)
        return found.take(owners)


def fill_capacity(cells: Mapping[str, np.ndarray], tables: LoadTables, *, owners: np.ndarray, max_open: np.ndarray,
                  max_per_day: np.ndarray, today: np.ndarray, minutes_until_working: np.ndarray) -> None:
    """Write the load of a slate; NaN where an owner has no ceiling. `today`: items that fall on each owner's today."""
    np.divide(tables.open_items.take(owners), max_open, out=cells["load_ratio"])
    np.divide(today, max_per_day, out=cells["today_ratio"])
    cells["minutes_until_working"][:] = minutes_until_working
