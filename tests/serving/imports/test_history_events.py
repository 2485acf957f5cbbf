from datetime import UTC, datetime

import pytest

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Moment
from rules.routing.territory import find_route
from serving.imports.history_events import assignment_id_of, team_of
from tests.serving import small_company
from tests.serving.small_company import lead

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOOK = require_book({"rulebook.yaml": small_company.RULEBOOK})


def team(memberships, owner="ann", **attributes):
    directory = load_directory({"owners.csv": small_company.OWNERS,
                                "memberships.csv": "owner_id,team,role,from,to\n" + memberships})
    item = read_item(lead(**attributes), book=BOOK, directory=directory, at=AT)
    return team_of(find_route(BOOK, item, directory, Moment(at=AT)).route, owner, AT, directory=directory)


@pytest.mark.parametrize(("memberships", "country", "expected"), [
    ("ann,sales,,,\n", "US", "sales"),
    ("ann,solo,,,\nann,sales,,,\n", "US", "sales"),             # of several teams the one the rules send to
    ("ann,solo,,,\nann,sales,,,\n", "FR", "solo"),
    ("ann,solo,,,\n", "US", "solo"),                            # moved there by hand
    ("ann,sales,,2026-04-01,\n", "US", None),                   # not on any team yet
    ("ann,sales,,,2026-03-01\nann,solo,,2026-03-02,\n", "US", "solo"),
    ("", "US", None),
])
def test_an_imported_assignment_belongs_to_the_team_its_owner_had_it_in(memberships, country, expected):
    assert team(memberships, country=country) == expected


def test_an_assignment_is_named_by_item_owner_and_time():
    named = {assignment_id_of(item, owner, at) for item in ("L-1", "L-2") for owner in ("ann", "bob")
             for at in (AT, AT.replace(hour=10))}
    assert len(named) == 8
    assert assignment_id_of("L-1", "ann", AT) == assignment_id_of("L-1", "ann", AT)
