"""How much owners really differ, in general and by each item attribute: variance components by marginal likelihood.

A settled assignment's residual y - q has variance v = q (1 - q) and mean v * (u_owner + sum of u_owner,value) near the
offset, u normal with one variance per kind of effect. All effects are nested in their owner, so that the likelihood
falls into one small block per owner. The shrinkage strength of an effect is k = 1 / variance, in units of V.
Method: Laplace-approximated marginal likelihood of a logistic mixed model (Breslow & Clayton 1993), maximised over the
variances; an attribute stays when the likelihood ratio against leaving it out exceeds the 5 % point of the mixture of
chi-squares that holds at the border of the parameter space (Self & Liang 1987).
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from features.plan import EffectSettings

#: 5 % point of the equal mixture of chi-square with 0 and 1 degrees of freedom.
LIKELIHOOD_RATIO = 2.706
#: No effect shrinks less or more than this (units of V); at the upper end it says nothing.
K_LEAST, K_MOST = 1.0, 1000.0
MAX_DIMENSIONS = 5
START = 0.05


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Settled assignments: owner codes, outcomes y, expected success q, and codes per attribute (-1 = missing)."""

    owner: np.ndarray
    y: np.ndarray
    expected: np.ndarray
    values: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """What was found of one attribute: `k`, the likelihood ratio of having it, and whether it is used."""

    name: str
    k: float
    ratio: float
    taken: bool

    @property
    def deviation(self) -> float:
        """Standard deviation of the effect among owners, in log-odds."""
        return self.k ** -0.5


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One owner: Z'VZ, Z'(y - q) and the kind of each column (0 = the owner's own)."""

    information: np.ndarray
    score: np.ndarray
    kind: np.ndarray


def choose_effects(log: Residuals, *, half_life_days: float,
                   named: Sequence[str] = ()) -> tuple[tuple[str, ...], EffectSettings, tuple[Component, ...]]:
    """The attributes that owners differ by, strongest first, and how each effect shrinks; `named` ones stay in any case.

    Weak attributes leave one by one, the weakest first, and the variances are estimated anew each time.
    """
    if not len(log.y):
        return tuple(named), EffectSettings(half_life_days=half_life_days), ()
    names = tuple(named) or tuple(log.values)
    left_out: list[Component] = []
    while True:
        k, likelihood = strengths(log, names)
        found = [Component(name=name, k=k[name], ratio=2.0 * (likelihood - strengths(log, _without(names, name))[1]), taken=True)
                 for name in names]
        if named or not found:
            break
        weakest = min(found, key=lambda component: component.ratio)
        if weakest.ratio >= LIKELIHOOD_RATIO and len(found) <= MAX_DIMENSIONS:
            break
        left_out.append(Component(name=weakest.name, k=weakest.k, ratio=weakest.ratio, taken=False))
        names = _without(names, weakest.name)
    found.sort(key=lambda component: (-component.ratio, component.name))
    dimensions = tuple(named) or tuple(component.name for component in found)
    effects = EffectSettings(k_owner=k[""], k_children=tuple((name, k[name]) for name in dimensions),
                             half_life_days=half_life_days)
    return dimensions, effects, (*found, *reversed(left_out))


def _without(names: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(other for other in names if other != name)


def strengths(log: Residuals, names: Sequence[str]) -> tuple[dict[str, float], float]:
    """k of the owner's own effect (under "") and of each attribute's, with the log likelihood they reach."""
    blocks = _blocks(log, names)
    bounds = [(-np.log(K_MOST), -np.log(K_LEAST))] * (len(names) + 1)
    found = minimize(_negative_likelihood, np.full(len(bounds), np.log(START)), args=(blocks,), jac=True,
                     method="L-BFGS-B", bounds=bounds)
    k = np.round(np.exp(-found.x), 1)
    return {name: float(strength) for name, strength in zip(("", *names), k, strict=True)}, -float(found.fun)


def _blocks(log: Residuals, names: Sequence[str]) -> list[_Block]:
    variance, residual = log.expected * (1.0 - log.expected), log.y - log.expected
    blocks = []
    for owner in np.unique(log.owner):
        rows = np.flatnonzero(log.owner == owner)
        columns, kinds = [np.ones((len(rows), 1))], [0]
        for kind, name in enumerate(names, start=1):
            codes = log.values[name][rows]
            seen = np.unique(codes[codes >= 0])
            columns.append((codes[:, None] == seen).astype(float))
            kinds += [kind] * len(seen)
        z = np.hstack(columns)
        blocks.append(_Block(information=z.T @ (z * variance[rows, None]), score=z.T @ residual[rows], kind=np.array(kinds)))
    return blocks


def _negative_likelihood(log_variances: np.ndarray, blocks: Sequence[_Block]) -> tuple[float, np.ndarray]:
    total, slope = 0.0, np.zeros(len(log_variances))
    for block in blocks:
        precision = np.exp(-log_variances[block.kind])
        information = block.information + np.diag(precision)
        inverse = np.linalg.inv(information)
        effects = inverse @ block.score
        total += np.linalg.slogdet(information)[1] + log_variances[block.kind].sum() - block.score @ effects
        np.add.at(slope, block.kind, 1.0 - precision * (np.diag(inverse) + effects**2))
    return 0.5 * total, 0.5 * slope
