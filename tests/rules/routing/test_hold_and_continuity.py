"""Hold for enrichment and continuing owners: every case file, decided as written."""
import tomllib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from rules.analysis.check import check
from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import load_book, require_book
from rules.routing.continuity import EarlierItem, asks_the_past, continued
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.workload import EMPTY_DESK

CASES = Path(__file__).parents[2] / "cases" / "intake"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
BOOK = """
rulebook: 1
version: intake
attributes:
  kind: {{enum: [lead, case]}}
  country: {{type: country}}
  employees: {{type: number}}
  channel: {{enum: [inbound, outbound]}}
  do_not_contact: {{type: flag}}
  account: {{type: account_ref}}
teams:
  dach: {{kind: team}}
  rest: {{kind: team}}
  enrichment: {{kind: queue}}
  review: {{kind: queue}}
compliance: [{compliance}]
intake: {intake}
stages:
  - stage: named
    table: named.csv
  - stage: territory
    rules: [{{id: dach, when: {{country: [DE, AT, CH]}}, to: dach}}]
  - stage: fallback
    rules: [{{id: all, to: rest}}]
"""
PEOPLE = load_directory({
    "owners.csv": "owner_id,kind,active_to\nann,person,\nben,person,\ncleo,person,\ngone,person,2026-01-31\n",
    "memberships.csv": "owner_id,team\n" + "".join(f"{who},{team}\n" for team in ("dach", "rest")
                                                   for who in ("ann", "ben", "cleo", "gone")),
    "absences.csv": "owner_id,from,to\ncleo,2026-11-30,2026-12-04\n",
    "accounts.csv": "account_id,name,country\nacme,Acme,US\nt1,Twin GmbH,DE\nt2,Twin AG,DE\n",
})


def files(intake: str, compliance: str = "") -> dict[str, str]:
    return {"rulebook.yaml": BOOK.format(intake=intake, compliance=compliance), "named.csv": "account_id,owner_id\nacme,ann\n"}


@lru_cache
def book(intake: str, compliance: str = ""):
    return require_book(files(intake, compliance))


def cases(name: str) -> list:
    found = tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["name"]) for case in found]


def narrowed(the_book, raw: dict, at: datetime = NOON):
    item = read_item({"kind": "lead", "received_at": NOON, **raw}, book=the_book, directory=PEOPLE, at=at)
    return route_and_filter(item, book=the_book, directory=PEOPLE, at=at, workload=EMPTY_DESK)


@pytest.mark.parametrize("case", cases("hold"))
def test_an_item_waits_as_the_case_says(case):
    found = narrowed(book(case["intake"], case.get("compliance", "")), case["item"], case.get("at", NOON))
    assert found.route.team == case.get("team") and found.route.named_owner == case.get("owner")
    assert found.route.reason == case.get("reason", found.route.reason if "stage" in case else None)
    assert found.route.stage == case.get("stage", found.route.stage)
    assert found.wait_until == case.get("wait_until")
    if "warning" in case:
        assert found.warnings == (case["warning"],)
    if "wait_until" in case:
        assert found.eligibility.eligible == () and found.queue == case["team"]


@pytest.mark.parametrize("case", cases("keep_owner"))
def test_an_owner_keeps_an_item_as_the_case_says(case):
    the_book = book(case["intake"])
    earlier = [EarlierItem(assigned_at=datetime(2026, 11, 20, 9, tzinfo=UTC), **found) for found in case.get("earlier", [])]
    before = narrowed(the_book, {"country": "DE"})
    found = continued(before, the_book.intake, current_owner=case.get("current_owner"), earlier=earlier)
    assert list(found.eligibility.eligible) == case["eligible"]
    left_out = [out for out in found.eligibility.excluded if out.rule == "keep_owner"]
    assert bool(left_out) == (case["eligible"] != ["ann", "ben"])
    if "reason" in case:
        assert left_out[0].reason == case["reason"] and left_out[0].evidence["keeps"] == case["eligible"][0]
    if "warning" in case:
        assert found.warnings == (case["warning"],)
    told = sum(len(out.owners) for out in found.eligibility.excluded) + len(found.eligibility.eligible)
    assert told == found.eligibility.considered == before.eligibility.considered


def test_an_item_without_owner_is_kept_by_nobody():
    the_book = book("{keep_owner: [current], hold: {needs: [country], until: PT15M}}")
    waiting = narrowed(the_book, {})
    assert continued(waiting, the_book.intake, current_owner="ben", earlier=[]) == waiting


def test_a_held_item_may_still_go_to_an_owner_whom_compliance_allows():
    the_book = book("{hold: {needs: [country], until: PT15M}}")
    item = read_item({"kind": "lead"}, book=the_book, directory=PEOPLE, at=NOON)
    assert is_allowed(item, "ann", book=the_book, directory=PEOPLE, at=NOON).eligible


def test_the_past_is_asked_only_where_the_book_needs_it():
    assert not asks_the_past(book("{}").intake) and not asks_the_past(book("{keep_owner: [current]}").intake)
    assert asks_the_past(book("{keep_owner: account}").intake) and asks_the_past(book("{duplicates: {within: P1D}}").intake)


@pytest.mark.parametrize(("intake", "kind", "given", "nearest"), [
    ("{duplicate: {within: P30D}}", "unknown_key", "duplicate", "duplicates"),
    ("{duplicates: {by: [email]}}", "wrong_type", None, None),
    ("{duplicates: {within: 30}}", "wrong_type", "30", None),
    ("{duplicates: {within: P30D, by: [mail]}}", "unknown_value", "mail", "email"),
    ("{keep_owner: [duplicate]}", "wrong_type", "duplicate", None),
    ("{keep_owner: [acount]}", "unknown_value", "acount", "account"),
    ("{hold: {needs: [contry], until: PT15M}}", "unknown_attribute", "contry", "country"),
    ("{hold: {needs: [], until: PT15M}}", "wrong_type", "[]", None),
    ("{hold: {needs: [country]}}", "wrong_type", None, None),
    ("{hold: {needs: [country], until: PT15M, send_to: dach}}", "wrong_type", "dach", None),
    ("{hold: {needs: [country], until: PT15M, send_to: enrichmnt}}", "unknown_team", "enrichmnt", "enrichment"),
    ("[hold]", "wrong_type", "a list", None),
])
def test_a_slip_in_the_section_is_refused_at_its_place(intake, kind, given, nearest):
    (finding,) = load_book(files(intake)).findings
    assert (finding.kind, finding.given, finding.nearest) == (kind, given, nearest)
    assert finding.line == 17 and finding.expected


def test_a_queue_in_which_items_only_wait_and_a_group_that_only_waits_for_are_used():
    written = files("{hold: {needs: [employees], until: PT15M, send_to: enrichment, when: {country: NORTH}}}")
    written["rulebook.yaml"] = written["rulebook.yaml"].replace("teams:", "groups: {NORTH: [SE, NO], SOUTH: [IT]}\nteams:")
    report = check(written, PEOPLE, at=NOON)
    assert {finding.given for finding in report.findings if finding.kind == "unused"} == {"SOUTH", "review"}
