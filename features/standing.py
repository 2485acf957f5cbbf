"""Standing: how long an owner has been at it, and how long ago they were last given something."""
import math
from collections.abc import Mapping

import numpy as np

from features.clock import DAY, NEVER
from features.tables import widened

RAMP_DAYS = 30.0
#: exp(-days / 30) by whole days; a table, so that a value never depends on how a slate is laid out in memory.
RAMP = np.array([math.exp(-days / RAMP_DAYS) for days in range(1501)])


class StandingTables:
    """First and last known assignment per owner column, in microseconds; NEVER and -NEVER where there is none."""

    def __init__(self, *, owners: int):
        self.first_us = np.full(owners, NEVER, dtype=np.int64)
        self.last_us = np.full(owners, -NEVER, dtype=np.int64)

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.first_us = widened(self.first_us, (owners,), fill=NEVER)
        self.last_us = widened(self.last_us, (owners,), fill=-NEVER)

    def assigned(self, owner: int, us: int) -> None:
        """One more assignment."""
        if us < self.first_us[owner]:
            self.first_us[owner] = us
        if us > self.last_us[owner]:
            self.last_us[owner] = us


def fill_standing(cells: Mapping[str, np.ndarray], tables: StandingTables, *, owners: np.ndarray,
                  started_us: np.ndarray, us: int) -> None:
    """Write the standing of a slate in whole days of tenure; cells stay NaN where neither a start nor an assignment is known."""
    since = np.minimum(tables.first_us.take(owners), started_us)
    days = np.maximum(us - since, 0) // DAY
    known = since < NEVER
    np.copyto(cells["tenure_days"], days, where=known)
    np.copyto(cells["ramp"], RAMP.take(days, mode="clip"), where=known)
    last = tables.last_us.take(owners)
    np.divide(np.maximum(us - last, 0), float(DAY), out=cells["days_since_last_assignment"], where=last > -NEVER)
