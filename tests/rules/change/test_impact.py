"""Worth: the expected value of a change of teams, and how sure it is."""
import random

import pytest

from rules.change.impact import LEAST_SETTLED, MovedItem, SettledOutcome, expected


def past(team, successes, settled, kind="lead"):
    return [SettledOutcome(kind=kind, team=team, success=number < successes) for number in range(settled)]


def moved(before, after, *values, kind="lead"):
    return [MovedItem(kind=kind, value=value, before=before, after=after) for value in values]


def test_an_item_counts_its_value_times_the_teams_share_of_successes():
    found = expected(moved("a", "b", 100.0, 300.0), past("a", 10, 40) + past("b", 20, 40))
    assert (found.unit, found.before, found.after, found.difference) == ("value", 100.0, 200.0, 100.0)
    assert found.low < found.difference < found.high


def test_items_that_stay_add_to_both_sides_and_to_no_difference():
    found = expected(moved("a", "a", 100.0), past("a", 10, 40))
    assert (found.before, found.after, found.low, found.high) == (25.0, 25.0, 0.0, 0.0)


def test_more_past_results_make_the_interval_narrower():
    few, many = (expected(moved("a", "b", 100.0), past("a", count // 4, count) + past("b", count // 2, count))
                 for count in (40, 4000))
    assert many.high - many.low < (few.high - few.low) / 5


def test_a_team_with_too_few_settled_items_is_left_out():
    found = expected(moved("a", "b", 1.0) + moved("a", "a", 1.0), past("a", 10, 40) + past("b", 5, LEAST_SETTLED - 1))
    assert (found.items, found.left_out) == (1, 1)
    assert expected(moved("a", "b", 1.0), past("a", 1, LEAST_SETTLED - 1)) is None


def test_the_results_of_one_kind_say_nothing_of_another():
    found = expected(moved("a", "b", 1.0, kind="case"), past("a", 10, 40) + past("b", 10, 40))
    assert (found.items, found.left_out) == (0, 1)


def test_an_unknown_value_counts_as_the_median_and_is_told():
    found = expected(moved("a", "b", 100.0, 300.0, 200.0, None), past("a", 0, 40) + past("b", 40, 40))
    assert (found.after, found.values_filled) == (800.0, 1)


def test_without_any_value_successes_are_counted():
    found = expected(moved("a", "b", None, None), past("a", 0, 40) + past("b", 40, 40))
    assert (found.unit, found.after, found.values_filled) == ("successes", 2.0, 0)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    draw, held = random.Random(1), 0
    for _ in range(400):
        results = [
            SettledOutcome(kind="lead", team=team, success=draw.random() < truth)
            for team, truth in (("a", 0.2), ("b", 0.3))
            for _ in range(80)
        ]
        found = expected(moved("a", "b", *[10.0] * 50), results)
        held += found.low <= 50 * 10.0 * 0.1 <= found.high
    assert held / 400 == pytest.approx(0.95, abs=0.03)
