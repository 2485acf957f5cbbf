"""Slope and mean of what was said beside what is true."""
from types import SimpleNamespace

import numpy as np
import pytest

from serving.ranking.layers import sigmoid
from training.worlds.calibration import calibration_of, slope_of

TRUE = sigmoid(np.random.default_rng(1).normal(-1.5, 0.7, 4000))


def said(log_odds):
    """Slates of two owners each, and documents that say the given chances."""
    slates, documents = [], {}
    for row in range(0, len(TRUE), 2):
        item = SimpleNamespace(item_id=str(row))
        slates.append(SimpleNamespace(item=item, owners=("a", "b"), chances=TRUE[row:row + 2]))
        documents[str(row)] = SimpleNamespace(candidates=[
            SimpleNamespace(owner_id=owner, rank=rank, probability=float(sigmoid(log_odds[row + rank - 1])))
            for rank, owner in ((1, "a"), (2, "b"))])
    return slates, documents


def test_who_says_the_truth_has_slope_and_means_of_one():
    found = calibration_of(*said(np.log(TRUE / (1 - TRUE))), passed_over={"b"})
    assert found.pairs == len(TRUE)
    assert (found.slope, found.mean, found.mean_first, found.group) == pytest.approx((1, 1, 1, 1), abs=1e-3)


def test_who_is_twice_too_sure_has_a_slope_of_one_half():
    assert slope_of(sigmoid(2 * np.log(TRUE / (1 - TRUE))), TRUE) == pytest.approx(0.5, abs=1e-3)


def test_a_group_that_is_underrated_is_seen():
    low = np.log(TRUE / (1 - TRUE)) - np.where(np.arange(len(TRUE)) % 2 == 1, 0.5, 0.0)
    found = calibration_of(*said(low), passed_over={"b"})
    assert found.group < 0.8
    assert found.mean_first == pytest.approx(1, abs=1e-3)


def test_where_nothing_was_scored_nothing_is_said():
    slates, documents = said(np.zeros(len(TRUE)))
    for document in documents.values():
        document.candidates = [SimpleNamespace(owner_id="a", rank=1, probability=None)]
    found = calibration_of(slates, documents)
    assert found.pairs == 0
    assert np.isnan(found.slope)
