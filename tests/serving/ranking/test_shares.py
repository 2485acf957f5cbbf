"""Shares: nobody above their largest or below their least share at any item, whatever the model would rather do."""
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.exposure import Had
from serving.ranking.shares import stand

NOBODY = Had(np.zeros(3, dtype=int), np.zeros(3, dtype=int))


def spread_out(least, most, wishes, slates=None):
    """What each could have had and had after every item, the highest wish of those who may winning."""
    n = len(least)
    could, had, told = np.zeros(n, dtype=int), np.zeros(n, dtype=int), []
    for number, wish in enumerate(wishes):
        there = np.ones(n, dtype=bool) if slates is None else slates[number]
        own = np.flatnonzero(there)
        standing = stand(Had(could[own], had[own]), least[own], most[own], most[own])
        taker = own[max(np.flatnonzero(standing.open_to), key=lambda place: wish[own[place]])]
        could[own] += 1
        had[taker] += 1
        told.append((could.copy(), had.copy(), taker, standing.overrun))
    return told


@st.composite
def teams(draw):
    n = draw(st.integers(2, 8))
    least = draw(st.sampled_from([0.0, 1 / n]) | st.floats(0.0, 1 / n))
    most = draw(st.sampled_from([1.0, 1 / n]) | st.floats(1 / n, 1.0))
    wishes = np.random.default_rng(draw(st.integers(0, 2**32))).random((60, n)) + draw(st.sampled_from([0.0, 3.0])) * np.arange(n)
    return np.full(n, least), np.full(n, most), wishes


@given(teams())
@settings(max_examples=150, deadline=None)
def test_with_the_same_people_both_shares_hold_at_every_item(team):
    least, most, wishes = team
    for could, had, _, overrun in spread_out(least, most, wishes):
        assert not overrun
        assert (had <= np.ceil(most * could - 1e-9)).all() and (had >= np.floor(least * could + 1e-9)).all()


@given(teams(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_whoever_comes_and_goes_nobody_is_given_an_item_above_their_largest_share_unless_all_are_there(team, seed):
    least, most, wishes = team
    slates = np.random.default_rng(seed).random(wishes.shape) < 0.6
    slates[:, :2] |= ~slates.any(axis=1, keepdims=True)
    for could, had, taker, overrun in spread_out(least, most, wishes, slates):
        assert overrun or had[taker] <= np.ceil(most[taker] * could[taker] - 1e-9)


def test_whoever_is_due_comes_first_and_is_told():
    had = Had(np.array([9, 9, 9]), np.array([5, 4, 0]))
    standing = stand(had, np.full(3, 0.1), np.ones(3), np.ones(3))
    assert standing.due and standing.open_to.tolist() == [False, False, True]


def test_a_ramp_that_leaves_nobody_does_not_bind():
    grown = np.full(3, 0.5)
    assert stand(NOBODY, np.zeros(3), np.zeros(3), grown).open_to.all()


def test_where_all_have_had_their_largest_share_it_goes_to_whom_it_takes_least_beyond():
    had = Had(np.array([10, 10, 10]), np.array([4, 3, 3]))
    standing = stand(had, np.zeros(3), np.full(3, 0.2), np.full(3, 0.2))
    assert standing.overrun and standing.open_to.tolist() == [False, True, True]
