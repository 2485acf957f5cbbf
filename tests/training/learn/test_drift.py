"""What moved for everyone is found where it is, is nothing where nothing moved, and never knows a row's own outcome."""
import numpy as np
import pytest

from serving.ranking.layers import sigmoid
from training.learn.drift import NONE, common_drift

pytestmark = pytest.mark.train


def log(shift_of, *, rows=6000, days=120, seed=5):
    random = np.random.default_rng(seed)
    day = np.sort(random.uniform(0, days, rows))
    return day, (random.random(rows) < sigmoid(shift_of(day))).astype(float)


def test_a_broken_week_is_found_on_its_days():
    day, y = log(lambda day: np.where((day >= 50) & (day < 57), -2.5, 0.5))
    drift = common_drift(np.full(len(y), 0.5), y, day, day + 5, as_of=130.0)
    assert drift.at(np.array([53.5]))[0] < -1.5
    assert abs(drift.at(np.array([20.0]))[0]) < 0.5


def test_a_steady_log_shows_none():
    day, y = log(lambda day: np.full(len(day), 0.3))
    assert common_drift(np.full(len(y), 0.3), y, day, day + 5, as_of=130.0) is NONE


def test_the_level_is_that_of_the_latest_days_that_have_settled():
    day, y = log(lambda day: np.where(day < 60, -1.0, 1.0))
    drift = common_drift(np.zeros(len(y)), y, day, day + 5, as_of=120.0)
    assert drift.level == pytest.approx(1.0, abs=0.25)


def test_a_row_hardly_sees_its_own_outcome():
    day, y = log(lambda day: np.where(day < 60, -1.5, 1.5), rows=400)
    z, turned = np.zeros(len(y)), y.copy()
    turned[200] = 1.0 - turned[200]
    before, after = (common_drift(z, labels, day, day + 5, as_of=130.0) for labels in (y, turned))
    with_own = abs(before.at(day)[200] - after.at(day)[200])
    without = abs(before.of_others(z, y, day)[200] - after.of_others(z, turned, day)[200])
    assert without < 0.5 * with_own


def test_days_outside_the_log_have_no_shift():
    day, y = log(lambda day: np.where(day < 60, -1.0, 1.0))
    drift = common_drift(np.zeros(len(y)), y, day, day + 5, as_of=120.0)
    assert drift.at(np.array([-3.0, 500.0])).tolist() == [0.0, 0.0]
    assert NONE.at(np.array([1.0])).tolist() == [0.0]
