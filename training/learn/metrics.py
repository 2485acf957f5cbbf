"""How good predicted probabilities are: log loss, Brier, AUC, and what one model gains over another with its interval."""
from dataclasses import dataclass

import numpy as np

from serving.ranking.layers import sigmoid

#: Resamples behind every interval, and the seed that makes it repeatable.
RESAMPLES, SEED = 2000, 20240501

#: The three answers; a gain that is surely smaller than WORTH (log loss per row) is none.
YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"
WORTH = 0.0005
#: Two losses of a row that differ by less than this are the same, worked out another way.
ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A figure with its 95 % interval; of a gain, which is a paired difference, positive is better."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.5f} [{self.low:+.5f}, {self.high:+.5f}]"

    @property
    def answer(self) -> str:
        """Is there a gain: yes, no, or cannot tell."""
        return YES if self.low > 0 else NO if self.high < WORTH else CANNOT_TELL


def losses(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Log loss of each row, from log-odds."""
    return np.logaddexp(0.0, z) - y * z


def logloss(z: np.ndarray, y: np.ndarray) -> float:
    """Mean log loss of log-odds `z` on labels `y`; NaN without rows."""
    return float(np.mean(losses(z, y))) if len(y) else float("nan")


def constant_logloss(y: np.ndarray, rate: float | None = None) -> float:
    """Log loss of always saying one probability (by default the labels' own mean): what a predictor must beat."""
    own = float(np.mean(y)) if len(y) else float("nan")
    said = np.clip(own if rate is None else rate, 1e-9, 1.0 - 1e-9)
    return float(-(own * np.log(said) + (1.0 - own) * np.log(1.0 - said)))


def brier(z: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of the probabilities."""
    return float(np.mean((sigmoid(z) - y) ** 2)) if len(y) else float("nan")


def auc(z: np.ndarray, y: np.ndarray) -> float | None:
    """Area under the ROC curve with ties at half; None where only one class is present."""
    positives = int(np.sum(y))
    negatives = len(y) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(z, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    ranks = (upper - (counts - 1) / 2.0)[inverse]
    return float((ranks[y > 0].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def paired_gain(worse: np.ndarray, better: np.ndarray, *clusterings: np.ndarray) -> Interval:
    """Mean of `worse - better` (losses by row) with a 95 % bootstrap interval that resamples whole clusters.

    Rows of one day share whatever happened that day, rows of one owner whatever is particular to them: resampling rows alone
    would make the interval too narrow. Of several clusterings (days, owners) the one that gives the wider interval decides.
    """
    difference = np.where(np.abs(worse - better) > ROUNDING, worse - better, 0.0)
    if not len(difference):
        return Interval(value=float("nan"), low=float("nan"), high=float("nan"))
    value = float(difference.mean())
    bounds = [_bounds(difference, clusters) for clusters in clusterings]
    low, high = max(bounds, key=lambda found: found[1] - found[0])
    return Interval(value=value, low=low, high=high)


def _bounds(difference: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    _, codes = np.unique(clusters, return_inverse=True)
    sums = np.bincount(codes, weights=difference)
    sizes = np.bincount(codes).astype(float)
    draws = np.random.default_rng(SEED).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    means = (draws @ sums) / np.maximum(draws @ sizes, 1.0)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
