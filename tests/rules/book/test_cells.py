"""Cells: what each way of writing one admits."""
import pytest

from rules.book.cell_types import Range
from rules.book.cells import holds
from rules.loading import load_book
from tests.rules.book.books import errors, only_cell, small

CASES = [
    # cell, values it admits, values it does not
    ("country: DE", ["DE"], ["AT", None]),
    ("country: NO", ["NO"], [False, None]),                          # Norway, not a boolean
    ("country: [DE, missing]", ["DE", None], ["AT"]),
    ("country: DACH", ["DE", "AT", "CH"], ["FR", None]),
    ("country: EUROPE", ["DE", "FR"], ["US"]),                       # a group of a group
    ("country: [DACH, US]", ["CH", "US"], ["FR"]),
    ("country: missing", [None], ["DE"]),
    ("state: NY", ["NY"], ["NJ"]),
    ("state: US-NY", ["NY"], ["US-NY"]),                             # the prefix is only a way of writing
    ("size: ENT", ["ENT"], ["MID", None]),
    ("size: BIG", ["MID", "ENT"], ["SMB"]),
    ("urgent: true", [True], [False, None]),
    ("language: de", ["de"], ["en"]),
    ("language: \"no\"", ["no", "nb", "nn"], ["da", None]),           # Norwegian in either writing
    ("language: nb", ["nb", "no"], ["nn"]),
    ("language: nn", ["nn"], ["no", "nb"]),
    ("note: \"10:30\"", ["10:30"], [630.0]),
    ("account: a-1", ["a-1"], ["a-2"]),
    ("score: 5", [5.0], [5.1, None]),
    ("score: 100-499", [100.0, 499.0], [99.9, 499.1]),               # both ends are in
    ("score: 0-<0.3", [0.0, 0.29], [0.3]),
    ("score: 1000+", [1000.0, 1e9], [999.0]),
    ("score: '>=100'", [100.0], [99.0]),
    ("score: '>100'", [100.5], [100.0]),
    ("score: '<=5'", [5.0, -1.0], [5.5]),
    ("score: '<5'", [4.0], [5.0]),
    ("score: -5--1", [-5.0, -1.0], [0.0]),
    ("score: [1, '>=10', missing]", [1.0, 11.0, None], [2.0]),
    ("postal_code: \"01234\"", ["01234"], ["1234"]),                 # the zero stays
    ("postal_code: 01234", ["01234"], ["1234"]),
    ("postal_code: 941*", ["94105", "941"], ["94205", None]),
    ("postal_code: sw1*", ["SW1A 1AA"], ["SE1 9GF"]),
    ("postal_code: 94100-94199", ["94100", "94199"], ["94200", "9415"]),
    ("postal_code: \"100-0001\"", ["100-0001"], ["100"]),            # a Japanese code is no range
    ("postal_code: CITY", ["10115", "80331"], ["80333"]),
    ("postal_code: SW1A 1AA-SW1A 9ZZ", ["SW1A 2AB"], ["SW1B 1AA"]),
    ("postal_code: '>94105'", ["94106", "ZZZZZ"], ["94105", "941050"]),
    ("postal_code: '<94105'", ["00000", "94104"], ["94105", "9410"]),
    ("products: cloud", ["cloud", "cloud; edge"], ["edge; care", None]),
    ("products: [cloud, edge]", ["cloud", "edge", "cloud; edge; care"], ["care", None]),          # at least one of them
    ("products: HOSTED", ["cloud", "edge; care"], ["care", None]),
    ("products: [cloud, missing]", ["cloud; care", None], ["edge"]),
    ("products: missing", [None], ["cloud", "cloud; edge; care"]),
    ("products: {all of: [cloud, edge]}", ["cloud; edge", "cloud; edge; care"], ["cloud", "edge; care", None]),
    ("products: {all of: HOSTED}", ["cloud; edge"], ["cloud"]),
    ("products: {none of: [cloud, edge]}", ["care"], ["cloud; care", None]),                     # missing is no list
    ("products: [missing, none of cloud]", ["edge", None], ["cloud", "cloud; edge"]),
    ("products: {any of: [cloud, care], none of: edge}", ["cloud", "cloud; care"], ["cloud; edge", "edge", None]),
    ("products: {any of: care, all of: HOSTED}", ["cloud; edge; care"], ["cloud; edge", "cloud; care"]),
    ("products: cloud; none of edge; care", ["cloud"], ["cloud; edge", "cloud; care", "edge"]),   # as in a table's cell
    ("products: [all of cloud, edge]", ["cloud; edge"], ["cloud", "edge"]),                       # a way goes on
    ("products: any of cloud; all of care", ["cloud; care"], ["cloud", "care"]),
]
#: Cell, codes of the United States that it admits, and those that it does not.
OF_A_COUNTRY = [
    ("US:94105", ["94105"], ["94106"]), ("us:941*", ["94105"], ["94205"]), ("US:94000-94999", ["94000", "94999"], ["95000"]),
    ("[US:941*, DE:80331]", ["94105"], ["80331"]), ("[DE:941*, 941*]", ["94105"], ["80331"]),
    ("US:>=94105", ["94105"], ["94104"]),
]


@pytest.mark.parametrize(("when", "inside", "outside"), CASES, ids=[case[0] for case in CASES])
def test_a_cell_admits_what_it_says_and_nothing_else(when, inside, outside):
    cell = only_cell(when)
    assert [value for value in inside if not holds(cell, value)] == []
    assert [value for value in outside if holds(cell, value)] == []


@pytest.mark.parametrize(("area", "inside", "outside"), OF_A_COUNTRY, ids=[case[0] for case in OF_A_COUNTRY])
def test_a_postal_area_of_a_country_admits_codes_of_that_country(area, inside, outside):
    cell = only_cell(f"postal_code: {area}" if area[0] == "[" else f"postal_code: '{area}'")
    assert cell.country == "country"
    assert [code for code in inside if not holds(cell, code, "US")] == []
    assert [code for code in outside if holds(cell, code, "US")] == []


def test_no_other_country_and_no_unknown_one_has_the_codes_of_a_country():
    cell = only_cell("postal_code: [US:941*, US:94000-94999, US:94105]")
    assert not holds(cell, "94105", "DE") and not holds(cell, "94105", None)


def test_a_postal_area_of_a_country_needs_an_attribute_that_says_the_items():
    files = small("{id: r, when: {postal_code: 'US:941*'}, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("  country: {type: country}\n", "")
    assert [(found.kind, found.given) for found in errors(files)] == [("wrong_type", "US:941*")]


def test_an_empty_cell_is_any():
    book = load_book(small("{id: r, when: {country: , size: ''}, to: sales}")).book
    assert book.stages[0].rules[0].when == ()


def test_a_cell_keeps_what_the_author_wrote():
    cell = only_cell("country: [DACH, US]")
    assert (cell.text, cell.names) == ("[DACH, US]", ("DACH", "US"))
    assert only_cell("score: 100-499").ranges == (Range(low=100.0, high=499.0),)


def test_a_cell_of_a_list_is_told_by_the_ways_in_which_it_asks():
    cell = only_cell("products: [missing, {none of: HOSTED, any of: [care]}]")
    assert (cell.text, cell.names) == ("missing; care; none of HOSTED", ("missing", "care", "HOSTED"))
    table = only_cell("products: {table: tables/p.csv}", {"tables/p.csv": "product\ncloud\nedge\n"})
    assert holds(table, "cloud") and holds(table, "edge") and not holds(table, "care")


@pytest.mark.parametrize(("when", "kind"), [
    ("country: de", "unknown_value"), ("country: BIG", "unknown_value"), ("size: 1000", "unknown_value"),
    ("score: 1e3", "wrong_type"), ("score: nan", "wrong_type"), ("score: 5-1", "wrong_type"), ("score: 941*", "wrong_type"),
    ("score: '>=x'", "wrong_type"), ("urgent: 'True'", "wrong_type"), ("postal_code: '*'", "wrong_type"),
    ("postal_code: 'XX:941*'", "wrong_type"), ("postal_code: 'US:94199-94100'", "wrong_type"),
    ("language: DE", "unknown_value"), ("state: New York", "unknown_value"),
    ("products: clowd", "unknown_value"), ("products: all of clowd", "unknown_value"),
    ("products: {all: [cloud]}", "unknown_key"),
    ("products: {all of: []}", "wrong_type"), ("products: {none of: missing}", "wrong_type"),
    ("products: all of", "unknown_value"),
    ("products: all of cloud; none of cloud", "wrong_type"), ("products: {any of: cloud, none of: HOSTED}", "wrong_type"),
    ("products: BIG", "unknown_value"), ("products: []", "wrong_type"), ("products: [[cloud]]", "wrong_type"),
    ("country: {list: [DE]}", "unknown_key"), ("country: [[DE]]", "wrong_type"), ("country: [DE, '']", "wrong_type"),
])
def test_a_cell_that_cannot_be_is_refused(when, kind):
    assert kind in [found.kind for found in errors(small(f"{{id: r, when: {{{when}}}, to: sales}}"))]


def test_a_table_in_a_cell_is_read_by_position():
    files = small("{id: r, when: {country: {table: tables/far.csv}}, to: sales}")
    files["tables/far.csv"] = "where\nJP\n\nDACH\n"
    cell, = load_book(files).book.stages[0].rules[0].when
    assert cell.values == {"JP", "DE", "AT", "CH"}
