"""How much owners really differ, in general and by each item attribute: a joint prior by marginal likelihood.

A settled assignment's residual y - q has variance v = q (1 - q) and mean v * z'b near the offset, where z marks the owner's own
column and the item's value of each attribute, and b, one owner's effects, is normal. So an owner's likelihood hangs on
A = sum v z z' and s = sum (y - q) z alone, and one small solve per owner gives it (Laplace's approximation of a logistic mixed
model, Breslow & Clayton 1993).

1. One variance per attribute, by fixed point (MacKay 1992): sum of b^2 over sum of (1 - posterior / prior variance).
2. Attributes leave one by one, the weakest first, while the likelihood ratio against leaving it out is under the 5 % point of
   the mixture of chi-squares that holds at the border of the parameter space (Self & Liang 1987), corrected for how many
   attributes were tried (Bonferroni).
3. A covariance among all effects of an owner that stay, by EM over owners, shrunk to the diagonal of 1 with the weight that
   makes owners left out of the fit likeliest; the diagonal itself where none makes them likelier.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import chi2

from features.plan import EffectSettings, OwnerPrior

#: The chance that an attribute by which owners do not differ is taken, over all that are tried.
ERROR = 0.05
#: No effect's variance is less or more than this (log-odds squared), so no strength above or below its inverse.
LEAST, MOST, START = 1e-3, 1.0, 0.05
#: The fixed point's prior: so many effects of the variance START.
PRIOR_EFFECTS = 0.2
MAX_DIMENSIONS = 5
#: Columns of one owner at most; rarer values share their attribute's last column.
MOST_COLUMNS = 96
#: The owners with the most settled assignments, up to this many, speak for all.
MOST_OWNERS = 600
#: Weights tried of the diagonal in a covariance, in owners, the strongest first, and into how many parts owners fall to try.
SHRINKAGES, FOLDS = (80.0, 20.0, 5.0), 5
CHOOSING_ROUNDS, ROUNDS, FURTHER_ROUNDS, COVARIANCE_ROUNDS = 7, 15, 5, 20
#: A covariance stands when a round changes it by less than this, measured against its greatest variance.
STANDS = 1e-3


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Settled assignments: owner codes, outcomes y, expected success q; per attribute codes (-1 = missing) and their values."""

    owner: np.ndarray
    y: np.ndarray
    expected: np.ndarray
    codes: Mapping[str, np.ndarray]
    values: Mapping[str, Sequence[object]]


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
class _Sums:
    """Information (owners x columns x columns), score (owners x columns), and each column's attribute, 0 = the owner's own."""

    information: np.ndarray
    score: np.ndarray
    group: np.ndarray

    def of(self, owners: np.ndarray) -> "_Sums":
        """The sums of some owners, by a mask."""
        return _Sums(information=self.information[owners], score=self.score[owners], group=self.group)

    def without(self, groups: np.ndarray) -> "_Sums":
        """The sums of the other columns, later groups moving up."""
        keep = ~np.isin(self.group, groups)
        return _Sums(information=self.information[:, keep][:, :, keep], score=self.score[:, keep],
                     group=np.unique(self.group[keep], return_inverse=True)[1])


def bar_of(tried: int) -> float:
    """The likelihood ratio that an attribute must reach when so many are tried."""
    return float(chi2.isf(min(1.0, 2.0 * ERROR / max(tried, 1)), 1))


def choose_effects(log: Residuals, *, half_life_days: float,
                   named: Sequence[str] = ()) -> tuple[tuple[str, ...], EffectSettings, tuple[Component, ...]]:
    """The attributes that owners differ by, strongest first, and the prior of effects; `named` ones stay in any case."""
    if not len(log.y):
        return tuple(named), EffectSettings(half_life_days=half_life_days), ()
    names, left_out = list(named or log.codes), list[Component]()
    kept_values = _kept_values(log, names)
    sums = _sums(log, names, kept_values)
    variance = fixed_point(sums, np.full(len(names) + 1, START), CHOOSING_ROUNDS)
    bar = bar_of(len(names))
    while True:
        ratio = _ratios(sums, variance)
        leaving = np.zeros(0, dtype=np.intp) if named else _leaving(ratio, bar)
        if not len(leaving):
            break
        left_out += [_component(names[at], variance[at + 1], ratio[at], taken=False) for at in leaving]
        names = [name for at, name in enumerate(names) if at not in leaving]
        sums, variance = sums.without(leaving + 1), np.delete(variance, leaving + 1)
        variance = fixed_point(sums, variance, FURTHER_ROUNDS)
    found = [_component(name, own, gain, taken=True) for name, own, gain in zip(names, variance[1:], ratio, strict=True)]
    found.sort(key=lambda component: (-component.ratio, component.name))
    dimensions = tuple(named) or tuple(component.name for component in found)
    return dimensions, _settings(log, dimensions, half_life_days), (*found, *reversed(left_out))


def _leaving(ratio: np.ndarray, bar: float) -> np.ndarray:
    """Which attributes leave next, the weakest first: all that take from the likelihood, else one under the bar or too many."""
    order = np.argsort(ratio, kind="stable")
    if len(order) and (ratio[order[0]] < bar or len(order) > MAX_DIMENSIONS):
        return order[:max(1, int((ratio < 0.0).sum()))]
    return order[:0]


def _component(name: str, variance: float, ratio: float, *, taken: bool) -> Component:
    return Component(name=name, k=_strength(variance), ratio=float(ratio), taken=taken)


def _strength(variance: float) -> float:
    return round(float(1.0 / variance), 1)


def _settings(log: Residuals, dimensions: Sequence[str], half_life_days: float) -> EffectSettings:
    """The last estimate, of the attributes that stay with as many values as there is room for."""
    kept = _kept_values(log, dimensions)
    sums = _sums(log, dimensions, kept)
    variance = fixed_point(sums, np.full(len(dimensions) + 1, START), ROUNDS)
    covariance = covariance_of(sums, variance)
    values = tuple(tuple(log.values[name][code] for code in codes) for name, codes in zip(dimensions, kept, strict=True))
    return EffectSettings(
        k_owner=_strength(variance[0]), half_life_days=half_life_days,
        k_children=tuple((name, _strength(own)) for name, own in zip(dimensions, variance[1:], strict=True)),
        prior=OwnerPrior(values=values, covariance=tuple(tuple(float(f"{cell:.6g}") for cell in row) for row in covariance)))


def _kept_values(log: Residuals, names: Sequence[str]) -> list[np.ndarray]:
    """By attribute the codes that get a column of their own: the most frequent over all attributes, so far as there is room."""
    counted = [np.bincount(log.codes[name][log.codes[name] >= 0], minlength=len(log.values[name])) for name in names]
    ranked = sorted((-count, at, code) for at, counts in enumerate(counted) for code, count in enumerate(counts) if count)
    room = MOST_COLUMNS - 1 - len(names)
    return [np.array(sorted(code for _, at, code in ranked[:room] if at == own), dtype=np.intp) for own in range(len(names))]


def _sums(log: Residuals, names: Sequence[str], kept: Sequence[np.ndarray]) -> _Sums:
    """Information and score by owner; the last column of an attribute is for the values that have none of their own."""
    owners, counts = np.unique(log.owner, return_counts=True)
    owners = np.sort(owners[np.argsort(-counts, kind="stable")[:MOST_OWNERS]])
    rows = np.flatnonzero(np.isin(log.owner, owners))
    row, width = np.searchsorted(owners, log.owner[rows]), 1 + sum(len(codes) + 1 for codes in kept)
    z, group, at = [np.zeros(len(rows), dtype=np.intp)], [0], 1
    for number, (name, codes) in enumerate(zip(names, kept, strict=True), start=1):
        column = np.full(len(log.values[name]) + 1, at + len(codes))
        column[codes], column[-1] = at + np.arange(len(codes)), width                # code -1: the column of nothing
        z.append(column[log.codes[name][rows]])
        at += len(codes) + 1
        group += [number] * (len(codes) + 1)
    variance, residual = (log.expected * (1.0 - log.expected))[rows], (log.y - log.expected)[rows]
    shape = len(owners), width + 1, width + 1
    information, score = np.zeros(shape), np.zeros(shape[:2])
    for one in z:
        score += np.bincount(row * (width + 1) + one, residual, score.size).reshape(shape[:2])
        for other in z:
            information += np.bincount((row * (width + 1) + one) * (width + 1) + other, variance,
                                       information.size).reshape(shape)
    return _Sums(information=information[:, :-1, :-1], score=score[:, :-1], group=np.array(group))


def fixed_point(sums: _Sums, variance: np.ndarray, rounds: int) -> np.ndarray:
    """One variance per group of columns, the owner's own first."""
    for _ in range(rounds):
        effects, spread = _posterior(sums, np.diag(variance[sums.group]))
        known = (1.0 - np.einsum("ojj->oj", spread) / variance[sums.group]).sum(axis=0)
        squares = (effects**2).sum(axis=0)
        known, squares = (np.bincount(sums.group, each, len(variance)) for each in (known, squares))
        variance = np.clip((squares + PRIOR_EFFECTS * START) / (known + PRIOR_EFFECTS), LEAST, MOST)
    return variance


def covariance_of(sums: _Sums, variance: np.ndarray) -> np.ndarray:
    """The covariance of one owner's effects: as far from the diagonal as owners left out bear out."""
    fold = np.arange(len(sums.score)) % FOLDS
    parts = [(sums.of(fold != part), sums.of(fold == part)) for part in range(FOLDS if len(fold) >= 2 * FOLDS else 0)]
    own = [fixed_point(seen, variance, FURTHER_ROUNDS) for seen, _ in parts]

    def left_out(covariance_from: Callable[[_Sums, np.ndarray], np.ndarray]) -> float:
        return sum(float(log_likelihoods(held, covariance_from(seen, each)).sum())
                   for (seen, held), each in zip(parts, own, strict=True))

    best, chosen = left_out(lambda _, each: np.diag(each[sums.group])), None
    for shrinkage in SHRINKAGES:
        likelihood = left_out(partial(joint_covariance, shrinkage=shrinkage))
        if not likelihood > best:
            break
        best, chosen = likelihood, shrinkage
    return np.diag(variance[sums.group]) if chosen is None else joint_covariance(sums, variance, chosen)


def joint_covariance(sums: _Sums, variance: np.ndarray, shrinkage: float) -> np.ndarray:
    """EM over owners, shrunk to the diagonal of the groups' variances with the weight of so many owners."""
    target = np.diag(variance[sums.group])
    covariance, owners = target, len(sums.score)
    for _ in range(COVARIANCE_ROUNDS):
        effects, spread = _posterior(sums, covariance)
        before, covariance = covariance, (effects.T @ effects + spread.sum(axis=0) + shrinkage * target) / (owners + shrinkage)
        covariance = (covariance + covariance.T) / 2.0
        if np.abs(covariance - before).max() < STANDS * target.max():
            break
    return covariance


def log_likelihoods(sums: _Sums, covariance: np.ndarray) -> np.ndarray:
    """The log of each owner's marginal likelihood, up to what no covariance changes."""
    effects, _ = _posterior(sums, covariance)
    told = np.linalg.slogdet(np.eye(len(covariance)) + sums.information @ covariance)[1]
    return 0.5 * ((sums.score * effects).sum(axis=1) - told)


def _posterior(sums: _Sums, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each owner's effects (owners x columns) and their covariance after what is known of the owner."""
    spread = covariance @ np.linalg.inv(np.eye(len(covariance)) + sums.information @ covariance)
    return np.einsum("ojk,ok->oj", spread, sums.score), spread


def _ratios(sums: _Sums, variance: np.ndarray) -> np.ndarray:
    """Twice the log likelihood that each attribute adds, the other variances as they are."""
    effects, spread = _posterior(sums, np.diag(variance[sums.group]))
    ratios = []
    for group in range(1, len(variance)):
        own = sums.group == group
        b, block = effects[:, own], spread[:, own][:, :, own]
        weighed = np.linalg.solve(block, b[:, :, np.newaxis])[:, :, 0]
        ratios.append((np.linalg.slogdet(block)[1] - own.sum() * np.log(variance[group]) + (b * weighed).sum(axis=1)).sum())
    return np.array(ratios)
