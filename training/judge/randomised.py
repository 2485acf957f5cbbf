"""Difference between two sides of a randomised experiment, with what was expected of each item taken out of the noise.

Each side's mean is weighted by the chance of its side (Hajek), so that a share that changed on the way does no harm. The outcome
is taken less theta (q - mean q), with q what the item alone promised before anybody had it and theta = cov(y, q) / var(q): the
expectation of the difference stays, its spread shrinks (Deng et al. 2013).
"""
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from training.judge.clustered import Estimate, Sized, estimate
from training.judge.off_policy import LEAST_INFORMATIVE

#: A side of fewer settled items than this has no interval.
LEAST_ON_A_SIDE = 50
#: So many standard errors apart, the shares of known outcomes of two sides are not the same by chance.
ATTRITION_Z = 3.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side: how many items were decided, of how many the outcome is known, and the rate of successes among those."""

    decided: int
    known: int
    rate: float | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Both sides, and what the first has over the second per item."""

    first: Side
    second: Side
    lift: Estimate
    influence: np.ndarray

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"first": asdict(self.first), "second": asdict(self.second), "lift": self.lift.as_json()}


def compare(success: np.ndarray, first: np.ndarray, chance: np.ndarray, clusters: Mapping[str, np.ndarray],
            expected: np.ndarray | None = None, scale: float = 1.0) -> Compared:
    """n decided items: `success` 0/1, NaN where not known; `first`: on which side; `chance` of the first side.

    `scale`: which share of all decisions these are, where the lift is told per decision of all.
    """
    known = np.isfinite(success)
    sides = tuple(_side(success, known, of) for of in (first, ~first))
    y, t, c = success[known], first[known], chance[known]
    influence, value = np.zeros(len(y)), float("nan")
    if t.any() and not t.all():
        y = _adjusted(y, None if expected is None else expected[known])
        one, other = _hajek(y, t / c), _hajek(y, ~t / (1.0 - c))
        found = one - other
        value, influence = scale * found.value, scale * found.influence
    lift = estimate(Sized(value=value, influence=influence), {name: codes[known] for name, codes in clusters.items()},
                    refused=_refused(sides))
    return Compared(first=sides[0], second=sides[1], lift=lift, influence=influence)


def _hajek(y: np.ndarray, weight: np.ndarray) -> Sized:
    value = float((weight * y).sum() / weight.sum())
    return Sized(value=value, influence=weight * (y - value) * len(y) / weight.sum())


def _adjusted(y: np.ndarray, expected: np.ndarray | None) -> np.ndarray:
    if expected is None or not np.isfinite(expected).all() or expected.std() == 0.0:
        return y
    centred = expected - expected.mean()
    return y - (centred @ y) / (centred @ centred) * centred


def _side(success: np.ndarray, known: np.ndarray, of: np.ndarray) -> Side:
    count = int(np.count_nonzero(known & of))
    return Side(decided=int(np.count_nonzero(of)), known=count, rate=float(success[known & of].mean()) if count else None)


def _refused(sides: tuple[Side, ...]) -> str | None:
    """Why there can be no interval: too few, or outcomes that are known of one side more often than of the other."""
    known = [side.known for side in sides]
    if sum(known) < LEAST_INFORMATIVE or min(known) < LEAST_ON_A_SIDE:
        return (f"{known[0]} and {known[1]} items with a known outcome, expected at least {LEAST_ON_A_SIDE} on each side and "
                f"{LEAST_INFORMATIVE} together")
    shares = [side.known / side.decided for side in sides]
    pooled = sum(known) / sum(side.decided for side in sides)
    error = np.sqrt(pooled * (1.0 - pooled) * sum(1.0 / side.decided for side in sides))
    if error > 0.0 and abs(shares[0] - shares[1]) > ATTRITION_Z * error:
        return (f"the outcome is known of {shares[0]:.1%} of one side and {shares[1]:.1%} of the other: what is missing may be "
                "what differs")
    return None
