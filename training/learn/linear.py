"""The straight-line layer l: a sign-constrained ridge logistic regression on the pair features, with an offset.

Coefficients are shrunk towards the owner effects alone (the effect and what each attribute adds to it at 1, everything
else at 0), so that few rows leave the plain hierarchical effect standing and many rows may move away from it.
`effect_hier`, the sum of these, stays out: every part is named instead. The fitted layer is the very value that serving
scores with (`serving.ranking.layers.Linear`).
"""
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from serving.ranking.layers import Linear, column_names

#: The parts of the hierarchical owner effect: their coefficients shrink to 1, in raw units, all others to 0.
EFFECT, EFFECT_PART = "effect_owner", "effect_owner_x_"
#: The sum of the parts, which would say the same twice.
LEFT_OUT = frozenset({"effect_hier"})
#: More and more of these matters less and less: x counts as x / (x + so much).
HALFWAY = {"n_matured": 50.0, "minutes_until_working": 240.0, "distance_km": 50.0, "familiarity": 5.0, "tenure_days": 365.0,
           "days_since_last_assignment": 14.0}
#: A feature's bounds leave out this share of its values at either end, and so many at least, so that a few wrong dates bound
#: nothing; where values are few, or tell yes from no, none is left out. The effects of owners are bounded by what is known of
#: them and need no other bounds.
SPARED_SHARE, SPARED, MIN_BOUNDED, UNBOUNDED = 0.001, 5, 500, "effect_"
#: A feature gets a missing indicator when at least this share of training rows, and not all, lack it.
INDICATOR_SHARE = 0.002


def learn_filling(matrix: np.ndarray, features: Sequence[str], bent: Mapping[str, float] = HALFWAY) -> Linear:
    """A layer that says nothing yet but knows how values count and how gaps are filled: by the mean, 0 where nothing is known."""
    k = len(features)
    low, high = np.array([_bounds_of(name, column) for name, column in zip(features, matrix.T, strict=True)]).reshape(k, 2).T
    halfway = np.array([bent.get(name, np.nan) for name in features])
    shaped = Linear(names=tuple(features), coef=np.zeros(k), mean=np.zeros(k), imputation=np.zeros(k), low=low, high=high,
                    halfway=halfway)
    matrix, absent = shaped.shape(matrix), np.isnan(matrix)
    share = absent.mean(axis=0) if len(matrix) else np.ones(len(features))
    sums = np.where(absent, 0.0, matrix).sum(axis=0)
    fill = np.divide(sums, (~absent).sum(axis=0), out=np.zeros(len(features)), where=share < 1.0)
    indicators = [name for name, lacking in zip(features, share, strict=True) if INDICATOR_SHARE <= lacking < 1.0]
    names = column_names(features, indicators)
    return replace(shaped, names=names, coef=np.zeros(len(names)), mean=np.zeros(len(names)), imputation=fill)


def _bounds_of(name: str, column: np.ndarray) -> tuple[float, float]:
    """Between what a feature's values count as they are; NaN = without end."""
    known = np.sort(column[~np.isnan(column)])
    if name.startswith(UNBOUNDED) or not len(known):
        return np.nan, np.nan
    few = len(known) < MIN_BOUNDED or len(np.unique(known)) <= 2
    spared = 0 if few else max(SPARED, int(SPARED_SHARE * len(known)))
    low, high = float(known[spared]), float(known[-1 - spared])
    return (low, high) if low < high else (float(known[0]), float(known[-1]))


def column_signs(filling: Linear, signs: Sequence[int]) -> tuple[int, ...]:
    """The features' signs, then 0 for each missing indicator."""
    return tuple(signs) + (0,) * (len(filling.names) - len(signs))


def fit_linear(filling: Linear, expanded: np.ndarray, y: np.ndarray, offset: np.ndarray, *, signs: Sequence[int],
               ridge: float, towards_effects: bool = True) -> Linear:
    """Minimise log loss + ridge/2 * |standardised coefficients - prior|^2 under the signs (L-BFGS-B).

    `expanded` (n x columns) is the pair matrix after `filling.expand`; `signs` has one entry per column, 0 = free. The
    prior is the owner effects alone, or nothing at all unless `towards_effects`.
    """
    total = max(len(y), 1)
    mean = expanded.mean(axis=0)
    spread = expanded.std(axis=0)
    alive = (spread > 1e-9) & np.array([name not in LEFT_OUT for name in filling.names])
    scale = np.where(alive, spread, 1.0)
    standard = (expanded - mean) / scale * alive
    effects = [name == EFFECT or name.startswith(EFFECT_PART) for name in filling.names]
    centre = np.array(effects, dtype=float) * towards_effects * scale * alive
    bounds = [(None, None)] + [_bound(sign) if live else (0.0, 0.0) for sign, live in zip(signs, alive, strict=True)]

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = offset + theta[0] + standard @ theta[1:]
        away = theta[1:] - centre
        pull = 1.0 / (1.0 + np.exp(-z)) - y
        loss = np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * ridge * away @ away
        return loss / total, np.concatenate([[pull.sum()], standard.T @ pull + ridge * away]) / total

    found = minimize(objective, np.concatenate([[0.0], centre]), jac=True, method="L-BFGS-B", bounds=bounds,
                     options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8})
    return replace(filling, coef=found.x[1:] / scale, mean=mean, intercept=float(found.x[0]))


def _bound(sign: int) -> tuple[float | None, float | None]:
    return {1: (0.0, None), -1: (None, 0.0)}.get(sign, (None, None))
