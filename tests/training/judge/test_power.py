"""The power calculator beside experiments that are simulated: what it promises is what happens."""
import numpy as np
import pytest

from rules.errors import InputError
from training.judge.power import PowerQuestion, power

ASKED = PowerQuestion(lift=2.0, rate=0.2, per_day=50, disagree=0.4)


def needed(way, asked=ASKED):
    return next(one for one in power(asked) if one.way == way)


def test_so_many_decisions_see_the_lift_as_often_as_promised():
    random, seen = np.random.default_rng(1), {"coin": 0, "holdback": 0}
    for _ in range(1_000):
        n = needed("coin").decisions
        apart = random.binomial(n, 0.4)
        theirs = random.binomial(apart, 0.5)
        more, less = random.binomial(theirs, 0.225) / theirs, random.binomial(apart - theirs, 0.175) / (apart - theirs)
        error = np.sqrt(0.16 / theirs + 0.16 / (apart - theirs))
        seen["coin"] += (more - less) / error > 1.96
        n = needed("holdback").decisions
        held = random.binomial(n, 0.2)
        more, less = random.binomial(n - held, 0.21) / (n - held), random.binomial(held, 0.19) / held
        seen["holdback"] += (more - less) / np.sqrt(0.16 / held + 0.16 / (n - held)) > 1.96
    assert seen["coin"] / 1_000 == pytest.approx(0.8, abs=0.05)
    assert seen["holdback"] / 1_000 == pytest.approx(0.8, abs=0.05)


def test_a_coin_takes_fewer_than_a_holdback_and_exploration_most():
    assert needed("coin").decisions < needed("holdback").decisions < needed("off-policy").decisions


def test_half_the_lift_takes_four_times_as_many():
    half = PowerQuestion(lift=1.0, rate=0.2, per_day=50, disagree=0.4)
    for way in ("coin", "holdback", "off-policy"):
        assert needed(way, half).decisions == pytest.approx(4 * needed(way).decisions, rel=1e-3)
        assert needed(way).days == pytest.approx(needed(way).decisions / 50, abs=0.1)


def test_the_lift_of_ninety_days_takes_ninety_days():
    for one in power(ASKED):
        again = needed(one.way, PowerQuestion(lift=one.seen_in_90_days, rate=0.2, per_day=50, disagree=0.4))
        assert again.days == pytest.approx(90, rel=0.02)


@pytest.mark.parametrize("wrong", [{"lift": 0.0}, {"rate": 1.0}, {"per_day": 0.0}, {"holdback": 1.0}, {"eligible": 1.0}])
def test_a_number_that_cannot_be_is_named(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        PowerQuestion(**{"lift": 1.0, "rate": 0.2, "per_day": 10.0, **wrong})
