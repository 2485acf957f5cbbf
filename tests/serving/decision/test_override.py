"""A person's choice: who may be chosen, what is said of it, and that it replays from its inputs."""
from dataclasses import replace

import pytest

from rules.routing_result import Eligibility, Exclusion, Route, RoutingResult
from serving.decision.inputs import DecisionInputs
from serving.decision.override import OUTSIDE_TEAM, NotEligible, Obstacle, bar_of, require_eligible
from serving.decision.request import DecisionRequest, Override
from serving.ranking.rotation import credits_after, take_turn

ROUTE = Route(stage="territory", rule="leads", team="sales")
FUNNEL = Eligibility(considered=3, outside_team=2, eligible=("ann",), excluded=(
    Exclusion(rule="licence", reason="lacks gas", owners=("bob",)),
    Exclusion(rule="working_hours", reason="others are in hours", owners=("cleo",))))
NARROWED = RoutingResult(route=ROUTE, eligibility=FUNNEL)


@pytest.mark.parametrize(("owner", "bar"), [
    ("ann", None), ("bob", Obstacle(rule="licence", reason="lacks gas")),
    ("cleo", Obstacle(rule="working_hours", reason="others are in hours")),
    ("dan", Obstacle(rule=OUTSIDE_TEAM, reason="not in sales, where the item goes")),
])
def test_the_rule_that_bars_an_owner_is_named(owner, bar):
    assert bar_of(owner, NARROWED) == bar


def test_an_item_that_goes_to_a_queue_is_nobody_s():
    queued = RoutingResult(route=Route(stage="compliance", rule="sanctions", team="review", reason="sanctioned"),
                       eligibility=Eligibility(considered=0, outside_team=5, eligible=()), queue="review")
    assert bar_of("ann", queued) == Obstacle(rule="sanctions", reason="no owner is sought, the item goes to review (sanctioned)")


def test_a_refusal_says_who_may():
    with pytest.raises(NotEligible, match="`bob` may not have item `L-1` now, by licence: lacks gas; expected one of ann"):
        require_eligible("bob", "L-1", NARROWED)
    with pytest.raises(NotEligible, match="nobody"):
        require_eligible("bob", "L-1", replace(NARROWED, eligibility=replace(FUNNEL, eligible=())))


def test_only_the_rules_named_are_passed_over():
    require_eligible("cleo", "L-1", NARROWED, but_for=("working_hours",))
    with pytest.raises(NotEligible):
        require_eligible("bob", "L-1", NARROWED, but_for=("working_hours",))


def test_an_override_survives_its_binary_form(ask):
    inputs = ask().inputs
    override = Override(of="d-0", owner_id="ann", reason="workload", instead_of=None)
    asked = replace(inputs, request=replace(inputs.request, override=override))
    again = DecisionInputs.from_bytes(asked.to_bytes())
    assert again.request.override == override
    assert again.to_bytes() == asked.to_bytes()


def test_inputs_without_an_override_are_written_as_they_always_were(ask):
    assert b"override" not in ask().inputs.to_bytes()
    assert DecisionRequest(decision_id="d", item={}).override is None


def test_credits_after_a_turn_taken_as_due_are_those_of_the_turn():
    weights, credits = {"ann": 1.0, "bob": 2.0}, {"ann": 0.5, "bob": -0.5}
    turn = take_turn(credits, weights, "seed")
    assert credits_after(credits, weights, turn.order[0]) == turn.credits


def test_whoever_takes_an_item_out_of_turn_pays_for_it():
    after = credits_after({"ann": 0.0, "bob": 0.0}, {"ann": 1.0, "bob": 1.0}, "bob")
    assert after == {"ann": 1.0, "bob": -1.0}
