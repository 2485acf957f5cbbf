"""The bench's simulated companies: a slice of what `rightful bench benefit` measures, held against what the method page says."""
import pytest

from bench.benefit import announced, precision, split

pytestmark = pytest.mark.long


def test_a_coin_is_several_times_as_precise_as_exploration_and_every_interval_is_true():
    found = {one.way: one for one in precision(100, 20_000, 0.05, lambda _words: None)}
    assert found["coin"].spread < 0.4 and found["coin"].covers >= 0.92
    assert found["DR"].spread > 5 * found["coin"].spread
    assert all(one.covers >= 0.88 for one in found.values())


def test_of_two_models_that_are_alike_neither_is_announced():
    assert announced(200, 5_000)[0].said <= 0.05


def test_a_large_lift_of_skill_alone_is_told_to_be_no_matching():
    told = split(20, 10_000, skill=0.5, fit=0.0)
    assert told["lift"] > 0.29 and told["told 0 %"] >= 0.95
