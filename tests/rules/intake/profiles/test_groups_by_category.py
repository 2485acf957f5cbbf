"""Who handles what comes from before the cut alone, and every pool holds between 4 and 40 people."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules.errors import HistoryError
from rules.exports.servicenow.audit_log import Incident, read_log
from rules.exports.servicenow.groups import (
    BACK_OFF,
    BEGIN,
    END,
    between_marks,
    directory_files,
    handling_before,
)
from tests.rules.intake.profiles import damaged_log

CUT = datetime(2016, 4, 15, tzinfo=UTC)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def incidents():
    return read_log(damaged_log.text(), file="log.csv", now=NOW).incidents


def incident(resolver, *, category="1", group="g", day=1):
    opened = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return Incident(number=f"{resolver}-{day}", line=2, opened_at=opened, facts={"category": category}, group=group,
                    resolver=resolver, resolved_at=opened, closed_at=opened + timedelta(days=1), made_sla=True)


def test_whoever_resolved_only_later_is_on_no_team(incidents):
    handling = handling_before(incidents, CUT)
    assert handling.later == ("901",)
    assert "901" not in handling.people and all("901" not in people for people in handling.pools.values())
    files = directory_files(handling)
    assert "resolver-901" in files["owners.csv"] and "resolver-901" not in files["memberships.csv"]


def test_nothing_changes_when_what_was_closed_later_changes(incidents):
    changed = [replace(one, resolver="777", group="888", facts={**one.facts, "category": "666"})
               if one.settled_at >= CUT else one for one in incidents]
    before, after = handling_before(incidents, CUT), handling_before(changed, CUT)
    assert (before.pools, before.groups) == (after.pools, after.groups)
    assert (before.values, before.handled) == (after.values, after.handled)


def test_a_category_of_few_people_is_filled_from_its_groups_first():
    log = [incident("1"), incident("2", category="2"), incident("3", category="2"),
           *(incident(str(n), category="9", group="h", day=n) for n in range(10, 20))]
    pool = handling_before(log, None).pools["category-1"]
    assert pool[:3] == ("1", "2", "3") and len(pool) == 4


def test_a_category_of_many_people_keeps_the_forty_most_frequent():
    log = [incident(str(n), day=day) for n in range(1, 61) for day in range(1, 2 + n)]
    handling = handling_before(log, None)
    assert handling.pools["category-1"] == tuple(str(n) for n in range(60, 20, -1))
    assert len(handling.pools[BACK_OFF]) == 40


def test_only_what_stands_between_the_marks_is_replaced():
    text = f"teams:\n  {BEGIN} (by the import)\n  old: {{}}\n  {END}\nstages: mine\n"
    made = between_marks(text, ["  new: {}"], file="rulebook.yaml")
    assert made == f"teams:\n  {BEGIN} (by the import)\n  new: {{}}\n  {END}\nstages: mine\n"
    assert between_marks(made, ["  new: {}"], file="rulebook.yaml") == made


def test_a_book_without_the_marks_is_refused():
    with pytest.raises(HistoryError, match="rightful init DIR --example incidents"):
        between_marks("teams: {}\n", [], file="rulebook.yaml")
