"""A state implies its country, and a map from the states of one country speaks of no other."""
from datetime import UTC, datetime

import pytest

from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory
from tests.rules.book.books import example_files

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(("raw", "country", "state", "region"), [
    ({"state": "US-NY"}, "US", "NY", "EAST"),
    ({"state": "NY"}, None, None, None),
    ({"country": "nowhere", "state": "US-NY"}, "US", "NY", "EAST"),
    ({"country": "US", "state": "CT"}, "US", "CT", "EAST"),
    ({"country": "IT", "state": "CT"}, "IT", "CT", None),        # Catania is not in the east of the United States
    ({"country": "BR", "state": "PA"}, "BR", "PA", None),
    ({"country": "US", "us_region": "EAST"}, "US", None, "EAST"),
])
def test_a_state_and_its_region_are_of_one_country(raw, country, state, region):
    item = read_item({"kind": "lead", **raw}, book=require_book(example_files()), directory=Directory(owners={}), at=NOW)
    assert [item.value(name) for name in ("country", "state", "us_region")] == [country, state, region]
