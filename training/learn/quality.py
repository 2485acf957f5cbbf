"""m(x): how good is the item itself. Constant inside a slate, so it never changes who is first.

What moved with time for everyone (training/learn/drift.py) is taken out before the items are looked at, and the level of the
latest days is put back: m speaks of the item and of the present, not of a mean over all regimes.

Fitted prequentially: the m of an assignment comes from a model that saw only outcomes settled before it. Before T1,
the first moment with enough settled outcomes, there is no such model: assignments settled by then are cross-fitted and
serve the owner effects alone; later ones assigned before T1 get the first model.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

from serving.ranking.bundle import raw_scores
from serving.ranking.layers import sigmoid
from training.learn.boosting import DETERMINISTIC
from training.learn.dataset import TrainingTable
from training.learn.drift import Drift, common_drift

TREES, BLOCKS, FOLDS, ROUNDS = 80, 9, 5, 5
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
        return self.init + raw_scores(lightgbm.Booster(model_str=self.text), items)


@dataclass(frozen=True, kw_only=True)
class Prequential:
    """m of every assignment as known then; `warm_up` marks the rows that may serve the effects alone.

    `shift` is what moved for everyone at the time beyond m, as known when the model is made (0 where nothing is settled):
    m + shift is what owners are measured against.
    """

    m: np.ndarray
    shift: np.ndarray
    warm_up: np.ndarray
    first_day: float


def fit_quality(items: np.ndarray, y: np.ndarray, *, categorical: Sequence[int], shifts: np.ndarray | None = None,
                level: float = 0.0) -> Quality:
    """Fit m on items (n x fields, integer codes for categories) and labels; the base rate alone when rows are few.

    `shifts` (log-odds by row) are what moved with time: set aside in the fit; `level` is added to every m.
    """
    shifts = np.zeros(len(y)) if shifts is None else shifts
    init = _base(y, shifts)
    leaf = max(40, len(y) // 200)
    if len(y) < 4 * leaf or not items.shape[1] or not 0 < np.sum(y) < len(y):
        return Quality(init=init + level, text="")
    params = DETERMINISTIC | SHAPE | {"min_data_in_leaf": leaf}
    data = lightgbm.Dataset(items, label=y, init_score=init + shifts, params=params,
                            feature_name=[f"i{index}" for index in range(items.shape[1])],
                            categorical_feature=list(categorical))
    return Quality(init=init + level, text=lightgbm.train(params, data, num_boost_round=TREES).model_to_string())


def _base(y: np.ndarray, shifts: np.ndarray) -> float:
    """Log-odds of the mean rate, net of the shifts."""
    rate = (float(np.sum(y)) + 0.5) / (len(y) + 1.0)
    base = float(np.log(rate / (1.0 - rate)))
    if not shifts.any():
        return base
    for _ in range(ROUNDS):
        q = sigmoid(base + shifts)
        base += float(np.sum(y - q) / np.sum(q * (1.0 - q)))
    return base


def quality_as_of(items: np.ndarray, table: TrainingTable, rows: np.ndarray, as_of: float, *,
                  categorical: Sequence[int]) -> tuple[Quality, Drift]:
    """m as fitted on some settled rows (a mask), with the level known at `as_of`; and the drift that was set aside."""
    y, day = table.y[rows], table.day[rows]
    base = np.full(len(y), _base(y, np.zeros(len(y))))
    drift = common_drift(base, y, day, table.settled_day[rows], as_of=as_of)
    shifts = drift.of_others(base, y, day)
    return fit_quality(items[rows], y, categorical=categorical, shifts=shifts, level=drift.level), drift


def first_day(table: TrainingTable) -> float | None:
    """T1 in days, None where the log never holds enough settled outcomes."""
    order = np.argsort(table.settled_day, kind="stable")
    order = order[np.isfinite(table.settled_day[order])]
    need = max(MIN_SETTLED, int(MIN_SHARE * len(table)))
    enough = np.flatnonzero(np.cumsum(table.y[order]) >= MIN_SUCCESSES)
    if len(order) <= need or not len(enough):
        return None
    return float(np.nextafter(table.settled_day[order][max(need - 1, int(enough[0]))], np.inf))


def prequential(items: np.ndarray, table: TrainingTable, start: float, *, categorical: Sequence[int],
                until: float = np.inf) -> Prequential:
    """m for every row, refitted at the edges of about nine stretches of time after T1, and no more from `until` on."""
    m = np.full(len(table), np.nan)
    warm_up = table.settled_day < start
    fold = np.arange(len(table)) % FOLDS
    for index in range(FOLDS):
        held_out = warm_up & (fold == index)
        quality, drift = quality_as_of(items, table, warm_up & (fold != index), start, categorical=categorical)
        m[held_out] = quality.log_odds(items[held_out]) - drift.level + drift.at(table.day[held_out])
    for rows, edge in _stretches(table, warm_up, start, until):
        m[rows] = quality_as_of(items, table, table.settled_day < edge, edge, categorical=categorical)[0].log_odds(items[rows])
    late = np.isnan(m)
    if late.any():
        known = min(until, float(np.nextafter(table.settled_day[table.settled].max(), np.inf)))
        seen = table.settled_day < known
        m[late] = quality_as_of(items, table, seen, known, categorical=categorical)[0].log_odds(items[late])
    return Prequential(m=m, shift=_shift(m, table, until), warm_up=warm_up, first_day=start)


def _stretches(table: TrainingTable, warm_up: np.ndarray, start: float, until: float) -> Iterator[tuple[np.ndarray, float]]:
    """The rows of each stretch of time with its first moment."""
    end = float(np.nextafter(table.day.max(), np.inf))
    edges = [*np.linspace(start, min(end, max(until, start)), BLOCKS + 1)]
    if until < end:
        edges.append(end)
    for index, edge in enumerate(edges[:-1]):
        rows = ~warm_up & (table.day < edges[index + 1]) & ((table.day >= edge) | (index == 0))
        if rows.any():
            yield rows, float(edge)


def _shift(m: np.ndarray, table: TrainingTable, until: float) -> np.ndarray:
    """What moved for everyone beyond m, as the settled rows before `until` show it; 0 for all others."""
    rows = table.settled & (table.settled_day < until)
    if not rows.any():
        return np.zeros(len(m))
    drift = common_drift(m[rows], table.y[rows], table.day[rows], table.settled_day[rows],
                         as_of=float(table.settled_day[rows].max()))
    shift = np.zeros(len(m))
    shift[rows] = drift.of_others(m[rows], table.y[rows], table.day[rows])
    return shift
