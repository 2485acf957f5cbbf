"""Ids that a spreadsheet spoilt are found, and ids that only look odd are not."""
import pytest

from rules.spoilt_ids import doubts_and_losses, doubts_of_table, exponents, look_alikes, rounded, short_of_zeros
from rules.tabular import Row, read_table


def rows(*ids, name="item_id", **more):
    return [Row(line=at, cells={name: one, **{key: words[at - 2] for key, words in more.items()}})
            for at, one in enumerate(ids, start=2)]


@pytest.mark.parametrize("name", ["item_id", "owner_id", "account_id", "parent_id", "manager_id"])
@pytest.mark.parametrize("written", ["1.23457E+14", "4,71133E+12", "1E+05", "9.9e+20", "1.5E14", "1.23457E+014", "-2.5E-03"])
def test_an_exponent_is_no_id(name, written):
    assert [(one.line, one.column_name, one.given) for one in exponents(rows(written, name=name), file="a.csv")] == [
        (2, name, written)]


@pytest.mark.parametrize("written", ["12E4", "E+14", "1.5", "123456789012345", "1E5x", "00Q5e00000abcDE"])
def test_a_code_with_an_e_is_an_id(written):
    assert not exponents(rows(written), file="a.csv")


def test_long_ids_that_nearly_all_end_in_zeros_look_cut():
    cut = ["123456789012345000", "123456789012346000", "L-1", "42"]
    assert [one.given for one in rounded(rows(*cut), file="a.csv")] == cut[:2]
    assert not rounded(rows("123456789012345123", "123456789012346000", "123456789012347321"), file="a.csv")
    assert not rounded(rows("1234567890123450"), file="a.csv")


def test_one_id_for_unlike_rows_is_told_on_each_and_for_equal_rows_on_none():
    told, lost = doubts_and_losses(rows("L-1", "L-2", "L-1", "L-2", kind=["lead", "lead", "case", "lead"]), file="a.csv")
    assert [(one.line, one.given) for one in told] == [(2, "L-1"), (4, "L-1")] and not lost
    assert "see line 4" in told[0].expected


def test_both_spellings_of_a_salesforce_id_are_one_id():
    told, _lost = doubts_and_losses(rows("00Q5e00000abcDE", "00Q5e00000abcDEEAY", kind=["lead", "case"]), file="a.csv")
    assert [one.line for one in told] == [2, 3]


def test_items_that_rounding_made_one_cannot_be_used():
    told, lost = doubts_and_losses(
        rows("123456789012345000", "123456789012345000", "123456789012399000", kind=["lead", "case", "lead"]), file="a.csv")
    assert [one.line for one in lost] == [2, 3] and [one.line for one in told] == [4]


def test_ids_shorter_than_those_that_begin_with_zeros_lost_theirs():
    [told] = short_of_zeros(rows("00417", "00052", "618", "90210", "x7"), file="a.csv")
    assert (told.line, told.given) == (4, "618") and told.expected.endswith("such as `00618`")
    assert not short_of_zeros(rows("0417", "00052", "618"), file="a.csv") and not short_of_zeros(rows("7", "12"), file="a.csv")


def test_ids_that_differ_only_in_case_or_zeros_are_told_on_each_line_and_salesforce_ids_by_their_case():
    told = look_alikes(rows("Dora", "dora", "0042", "42", "eli", "eli"), "item_id", file="a.csv")
    assert [(one.line, one.given) for one in told] == [(2, "Dora"), (3, "dora"), (4, "0042"), (5, "42")]
    assert "see line 3" in told[0].expected
    assert not look_alikes(rows("0015e00000abcDE", "0015e00000abcDe"), "item_id", file="a.csv")
    assert len(look_alikes(rows("00Q5e00000abcDE", "00Q5e00000abcDEEAY"), "item_id", file="a.csv")) == 2


def test_a_doubt_names_the_column_of_its_cell():
    text = 'name,owner_id\n"Ray, Bob",0017\nAnn,18\n'
    [told] = doubts_of_table(read_table(text, file="a.csv").rows, text, "owner_id", file="a.csv")
    assert (told.line, told.column, told.given) == (3, 5, "18")
