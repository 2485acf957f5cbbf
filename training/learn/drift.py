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
#: The present level is that of the latest so many days by which half of the successes are known; how long successes take is told
#: by rows so old that nearly all (this share) have settled.
LEVEL_DAYS, NEARLY_ALL = 14.0, 0.9
#: What has not settled at so many times that age never will.
FOR_GOOD = 3.0


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Shifts in log-odds by day from `first_day` on (days since 1970), and their shrinkage, None where nothing moved.

    `weight`: by day, how firmly it is known: the spread of the assignments around plus the shrinkage.
    """

    first_day: int
    shifts: np.ndarray
    weight: np.ndarray
    strength: float | None

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


NONE = Drift(first_day=0, shifts=np.zeros(0), weight=np.zeros(0), strength=None)


def common_drift(z: np.ndarray, y: np.ndarray, day: np.ndarray) -> Drift:
    """The shifts that settled rows show over log-odds `z`."""
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
    return Drift(first_day=first, shifts=shifts, weight=_around(spread, weights) + strength, strength=strength)


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


@dataclass(frozen=True, kw_only=True)
class Latest:
    """The latest rows, settled or not: which they are, what share of each's successes is known by now, and which are."""

    rows: np.ndarray
    share: np.ndarray
    known: np.ndarray

    def level(self, z: np.ndarray, strength: float) -> float:
        """The shift over log-odds `z` of these rows at which as many successes were to be known as are."""
        level = 0.0
        for _ in range(ROUNDS):
            q = sigmoid(z + level)
            told, spread = float(np.sum(self.known - self.share * q)), float(np.sum(self.share * q * (1.0 - q)))
            level += float(np.clip((told - strength * level) / (spread + strength), -1.0, 1.0))
        return level


def latest_rows(y: np.ndarray, day: np.ndarray, settled_day: np.ndarray, *, as_of: float) -> Latest:
    """The latest days of a log as of a moment, all assignments of then; none where it is too short to tell how long they take.

    Waiting until all has settled would tell of days long past, and what settles first is not like the rest: so successes are
    counted, each day's against how many of them are known at its age.
    """
    waits, there = settled_day - day, day < as_of
    settled = there & (settled_day < as_of)
    age = float(np.quantile(waits[settled], NEARLY_ALL)) if settled.any() else np.inf
    over = there & (day < as_of - FOR_GOOD * age)
    won = np.sort(waits[settled & (day < as_of - age) & (y > 0)])
    if not len(won):
        return Latest(rows=np.zeros(0, dtype=np.intp), share=np.zeros(0), known=np.zeros(0))
    last = as_of - float(won[len(won) // 2])
    rows = np.flatnonzero(there & (day <= last) & (day > last - LEVEL_DAYS))
    share = np.searchsorted(won, as_of - day[rows], side="right") / len(won) * (settled[over].mean() if over.any() else 1.0)
    return Latest(rows=rows, share=share, known=(settled[rows] & (y[rows] > 0)).astype(float))
