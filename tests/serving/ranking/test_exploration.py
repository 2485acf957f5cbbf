"""Exploration: the logged mixture is the one that draws, and asking again cannot re-roll."""
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from serving.ranking.exploration import draw, draw_number, mixture, tie_set, unsure_set

WHEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
Z = np.array([1.2, 1.19, 0.4, 0.0, -2.0])


def first(ties, n=5):
    return np.arange(n) < ties


def test_the_number_depends_on_item_time_policy_and_key_only():
    u = draw_number(b"k", "L-1", WHEN, "v1")
    assert u == draw_number(b"k", "L-1", WHEN.astimezone(timezone(timedelta(hours=9))), "v1")
    others = {draw_number(b"j", "L-1", WHEN, "v1"), draw_number(b"k", "L-2", WHEN, "v1"),
              draw_number(b"k", "L-1", WHEN + timedelta(seconds=1), "v1"), draw_number(b"k", "L-1", WHEN, "v2")}
    assert len(others) == 4 and u not in others and 0.0 <= u < 1.0


def test_without_ties_rank_one_has_all_but_the_share_and_nobody_less_than_half_the_uniform_share():
    pi = mixture(Z, share=0.05, tied=first(1), deficits=[0.0] * 5)
    assert pi[0] == pytest.approx(0.95, abs=1e-12)
    assert pi.min() >= 0.05 / (2 * 4)
    assert pi[1] > pi[2] > pi[3] > pi[4]


def test_a_near_tie_is_spread_over_its_set_in_proportion_to_exposure_owed():
    pi = mixture(Z, share=0.0001, tied=first(2), deficits=[-3.0, 1.0, 9.0, 0.0, 0.0])
    assert pi[1] / pi[0] == pytest.approx(2.0, rel=1e-3)
    assert pi[2:].sum() < 0.0001
    clipped = mixture(Z, share=0.0001, tied=first(2), deficits=[-3.0, 50.0, 9.0, 0.0, 0.0])
    assert clipped.tolist() == pi.tolist()


def test_a_share_of_zero_takes_rank_one_even_on_a_tie():
    assert mixture(Z, share=0.0, tied=first(3), deficits=[0.0] * 5).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert mixture(Z[:1], share=0.05, tied=first(1, 1), deficits=[0.0]).tolist() == [1.0]


def test_the_tie_set_reaches_value_times_tau_below_rank_one():
    scores = np.array([500.0, 499.0, 498.0, 497.9, 100.0])
    assert tie_set(scores, 1000.0, 0.002).tolist() == first(3).tolist()
    assert tie_set(scores, 1000.0, 0.0).sum() == 1
    assert tie_set(np.array([0.0, 0.0, 0.0]), 1.0, 0.002).sum() == 3


def test_nearly_equal_are_those_whom_the_first_beats_in_too_few_of_many_draws_of_what_their_scores_may_be():
    random = np.random.default_rng(4)
    scores, errors = np.array([1.0, 0.9, 0.8, 0.7, 0.2]), np.array([0.3, 0.05, 0.6, 0.1, 0.3])
    drawn = scores + errors * random.standard_normal((200_000, 5))
    beaten = (drawn[:, :1] > drawn).mean(axis=0)
    for bar in (0.55, 0.6, 0.7, 0.8, 0.9, 0.99):
        assert unsure_set(scores, errors, bar).tolist() == [True, *(beaten[1:] <= bar).tolist()]
    assert unsure_set(np.ones(3), np.ones(3), 0.5).all() and unsure_set(scores, errors, 0.5).sum() == 1


@given(z=st.lists(st.floats(-30, 30), min_size=1, max_size=200), share=st.floats(0.0, 0.5), data=st.data())
def test_propensities_sum_to_one_and_every_number_draws_somebody_who_has_a_chance(z, share, data):
    ordered = np.array(sorted(z, reverse=True))
    deficits = data.draw(st.lists(st.floats(-5, 5), min_size=len(z), max_size=len(z)))
    pi = mixture(ordered, share=share, tied=first(data.draw(st.integers(1, len(z))), len(z)), deficits=deficits)
    assert abs(pi.sum() - 1.0) <= 1e-12 and (pi >= 0.0).all()
    for u in (0.0, 0.5, data.draw(st.floats(0, 1, exclude_max=True)), np.nextafter(1.0, 0.0)):
        assert pi[draw(pi, u)] > 0.0


def test_over_a_hundred_thousand_items_the_frequencies_are_the_propensities():
    pi = mixture(Z, share=0.1, tied=first(2), deficits=[0.2, 0.6, 0.0, 0.0, 0.0])
    counts = np.zeros(len(pi))
    for number in range(100_000):
        counts[draw(pi, draw_number(b"workspace", f"L-{number}", WHEN, "v1"))] += 1
    assert chisquare(counts, pi * 100_000).pvalue > 0.001
