"""Whereabouts: every place that a US postal code names has a time zone that exists."""
import pytest

from rules.intake.item import read_item
from rules.intake.location import time_zones
from rules.loading import load_book, require_book
from rules.model import Directory, Moment, zone
from rules.refdata.time_zones import _us_places, _zones_by_state, zone_name
from rules.routing.compliance.applicability import binds
from rules.routing.compliance.engine import window_closed
from tests.rules.example import MONDAY, item, the_book

CLOCKS = """
rulebook: 1
attributes: {{kind: {{enum: [lead]}}, country: {{type: country}}, office_clock: {{type: time_zone}}}}
teams: {{south: {{kind: team}}, rest: {{kind: team}}}}
stages:
  - stage: clocks
    rules: [{{id: south, when: {{office_clock: "{zone}"}}, to: south}}, {{id: all, to: rest}}]
"""


def test_every_postal_code_lies_in_a_time_zone_that_exists():
    assert len(_us_places()) > 40_000
    assert all(zone(name) for names in _zones_by_state().values() for name in names)


@pytest.mark.parametrize("more", [{}, {"postal_code": "99634"}, {"postal_code": "99501"}])
def test_an_item_in_alaska_lies_in_its_zones(more):
    zones = time_zones(item(country="US", state="AK", **more), the_book())
    assert "America/Anchorage" in zones and all(zone(name) for name in zones)


@pytest.mark.parametrize(("more", "zones"), [
    ({"time_zone": "Asia/Kolkata"}, {"Asia/Kolkata"}),
    ({"time_zone": "Asia/Kolkata", "country": "US", "state": "NY", "postal_code": "10001"}, {"Asia/Kolkata"}),
    ({"time_zone": "Mars/Olympus", "country": "DE"}, {"Europe/Berlin", "Europe/Busingen"}),
    ({"ip_country": "DE"}, set()),
])
def test_an_items_own_time_zone_goes_before_its_place_and_an_address_tells_none(more, zones):
    read = item(**more)
    assert time_zones(read, the_book()) == zones
    assert bool(read.warnings) == (more.get("time_zone") == "Mars/Olympus")


def test_a_contact_window_is_that_of_the_items_own_time_zone():
    def closed(**more) -> bool:
        """Whether nobody may call at ten in the morning in New York."""
        read = item(channel="outbound", country="US", state="NY", **more)
        return window_closed(read, Moment(at=MONDAY), the_book()) is not None
    assert not closed() and closed(time_zone="Australia/Sydney") and not closed(time_zone="America/Denver")


@pytest.mark.parametrize(("text", "name"), [
    ("Asia/Calcutta", "Asia/Kolkata"), ("US/Pacific", "America/Los_Angeles"), ("europe/berlin", "Europe/Berlin"), ("UTC", "UTC"),
    ("Europe/Oslo", "Europe/Oslo"), ("Europe/Kiev", "Europe/Kyiv"), ("GB", "Europe/London"), ("Berlin", None), ("", None),
])
def test_a_time_zone_keeps_todays_name_whatever_alias_it_was_given_by(text, name):
    assert zone_name(text) == name


def test_an_attribute_declared_as_a_time_zone_is_the_items_own_whatever_its_name():
    book = require_book({"rulebook.yaml": CLOCKS.format(zone="Asia/Kolkata")})

    def read(**more):
        return read_item({"kind": "lead", "country": "DE", **more}, book=book, directory=Directory(owners={}), at=MONDAY)
    own = read(office_clock="asia/calcutta")
    assert own.value("office_clock") == "Asia/Kolkata" and time_zones(own, book) == {"Asia/Kolkata"}
    assert time_zones(read(office_clock="Asia/Tokyo", time_zone="Asia/Kolkata"), book) == {"Asia/Tokyo"}
    assert time_zones(read(office_clock="Lunar/Base", time_zone="Asia/Kolkata"), book) == {"Asia/Kolkata"}
    assert read(office_clock="Lunar/Base").warnings == (
        "office_clock: `Lunar/Base` is no IANA time zone we can tell, taken as missing",)


def test_a_cell_names_a_zone_by_todays_name_and_is_told_it_otherwise():
    [found] = load_book({"rulebook.yaml": CLOCKS.format(zone="US/Eastern")}).findings
    assert (found.kind, found.given, found.nearest) == ("unknown_value", "US/Eastern", "America/New_York")


def test_where_an_address_lies_orders_and_informs_with_low_trust_only():
    read = item(ip_country="Germany", ip_state="Bavaria")
    assert (read.value("country"), read.facts["country"].trust, read.facts["country"].source) == ("DE", "low", "ip")
    assert (read.value("state"), read.facts["state"].trust) == ("BY", "low")
    assert item(ip_country="DE", country="FR").value("country") == "FR" and item(ip_country="DE", ip_state="BY",
                                                                                 country="FR").value("state") is None


def test_where_an_address_lies_never_decides_compliance():
    rules = {rule.id: rule for rule in the_book().compliance}
    abroad, stated = item(ip_country="IR"), item(country="IR")
    at = Moment(at=MONDAY)
    assert binds(rules["sanctions"], stated, at, the_book()) and not binds(rules["sanctions"], abroad, at, the_book())
    assert not binds(rules["eu-residency"], item(ip_country="DE"), at, the_book())
    assert binds(rules["eu-residency"], item(country="DE"), at, the_book())
