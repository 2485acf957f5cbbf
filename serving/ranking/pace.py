"""Pace: whoever was given far more than the others in the last day costs something, whatever their desk looks like.

An empty desk (back from leave, newly hired, after many closings) ranks first until it fills, item after item. The price counts
what was given lately instead: nothing up to SLACK items more than LEAD times what the others were given on average, from
there on `pace` log-odds an item, carried into value space by the calibrated curve.
"""
import numpy as np

from serving.ranking.bundle import Bundle

#: The name of the price, and of its term in an explanation.
PACE = "pace"
SLACK, LEAD = 2.0, 3.0


def ahead(intake: np.ndarray) -> np.ndarray:
    """By how many items of the last day each of n owners is past what they may be ahead of the others; 0 for most."""
    if len(intake) < 2:
        return np.zeros(len(intake))
    others = (intake.sum() - intake) / (len(intake) - 1)
    return np.maximum(intake - LEAD * others - SLACK, 0.0)


def price(intake: np.ndarray, z: np.ndarray, *, pace: float, value: float, bundle: Bundle) -> np.ndarray:
    """What is taken off each owner's score, n, never below 0."""
    return np.maximum(value * (bundle.probability(z) - bundle.probability(z - pace * ahead(intake))), 0.0)
