"""Exact time and forward decay."""
from datetime import UTC, datetime, timedelta

import pytest

from features.clock import DAY, REFERENCE, Decay, micros, moment
from rules.errors import Refused


def test_microseconds_are_exact_both_ways():
    for at in (datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
               datetime(2199, 7, 4, 1, 2, 3, 456_789, tzinfo=UTC)):
        assert moment(micros(at)) == at
    assert micros(datetime(2026, 1, 1, tzinfo=UTC)) == REFERENCE


def test_adding_a_horizon_meets_the_very_microsecond():
    at, horizon = datetime(2026, 3, 1, 1, 1, 1, 123_457, tzinfo=UTC), timedelta(days=60)
    assert micros(at) + 60 * DAY == micros(at + horizon)


@pytest.mark.parametrize("year", [1990, 2026, 2150])
def test_weight_times_factor_is_the_half_life_law_over_a_century(year):
    decay, at = Decay(60.0), micros(datetime(year, 5, 1, tzinfo=UTC))
    assert decay.weight(at) * decay.factor(at + 60 * DAY) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan")])
def test_a_half_life_is_positive(days):
    with pytest.raises(Refused, match="half-life"):
        Decay(days)
