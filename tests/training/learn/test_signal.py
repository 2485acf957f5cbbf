"""The verdict: a gain counts when its lower bound is above zero, no placebo matches it, and chance picks do not deny it."""
from dataclasses import replace

import numpy as np
import pytest

from training.learn.metrics import Interval
from training.learn.signal import OwnerDifference, borne_out, judge_signal, owners_differ

pytestmark = pytest.mark.train


CLEAR = OwnerDifference(p=0.001, rows=2000, unpicked=True, variance=Interval(value=0.3, low=0.2, high=0.4))


def with_gain(backtest, name, low, width=0.02):
    return replace(backtest, gains={**backtest.gains, name: Interval(value=low + width / 2, low=low, high=low + width)})


def picked(backtest, rotated, *, wrong):
    """A share of the rows rotated, on which the pair part points the wrong way for this share of them."""
    rows = np.random.default_rng(3).random(len(backtest)) < rotated
    turned = rows & (np.random.default_rng(4).random(len(backtest)) < wrong)
    pair = backtest.full - backtest.item
    return replace(backtest, quasi_random=rows, full=np.where(turned, backtest.item - pair, backtest.full))


def with_owners(prepared, owner):
    return replace(prepared, table=replace(prepared.table, owner=owner))


def test_owners_who_differ_and_a_gain_are_an_owner_signal(trained):
    verdict = judge_signal(owners_differ(trained[1].prepared), trained[1].backtest)
    assert (verdict.signal, verdict.answer) == ("owner signal", "yes")
    assert verdict == trained[1].verdict
    variance = verdict.difference.variance
    assert verdict.difference.unpicked and 0 < variance.low < 0.8**2 < variance.high
    assert verdict.hidden.low > 0 and "borne out" in verdict.reason


def test_owners_drawn_at_random_are_told_from_true_ones_at_the_level_that_is_said(trained):
    prepared = trained[1].prepared
    random, teams = np.random.default_rng(2), prepared.table.team
    found = []
    for _ in range(15):
        owner = prepared.table.owner.copy()
        for team in (0, 1):
            rows = np.flatnonzero(teams == team)
            owner[rows] = owner[random.permutation(rows)]
        found.append(owners_differ(with_owners(prepared, owner)))
    assert sum(each.answer == "yes" for each in found) <= 1
    assert 0.2 < np.mean([each.p for each in found]) < 0.8
    assert all(judge_signal(each, trained[1].backtest).signal == "no owner signal" for each in found if each.answer != "yes")


@pytest.mark.parametrize(("p", "high", "answer"), [(0.01, 0.4, "yes"), (0.011, 0.4, "cannot tell"), (0.2, 0.0099, "no")])
def test_whether_owners_differ_has_three_answers(trained, p, high, answer):
    difference = replace(CLEAR, p=p, variance=Interval(value=0.0, low=-0.1, high=high))
    assert difference.answer == answer
    assert (judge_signal(difference, trained[1].backtest).signal == "owner signal") == (answer == "yes")


@pytest.mark.parametrize(("name", "words"), [("pair", "the item alone"), ("pair over placebo", "permuted owners")])
@pytest.mark.parametrize(("low", "answer"), [(-0.019, None), (-0.0101, "cannot tell"), (-0.03, "no")])
def test_owners_who_differ_rank_only_by_what_does_not_lose_on_later_rows(trained, name, words, low, answer):
    verdict = judge_signal(CLEAR, with_gain(trained[1].backtest, name, low, width=0.04 if answer is None else 0.02))
    assert (verdict.signal == "owner signal") == (answer is None)
    assert answer is None or (verdict.answer == answer and f"on later rows over {words}" in verdict.reason)


def test_a_gain_that_rows_nobody_picked_deny_is_hidden_selection(trained):
    verdict = judge_signal(CLEAR, picked(trained[1].backtest, 0.6, wrong=1.0))
    assert (verdict.signal, verdict.answer) == ("no owner signal", "no")
    assert "hidden selection" in verdict.reason and verdict.hidden.high < 0


def test_rows_nobody_picked_that_say_nothing_either_way_refuse_nothing(trained):
    verdict = judge_signal(CLEAR, picked(trained[1].backtest, 0.5, wrong=0.5))
    assert verdict.hidden.low < 0 < verdict.hidden.high
    assert verdict.signal == "owner signal" and "cannot tell" in verdict.reason


def test_too_few_rows_that_nobody_picked_cannot_tell(trained):
    backtest = replace(trained[1].backtest, quasi_random=np.arange(len(trained[1].backtest)) < 499)
    assert borne_out(backtest) is None
    assert "hidden selection: cannot tell" in judge_signal(CLEAR, backtest).reason


def test_a_log_too_short_to_try_gives_no_owner_signal():
    assert judge_signal(CLEAR, None).signal == "no owner signal"
