"""What is chosen before a last fit: ridge strength, which layers are kept, the trees' weight, and the calibration.

All of it by trying on later rows of what is settled so far: the layers are fitted on what was settled before a cut and
compared on what was assigned after it. What they then do on rows that chose nothing is the backtest's to say.
"""
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from serving.ranking.bundle import raw_scores
from serving.ranking.layers import Linear, sigmoid
from training.learn.boosting import fit_trees
from training.learn.linear import column_signs, fit_linear, learn_filling
from training.learn.metrics import Interval, logloss, losses, paired_gain
from training.learn.pairs import Cut, PairTable, cuts_by_share

CUTS = (0.55, 0.775)
RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
TREE_WEIGHTS = (0.25, 0.5, 1.0)
#: Fewer rows than this leave every calibration with slopes of 1.
MIN_CALIBRATION = 500
#: How many standard errors the trees must save.
ERRORS = 1.0
#: What ranks: the owners' effects alone, or the straight line that they and the other pair features enter.
EFFECTS, LINE = "effects", "line"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slopes:
    """sigmoid(b * m + g * pair part), b above 0 and g not below."""

    b: float = 1.0
    g: float = 1.0

    def log_odds(self, m: np.ndarray, pair: np.ndarray | float = 0.0) -> np.ndarray:
        """Calibrated log-odds."""
        return self.b * m + self.g * pair


#: A way to calibrate: from rows and their pair part (None = the item alone).
Way = Callable[[PairTable, np.ndarray | None], Slopes]


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerChoice:
    """What later rows chose: what ranks, ridge strength, the trees' weight s, and a calibration for each step.

    `trees`: what trees of that weight saved there, or at their best where it is 0; None where they were not tried.
    """

    pair: str = LINE
    ridge: float = 100.0
    s: float = 0.0
    tried: bool = False
    item: Slopes = Slopes()
    effects: Slopes = Slopes()
    line: Slopes = Slopes()
    full: Slopes = Slopes()
    trees: Interval | None = None


def choose(table: PairTable) -> LayerChoice:
    """Try the layers on later rows; nothing is tried where the rows are too few."""
    cuts = cuts_by_share(table, CUTS)
    if not cuts:
        return LayerChoice()
    judged = table.at(np.concatenate([cut.judge for cut in cuts]))
    last = np.arange(len(judged)) >= len(judged) - len(cuts[-1].judge)
    effects, ridge = effects_of(judged), _choose_ridge(table, cuts, judged)
    line, trees = (np.concatenate(parts) for parts in zip(*(_layers(table, cut, ridge) for cut in cuts), strict=True))
    how = _way_to_calibrate(judged, line, last)
    calibrations = {EFFECTS: how(judged, effects), LINE: how(judged, line)}
    lost = {EFFECTS: _lost(calibrations[EFFECTS], judged, effects), LINE: _lost(calibrations[LINE], judged, line)}
    pair = min((EFFECTS, LINE), key=lambda name: float(np.mean(lost[name])))
    s, full, saved = 0.0, calibrations[pair], None
    if pair == LINE:
        s, full, saved = _weight_of(trees, line, judged, how)
    return LayerChoice(pair=pair, ridge=ridge, s=s, tried=True, item=how(judged, None), effects=calibrations[EFFECTS],
                  line=calibrations[LINE], full=full, trees=saved)


def _lost(calibration: Slopes, table: PairTable, pair: np.ndarray) -> np.ndarray:
    """Log loss of each row, by the item model of then."""
    return losses(calibration.log_odds(table.known_m, pair), table.y)


def _way_to_calibrate(judged: PairTable, line: np.ndarray, last: np.ndarray) -> Way:
    """Slopes as fitted on the rows before the last cut, or none, whichever does better on those after it.

    A level is not fitted: where it moves, what made up for its lag yesterday is wrong tomorrow.
    """
    ways: tuple[Way, ...] = (uncalibrated, slopes)
    if last.all() or int((~last).sum()) < MIN_CALIBRATION:
        return uncalibrated
    before, after = judged.at(np.flatnonzero(~last)), judged.at(np.flatnonzero(last))
    return min(ways, key=lambda way: float(np.mean(_lost(way(before, line[~last]), after, line[last]))))


def effects_of(table: PairTable) -> np.ndarray:
    """The owners' effects alone."""
    return table.column("effect_hier")


def _weight_of(trees: np.ndarray, line: np.ndarray, judged: PairTable, how: Way) -> tuple[float, Slopes, Interval]:
    """The trees' weight: the best whose saving exceeds its standard error, else 0; and the saving of it, or the largest."""
    without = how(judged, line)
    plain = _lost(without, judged, line)
    best, savings = (float(np.mean(plain)), 0.0, without), dict[float, Interval]()
    for s in TREE_WEIGHTS:
        fitted = how(judged, line + s * trees)
        found = _lost(fitted, judged, line + s * trees)
        saved = savings[s] = paired_gain(plain, found, *judged.clusters)
        if saved.value > ERRORS * (saved.high - saved.low) / 3.92:
            best = min(best, (float(np.mean(found)), s, fitted), key=lambda one: one[0])
    return best[1], best[2], savings.get(best[1]) or max(savings.values(), key=lambda one: one.value)


def uncalibrated(_table: PairTable, _pair: np.ndarray | None) -> Slopes:
    """As it is."""
    return Slopes()


def slopes(table: PairTable, pair: np.ndarray | None) -> Slopes:
    """Slopes that fit once what moved for everyone is taken out; the level is the item model's own to know."""
    return calibrate(table.m, pair, table.y)


def calibrate(m: np.ndarray, pair: np.ndarray | None, y: np.ndarray, *, strength: float = 1.0) -> Slopes:
    """The slopes of least log loss, held near 1 by a little ridge; as they are where rows are few."""
    if len(y) < MIN_CALIBRATION:
        return Slopes()
    columns = np.column_stack([m] + ([] if pair is None else [pair]))
    centre = np.ones(columns.shape[1])

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z, away = columns @ theta, theta - centre
        loss = np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * strength * away @ away
        return loss / len(y), (columns.T @ (sigmoid(z) - y) + strength * away) / len(y)

    bounds = [(0.05, None), (0.0, None)][:len(centre)]
    found = minimize(objective, centre, jac=True, method="L-BFGS-B", bounds=bounds)
    return Slopes(**dict(zip(("b", "g"), map(float, found.x), strict=False)))


def fit_line(table: PairTable, rows: np.ndarray, ridge: float) -> Linear:
    """l on some rows."""
    filling = learn_filling(table.matrix[rows], table.features)
    return fit_linear(filling, filling.expand(table.matrix[rows]), table.y[rows], table.m[rows],
                      signs=column_signs(filling, table.signs), ridge=ridge)


def _choose_ridge(table: PairTable, cuts: Sequence[Cut], judged: PairTable) -> float:
    def trial(ridge: float) -> float:
        lines = [(fit_line(table, cut.fit, ridge), cut.judge) for cut in cuts]
        z = np.concatenate([line.log_odds(line.expand(table.matrix[rows])) for line, rows in lines])
        return logloss(judged.m + z, judged.y)

    return min(RIDGES, key=trial)


def _layers(table: PairTable, cut: Cut, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """The line's and the trees' log-odds on the later rows of a cut."""
    line = fit_line(table, cut.fit, ridge)
    seen, later = line.expand(table.matrix[cut.fit]), line.expand(table.matrix[cut.judge])
    booster = fit_trees(seen, table.y[cut.fit], table.m[cut.fit] + line.log_odds(seen), columns=line.names,
                        signs=column_signs(line, table.signs))
    return line.log_odds(later), raw_scores(booster, later)
