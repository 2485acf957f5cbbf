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


@dataclass(frozen=True, kw_only=True, eq=False)
class Linear:
    """The linear part on an expanded matrix; its contribution per column is coef * (x - mean).

    `names`: k features, then r `missing:` indicators; `coef` and `mean` (k + r); `imputation` (k); `intercept` is l at
    the training mean.
    """

    names: tuple[str, ...]
    coef: np.ndarray
    mean: np.ndarray
    imputation: np.ndarray
    intercept: float = 0.0

    @cached_property
    def indicator_of(self) -> np.ndarray:
        """For each indicator the index of its feature."""
        k = len(self.imputation)
        position = {name: index for index, name in enumerate(self.names[:k])}
        return np.array([position[name.removeprefix(INDICATOR)] for name in self.names[k:]], dtype=np.intp)

    def expand(self, matrix: np.ndarray) -> np.ndarray:
        """A pair matrix with its gaps filled and its indicators appended."""
        return expand(matrix, self.imputation, self.indicator_of)

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
