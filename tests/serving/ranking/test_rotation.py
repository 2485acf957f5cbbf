"""Rotation: turns by weight, without bursts, and the same on every replay."""
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.routing.spread import weights_of
from serving.ranking.rotation import take_turn


def turns(weights, count, credits=None, seed="s"):
    credits, picks = dict(credits or {}), []
    for number in range(count):
        turn = take_turn(credits, weights, f"{seed}{number}")
        credits.update(turn.credits)
        picks.append(turn.order[0])
    return picks, credits


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9), min_size=2))
def test_over_a_full_round_the_picks_are_exactly_the_weights(weights):
    picks, credits = turns({owner: float(weight) for owner, weight in weights.items()}, sum(weights.values()))
    assert Counter(picks) == weights
    assert all(abs(credit) < 1e-9 for credit in credits.values())


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.1, 9), min_size=2), st.integers(1, 60))
def test_at_no_moment_is_anyone_more_than_a_slate_off_their_share(weights, count):
    picks, _ = turns(weights, count)
    total = sum(weights.values())
    for owner, weight in weights.items():
        assert abs(picks.count(owner) - count * weight / total) < len(weights)


def test_turns_are_mixed_and_not_in_blocks():
    picks, _ = turns({"a": 5.0, "b": 1.0, "c": 1.0}, 7)
    assert max(len(run) for run in "".join(picks).replace("b", " ").replace("c", " ").split()) <= 3


def test_who_returns_from_leave_gets_a_share_and_no_burst():
    everyone = {"a": 1.0, "b": 1.0, "c": 1.0}
    _, credits = turns(everyone, 30)
    _, credits = turns({"a": 1.0, "b": 1.0}, 500, credits)
    picks, _ = turns(everyone, 30, credits, seed="back")
    assert 9 <= picks.count("c") <= 11
    assert "c" * 2 not in "".join(picks)


LEAVE = tomllib.loads((Path(__file__).parents[2] / "cases" / "rotation" / "leave.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", LEAVE["case"], ids=lambda case: case["name"])
def test_leave_is_gone_through_as_written(case):
    credits = {}
    for number, stretch in enumerate(case["turns"]):
        here = {owner: float(weight) for owner, weight in case["weights"].items() if owner not in stretch["away"]}
        picks, credits = turns(here if any(here.values()) else dict.fromkeys(here, 1.0), stretch["items"], credits, f"s{number}-")
        assert dict(sorted(Counter(picks).items())) == stretch["got"]


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 5), min_size=3), st.lists(st.sets(st.sampled_from("abcdef")),
       max_size=6), st.lists(st.integers(1, 120), min_size=6, max_size=6), st.integers(1, 5))
def test_whatever_leave_there_was_nobody_catches_up_in_a_burst(weights, absences, lengths, rounds):
    """What is caught up is bounded by the slate alone, however long anybody was away."""
    weights, credits = {owner: float(weight) for owner, weight in weights.items()}, {}
    for away, length in zip(absences, lengths, strict=False):
        here = {owner: weight for owner, weight in weights.items() if owner not in away}
        if here:
            _, credits = turns(here, length, credits, seed=str(length))
    picks, _ = turns(weights, int(sum(weights.values())) * rounds, credits, seed="back")
    built_up = sum(1.0 / n for n in range(1, len(weights)))
    for owner, weight in weights.items():
        assert abs(picks.count(owner) - weight * rounds) <= 2 * built_up


def test_stale_credit_of_another_weighting_is_cut_to_one_round():
    picks, _ = turns({"a": 1.0, "b": 1.0}, 10, {"a": 5000.0, "b": -5000.0})
    assert picks.count("b") >= 4


def test_ties_fall_by_the_seed_and_not_by_the_order_of_the_file():
    first = Counter(take_turn({}, dict.fromkeys("abcd", 1.0), f"item-{number}").order[0] for number in range(400))
    assert set(first) == set("abcd") and min(first.values()) > 60
    assert take_turn({}, {"a": 1.0, "b": 1.0}, "x").order == take_turn({}, {"b": 1.0, "a": 1.0}, "x").order


def test_an_owner_of_weight_zero_has_no_turn_while_others_have():
    picks, _ = turns({"a": 0.0, "b": 2.0, "c": 1.0}, 30)
    assert "a" not in picks


def test_equal_balance_ignores_weights(book, directory):
    assert set(weights_of("equal", ["o-1", "o-2"], book, directory).values()) == {1.0}
    assert weights_of("pool", ["o-1", "o-2"], book, directory) == {"o-1": 2.0, "o-2": 3.0}
