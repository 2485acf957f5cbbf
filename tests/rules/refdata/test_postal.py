"""Postal codes: the case table of spellings and cells, country by country."""
import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.analysis.check import check
from rules.book.cells import matches
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory
from rules.refdata.postal import postal_area, readings
from rules.refdata.postal_forms import read_postal
from tests.rules.book.books import small

TABLE = Path(__file__).parents[2] / "cases" / "intake" / "postal_codes.csv"
ROWS = [tuple(row.values()) for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]
NOBODY = Directory(owners={})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def taken(country: str, given: str, rule: str) -> bool:
    """Whether the rule of a small book takes an item."""
    book = require_book(small(rule))
    item = read_item({"kind": "lead", "country": country, "postal_code": given}, book=book, directory=NOBODY, at=NOW)
    return all(matches(cell, item, NOW.date()) for cell in book.stages[0].rules[0].when)


def told(rule: str):
    return [(one.given, one.nearest) for one in check(small(rule), at=NOW).findings if one.kind == "no_such_postal"]


def test_the_table_has_every_country_that_is_promised():
    promised = {"GB", "IE", "US", "CA", "DE", "AT", "CH", "FR", "ES", "IT", "NL", "BE", "SE", "DK", "NO", "PL", "PT", "BR", "JP",
                "AU", "IN"}
    assert promised <= {row[0] for row in ROWS} and len(ROWS) >= 300


@pytest.mark.parametrize(("country", "given", "read", "cell", "meets"), ROWS)
def test_each_spelling_is_one_code_and_meets_the_cells_of_its_area(country, given, read, cell, meets):
    found = read_postal(given, country)
    assert (found.code if found else "refused") == read
    if found:
        assert read_postal(found.code, country).code == found.code
        code = found.code
        assert any(area.covers(code, country) for area in readings(postal_area(cell, compares=True), country)) == (meets == "yes")


@pytest.mark.parametrize(("country", "given", "when", "meets"), [
    ("GB", "ec2m7py", "country: GB, postal_code: EC2", True),
    ("GB", "EC2M 7PY", "postal_code: 'GB:EC2'", True),
    ("GB", "EC2M 7PY", "postal_code: EC2", True),
    ("GB", "E20 1AA", "country: GB, postal_code: E2", False),
    ("JP", "1030027", "country: [JP, KR], postal_code: 103-104", True),
    ("JP", "1050001", "country: [JP, KR], postal_code: 103-104", False),
    ("BR", "5999-999", "country: BR, postal_code: 01000-05999", True),
    ("BR", "06000-000", "country: BR, postal_code: 01000-05999", False),
    ("NL", "1017pz", "country: NL, postal_code: [1017AA-1017ZZ, 2*]", True),
    ("NL", "1018 AA", "country: NL, postal_code: '1017'", False),
    ("PT", "4050313", "postal_code: 4050-313", True),
    ("DE", "1067", "country: DE, postal_code: '01*'", True),
    ("US", "1067", "country: US, postal_code: '01*'", True),
    ("CH", "6100", "country: CH, postal_code: '61'", True),
    ("FR", "12000", "country: FR, postal_code: 10-12", True),
    ("FR", "13000", "country: FR, postal_code: 10-12", False),
])
def test_cells_of_a_rule_are_read_in_the_country_beside_them(country, given, when, meets):
    assert taken(country, given, f"{{id: r, when: {{{when}}}, to: sales}}") == meets


def test_a_lost_zero_and_a_code_of_another_country_are_told():
    book = require_book(small("{id: r, when: {postal_code: '01*'}, to: sales}"))
    read = [read_item({"kind": "lead", "country": country, "postal_code": code}, book=book, directory=NOBODY, at=NOW).warnings
            for country, code in (("DE", "1067"), ("CH", "1067"), ("US", "K1A 0B1"))]
    assert read == [("postal_code: `1067` has lost its leading zero, taken as `01067`",), (),
                    ("postal_code: `K1A 0B1` is no postal code of US, kept as written",)]


def test_a_code_whose_country_is_unknown_is_kept_as_it_is_given():
    book = require_book(small("{id: r, when: {postal_code: '01*'}, to: sales}"))
    read = [read_item({"kind": "lead", "postal_code": code}, book=book, directory=NOBODY, at=NOW).value("postal_code")
            for code in ("sw1a1aa", "02134-1000", "2134")]
    assert read == ["SW1A1AA", "02134-1000", "2134"]


def test_a_code_is_read_in_the_country_that_the_phone_tells():
    book = require_book(small("{id: r, when: {postal_code: '01*'}, to: sales}"))
    item = read_item({"kind": "lead", "postal_code": "sw1a1aa", "phone": "+44 20 7946 0958"}, book=book, directory=NOBODY, at=NOW)
    assert item.value("postal_code") == "SW1A 1AA"


@pytest.mark.parametrize(("when", "given", "nearest"), [
    ("country: US, postal_code: 2100-2299", "2100-2299", "02100-02299"),
    ("postal_code: 'US:2100-2299'", "US:2100-2299", "US:02100-02299"),
    ("country: DE, postal_code: '1067'", "1067", "01067"),
    ("country: CA, postal_code: D2X", "D2X", None),
    ("country: GB, postal_code: '94*'", "94*", None),
    ("country: US, postal_code: 941055*", "941055*", None),
    ("country: AT, postal_code: 10000-10999", "10000-10999", None),
    ("country: [US, MX], postal_code: '2134'", "2134", "02134"),
    ("country: IN, postal_code: [11*, 011*]", "011*", None),
])
def test_a_pattern_that_no_code_of_its_country_can_match_is_told(when, given, nearest):
    assert told(f"{{id: r, when: {{{when}}}, to: sales}}") == [(given, nearest)]


@pytest.mark.parametrize("when", [
    "country: US, postal_code: [02100-02299, 941, '94*', '>=94000', 94105-1234]", "country: VN, postal_code: 12",
    "country: GB, postal_code: [SW1, SW, M1-M18, SW1A*]", "country: [US, GB], postal_code: [SW1, 94105]",
    "country: CA, postal_code: [H2, H2X1*]", "country: JP, postal_code: [5300*, 103-104]", "country: FR, postal_code: 10-12",
    "country: missing, postal_code: '2134'", "postal_code: 2100-2299",
])
def test_a_pattern_that_a_code_of_its_country_can_match_is_not(when):
    assert told(f"{{id: r, when: {{{when}}}, to: sales}}") == []
