"""Time-forward trial of the pair layers and their calibration: fit on what was settled before an origin, judge on later rows.

Four origins; at each the layers m, + effects alone, + l, + f are fitted anew. The ridge strength, the trees' weight s
and the calibration are chosen on these judged rows; what each layer adds is reported on them with its interval.
"""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from serving.ranking.bundle import raw_scores
from serving.ranking.layers import Linear, sigmoid
from training.learn.boosting import fit_trees
from training.learn.linear import column_signs, fit_linear, learn_filling
from training.learn.metrics import Interval, logloss, losses, paired_gain

ORIGINS = (0.4, 0.55, 0.7, 0.85)
RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
TREE_WEIGHTS = (0.25, 0.5, 1.0)
MIN_FIT, MIN_JUDGED = 300, 100
PLACEBO_SEED, PLACEBO_SPAN = 11, 200
#: Fewer judged rows than this leave the calibration at a = 0, b = 1.
MIN_CALIBRATION = 500


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """Settled assignments in time order as the pair layers see them (n rows, k features, NaN = missing).

    `m` is the prequential item log-odds, `day` and `settled_day` days since 1970, `team` a code, `quasi_random` whether
    the owner was not picked by hand.
    """

    features: tuple[str, ...]
    signs: tuple[int, ...]
    matrix: np.ndarray
    m: np.ndarray
    y: np.ndarray
    day: np.ndarray
    settled_day: np.ndarray
    team: np.ndarray
    quasi_random: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def column(self, name: str) -> np.ndarray:
        """One feature, 0 where it is missing."""
        return np.nan_to_num(self.matrix[:, self.features.index(name)])

    def at(self, rows: np.ndarray) -> "PairTable":
        """Some of the rows."""
        return replace(self, matrix=self.matrix[rows], m=self.m[rows], y=self.y[rows], day=self.day[rows],
                       settled_day=self.settled_day[rows], team=self.team[rows], quasi_random=self.quasi_random[rows])


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One cut: which rows are fitted on, which are judged."""

    fit: np.ndarray
    judge: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerChoice:
    """What is chosen on later rows: ridge strength, the trees' weight s, calibration sigmoid(a + b*z)."""

    ridge: float = 100.0
    s: float = 0.25
    a: float = 0.0
    b: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """The judged rows of all origins, their log-odds after each layer, and what was chosen on them."""

    rows: np.ndarray
    y: np.ndarray
    item: np.ndarray
    effects: np.ndarray
    linear: np.ndarray
    full: np.ndarray
    shuffled: np.ndarray
    choice: LayerChoice
    gains: dict[str, Interval]

    @property
    def calibrated(self) -> np.ndarray:
        """Log-odds after the affine calibration."""
        return self.choice.a + self.choice.b * self.full


def origins(table: PairTable) -> tuple[Origin, ...]:
    """Up to four cuts, each with enough rows on both sides; none where the log is too short."""
    if not len(table):
        return ()
    edges = [float(np.quantile(table.day, share)) for share in ORIGINS] + [np.inf]
    found = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        fit = np.flatnonzero(table.settled_day < low)
        judge = np.flatnonzero((table.day >= low) & (table.day < high))
        if len(fit) >= MIN_FIT and len(judge) >= MIN_JUDGED and 0 < table.y[fit].sum() < len(fit):
            found.append(Origin(fit=fit, judge=judge))
    return tuple(found)


def fit_line(table: PairTable, rows: np.ndarray, ridge: float, *, towards_effects: bool = True) -> Linear:
    """l on some rows."""
    filling = learn_filling(table.matrix[rows], table.features)
    return fit_linear(filling, filling.expand(table.matrix[rows]), table.y[rows], table.m[rows],
                      signs=column_signs(filling, table.signs), ridge=ridge, towards_effects=towards_effects)


def affine(z: np.ndarray, y: np.ndarray, *, strength: float = 1.0) -> tuple[float, float]:
    """a and b > 0 of sigmoid(a + b*z), by log loss, held near (0, 1) by a little ridge."""
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        u = theta[0] + theta[1] * z
        pull = sigmoid(u) - y
        away = theta - np.array([0.0, 1.0])
        loss = np.sum(np.logaddexp(0.0, u) - y * u) + 0.5 * strength * away @ away
        return loss / len(y), np.array([pull.sum(), pull @ z] + strength * away) / len(y)

    found = minimize(objective, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (0.05, None)])
    return float(found.x[0]), float(found.x[1])


def shuffle_owners(table: PairTable) -> PairTable:
    """The placebo: each row gets the pair features of another assignment of its team at about the same time."""
    random = np.random.default_rng(PLACEBO_SEED)
    order = np.lexsort((np.arange(len(table)), table.team))
    shuffled = np.arange(len(table))
    for start in range(0, len(order), PLACEBO_SPAN):
        block = order[start:start + PLACEBO_SPAN]
        for code in np.unique(table.team[block]):
            members = block[table.team[block] == code]
            shuffled[members] = random.permutation(members)
    return replace(table, matrix=table.matrix[shuffled])


def run(table: PairTable, cuts: Sequence[Origin], *, choice: LayerChoice | None = None) -> Backtest:
    """Fit and judge every layer at every origin; ridge, s and calibration are chosen on these rows unless given.

    Where they are chosen here, all pair layers, the item alone and the placebo are compared after the same calibration.
    """
    judged = np.concatenate([cut.judge for cut in cuts])
    y = table.y[judged]
    ridge = _choose_ridge(table, cuts, y) if choice is None else choice.ridge
    placebo = shuffle_owners(table)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("item", "effects", "linear", "trees", "shuffled")}
    for cut in cuts:
        m = table.m[cut.judge]
        line = fit_line(table, cut.fit, ridge)
        expanded = line.expand(table.matrix)
        low, slope = affine(table.m[cut.fit], table.y[cut.fit])
        parts["item"].append(low + slope * m)
        h = table.m + table.column("effect_hier")
        low, slope = affine(h[cut.fit], table.y[cut.fit])
        parts["effects"].append(low + slope * h[cut.judge])
        parts["linear"].append(m + line.log_odds(expanded[cut.judge]))
        parts["trees"].append(_trees(table, cut, line, expanded))
        parts["shuffled"].append(m + _line_log_odds(placebo, cut, ridge, towards_effects=False))
    item, effects, linear, trees, shuffled = (np.concatenate(part) for part in parts.values())
    if choice is None:
        s = min(TREE_WEIGHTS, key=lambda weight: logloss(linear + weight * trees, y))
        a, b = affine(linear + s * trees, y) if len(y) >= MIN_CALIBRATION else (0.0, 1.0)
        choice = LayerChoice(ridge=ridge, s=s, a=a, b=b)
        level = _level_with(y)
    else:
        level = np.asarray
    full = linear + choice.s * trees
    days = np.floor(table.day[judged])
    steps = {"effects": (item, effects), "linear": (effects, linear), "trees": (linear, full),
             "calibration": (full, choice.a + choice.b * full), "pair": (level(item), level(full)),
             "pair over placebo": (level(shuffled), level(full))}
    gains = {name: paired_gain(losses(worse, y), losses(better, y), days) for name, (worse, better) in steps.items()}
    return Backtest(rows=judged, y=y, item=item, effects=effects, linear=linear, full=full, shuffled=shuffled,
                    choice=choice, gains=gains)


def _level_with(y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Log-odds as calibrated on these rows, if they suffice: what is compared is then who tells more, not whose level fits."""
    def calibrate(z: np.ndarray) -> np.ndarray:
        a, b = affine(z, y)
        return a + b * z

    return calibrate if len(y) >= MIN_CALIBRATION else np.asarray


def _choose_ridge(table: PairTable, cuts: Sequence[Origin], y: np.ndarray) -> float:
    def trial(ridge: float) -> float:
        z = [table.m[cut.judge] + _line_log_odds(table, cut, ridge) for cut in cuts]
        return logloss(np.concatenate(z), y)

    return min(RIDGES, key=trial)


def _line_log_odds(table: PairTable, cut: Origin, ridge: float, *, towards_effects: bool = True) -> np.ndarray:
    line = fit_line(table, cut.fit, ridge, towards_effects=towards_effects)
    return line.log_odds(line.expand(table.matrix[cut.judge]))


def _trees(table: PairTable, cut: Origin, line: Linear, expanded: np.ndarray) -> np.ndarray:
    offset = table.m[cut.fit] + line.log_odds(expanded[cut.fit])
    booster = fit_trees(expanded[cut.fit], table.y[cut.fit], offset, columns=line.names,
                        signs=column_signs(line, table.signs))
    return raw_scores(booster, expanded[cut.judge])
