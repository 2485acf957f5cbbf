"""Fair turns: exposure over the last 90 days per owner, and the credits by which rotation turns in each team."""
from collections.abc import Iterable, Mapping
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
