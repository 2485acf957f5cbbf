"""Why this owner and not that one: the score difference as a sum of terms, one per feature.

The difference of the log-odds contributions is carried into value space by the secant of the calibrated curve between
the two, value * (p_A - p_B) / (z_A - z_B), so the terms add up to the score difference instead of approximating it.
"""
from dataclasses import dataclass

import numpy as np

from serving.ranking.bundle import Bundle
from serving.ranking.pace import PACE

FLAT = 1e-9                     # log-odds: two candidates nearer than this share the curve's slope
TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredOwner:
    """One candidate as the model sees it: the feature row (k, NaN = missing), contributions (k), z, p and score.

    `price`: what was taken off the score for the items of the last day, `intake`; None where nothing could be.
    """

    owner_id: str
    row: np.ndarray
    contributions: np.ndarray
    z: float
    p: float
    score: float
    price: float | None = None
    intake: float | None = None


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
    slope = value * secant(chosen, versus, bundle.b)
    effects = slope * (chosen.contributions - versus.contributions)
    order = np.argsort(-np.abs(effects), kind="stable").tolist()
    effects, ours, theirs = effects.tolist(), chosen.row.tolist(), versus.row.tolist()
    terms = tuple([ContrastTerm(feature=bundle.features[j], chosen_value=known(ours[j]), versus_value=known(theirs[j]),
                                effect=effects[j]) for j in order if effects[j] != 0.0])
    if chosen.price != versus.price:
        paced = ContrastTerm(feature=PACE, chosen_value=chosen.intake, versus_value=versus.intake,
                             effect=(versus.price or 0.0) - (chosen.price or 0.0))
        terms = tuple(sorted((*terms, paced), key=lambda term: -abs(term.effect)))
    return OwnerContrast(chosen=chosen.owner_id, versus=versus.owner_id, difference=chosen.score - versus.score, terms=terms)


def secant(one: ScoredOwner, other: ScoredOwner, b: float) -> float:
    """How much probability one unit of log-odds is worth between the two."""
    apart = one.z - other.z
    if abs(apart) < FLAT:
        return b * one.p * (1.0 - one.p)
    return (one.p - other.p) / apart


def known(number: float) -> float | None:
    """A feature value for people: None where it is missing."""
    return None if number != number else number
