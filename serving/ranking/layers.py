"""The score's layers as arithmetic: z = m + l + s*f in log-odds, p = sigmoid(a + b*z). Shared by serving and training.

Shapes: a pair matrix is n owners x k catalogue features, float64, NaN = missing. Imputed and with its missing
indicators appended it is n x (k + r): the columns that the linear part and the booster are both fitted on.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

INDICATOR = "missing:"


def column_names(features: Iterable[str], indicators: Iterable[str]) -> tuple[str, ...]:
    """The names of an expanded matrix: the features, then `missing:NAME` for each feature with an indicator."""
    return (*features, *(f"{INDICATOR}{name}" for name in indicators))


def expand(matrix: np.ndarray, imputation: np.ndarray, indicator_of: np.ndarray) -> np.ndarray:
    """The pair matrix with gaps filled by `imputation` (k) and one 0/1 column per entry of `indicator_of` (r indices)."""
    missing = np.isnan(matrix)
    rows, k = matrix.shape
    expanded = np.empty((rows, k + len(indicator_of)))
    np.copyto(expanded[:, :k], matrix)
    np.copyto(expanded[:, :k], imputation, where=missing)
    expanded[:, k:] = missing[:, indicator_of]
    return expanded


def combine(item: np.ndarray | float, linear: np.ndarray, boosted: np.ndarray, s: float) -> np.ndarray:
    """z = m + l + s*f. LightGBM drops `init_score` when it predicts: this is the one place where it is added back."""
    return item + linear + s * boosted


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Probabilities of log-odds, without overflow at either end."""
    return 1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0)))


def probability(z: np.ndarray | float, a: float, b: float) -> np.ndarray:
    """sigmoid(a + b*z)."""
    return sigmoid(a + b * np.asarray(z, dtype=float))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """What log-odds of being done `within` so many hours say of the time itself, where times are log-logistic.

    P(T <= t) = sigmoid(a + b*z + log(t / within) / spread): half of such items are done within * exp(-spread * (a + b*z)) hours.
    `learn`: which time it is.
    """

    learn: str
    within: float
    spread: float

    def relative(self, log_odds: np.ndarray | float) -> np.ndarray:
        """The hours that half of such items take, in units of `within`, from calibrated log-odds."""
        return np.exp(np.clip(-self.spread * np.asarray(log_odds, dtype=float), -20.0, 20.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Linear:
    """The linear part on an expanded matrix; its contribution per column is coef * (x - mean).

    `names`: k features, then r `missing:` indicators; `coef` and `mean` (k + r); `imputation` (k); `intercept` is l at
    the training mean. `low`, `high` (k): a value beyond counts as the bound, NaN = no bound. `halfway` (k): x counts as
    x / (x + halfway), NaN = as it is. Bundles of before these were have None of each.
    """

    names: tuple[str, ...]
    coef: np.ndarray
    mean: np.ndarray
    imputation: np.ndarray
    intercept: float = 0.0
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    halfway: np.ndarray | None = None

    @cached_property
    def _bounds(self) -> tuple[np.ndarray, np.ndarray] | None:
        if self.low is None or self.high is None:
            return None
        return np.where(np.isnan(self.low), -np.inf, self.low), np.where(np.isnan(self.high), np.inf, self.high)

    @cached_property
    def _bending(self) -> np.ndarray:
        return np.flatnonzero([] if self.halfway is None else ~np.isnan(self.halfway))

    @cached_property
    def indicator_of(self) -> np.ndarray:
        """For each indicator the index of its feature."""
        k = len(self.imputation)
        position = {name: index for index, name in enumerate(self.names[:k])}
        return np.array([position[name.removeprefix(INDICATOR)] for name in self.names[k:]], dtype=np.intp)

    def beyond(self, matrix: np.ndarray) -> np.ndarray:
        """Which values lie beyond the bounds and count as them (n x k)."""
        if self._bounds is None:
            return np.zeros(matrix.shape, dtype=bool)
        return (matrix < self._bounds[0]) | (matrix > self._bounds[1])

    def bound(self, matrix: np.ndarray) -> np.ndarray:
        """A pair matrix with what lies beyond the bounds brought to them."""
        return matrix if self._bounds is None else np.clip(matrix, *self._bounds)

    def shape(self, matrix: np.ndarray) -> np.ndarray:
        """A pair matrix as its values count: inside the bounds, and bent where more and more of the same matters less."""
        if self._bounds is None or self.halfway is None:
            return matrix
        matrix = self.bound(matrix)
        for column in self._bending.tolist():
            matrix[:, column] /= matrix[:, column] + self.halfway[column]
        return matrix

    def expand(self, matrix: np.ndarray) -> np.ndarray:
        """A pair matrix as its values count, with its gaps filled and its indicators appended."""
        return expand(self.shape(matrix), self.imputation, self.indicator_of)

    def contributions(self, expanded: np.ndarray) -> np.ndarray:
        """coef * (x - mean), n x (k + r)."""
        return (expanded - self.mean) * self.coef

    def log_odds(self, expanded: np.ndarray) -> np.ndarray:
        """l of each row of an expanded matrix."""
        return self.intercept + self.contributions(expanded).sum(axis=1)

    def merge(self, per_column: np.ndarray) -> np.ndarray:
        """Contributions per column (n x (k + r)) as contributions per feature (n x k): each indicator joins its own."""
        k = len(self.imputation)
        merged = per_column[:, :k].copy()
        for column, feature in enumerate(self.indicator_of, start=k):
            merged[:, feature] += per_column[:, column]
        return merged
