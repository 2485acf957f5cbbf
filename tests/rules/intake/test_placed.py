"""Where a postal code lies in every country, by a file of places in GeoNames' form."""
from pathlib import Path

import pytest

from rules.analysis.check import check
from rules.directory.files import load_directory
from rules.intake.placed import with_place
from rules.refdata import postal_places
from rules.refdata.postal_places import PostalPlaces
from tests.rules.example import BOOK, MONDAY, TABLES, the_book, the_directory

LINES = """DE\t80331\tMünchen\tBayern\tBY\t\t00\t\t\t48.1345\t11.571\t4
DE\t80331\tMünchen Altstadt\tBayern\tBY\t\t00\t\t\t48.1365\t11.573\t4
DE\t10115\tBerlin\tBerlin\tBE\t\t00\t\t\t52.5323\t13.3846\t4
GB\tSW1A\tWestminster\tEngland\tENG\t\t\t\t\t51.501\t-0.1416\t4
JP\t530-0001\tUmeda\tOsaka\t27\t\t\t\t\t34.7\t135.495\t1
DE\t20095\tHamburg\tHamburg\tHH\t\t00\t\t\t53.5543\t9.9946\t4
"""


@pytest.fixture
def places(tmp_path: Path) -> PostalPlaces:
    path = tmp_path / "places.txt"
    path.write_text(LINES, encoding="utf-8")
    return PostalPlaces(path)


@pytest.mark.parametrize(("country", "code", "point"), [
    ("DE", "80331", (48.1355, 11.572)), ("DE", "20095", (53.5543, 9.9946)), ("GB", "SW1A 1AA", (51.501, -0.1416)),
    ("JP", "530-0001", (34.7, 135.495)), ("JP", "530-0002", None), ("FR", "75001", None), ("DE", "530-0001", None),
])
def test_a_code_lies_in_the_middle_of_its_places_and_a_part_stands_for_it(places, country, code, point):
    assert places.point_of(country, code) == point
    assert places.countries() == {"DE", "GB", "JP"} and places.problems == []


def test_few_countries_are_kept_at_a_time(places, monkeypatch):
    monkeypatch.setattr(postal_places, "_COUNTRIES", 1)
    assert [places.point_of(country, code) is not None for country, code in
            (("DE", "10115"), ("JP", "5300001"), ("JP", "530-0001"), ("DE", "10115"))] == [True, False, True, True]
    assert len(places._points) == 1


def test_a_faulty_line_is_told_with_its_number_and_costs_no_other(tmp_path):
    path = tmp_path / "de.txt"
    path.write_text(LINES.replace("48.1365", "north").replace("GB\tSW1A", "gb\tSW1A"), encoding="utf-8")
    places = PostalPlaces(path)
    assert places.point_of("DE", "80331") == (48.1345, 11.571)
    assert sorted(problem.line for problem in places.problems) == [2, 4]


def placed(places: PostalPlaces, **item) -> dict:
    raw = {"item_id": "I-1", "kind": "quote_request", "required_certification": "gas", **item}
    return dict(with_place(raw, places, book=the_book(), directory=the_directory(), at=MONDAY))


def test_an_item_is_placed_by_its_code_where_it_brings_no_place(places):
    assert placed(places, country="Germany", postal_code="D-80331")["latitude"] == 48.1355
    assert placed(places, country="GB", postal_code="sw1a2aa")["longitude"] == -0.1416
    assert placed(places, country="DE", postal_code="80331", latitude=1.0, longitude=2.0)["latitude"] == 1.0
    for of in ({}, {"country": "FR"}, {"phone": "+49 89 12345678"}, {"ip_country": "DE"}):
        assert "latitude" not in placed(places, postal_code="80331", **of)


def told(book: str, owners: str, places: PostalPlaces | None = None) -> list[str]:
    files = {"owners.csv": owners, "memberships.csv": "owner_id,team\nshop,stores\n"}
    report = check({"rulebook.yaml": book, **TABLES}, load_directory(files), at=MONDAY, places=places)
    return [one.given for one in report.findings if one.kind == "never_nearest"]


def test_a_rule_that_can_never_find_a_nearest_branch_is_told(places):
    german = BOOK.replace("{id: install, when: {kind: quote_request}", "{id: install, when: {kind: quote_request, country: DE}")
    there, nowhere = "owner_id,kind,latitude,longitude\nshop,branch,48.1,11.5\n", "owner_id,kind\nshop,branch\n"
    serves = "owner_id,kind,service_postals\nshop,branch,DE:8*\n"
    assert (told(BOOK, nowhere), told(german, there), told(german, serves)) == (["stores"], ["DE"], [])
    assert (told(BOOK, there), told(german, there, places), told(german.replace("DE}", "US}"), there)) == ([], [], [])
