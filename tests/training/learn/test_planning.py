"""How fast owners' results fade is learnt from the log: what has told later outcomes best."""
import numpy as np
import pytest

from features.plan import HALF_LIFE_DAYS
from training.learn.owner_variance import Residuals
from training.learn.planning import choose_half_life

pytestmark = pytest.mark.train
OWNERS, ROWS, SPAN = 60, 9000, 720.0


def log_of(skill_of, rows=ROWS, seed=0):
    random = np.random.default_rng(seed)
    day, owner = np.sort(random.uniform(0.0, SPAN, rows)), random.integers(0, OWNERS, rows)
    z = skill_of(random)[owner, (day // 45).astype(int)] - 1.0
    log = Residuals(owner=owner, y=(random.random(rows) < 1 / (1 + np.exp(-z))).astype(float),
                    expected=np.full(rows, 1 / (1 + np.exp(1.0))), codes={}, values={})
    return log, {"day": day, "settled_day": day + 30.0}


def lasting(random):
    return np.repeat(random.normal(0.0, 0.5, (OWNERS, 1)), 16, axis=1)


def passing(random):
    return np.repeat(random.normal(0.0, 1.0, (OWNERS, 4)), 4, axis=1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_skill_that_lasts_is_remembered_long_and_skill_that_passes_is_not(seed):
    (log, when), (other, then) = log_of(lasting, seed=seed), log_of(passing, seed=seed)
    assert choose_half_life(log, **when) >= 480.0
    assert choose_half_life(other, **then) <= 120.0


def test_without_enough_rows_nothing_is_learnt_of_it():
    log, when = log_of(lasting, rows=90)
    assert choose_half_life(log, **when) == HALF_LIFE_DAYS
