"""Salesforce ids of 15 and of 18 letters name one record."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.refdata.record_ids import long_id

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(("given_id", "expected"), [
    ("001A0000006Vm9u", ("001A0000006Vm9uIAC", True)), ("001A0000006Vm9uIAC", ("001A0000006Vm9uIAC", False)),
    ("001A0000006VM9UIAC", ("001A0000006Vm9uIAC", True)), ("jane@example.com", ("jane@example.com", False)), ("", ("", False)),
    ("001A0000006Vm9u!!!", ("001A0000006Vm9u!!!", False)),
])
def test_an_id_is_made_long_or_left_alone(given_id, expected):
    assert long_id(given_id) == expected


@given(st.text(LETTERS, min_size=15, max_size=15))
def test_lost_case_comes_back_from_the_last_three_letters(short):
    made, _changed = long_id(short)
    assert long_id(made) == (made, False)
    assert long_id(made.upper())[0] == long_id(made.lower())[0] == made
