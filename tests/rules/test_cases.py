"""Every case file of every constraint kind: compliance and availability, readable and extendable by outsiders."""
import csv
import io
import pkgutil
import tomllib
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest

import rules.compliance
from rules.book.loading import require_book
from rules.directory import load_directory
from rules.eligibility import is_allowed, narrow
from rules.intake.item import read_item
from rules.vocabulary import Workload

CASES = Path(__file__).parents[1] / "cases"
AVAILABILITY_KINDS = {"membership", "active", "absence", "capacity", "working_hours"}

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
teams:
  team: {{kind: team}}
  held: {{kind: queue}}
compliance: [{rule}]
stages:
  - stage: fallback
    rules: [{{id: all, to: team}}]
availability: {availability}
"""
ACCOUNTS = """account_id,domain,parent_id,country
acme,acme.de,,DE
globex,globex.com,,US
globex-fr,,globex,FR
globex-lyon,,globex-fr,FR
"""


def cases(folder: str) -> list:
    found = []
    for path in sorted((CASES / folder).glob("*.toml")):
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {name: value for name, value in file.items() if name != "case"}
        found += [pytest.param(path.stem, shared | case, id=f"{path.stem}: {case['name']}") for case in file["case"]]
    return found


@lru_cache
def book(rule: str = "", availability: str = "{}"):
    return require_book({"rulebook.yaml": BOOK.format(rule=rule, availability=availability)})


def table(rows: list[dict[str, str]], *columns: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys((*columns, *(name for row in rows for name in row)))))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def directory(case: dict):
    owner = {"owner_id": "o", "kind": "person"} | case.get("owner", {})
    return load_directory({
        "owners.csv": table([owner]),
        "memberships.csv": table([{"owner_id": "o", "team": "team"} | row for row in case.get("membership", [{}])]),
        "absences.csv": table([{"owner_id": "o"} | row for row in case.get("absence", [])], "owner_id", "from", "to"),
        "accounts.csv": ACCOUNTS,
    })


def moment(case: dict) -> datetime:
    return case.get("at", datetime(2026, 12, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(("kind", "case"), cases("compliance"))
def test_compliance_decides_the_case_as_written(kind, case):
    the_book, people, at = book(case["rule"]), directory(case), moment(case)
    item = read_item({"kind": "lead"} | case["item"], book=the_book, directory=people, at=at)
    verdict = is_allowed(item, "o", book=the_book, directory=people, at=at)
    assert verdict.eligible is case["eligible"], verdict
    assert verdict.reason == case.get("reason", verdict.reason)
    if not case["eligible"]:
        assert verdict.reason and verdict.evidence["rule"] == the_book.compliance[0].id
    if case.get("owner", {}).get("kind", "person") == "person":
        narrowing = narrow(item, book=the_book, directory=people, at=at, workload=lambda owner_id: Workload())
        assert narrowing.eligibility.eligible == (("o",) if case["eligible"] else ())
        if the_book.compliance[0].require and the_book.compliance[0].require[0].window:
            assert narrowing.wait_until == case.get("wait_until")


@pytest.mark.parametrize(("kind", "case"), cases("availability"))
def test_availability_decides_the_case_as_written(kind, case):
    the_book, people, at = book(availability=case.get("availability", "{}")), directory(case), moment(case)
    item = read_item({"kind": "lead"}, book=the_book, directory=people, at=at)
    carried = case.get("workload", {})
    workload = Workload(open_items=carried.get("open", 0), assigned_today=carried.get("today", 0))
    eligibility = narrow(item, book=the_book, directory=people, at=at, workload=lambda owner_id: workload).eligibility
    assert eligibility.eligible == (("o",) if case["eligible"] else ())
    assert [exclusion.rule for exclusion in eligibility.excluded] == ([] if case["eligible"] else [kind])
    if not case["eligible"]:
        assert eligibility.excluded[0].reason == case.get("reason", eligibility.excluded[0].reason)


def test_every_constraint_kind_has_cases_that_pass_and_cases_that_refuse():
    modules = [name for _, name, _ in pkgutil.iter_modules(rules.compliance.__path__)]
    kinds = {name for name in modules if hasattr(import_module(f"rules.compliance.{name}"), "judge")}
    assert len(kinds) >= 6
    for folder, wanted in (("compliance", kinds), ("availability", AVAILABILITY_KINDS)):
        answers: dict[str, set[bool]] = {}
        for param in cases(folder):
            kind, case = param.values
            answers.setdefault(kind, set()).add(case["eligible"])
        assert wanted <= set(answers), f"no case file for {wanted - set(answers)}"
        assert all(seen == {True, False} for seen in answers.values()), answers
