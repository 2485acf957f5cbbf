"""What moved for everyone is found where it is, is nothing where nothing moved, and never knows a row's own outcome."""
import numpy as np
import pytest

from serving.ranking.layers import sigmoid
from training.learn.drift import NONE, common_drift, latest_rows

pytestmark = pytest.mark.train


def log(shift_of, *, rows=6000, days=120, seed=5):
    random = np.random.default_rng(seed)
    day = np.sort(random.uniform(0, days, rows))
    return day, (random.random(rows) < sigmoid(shift_of(day))).astype(float)


def test_a_broken_week_is_found_on_its_days():
    day, y = log(lambda day: np.where((day >= 50) & (day < 57), -2.5, 0.5))
    drift = common_drift(np.full(len(y), 0.5), y, day)
    assert drift.at(np.array([53.5]))[0] < -1.5
    assert abs(drift.at(np.array([20.0]))[0]) < 0.5


def test_a_steady_log_shows_none():
    day, y = log(lambda day: np.full(len(day), 0.3))
    assert common_drift(np.full(len(y), 0.3), y, day) is NONE


@pytest.mark.parametrize("failures_take", [5.0, 60.0])
def test_the_level_is_that_of_the_latest_days_however_long_failures_take_to_settle(failures_take):
    day, y = log(lambda day: np.where(day < 60, -1.0, np.where(day < 110, 1.0, 2.0)))
    wait = np.random.default_rng(2).exponential(np.where(y > 0, 3.0, failures_take))
    latest = latest_rows(y, day, day + wait, as_of=120.0)
    assert day[latest.rows].min() > 100.0 and day[latest.rows].max() < 120.0
    truth = np.log(y[latest.rows].mean() / (1.0 - y[latest.rows].mean()))
    assert latest.level(np.zeros(len(latest.rows)), 1.0) == pytest.approx(truth, abs=0.35)
    unseen = np.where(day + wait < 120.0, y, 1.0 - y)                  # what settles later is not known yet
    assert np.array_equal(latest_rows(unseen, day, day + wait, as_of=120.0).known, latest.known)


def test_of_a_log_too_short_to_tell_how_long_things_take_there_are_no_latest_days():
    day, y = log(lambda day: np.zeros(len(day)), rows=50)
    assert not len(latest_rows(y, day, np.full(50, np.inf), as_of=120.0).rows)


def test_a_row_hardly_sees_its_own_outcome():
    day, y = log(lambda day: np.where(day < 60, -1.5, 1.5), rows=400)
    z, turned = np.zeros(len(y)), y.copy()
    turned[200] = 1.0 - turned[200]
    before, after = (common_drift(z, labels, day) for labels in (y, turned))
    with_own = abs(before.at(day)[200] - after.at(day)[200])
    without = abs(before.of_others(z, y, day)[200] - after.of_others(z, turned, day)[200])
    assert without < 0.5 * with_own


def test_days_outside_the_log_have_no_shift():
    day, y = log(lambda day: np.where(day < 60, -1.0, 1.0))
    drift = common_drift(np.zeros(len(y)), y, day)
    assert drift.at(np.array([-3.0, 500.0])).tolist() == [0.0, 0.0]
    assert NONE.at(np.array([1.0])).tolist() == [0.0]
