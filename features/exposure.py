"""Fair turns: exposure over the last 90 days, shares of the present day and week, and the credits by which rotation turns."""
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from features.clock import DAY
from features.tables import widened

WINDOW_DAYS = 90
#: Days kept: the window and room to spare, a ring.
RING = 128


class Exposures(NamedTuple):
    """What some owners were owed in the last 90 days, in the order in which they were asked about.

    `deficits` (float64): the sum of (share of the slate's chance - propensity); `slates` (int64): in how many they stood.
    """

    deficits: np.ndarray
    slates: np.ndarray


class ExposureTables:
    """Deficits and slates in daily buckets (days x owner columns); a day's bucket is cleared when it comes round."""

    def __init__(self, *, owners: int):
        self.deficit = np.zeros((RING, owners))
        self.slates = np.zeros((RING, owners), dtype=np.int64)
        self.newest_day: int | None = None
        self._filled = [False] * RING                         # the days on which there was any slate

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.deficit = widened(self.deficit, (RING, owners))
        self.slates = widened(self.slates, (RING, owners))

    def add(self, columns: np.ndarray, owed: np.ndarray, us: int) -> None:
        """What one slate owed its owners, each of them once; ignored when it lies too far back to matter."""
        day = us // DAY
        if self.newest_day is None:
            self.newest_day = day
        if day > self.newest_day:
            for fresh in range(max(self.newest_day + 1, day - RING + 1), day + 1):
                self.deficit[fresh % RING] = 0.0
                self.slates[fresh % RING] = 0
                self._filled[fresh % RING] = False
            self.newest_day = day
        elif day <= self.newest_day - WINDOW_DAYS:
            return
        self.deficit[day % RING][columns] += owed
        self.slates[day % RING][columns] += 1
        self._filled[day % RING] = True

    def of(self, columns: np.ndarray, us: int) -> Exposures:
        """The exposure of owners over the 90 days that end with the moment's day (UTC), summed oldest first."""
        deficit, slates = np.zeros(len(columns)), np.zeros(len(columns), dtype=np.int64)
        if self.newest_day is None:
            return Exposures(deficit, slates)
        last = min(us // DAY, self.newest_day)
        first = max(us // DAY - WINDOW_DAYS + 1, self.newest_day - RING + 1)
        for day in range(first, last + 1):
            if self._filled[day % RING]:
                deficit += self.deficit[day % RING].take(columns)
                slates += self.slates[day % RING].take(columns)
        return Exposures(deficit, slates)


class Had(NamedTuple):
    """What some owners could have been given in a day or a week and what they were, in the order asked about, int64."""

    eligible: np.ndarray
    given: np.ndarray


#: Which day or week a moment lies in: midnight in UTC, weeks from Monday.
PERIODS: Mapping[str, Callable[[int], int]] = {"day": lambda us: us // DAY, "week": lambda us: (us // DAY + 3) // 7}


class ShareTables:
    """By team, or rule with shares of its own: the present day's and week's slates of several owners, and who got the item."""

    def __init__(self):
        self._periods: dict[tuple[str, str], int] = {}
        self._counts: dict[tuple[str, str], np.ndarray] = {}  # 2 x owner columns: eligible, given

    def add(self, name: str, slate: np.ndarray, owner: int, us: int) -> None:
        """One item that any of a slate could have been given and one was; of a period that is over nothing is kept."""
        for per, period_of in PERIODS.items():
            key, period = (name, per), period_of(us)
            if period < self._periods.get(key, period):
                continue
            most = 1 + max(int(slate.max()), owner)
            if period > self._periods.get(key, period - 1):
                self._periods[key], self._counts[key] = period, np.zeros((2, most), dtype=np.int64)
            counts = self._counts[key]
            if counts.shape[1] < most:
                counts = self._counts[key] = widened(counts, (2, most))
            counts[0, slate] += 1
            counts[1, owner] += 1

    def of(self, name: str, per: str, columns: np.ndarray, us: int) -> Had:
        """The counts of owners in the day or week of a moment."""
        key = name, per
        if self._periods.get(key) != PERIODS[per](us):
            return Had(np.zeros(len(columns), dtype=np.int64), np.zeros(len(columns), dtype=np.int64))
        counts = self._counts[key]
        known = columns < counts.shape[1]
        return Had(*(np.where(known, row.take(np.where(known, columns, 0)), 0) for row in counts))


class Rotation:
    """The credits of each team's owners after its last pick."""

    def __init__(self):
        self._credits: dict[str, dict[str, float]] = {}

    def picked(self, team: str, after: Mapping[str, float]) -> None:
        """Take over the slate's credits after a pick."""
        self._credits.setdefault(team, {}).update(after)

    def of(self, team: str, owner_ids: Iterable[str]) -> dict[str, float]:
        """Credits by owner, 0 for one who was never in a slate."""
        credits_of_team = self._credits.get(team, {})
        return {owner_id: credits_of_team.get(owner_id, 0.0) for owner_id in owner_ids}
