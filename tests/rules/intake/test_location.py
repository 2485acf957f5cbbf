"""Whereabouts: every place that a US postal code names has a time zone that exists."""
import pytest

from rules.intake.location import time_zones
from rules.model import Moment, zone
from rules.refdata.time_zones import _us_places, _zones_by_state
from rules.routing.compliance.applicability import binds
from rules.routing.compliance.engine import window_closed
from tests.rules.example import MONDAY, item, the_book


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
    assert binds(rules["sanctions"], stated, at) and not binds(rules["sanctions"], abroad, at)
    assert not binds(rules["eu-residency"], item(ip_country="DE"), at) and binds(rules["eu-residency"], item(country="DE"), at)
