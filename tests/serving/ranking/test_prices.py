"""Pace: nothing for whoever is no more than a little ahead of the others, more with every item from there on."""
import numpy as np
import pytest

from serving.ranking.prices import ahead, pace_price


@pytest.mark.parametrize("intake", [(0,), (9,), (0, 0), (2, 0), (2, 0, 0, 0), (5, 1, 1, 1), (30, 10, 9, 10), (0, 0, 0)])
def test_a_little_ahead_costs_nothing(intake):
    assert not ahead(np.array(intake, dtype=float)).any()


@pytest.mark.parametrize(("intake", "past"), [((5, 0), 3.0), ((5, 0, 0, 0, 0), 3.0), ((9, 1, 1), 4.0), ((40, 10, 10), 8.0)])
def test_far_ahead_is_counted_from_where_it_is_more_than_a_little(intake, past):
    assert ahead(np.array(intake, dtype=float)).tolist() == [past, *[0.0] * (len(intake) - 1)]


def test_the_price_rises_with_every_item_and_never_beyond_what_the_item_is_worth(bundle):
    z = np.zeros(3)
    prices = [pace_price(np.array([items, 0.0, 0.0]), z, pace=0.6, value=100.0, bundle=bundle).off.tolist()
              for items in range(12)]
    assert [each[1:] for each in prices] == [[0.0, 0.0]] * 12
    first = [each[0] for each in prices]
    assert first[:3] == [0.0] * 3 and all(one < other for one, other in zip(first[2:], first[3:], strict=False))
    assert first[-1] < 100.0 * bundle.probability(z)[0]
