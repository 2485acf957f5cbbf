"""Lifecycle: an item whose own stage contradicts its kind or route is pointed out, and so is a rule that takes only such."""
import pytest

from rules.book.findings import Findings
from rules.model import Moment
from rules.routing.lifecycle import check_lifecycle, contradictions
from tests.rules.what_next import AT, book, faults, item, route

EXPECTED = ("[{id: renewals-are-customers, when: {kind: renewal}, must: {lifecycle_stage: customer}},"
            " {id: nurture-is-new, to: nurture, must: {lead_status: [new, nurturing], lifecycle_stage: [lead, missing]}}]")
RULES = ("{id: renewals, when: {kind: renewal}, to: success}", "{id: gold, when: {tier: gold}, to: sales}")


@pytest.mark.parametrize(("attributes", "said"), [
    ({"kind": "renewal", "lifecycle_stage": "customer"}, []),
    ({"kind": "renewal", "lifecycle_stage": "lead"}, ["renewals-are-customers: lifecycle_stage is `lead`, expected customer"]),
    ({"kind": "renewal"}, []),                                               # what is not said contradicts nothing
    ({"kind": "lead", "tier": "gold", "lead_status": "working"}, []),        # another team's expectation
    ({"kind": "lead", "lead_status": "nurturing", "lifecycle_stage": "lead"}, []),
    ({"kind": "lead", "lead_status": "working", "lifecycle_stage": "customer"}, [
        "nurture-is-new: lead_status is `working`, expected [new, nurturing]",
        "nurture-is-new: lifecycle_stage is `customer`, expected [lead, missing]"]),
])
def test_an_item_that_contradicts_its_kind_or_route_is_pointed_out(attributes, said):
    the_book = book(*RULES, lifecycle=EXPECTED)
    assert list(contradictions(item(the_book, **attributes), route(the_book, **attributes), the_book, Moment(at=AT))) == said


@pytest.mark.parametrize(("rule", "against"), [
    ("{id: r, when: {kind: renewal, lifecycle_stage: lead}, to: success}", "renewals-are-customers"),
    ("{id: r, when: {kind: renewal, lifecycle_stage: [lead, customer]}, to: success}", None),
    ("{id: r, when: {kind: renewal, lifecycle_stage: [lead, missing]}, to: success}", None),
    ("{id: r, when: {lifecycle_stage: lead}, to: success}", None),           # of renewals it may be true, of leads it is not
    ("{id: r, when: {tier: gold, lead_status: working}, to: nurture}", "nurture-is-new"),
    ("{id: r, when: {tier: gold, lead_status: working}, to: sales}", None),
])
def test_a_rule_that_takes_only_contradictions_is_found(rule, against):
    findings = Findings()
    check_lifecycle(book(rule, lifecycle=EXPECTED), findings)
    assert [(found.kind, found.rules) for found in findings.in_order()] == (
        [("lifecycle_mismatch", ("r",))] if against else [])
    assert all(against in found.message and found.severity == "warning" for found in findings.in_order())


@pytest.mark.parametrize(("lifecycle", "fault"), [
    ("[{id: l, must: {lifecycle_stge: customer}}]", ("unknown_attribute", "lifecycle_stge")),
    ("[{id: l, must: {lifecycle_stage: costumer}}]", ("unknown_value", "costumer")),
    ("[{id: l, to: nurtur, must: {lifecycle_stage: lead}}]", ("unknown_team", "nurtur")),
    ("[{id: l, then: nurture, must: {lifecycle_stage: lead}}]", ("unknown_key", "then")),
    ("[{id: leads, must: {lifecycle_stage: lead}}]", ("duplicate_rule", "leads")),
    ("[{id: l}]", ("wrong_type", None)),
])
def test_a_slip_in_the_section_is_told(lifecycle, fault):
    assert faults(lifecycle=lifecycle) == [fault]
