"""Numbers as people write them: each form read, none guessed."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.exports.numbers import NoDecimal, decimal_mark_of, read_count, read_figure
from rules.refdata.times import NotReadable


@pytest.mark.parametrize(("text", "decimal", "number", "currency"), [
    ("1234", None, 1234, None), ("1,234.50", None, 1234.5, None), ("1.234,50 €", None, 1234.5, "EUR"),
    ("EUR 1,234.50", None, 1234.5, "EUR"), ("USD1,000,000", None, 1_000_000, "USD"), ("$1,234", ".", 1234, "USD"),
    ("(1,234.50)", None, -1234.5, None), ("-€5,00", None, -5, "EUR"), ("1\u00a0234,5", None, 1234.5, None),
    ("1'234.50 CHF", None, 1234.5, "CHF"), ("1.234", ".", 1.234, None), ("1.234", ",", 1234, None), ("12%", None, 12, None),
    ("0.123", None, 0.123, None), (",5", None, 0.5, None), ("1,23,456.00", None, 123_456, None), ("R$ 10,5", None, 10.5, "BRL"),
])
def test_a_number_is_read_in_every_way_it_is_written(text, decimal, number, currency):
    figure = read_figure(text, decimal)
    assert (float(figure.text), figure.currency) == (number, currency)


@pytest.mark.parametrize("text", ["lots", "12 k", "1.2.3", "1e5", "", "5 apples", "1,2,3", "(5", "--5"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NotReadable):
        read_figure(text, None)


def test_the_decimal_mark_is_told_by_the_file_or_refused():
    assert decimal_mark_of(["1.234", "12,5"]) == ","
    assert decimal_mark_of(["1,234", "1,234,567"]) == "."
    assert decimal_mark_of(["1.234", "2.345"]) is None
    assert decimal_mark_of(["1.5", "1,5"]) is None
    with pytest.raises(NoDecimal):
        read_figure("1.234", None)


@pytest.mark.parametrize(("text", "number"), [("1200", "1200"), ("1,200", "1200"), ("1.200", "1200"), ("1\u202f200", "1200"),
                                              ("12.0", "12"), ("1,234,567", "1234567"), ("0", "0")])
def test_a_count_needs_no_decimal_mark(text, number):
    assert read_count(text).text == number


@pytest.mark.parametrize("text", ["12.5", "1,20", "many", "-3", "", "1,200.5"])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(NotReadable):
        read_count(text)


@given(st.decimals(min_value=-10**9, max_value=10**9, places=2),
       st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]))
def test_a_number_comes_back_from_every_countrys_way_of_writing_it(number, marks):
    groups, decimal = marks
    text = f"{number:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", groups)
    assert float(read_figure(text, decimal).text) == float(number)
