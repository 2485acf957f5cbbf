"""Any country: rules whose postal codes are of no country are named, with an item that they should not have."""
from datetime import UTC, datetime

import pytest

from rules.analysis.any_country import MOST_TOLD
from rules.analysis.check import check
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory, Moment
from rules.routing.territory import find_route
from tests.rules.book.books import small

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOBODY = Directory(owners={})


def warned(*rules: str):
    """The warnings of a small book; each example is routed to the very rule."""
    files = small(*rules)
    found = [one for one in check(files, at=NOW).findings if one.kind == "any_country"]
    book = require_book(files)
    for one in found:
        item = read_item(one.example, book=book, directory=NOBODY, at=NOW)
        assert (find_route(book, item, NOBODY, Moment(at=NOW)).route.rule,) == one.rules
    return found


def test_a_prefix_of_no_country_is_named_with_a_code_of_a_country_that_no_rule_names():
    [found] = warned("{id: sf, when: {postal_code: 941*}, to: sales}", "{id: de, when: {country: US, score: '>5'}, to: sales}")
    assert (found.severity, found.rules, found.given) == ("warning", ("sf",), "941*")
    assert found.example["country"] not in ("US", "missing") and found.example["postal_code"].startswith("941")


@pytest.mark.parametrize("when", [
    "country: US, postal_code: 941*", "postal_code: 'US:941*'", "postal_code: ['US:941*', 'DE:10115', missing]",
    "country: [DE, missing], postal_code: CITY", "state: NY, postal_code: 100*", "score: 5",
])
def test_codes_whose_country_is_said_in_the_cell_or_beside_it_are_not(when):
    assert warned(f"{{id: r, when: {{{when}}}, to: sales}}") == []


@pytest.mark.parametrize("cell", ["'94105'", "94100-94199", "CITY", "'>=94105'", "['US:941*', 10*]", "[missing, '94105']"])
def test_codes_ranges_groups_and_what_stands_beside_areas_of_a_country_are(cell):
    [found] = warned(f"{{id: r, when: {{postal_code: {cell}}}, to: sales}}")
    assert found.rules == ("r",)


def test_a_country_that_an_earlier_rule_takes_is_no_example():
    files = ["{id: de, when: {country: [BR, DE, FR, GB, IN], postal_code: 941*}, to: sales}",
             "{id: r, when: {postal_code: 941*}, to: sales, sla: hot}"]
    assert [one.example["country"] for one in warned(*files) if one.rules == ("r",)] in ([], ["JP"])


def test_a_book_that_knows_no_countries_is_not_told_of_them():
    files = small("{id: r, when: {postal_code: 941*}, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("  country: {type: country}\n", "").replace(
        "DACH: [DE, AT, CH], EUROPE: [DACH, FR], ", "")
    assert "any_country" not in [one.kind for one in check(files, at=NOW).findings]


def test_of_a_long_table_so_many_are_told_one_by_one_and_the_others_counted():
    files = small(*(f"{{id: r{number}, when: {{postal_code: '{10000 + number}'}}, to: sales}}"
                    for number in range(MOST_TOLD + 7)))
    found = [one for one in check(files, at=NOW).findings if one.kind == "any_country"]
    assert [one.rules for one in found[:-1]] == [(f"r{number}",) for number in range(MOST_TOLD)]
    assert found[-1].message.startswith("7 further rules") and found[-1].given == str(10000 + MOST_TOLD) and found[-1].line
