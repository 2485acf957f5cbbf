"""Every case file of every constraint kind: compliance and availability, readable and extendable by outsiders."""
from functools import lru_cache

import pytest

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.workload import EMPTY_DESK, CountedWorkloads, Workload
from tests.rules.cases import cases, moment, table

BOOK = """
rulebook: 1
version: cases
attributes:
  kind: {{enum: [lead, case]}}
  country: {{type: country}}
  state: {{type: subdivision}}
  postal_code: {{type: postal}}
  account: {{type: account_ref}}
  language: {{type: language}}
  channel: {{enum: [inbound, outbound, partner]}}
  consent: {{enum: [granted, denied]}}
  do_not_contact: {{type: flag}}
  required_certification: {{enum: [gas, hvac]}}
  products: {{list: [cloud, edge, care]}}
teams:
  team: {{kind: team}}
  held: {{kind: queue}}
compliance: [{rule}]
stages:
  - stage: fallback
    rules: [{{id: all, to: {to}}}]
availability: {availability}
"""
ACCOUNTS = """account_id,domain,parent_id,country
acme,acme.de,,DE
globex,globex.com,,US
globex-fr,,globex,FR
globex-lyon,,globex-fr,FR
"""


@lru_cache
def book(rule: str = "", availability: str = "{}", to: str = "team"):
    return require_book({"rulebook.yaml": BOOK.format(rule=rule, availability=availability, to=to)})


def directory(case: dict):
    owner = {"owner_id": "o", "kind": "person"} | case.get("owner", {})
    return load_directory({
        "owners.csv": table([owner]),
        "memberships.csv": table([{"owner_id": "o", "team": "team"} | row for row in case.get("membership", [{}])]),
        "absences.csv": table([{"owner_id": "o"} | row for row in case.get("absence", [])], "owner_id", "from", "to"),
        "accounts.csv": ACCOUNTS,
    })


@pytest.mark.parametrize(("kind", "case"), cases("compliance"))
def test_compliance_decides_the_case_as_written(kind, case):
    the_book, people, at = book(case["rule"]), directory(case), moment(case)
    item = read_item({"kind": "lead"} | case["item"], book=the_book, directory=people, at=at)
    verdict = is_allowed(item, "o", book=the_book, directory=people, at=at)
    assert verdict.eligible is case["eligible"], verdict
    assert verdict.reason == case.get("reason", verdict.reason)
    if not case["eligible"]:
        assert verdict.reason and verdict.evidence["rule"] == the_book.compliance[0].id
        assert verdict.evidence.get("cites") == case.get("cites", verdict.evidence.get("cites"))
    if case.get("owner", {}).get("kind", "person") == "person":
        narrowing = route_and_filter(item, book=the_book, directory=people, at=at, workload=EMPTY_DESK)
        assert narrowing.eligibility.eligible == (("o",) if case["eligible"] else ())
        if the_book.compliance[0].require and the_book.compliance[0].require[0].window:
            assert narrowing.wait_until == case.get("wait_until")


@pytest.mark.parametrize(("kind", "case"), cases("availability"))
def test_availability_decides_the_case_as_written(kind, case):
    the_book = book(availability=case.get("availability", "{}"), to=case.get("to", "team"))
    people, at = directory(case), moment(case)
    item = read_item({"kind": "lead"}, book=the_book, directory=people, at=at)
    carried = case.get("workload", {})
    carries = Workload(open_items=carried.get("open", 0), assigned_today=carried.get("today", 0),
                       by_kind=carried.get("by_kind", {}))
    eligibility = route_and_filter(item, book=the_book, directory=people, at=at,
                                   workload=CountedWorkloads(others=carries)).eligibility
    assert eligibility.eligible == (("o",) if case["eligible"] else ())
    assert [exclusion.rule for exclusion in eligibility.excluded] == ([] if case["eligible"] else [kind])
    if not case["eligible"]:
        assert eligibility.excluded[0].reason == case.get("reason", eligibility.excluded[0].reason)
