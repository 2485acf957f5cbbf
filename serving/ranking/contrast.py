"""Why this owner and not that one: the score difference as a sum of terms, one per feature.

The difference of the log-odds contributions is carried into value space by the secant of the calibrated curve between
the two, value * (p_A - p_B) / (z_A - z_B), so the terms add up to the score difference instead of approximating it; where a
time is learnt, the secant of the hours.
"""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rules.model import EMPTY
from serving.ranking.bundle import Bundle

FLAT = 1e-9                     # log-odds: two candidates nearer than this share the curve's slope
TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredOwner:
    """One candidate as the model sees it: the feature row (k, NaN = missing), contributions (k), z, p and score.

    `prices`: by name what was taken off the score, and the number that this goes by. `hours`: that half of such items take with
    them, where a time is learnt.
    """

    owner_id: str
    row: np.ndarray
    contributions: np.ndarray
    z: float
    p: float
    score: float
    prices: Mapping[str, tuple[float, float]] = EMPTY
    hours: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContrastTerm:
    """One feature's share of the difference, in value units; values are None where missing."""

    feature: str
    chosen_value: float | None
    versus_value: float | None
    effect: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerContrast:
    """Chosen against versus: terms by size, and the score difference that they add up to."""

    chosen: str
    versus: str
    difference: float
    terms: tuple[ContrastTerm, ...]

    def adds_up(self, value: float) -> bool:
        """Whether the terms sum to the difference; one that does not must not be shown."""
        gap = abs(sum(term.effect for term in self.terms) - self.difference)
        return bool(gap <= TOLERANCE * max(1.0, value))


def contrast(chosen: ScoredOwner, versus: ScoredOwner, *, value: float, bundle: Bundle) -> OwnerContrast:
    """The terms of chosen against versus, largest first; features that make no difference are left out."""
    slope = value * (secant(chosen, versus, bundle.b) if bundle.hours is None else _of_hours(chosen, versus, bundle))
    effects = slope * (chosen.contributions - versus.contributions)
    order = np.argsort(-np.abs(effects), kind="stable").tolist()
    effects, ours, theirs = effects.tolist(), chosen.row.tolist(), versus.row.tolist()
    terms = tuple([ContrastTerm(feature=bundle.features[j], chosen_value=known(ours[j]), versus_value=known(theirs[j]),
                                effect=effects[j]) for j in order if effects[j] != 0.0])
    theirs_off = versus.prices
    priced = [ContrastTerm(feature=name, chosen_value=by, versus_value=theirs_off[name][1], effect=theirs_off[name][0] - off)
              for name, (off, by) in chosen.prices.items() if off != theirs_off[name][0]]
    if priced:
        terms = tuple(sorted((*terms, *priced), key=lambda term: -abs(term.effect)))
    return OwnerContrast(chosen=chosen.owner_id, versus=versus.owner_id, difference=chosen.score - versus.score, terms=terms)


def secant(one: ScoredOwner, other: ScoredOwner, b: float) -> float:
    """How much probability one unit of log-odds is worth between the two."""
    apart = one.z - other.z
    if abs(apart) < FLAT:
        return b * one.p * (1.0 - one.p)
    return (one.p - other.p) / apart


def _of_hours(one: ScoredOwner, other: ScoredOwner, bundle: Bundle) -> float:
    """The same in hours, of those promised."""
    apart, both = one.z - other.z, np.array([one.z, other.z])
    return float(bundle.slope(both)[0] if abs(apart) < FLAT else -np.diff(bundle.worth(both))[0] / apart)


def known(number: float) -> float | None:
    """A feature value for people: None where it is missing."""
    return None if number != number else number
