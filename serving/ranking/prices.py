"""Prices: what is taken off the scores so that work is spread, each with its name, its version and its reason.

**pace.** An empty desk (back from leave, newly hired, after many closings) ranks first until it fills, item after item. The
price counts what was given lately instead: nothing up to SLACK items more than LEAD times what the others were given on
average, from there on `pace` log-odds an item, carried into value space by the calibrated curve. Where the book binds by turns
or shares, they keep the promise and pace asks nothing.
"""
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.catalogue import Feature
from serving.ranking.bundle import Bundle

#: The names of prices, and of their terms in an explanation.
PACE = "pace"
SLACK, LEAD = 2.0, 3.0
#: By name: how a price is told as a term of an explanation, how it is made, and why it is asked.
TOLD = {PACE: Feature(name=PACE, label="items given in the last 24 hours", unit="items", sign=-1, family="capacity",
                      sensitivity="presence")}
VERSIONS = {PACE: "pace-1"}
REASONS = {PACE: "given far more than the others in the last 24 hours"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Price:
    """One price: what it takes off each of n scores, in the objective's unit, and the number that it goes by (n)."""

    name: str
    off: np.ndarray
    by: np.ndarray

    def take(self, order: np.ndarray) -> "Price":
        """The same in another order."""
        return replace(self, off=self.off[order], by=self.by[order])


def ahead(intake: np.ndarray) -> np.ndarray:
    """By how many items of the last day each of n owners is past what they may be ahead of the others; 0 for most."""
    if len(intake) < 2:
        return np.zeros(len(intake))
    others = (intake.sum() - intake) / (len(intake) - 1)
    return np.maximum(intake - LEAD * others - SLACK, 0.0)


def pace_price(intake: np.ndarray, z: np.ndarray, *, pace: float, value: float, bundle: Bundle) -> Price:
    """What is taken off for items of the last day, never below 0."""
    dearer = pace * ahead(intake)
    lost = bundle.probability(z) - bundle.probability(z - dearer) if bundle.hours is None else bundle.slope(z) * dearer
    return Price(name=PACE, off=np.maximum(value * lost, 0.0), by=intake)


def together(prices: Sequence[Price], n: int) -> np.ndarray:
    """What all prices take off each of n scores."""
    return sum((price.off for price in prices[1:]), prices[0].off) if prices else np.zeros(n)
