"""Figures that decide are checked against their definitions."""
import numpy as np
import pytest

from training.learn import metrics

pytestmark = pytest.mark.train


def test_logloss_of_log_odds_equals_its_definition():
    z, y = np.array([-2.0, 0.5, 3.0]), np.array([0.0, 1.0, 0.0])
    p = 1 / (1 + np.exp(-z))
    assert metrics.logloss(z, y) == pytest.approx(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def test_a_constant_reaches_the_entropy_of_its_rate():
    y = np.repeat([1.0, 0.0], [20, 80])
    assert metrics.constant_logloss(y) == pytest.approx(metrics.logloss(np.full(100, np.log(0.25)), y))


def test_auc_counts_ties_as_half():
    assert metrics.auc(np.array([1.0, 1.0, 2.0, 0.0]), np.array([1.0, 0.0, 1.0, 0.0])) == pytest.approx(3.5 / 4)


def test_auc_of_one_class_alone_is_none():
    assert metrics.auc(np.array([1.0, 2.0]), np.array([1.0, 1.0])) is None


def test_an_interval_over_days_is_wider_than_over_rows_when_days_share_their_luck():
    random = np.random.default_rng(0)
    days = np.repeat(np.arange(40), 50)
    difference = random.normal(0, 1, 40)[days] + random.normal(0, 0.1, 2000)
    by_day = metrics.paired_gain(difference, np.zeros(2000), days)
    by_row = metrics.paired_gain(difference, np.zeros(2000), np.arange(2000))
    assert by_day.high - by_day.low > 3 * (by_row.high - by_row.low)


def test_the_interval_is_the_same_on_every_run():
    worse = np.random.default_rng(1).normal(0.1, 1, 500)
    assert metrics.paired_gain(worse, np.zeros(500), np.arange(500)) == metrics.paired_gain(worse, np.zeros(500), np.arange(500))


def test_the_same_predictor_worked_out_another_way_gains_nothing():
    z = np.random.default_rng(4).normal(0, 1, 500)
    told, again = (metrics.losses(each, np.ones(500)) for each in (z, (3.0 * z) / 3.0 + 1e-16))
    gain = metrics.paired_gain(told, again, np.arange(500) // 5)
    assert (gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0) and gain.answer == "no"
