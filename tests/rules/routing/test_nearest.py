"""Nearest branch: distance, service areas, and what leads to the rule's `else`."""
import pytest

from rules.book.schema import Nearest
from rules.model import Owner
from rules.refdata.times import parse_instant
from rules.routing.eligibility import route_and_filter
from rules.routing.nearest import distance_km, great_circle_km, judge_reach, serves_postal
from rules.workload import EMPTY_DESK, CountedWorkloads, Workload
from tests.rules.example import OWNERS, directory, item, the_book, the_directory

OPEN = parse_instant("2026-11-30T20:00:00Z")                       # Monday noon in California
NIGHT = parse_instant("2026-11-30T06:00:00Z")
HOLIDAY = parse_instant("2026-12-25T20:00:00Z")


def branch(**columns) -> Owner:
    return Owner(owner_id="b", kind="branch", **columns)


def quote(at=OPEN, people=None, workload=EMPTY_DESK, exclude=(), **attributes):
    asked = {"kind": "quote_request", "country": "US", "postal_code": "94105", "required_certification": "gas"} | attributes
    return route_and_filter(item(at, **asked), book=the_book(), directory=people or the_directory(), at=at, workload=workload,
                  exclude=exclude)


def test_distances_follow_the_great_circle():
    assert great_circle_km(52.52, 13.405, 48.137, 11.575) == pytest.approx(504, abs=1)          # Berlin to Munich
    assert great_circle_km(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.1)                # across the date line
    assert great_circle_km(10, 20, 10, 20) == 0 and great_circle_km(0, 0, 0, 180) == pytest.approx(20015, abs=1)
    assert distance_km((1.0, 2.0), branch()) is None and distance_km(None, branch(latitude=1.0, longitude=2.0)) is None


def test_service_postals_are_codes_prefixes_and_ranges():
    found = branch(service_postals=("941*", "94501", "95000-95099"))
    assert [serves_postal(found, code) for code in ("94105", "94501", "95042", "94502", "9504", None)] == [
        True, True, True, False, False, False]


@pytest.mark.parametrize(("rule", "columns", "reached"), [
    (Nearest(max_km=60), {"latitude": 0.0, "longitude": 0.5}, True),
    (Nearest(max_km=50), {"latitude": 0.0, "longitude": 0.5}, False),
    (Nearest(max_km=60), {"latitude": 0.0, "longitude": 0.5, "radius_km": 10.0}, False),
    (Nearest(max_km=60), {}, False),
    (Nearest(), {}, False),
    (Nearest(), {"service_postals": ("941*",)}, True),
    (Nearest(), {"service_postals": ("942*",), "latitude": 0.0, "longitude": 0.0}, False),
    (Nearest(service_area=True), {"latitude": 0.0, "longitude": 0.5}, False),
    (Nearest(service_area=True), {"latitude": 0.0, "longitude": 0.5, "radius_km": 60.0}, True),
])
def test_a_branch_is_in_reach_by_the_rules_limit_and_its_own_area(rule, columns, reached):
    assert judge_reach(rule, branch(**columns), (0.0, 0.0), "94105").eligible is reached


def test_the_nearest_open_certified_branch_has_the_item_and_the_others_are_accounted_for():
    found = quote()
    assert (found.route.team, found.eligibility.eligible, found.queue) == ("stores", ("sf",), None)
    assert {exclusion.rule: exclusion.owners for exclusion in found.eligibility.excluded} == {
        "range": ("ny",), "nearest": ("oak",)}
    assert quote(required_certification="hvac").eligibility.eligible == ("oak",)
    assert quote(exclude={"sf"}).eligibility.eligible == ("oak",)


@pytest.mark.parametrize(("reason", "asked"), [
    ("no_place", {"postal_code": None}),
    ("no_place", {"country": "CA", "postal_code": "K1A 0B1"}),
    ("none_in_range", {"postal_code": "80202"}),
    ("none_open", {"at": NIGHT}),
    ("none_open", {"at": HOLIDAY}),
    ("none_eligible", {"required_certification": None}),
    ("none_eligible", {"exclude": ("sf", "oak", "ny")}),
])
def test_without_a_branch_the_item_goes_to_the_rules_else_and_says_why(reason, asked):
    found = quote(**asked)
    assert (found.route.team, found.route.rule, found.route.reason) == ("call-centre", "install", reason)
    assert (found.queue, found.queue_owner, found.none_free) == ("call-centre", "call-centre", False)
    assert found.eligibility.considered == 0 and found.eligibility.outside_team == len(the_directory().owners)


def test_a_full_branch_gives_way_to_the_next():
    people = directory(owners=OWNERS.replace("37.79,-122.40,", "37.79,-122.40,1"))
    full = quote(people=people, workload=CountedWorkloads(others=Workload(open_items=1)))
    assert full.eligibility.eligible == ("oak",)


def test_of_two_branches_equally_near_the_first_id_has_the_item():
    twin = "a-sf,San Francisco 2,branch,America/Los_Angeles,,,,gas,US,37.79,-122.40,,,,,\n"
    people = directory(owners=OWNERS + twin, memberships="owner_id,team\nsf,stores\na-sf,stores\n", absences="owner_id,from\n")
    assert quote(people=people).eligibility.eligible == ("a-sf",)
