"""The verdict: a gain counts when its lower bound is above zero, no placebo matches it, and chance picks do not deny it."""
from dataclasses import replace

import numpy as np
import pytest

from training.learn.metrics import Interval
from training.learn.signal import borne_out, judge_signal

pytestmark = pytest.mark.train


def with_gain(backtest, name, low, width=0.02):
    return replace(backtest, gains={**backtest.gains, name: Interval(value=low + width / 2, low=low, high=low + width)})


def picked(backtest, rotated, *, wrong):
    """A share of the rows rotated, on which the pair part points the wrong way for this share of them."""
    rows = np.random.default_rng(3).random(len(backtest)) < rotated
    turned = rows & (np.random.default_rng(4).random(len(backtest)) < wrong)
    pair = backtest.full - backtest.item
    return replace(backtest, quasi_random=rows, full=np.where(turned, backtest.item - pair, backtest.full))


def test_a_clear_gain_is_an_owner_signal(trained):
    verdict = judge_signal(trained[1].backtest)
    assert (verdict.signal, verdict.answer) == ("owner signal", "yes")
    assert verdict.hidden.low > 0 and "borne out" in verdict.reason


@pytest.mark.parametrize(("low", "width", "answer"), [(0.0, 0.02, "cannot tell"), (-0.01, 0.02, "cannot tell"),
                                                      (-0.01, 0.01, "no"), (-0.0001, 0.0004, "no")])
def test_a_gain_whose_interval_is_not_above_zero_is_none_or_cannot_be_told(trained, low, width, answer):
    verdict = judge_signal(with_gain(trained[1].backtest, "pair", low, width))
    assert (verdict.signal, verdict.answer) == ("no owner signal", answer)
    assert verdict.reason.startswith("the gain over the item alone")


def test_a_gain_that_permuted_owners_match_is_none(trained):
    verdict = judge_signal(with_gain(trained[1].backtest, "pair over placebo", -0.001))
    assert verdict.signal == "no owner signal"
    assert "permuted owners" in verdict.reason


def test_a_gain_that_rows_nobody_picked_deny_is_hidden_selection(trained):
    verdict = judge_signal(picked(trained[1].backtest, 0.6, wrong=1.0))
    assert (verdict.signal, verdict.answer) == ("no owner signal", "no")
    assert "hidden selection" in verdict.reason and verdict.hidden.high < 0


def test_rows_nobody_picked_that_say_nothing_either_way_refuse_nothing(trained):
    verdict = judge_signal(picked(trained[1].backtest, 0.5, wrong=0.5))
    assert verdict.hidden.low < 0 < verdict.hidden.high
    assert verdict.signal == "owner signal" and "cannot tell" in verdict.reason


def test_too_few_rows_that_nobody_picked_cannot_tell(trained):
    backtest = replace(trained[1].backtest, quasi_random=np.arange(len(trained[1].backtest)) < 499)
    assert borne_out(backtest) is None
    assert "hidden selection: cannot tell" in judge_signal(backtest).reason


def test_a_log_too_short_to_try_gives_no_owner_signal():
    assert judge_signal(None).signal == "no owner signal"
