"""m(x): how good is the item itself. Constant inside a slate, so it never changes who is first.

What moved with time for everyone (training/learn/drift.py) is taken out before the items are looked at, and a level is put
back: that of all that is settled, or that of its latest days where this has told later rows better so far. A level that
wandered once will not always stay where it was seen last.

Fitted prequentially: the m of an assignment comes from a model that saw only outcomes settled before it. Before T1,
the first moment with enough settled outcomes, there is no such model: assignments settled by then are cross-fitted and
serve the owner effects alone; later ones assigned before T1 get the first model.
"""
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np

from serving.ranking.bundle import raw_scores
from serving.ranking.layers import sigmoid
from training.learn.boosting import DETERMINISTIC
from training.learn.dataset import TrainingTable
from training.learn.drift import WEEK, Drift, common_drift, latest_rows
from training.learn.metrics import logloss, losses

TREES, FOLDS, ROUNDS = 80, 5, 5
#: m is fitted anew whenever what is settled has grown to this multiple.
GROWTH = 1.25
SHAPE = {"objective": "binary", "boost_from_average": False, "learning_rate": 0.06, "num_leaves": 15,
         "lambda_l2": 5.0, "cat_l2": 10.0, "cat_smooth": 20.0, "max_bin": 127}
#: For how many weeks the level of the latest days must have been tried before it is taken.
LEAST_WEEKS = 4
#: T1: more than this many settled outcomes, with this many successes.
MIN_SETTLED, MIN_SUCCESSES = 400, 40


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
    m + shift is what owners are measured against. `plain`: what is known of the items tells nothing of later ones, and m is
    the level of the time alone. `latest`: that level is, at the end, that of the latest days.
    """

    m: np.ndarray
    shift: np.ndarray
    warm_up: np.ndarray
    first_day: float
    plain: bool
    latest: bool


def fit_quality(items: np.ndarray, y: np.ndarray, *, categorical: Sequence[int], shifts: np.ndarray | None = None) -> Quality:
    """Fit m on items (n x fields, integer codes for categories) and labels; the base rate alone when rows are few.

    `shifts` (log-odds by row) are what moved with time: set aside in the fit.
    """
    shifts = np.zeros(len(y)) if shifts is None else shifts
    init = _base(y, shifts)
    leaf = max(40, len(y) // 200)
    if len(y) < 4 * leaf or not items.shape[1] or not 0 < np.sum(y) < len(y):
        return Quality(init=init, text="")
    params = DETERMINISTIC | SHAPE | {"min_data_in_leaf": leaf}
    data = lightgbm.Dataset(items, label=y, init_score=init + shifts, params=params,
                            feature_name=[f"i{index}" for index in range(items.shape[1])],
                            categorical_feature=list(categorical))
    return Quality(init=init, text=lightgbm.train(params, data, num_boost_round=TREES).model_to_string())


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


@dataclass(frozen=True, kw_only=True)
class FittedQuality:
    """An item model at no level, the drift that was set aside, and two levels: that of all settled rows, and of the latest."""

    quality: Quality
    drift: Drift
    overall: float
    latest: float

    def at_level(self, *, latest: bool) -> Quality:
        """The model at the level of all settled rows, or of the latest ones."""
        return replace(self.quality, init=self.quality.init + (self.latest if latest else self.overall))


class QualityFits:
    """Item models of stretches of one log, each fitted once: the origins of a backtest ask for the same ones again."""

    def __init__(self, categorical: Sequence[int]):
        self.categorical = tuple(categorical)
        self._fitted: dict[bytes, FittedQuality] = {}

    def as_of(self, items: np.ndarray, table: TrainingTable, rows: np.ndarray, day: float) -> FittedQuality:
        """m as fitted on some settled rows (a mask), with the levels known at `day`."""
        known, y, days, settled = items[rows], table.y[rows], table.day[rows], table.settled_day[rows]
        content = hashlib.sha256(repr((day, known.shape, self.categorical)).encode())
        for column in (known, y, days, settled, table.day[table.day < day]):
            content.update(np.ascontiguousarray(column).tobytes())
        key = content.digest()
        if key not in self._fitted:
            base = np.full(len(y), _base(y, np.zeros(len(y))))
            drift = common_drift(base, y, days)
            shifts = drift.of_others(base, y, days)
            quality = fit_quality(known, y, categorical=self.categorical if known.shape[1] else (), shifts=shifts)
            overall = latest = 0.0
            if drift.strength is not None:
                there = latest_rows(table.y, table.day, table.settled_day, as_of=day)
                overall = _base(y, quality.log_odds(known))
                latest = overall + there.level(overall + quality.log_odds(items[there.rows]), drift.strength)
            self._fitted[key] = FittedQuality(quality=quality, drift=drift, overall=overall, latest=latest)
        return self._fitted[key]


def first_day(table: TrainingTable) -> float | None:
    """T1 in days, None where the log never holds enough settled outcomes."""
    order = np.argsort(table.settled_day, kind="stable")
    order = order[np.isfinite(table.settled_day[order])]
    enough = np.flatnonzero(np.cumsum(table.y[order]) >= MIN_SUCCESSES)
    if len(order) <= MIN_SETTLED or not len(enough):
        return None
    return float(np.nextafter(table.settled_day[order][max(MIN_SETTLED - 1, int(enough[0]))], np.inf))


def refit_days(table: TrainingTable, start: float) -> tuple[float, ...]:
    """When m is fitted anew: at T1 and whenever what is settled has grown by GROWTH; no moment depends on what follows it."""
    order = np.sort(table.settled_day[table.settled])
    found = [start]
    while (wanted := int(np.ceil(GROWTH * np.searchsorted(order, found[-1])))) <= len(order):
        found.append(float(np.nextafter(order[wanted - 1], np.inf)))
    return tuple(found)


def prequential(items: np.ndarray, table: TrainingTable, start: float, fits: QualityFits) -> Prequential:
    """m for every row from what was settled before it, refitted as the log grows; without the items where they tell nothing."""
    (m, latest), (level, latest_level) = (m_as_then(each, table, start, fits) for each in (items, items[:, :0]))
    warm_up = table.settled_day < start
    later = np.flatnonzero(table.settled & ~warm_up)
    later = later[len(later) // 2:]
    plain = bool(len(later)) and logloss(m[later], table.y[later]) >= logloss(level[later], table.y[later])
    m, latest = (level, latest_level) if plain else (m, latest)
    return Prequential(m=m, shift=_shift(m, table), warm_up=warm_up, first_day=start, plain=plain, latest=latest)


def m_as_then(items: np.ndarray, table: TrainingTable, start: float, fits: QualityFits) -> tuple[np.ndarray, bool]:
    """m of every row by the model fitted last before it (warm-up rows: by the others of them).

    With whether, by all that is settled, the level of the latest days tells more.
    """
    m, levels = np.full(len(table), np.nan), np.full((2, len(table)), np.nan)
    warm_up = table.settled_day < start
    fold = np.arange(len(table)) % FOLDS
    for index in range(FOLDS):
        held_out = warm_up & (fold == index)
        fitted = fits.as_of(items, table, warm_up & (fold != index), start)
        m[held_out] = fitted.quality.log_odds(items[held_out]) + fitted.drift.at(table.day[held_out])
    edges = refit_days(table, start)
    for edge, end in zip(edges, (*edges[1:], np.inf), strict=True):
        rows = ~warm_up & (table.day < end) & ((table.day >= edge) | (edge == start))
        if rows.any():
            fitted = fits.as_of(items, table, table.settled_day < edge, edge)
            levels[:, rows] = fitted.quality.log_odds(items[rows]) + np.array([[fitted.overall], [fitted.latest]])
            m[rows] = levels[int(_latest_tells_more(levels, table, edge)), rows]
    return m, _latest_tells_more(levels, table, np.inf)


def _latest_tells_more(levels: np.ndarray, table: TrainingTable, day: float) -> bool:
    """Whether the second of two rows of log-odds has cost less than the first on what was settled by a day, for some weeks."""
    rows = np.flatnonzero((table.settled_day < day) & np.isfinite(levels[0]))
    saved = losses(levels[0, rows], table.y[rows]) - losses(levels[1, rows], table.y[rows])
    weeks = np.unique(np.floor(table.day[rows][saved != 0.0] / WEEK))
    return len(weeks) >= LEAST_WEEKS and float(saved.sum()) > 0.0


def _shift(m: np.ndarray, table: TrainingTable) -> np.ndarray:
    """What moved for everyone beyond m, as the settled rows show it; 0 for all others."""
    rows = table.settled
    shift = np.zeros(len(m))
    if rows.any():
        drift = common_drift(m[rows], table.y[rows], table.day[rows])
        shift[rows] = drift.of_others(m[rows], table.y[rows], table.day[rows])
    return shift
