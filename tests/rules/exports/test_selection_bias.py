"""Whether a history was chosen by its outcome: named when it was, silent when it was not."""
from datetime import UTC, datetime, timedelta

import pytest

from rules.exports.selection_bias import often_ownerless, ownerless_failures, silence, survivors

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(("owned_ok", "owned_bad", "lost_ok", "lost_bad", "expected"), [
    (300, 0, 0, 200, True), (300, 1, 5, 200, True), (300, 200, 0, 0, False), (300, 200, 100, 60, False), (300, 0, 0, 0, False),
    (10, 0, 0, 10, False), (300, 60, 0, 140, False),
])
def test_failures_without_owners_are_named_where_nearly_only_successes_are_left(owned_ok, owned_bad, lost_ok, lost_bad, expected):
    counts = {(True, True): owned_ok, (True, False): owned_bad, (False, True): lost_ok, (False, False): lost_bad}
    assert ownerless_failures(counts, enough=20) is expected


def test_owners_missing_more_often_on_failures_are_named():
    assert often_ownerless({(True, True): 300, (True, False): 60, (False, False): 140})
    assert not often_ownerless({(True, True): 150, (False, True): 150, (True, False): 100, (False, False): 100})


def test_a_start_with_survivors_is_named():
    assert survivors([1.0] * 100 + [0.0, 1.0] * 950) == (1.0, 0.5)
    assert survivors([0.0, 1.0] * 1000) is None
    assert survivors([1.0] * 90 + [0.0] * 90) is None


@pytest.mark.parametrize(("days", "expected"), [(15, None), (15.1, timedelta(days=15.1)), (-3, None)])
def test_silence_is_too_long_past_a_quarter_of_the_horizon(days, expected):
    assert silence(AT - timedelta(days=days), AT, timedelta(days=60)) == expected


def test_without_a_horizon_or_a_success_silence_says_nothing():
    assert silence(AT - timedelta(days=900), AT, None) is None and silence(None, AT, timedelta(days=60)) is None
