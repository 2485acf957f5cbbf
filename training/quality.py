"""m(x): how good is the item itself. Constant inside a slate, so it never changes who is first.

Fitted prequentially: the m of an assignment comes from a model that saw only outcomes settled before it. Before T1,
the first moment with enough settled outcomes, there is no such model: assignments settled by then are cross-fitted and
serve the owner effects alone; later ones assigned before T1 get the first model.
"""
from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

from training.boosting import DETERMINISTIC
from training.dataset import Table

TREES, BLOCKS, FOLDS = 80, 9, 5
SHAPE = {"objective": "binary", "boost_from_average": False, "learning_rate": 0.06, "num_leaves": 15,
         "lambda_l2": 5.0, "cat_l2": 10.0, "cat_smooth": 20.0, "max_bin": 127}
#: T1: this many settled outcomes, this share of all, and this many successes.
MIN_SETTLED, MIN_SHARE, MIN_SUCCESSES = 400, 0.05, 40


@dataclass(frozen=True, kw_only=True)
class Quality:
    """A fitted item model: m = `init` + the trees of `text` ("" = no trees)."""

    init: float
    text: str

    def log_odds(self, items: np.ndarray) -> np.ndarray:
        """m of each item vector."""
        if not self.text or not len(items):
            return np.full(len(items), self.init)
        return self.init + lightgbm.Booster(model_str=self.text).predict(items, raw_score=True, num_threads=1)


@dataclass(frozen=True, kw_only=True)
class Prequential:
    """m of every assignment as known then; `warm_up` marks the rows that may serve the effects alone."""

    m: np.ndarray
    warm_up: np.ndarray
    first_day: float


def fit_quality(items: np.ndarray, y: np.ndarray, *, categorical: Sequence[int]) -> Quality:
    """Fit m on items (n x fields, integer codes for categories) and labels; the base rate alone when rows are few."""
    rate = (float(np.sum(y)) + 0.5) / (len(y) + 1.0)
    init = float(np.log(rate / (1.0 - rate)))
    leaf = max(40, len(y) // 200)
    if len(y) < 4 * leaf or not items.shape[1] or not 0 < np.sum(y) < len(y):
        return Quality(init=init, text="")
    params = DETERMINISTIC | SHAPE | {"min_data_in_leaf": leaf}
    data = lightgbm.Dataset(items, label=y, init_score=np.full(len(y), init), params=params,
                            feature_name=[f"i{index}" for index in range(items.shape[1])],
                            categorical_feature=list(categorical))
    return Quality(init=init, text=lightgbm.train(params, data, num_boost_round=TREES).model_to_string())


def first_day(table: Table) -> float | None:
    """T1 in days, None where the log never holds enough settled outcomes."""
    order = np.argsort(table.settled_day, kind="stable")
    order = order[np.isfinite(table.settled_day[order])]
    need = max(MIN_SETTLED, int(MIN_SHARE * len(table)))
    enough = np.flatnonzero(np.cumsum(table.y[order]) >= MIN_SUCCESSES)
    if len(order) <= need or not len(enough):
        return None
    return float(np.nextafter(table.settled_day[order][max(need - 1, int(enough[0]))], np.inf))


def prequential(items: np.ndarray, table: Table, start: float, *, categorical: Sequence[int]) -> Prequential:
    """m for every row, refitted at the edges of about nine stretches of time after T1."""
    m = np.full(len(table), np.nan)
    warm_up = table.settled_day < start
    fold = np.arange(len(table)) % FOLDS
    for index in range(FOLDS):
        held_out = warm_up & (fold == index)
        others = warm_up & (fold != index)
        m[held_out] = fit_quality(items[others], table.y[others], categorical=categorical).log_odds(items[held_out])
    edges = np.linspace(start, float(np.nextafter(table.day.max(), np.inf)), BLOCKS + 1)
    for index, edge in enumerate(edges[:-1]):
        rows = ~warm_up & (table.day < edges[index + 1]) & ((table.day >= edge) | (index == 0))
        seen = table.settled_day < edge
        if rows.any():
            m[rows] = fit_quality(items[seen], table.y[seen], categorical=categorical).log_odds(items[rows])
    late = np.isnan(m)
    if late.any():
        seen = table.settled
        m[late] = fit_quality(items[seen], table.y[seen], categorical=categorical).log_odds(items[late])
    return Prequential(m=m, warm_up=warm_up, first_day=start)
