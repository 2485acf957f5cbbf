"""The verdict: a gain counts when its lower bound is above zero, no placebo matches it, and chance picks show it too."""
from dataclasses import replace

import numpy as np
import pytest

from training.learn.metrics import Interval
from training.learn.signal import judge_signal

pytestmark = pytest.mark.train


def with_gain(backtest, name, low):
    return replace(backtest, gains={**backtest.gains, name: Interval(value=low + 0.01, low=low, high=low + 0.02)})


def test_a_clear_gain_is_an_owner_signal(trained):
    report = trained[1]
    assert judge_signal(report.prepared.pairs, report.backtest).signal == "owner signal"


def test_a_gain_whose_lower_bound_is_zero_is_none(trained):
    report = trained[1]
    verdict = judge_signal(report.prepared.pairs, with_gain(report.backtest, "pair", 0.0))
    assert verdict.signal == "no owner signal"
    assert "lower 95 % bound" in verdict.reason


def test_a_gain_that_a_placebo_matches_is_none(trained):
    report = trained[1]
    verdict = judge_signal(report.prepared.pairs, with_gain(report.backtest, "pair over placebo", -0.001))
    assert verdict.signal == "no owner signal"
    assert "shuffled owners" in verdict.reason


def test_a_gain_found_only_where_people_picked_is_hidden_selection(trained):
    report = trained[1]
    backtest, pairs = report.backtest, report.prepared.pairs
    rotated = np.zeros(len(pairs), bool)
    rotated[backtest.rows[: len(backtest.rows) // 2]] = True
    full = np.where(rotated[backtest.rows], -backtest.full, backtest.full)
    verdict = judge_signal(replace(pairs, quasi_random=rotated), replace(backtest, full=full))
    assert verdict.signal == "no owner signal"
    assert "hidden selection" in verdict.reason


def test_a_log_too_short_to_try_gives_no_owner_signal(trained):
    assert judge_signal(trained[1].prepared.pairs, None).signal == "no owner signal"
