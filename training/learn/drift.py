"""What moved with time for everyone: how far success of some days lay above or below what the items explain.

A new target, a bad week, a rule that changed: a log may hold breaks that no owner made. Left in, they are taken for
properties of the items that came then and of the owners who were busy then. Per day d the shift c solves
sum of w (y - q) = k c over the assignments of the days around (triangular weights w over a week), q = sigmoid(z + c); k, in
units of q (1 - q), is the shrinkage that makes the weekly shifts most likely, and without good evidence for any shift at all
(likelihood ratio) every c is 0. Method: one variance component by Laplace-approximated marginal likelihood, as in
training/learn/owner_variance.py.
"""
from dataclasses import dataclass

import numpy as np

from serving.ranking.layers import sigmoid

#: Twice the log likelihood that weekly shifts must gain to be believed.
LIKELIHOOD_RATIO = 10.0
STRENGTHS = tuple(float(2**power) for power in range(11))
WEEK, REACH, ROUNDS = 7.0, 3, 5
#: The present level is that of this many days, the last of which nearly all assignments (this share) have settled.
LEVEL_DAYS, NEARLY_ALL = 14.0, 0.9


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Shifts in log-odds by day from `first_day` on (days since 1970), and the `level` known as of the cut.

    `weight`: by day, how firmly it is known: the spread of the assignments around plus the shrinkage.
    """

    first_day: int
    shifts: np.ndarray
    weight: np.ndarray
    level: float

    def at(self, day: np.ndarray) -> np.ndarray:
        """The shift of the day each row was assigned on; 0 outside the days known."""
        known, place = self._places(day)
        return np.where(known, self.shifts[place], 0.0) if len(self.shifts) else np.zeros(len(day))

    def of_others(self, z: np.ndarray, y: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The same for rows it was made of, each without its own outcome (one Newton step back)."""
        shift = self.at(day)
        if not len(self.shifts):
            return shift
        known, place = self._places(day)
        q = sigmoid(z + shift)
        own = (y - q) / np.maximum(self.weight[place] - q * (1.0 - q), q * (1.0 - q))
        return np.where(known, shift - own, 0.0)

    def _places(self, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = np.floor(day).astype(int) - self.first_day
        return (place >= 0) & (place < len(self.shifts)), np.clip(place, 0, max(len(self.shifts) - 1, 0))


NONE = Drift(first_day=0, shifts=np.zeros(0), weight=np.zeros(0), level=0.0)


def common_drift(z: np.ndarray, y: np.ndarray, day: np.ndarray, settled_day: np.ndarray, *, as_of: float) -> Drift:
    """The shifts that settled rows show over log-odds `z`; `as_of` (days) is when the level is wanted."""
    strength = _strength(z, y, day)
    if strength is None:
        return NONE
    first = int(np.floor(day.min()))
    place = np.floor(day).astype(int) - first
    size = int(place.max()) + 1
    weights = 1.0 - np.abs(np.arange(-REACH, REACH + 1)) / (REACH + 1.0)
    shifts = np.zeros(size)
    for _ in range(ROUNDS):
        pull, spread = _sums(z + shifts[place], y, place, size)
        score = _around(pull, weights) - strength * shifts
        shifts = shifts + np.clip(score / (_around(spread, weights) + strength), -1.0, 1.0)
    _, spread = _sums(z + shifts[place], y, place, size)
    return Drift(first_day=first, shifts=shifts, weight=_around(spread, weights) + strength,
                 level=_level(z, y, day, settled_day, as_of, strength))


def _sums(z: np.ndarray, y: np.ndarray, codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    q = sigmoid(z)
    return np.bincount(codes, weights=y - q, minlength=size), np.bincount(codes, weights=q * (1.0 - q), minlength=size)


def _around(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted sums over the days around each day."""
    return np.convolve(values, weights, "full")[REACH:REACH + len(values)]


def _strength(z: np.ndarray, y: np.ndarray, day: np.ndarray) -> float | None:
    """The most likely k of weekly shifts, None where there is no good evidence of any."""
    if not len(y):
        return None
    weeks = np.unique(np.floor(day / WEEK), return_inverse=True)[1]
    if weeks.max() == 0:
        return None
    pull, spread = _sums(z, y, weeks, int(weeks.max()) + 1)
    gains = {k: float(np.sum(pull**2 / (spread + k) - np.log1p(spread / k))) for k in STRENGTHS}
    best = max(gains, key=gains.__getitem__)
    return best if gains[best] >= LIKELIHOOD_RATIO else None


def _level(z: np.ndarray, y: np.ndarray, day: np.ndarray, settled_day: np.ndarray, as_of: float, strength: float) -> float:
    """The shift of the latest days of which nearly everything has settled: later ones show the quick endings alone."""
    last = as_of - float(np.quantile(settled_day - day, NEARLY_ALL))
    rows = (day < last) & (day >= last - LEVEL_DAYS)
    if not rows.any():
        return 0.0
    level = 0.0
    for _ in range(ROUNDS):
        pull, spread = _sums(z[rows] + level, y[rows], np.zeros(int(rows.sum()), dtype=int), 1)
        level += float(np.clip((pull[0] - strength * level) / (spread[0] + strength), -1.0, 1.0))
    return level
