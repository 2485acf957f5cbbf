"""Responsiveness: how fast an owner first replies, how often they accept, how often in time; shrunk to everyone's.

Each is a decayed mean over assignments, (sum d x + k * overall) / (sum d + k), NaN while nothing is known of anyone.
"""
import math
from collections.abc import Mapping

import numpy as np

from features.clock import SECOND, Decay
from features.tables import widened

#: Habits change faster than skill: half of the memory is gone after this many days.
HALF_LIFE_DAYS = 60.0
#: With how many assignments' weight an owner counts as everyone does.
PRIOR_WEIGHT = 5.0
REPLY, ACCEPT, IN_TIME = 0, 1, 2
NAMES = ("reply_log_hours", "accept_rate", "sla_kept_rate")


class ResponseTables:
    """Decayed sums of x and of weights: arrays (3 measures x owner columns), and everyone's."""

    def __init__(self, *, owners: int):
        self.decay = Decay(HALF_LIFE_DAYS)
        self.x = np.zeros((3, owners))
        self.weight = np.zeros((3, owners))
        self.all_x = [0.0, 0.0, 0.0]
        self.all_weight = [0.0, 0.0, 0.0]

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.x = widened(self.x, (3, owners))
        self.weight = widened(self.weight, (3, owners))

    def _add(self, measure: int, owner: int, x: float, us: int) -> None:
        weight = self.decay.weight(us)
        self.x[measure, owner] += weight * x
        self.weight[measure, owner] += weight
        self.all_x[measure] += weight * x
        self.all_weight[measure] += weight

    def replied(self, owner: int, *, assigned_us: int, replied_us: int) -> None:
        """The first reply to an assignment."""
        hours = max(0, replied_us - assigned_us) / (3600 * SECOND)
        self._add(REPLY, owner, math.log1p(hours), replied_us)

    def answered(self, owner: int, *, accepted: bool, us: int) -> None:
        """Whether an offered assignment was taken on."""
        self._add(ACCEPT, owner, 1.0 if accepted else 0.0, us)

    def timed(self, owner: int, *, kept: bool, us: int) -> None:
        """Whether the promised response time was kept."""
        self._add(IN_TIME, owner, 1.0 if kept else 0.0, us)


def fill_responsiveness(cells: Mapping[str, np.ndarray], tables: ResponseTables, *, owners: np.ndarray, us: int) -> None:
    """Write the responsiveness of a slate; where nothing is known of anyone the column stays NaN."""
    factor = tables.decay.factor(us)
    prior = [[PRIOR_WEIGHT * (x / weight) if weight > 0.0 else math.nan]
             for x, weight in zip(tables.all_x, tables.all_weight, strict=True)]
    means = tables.x.take(owners, axis=1) * factor + prior
    means /= tables.weight.take(owners, axis=1) * factor + PRIOR_WEIGHT
    for name, mean in zip(NAMES, means, strict=True):
        cells[name][:] = mean
