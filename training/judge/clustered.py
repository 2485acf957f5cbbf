"""Standard error of an estimate, clustered by day and by owner: the widest interval decides.

What happens on one day, or to one owner, happens to all their decisions; counted one by one they would look like more than
they are. An estimate comes with its influence: what each of n rows moves it by, times n, mean 0. The error is that of
cluster sums (Liang & Zeger 1986) with G / (G - 1); the quantile is Student's with G - 1 degrees, for G clusters.
"""
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

Answer = Literal["yes", "no", "cannot tell"]
#: One chance in forty above, and one below: a 95 % interval.
TAIL = 0.025


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure with its standard error and 95 % interval; no interval where `refused` says why there can be none."""

    value: float
    error: float | None
    low: float | None
    high: float | None
    clustered_by: str | None
    refused: str | None = None

    @property
    def answer(self) -> Answer:
        """Whether it lies above zero."""
        if self.low is None or self.high is None:
            return "cannot tell"
        return "yes" if self.low > 0.0 else "no" if self.high < 0.0 else "cannot tell"

    def as_json(self) -> dict[str, object]:
        """As data, without what does not exist as null."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sized:
    """A value and its influence (n)."""

    value: float
    influence: np.ndarray

    def __sub__(self, other: "Sized") -> "Sized":
        return Sized(value=self.value - other.value, influence=self.influence - other.influence)


def estimate(sized: Sized, clusters: Mapping[str, np.ndarray], *, refused: str | None = None) -> Estimate:
    """The value with the widest of the intervals by row and by each clustering; a clustering of one cluster says nothing."""
    if refused is not None or len(sized.influence) < 2:
        return Estimate(value=sized.value, error=None, low=None, high=None, clustered_by=None,
                        refused=refused or "fewer than two rows")
    ways = {"decision": np.arange(len(sized.influence)), **clusters}
    found = {name: _half_width(sized.influence, codes) for name, codes in ways.items()}
    name = max(found, key=lambda way: found[way][0])
    half, error = found[name]
    return Estimate(value=sized.value, error=error, low=sized.value - half, high=sized.value + half, clustered_by=name)


def _half_width(influence: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    _, codes = np.unique(clusters, return_inverse=True)
    groups = int(codes.max()) + 1
    if groups < 2:
        return 0.0, 0.0
    sums = np.bincount(codes, weights=influence)
    error = float(np.sqrt(groups / (groups - 1) * np.sum(sums ** 2)) / len(influence))
    return float(stdtrit(groups - 1, 1.0 - TAIL)) * error, error
