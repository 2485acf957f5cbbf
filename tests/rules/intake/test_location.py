"""Whereabouts: every place that a US postal code names has a time zone that exists."""
import pytest

from rules.intake.location import time_zones
from rules.model import zone
from rules.refdata.time_zones import _us_places, _zones_by_state
from tests.rules.example import item, the_book


def test_every_postal_code_lies_in_a_time_zone_that_exists():
    assert len(_us_places()) > 40_000
    assert all(zone(name) for names in _zones_by_state().values() for name in names)


@pytest.mark.parametrize("more", [{}, {"postal_code": "99634"}, {"postal_code": "99501"}])
def test_an_item_in_alaska_lies_in_its_zones(more):
    zones = time_zones(item(country="US", state="AK", **more), the_book())
    assert "America/Anchorage" in zones and all(zone(name) for name in zones)
