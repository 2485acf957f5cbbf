"""A kind of routing, compliance or availability without readable cases is not finished: each shows all four sides."""
import re
from inspect import getsource

import pytest

import rules.routing.availability
import rules.routing.compliance
import rules.routing.eligibility
import rules.routing.team_roster
from rules.reference.pages import compliance_kinds
from tests.rules.cases import SHOWS, by_kind
from tests.rules.test_routing_cases import ROUTING_KINDS, lands

COMPLIANCE = set(compliance_kinds())
#: What the funnel excludes under, beside the book's own compliance rules, what a request asks for and a branch's reach.
AVAILABILITY = set(re.findall(r'(?:require|apply)\((?:policy\.\w+, |policy, )?"(\w+)"', "\n".join(
    map(getsource, (rules.routing.eligibility, rules.routing.team_roster))))) - {"excluded", "range", "nearest"}
FOLDERS = {"compliance": COMPLIANCE, "availability": AVAILABILITY, "routing": set(ROUTING_KINDS)}


def passes(folder: str, kind: str, case: dict) -> bool:
    return lands(case) if folder == "routing" else case["eligible"]


def test_the_kinds_are_found_where_they_are_decided():
    assert {"consent", "do_not_contact", "sanctions", "unsupported_country", "residency", "licence", "contact_window",
            "conflict", "qualification"} == COMPLIANCE
    assert {"membership", "role", "active", "absence", "capacity", "working_hours"} == AVAILABILITY
    judges = {name.removeprefix("judge_") for name in vars(rules.routing.availability) if name.startswith("judge_")}
    assert judges | {"membership"} == AVAILABILITY


@pytest.mark.parametrize(("folder", "kind"), [(folder, kind) for folder, kinds in FOLDERS.items() for kind in sorted(kinds)])
def test_every_kind_shows_passes_refuses_both_sides_of_a_boundary_and_missing_data(folder, kind):
    own = by_kind(folder).get(kind)
    assert own, f"no case file tests/cases/{folder}/{kind}.toml"
    assert {case.get("shows", "passes") for case in own} <= set(SHOWS)
    told = [case for case in own if case.get("shows", "") in ("passes", "refuses")]
    assert all(passes(folder, kind, case) == (case["shows"] == "passes") for case in told)
    assert {passes(folder, kind, case) for case in own if case.get("shows") in (None, "passes", "refuses")} == {True, False}
    assert {passes(folder, kind, case) for case in own if case.get("shows") == "boundary"} == {True, False}
    assert any(case.get("shows") == "missing data" for case in own)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_case_file_is_of_a_kind_that_does_not_exist(folder):
    assert set(by_kind(folder)) <= FOLDERS[folder]
