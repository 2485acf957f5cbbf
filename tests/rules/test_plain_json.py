from datetime import UTC, date, datetime

from rules.plain_json import plain


def test_sets_are_sorted_times_are_text_and_a_number_that_is_none_is_null():
    assert plain({"teams": frozenset({"b", "a"}), 1: (date(2026, 5, 2), datetime(2026, 5, 2, 9, tzinfo=UTC)),
                  "km": [float("nan"), 2.5], "none": None}) == {
        "teams": ["a", "b"], "1": ["2026-05-02", "2026-05-02T09:00:00Z"], "km": [None, 2.5], "none": None}
