"""Why not that other owner: eligible, excluded, outside the team, or the chosen one."""
from dataclasses import replace

import pytest

from rules.errors import BundleError
from rules.routing_result import Verdict
from serving.decision.explain_against import explain_versus
from serving.decision.inputs import DecisionInputs
from tests.serving.conftest import lead


@pytest.fixture
def decided(ask):
    decision = ask(top=2)
    return decision.document, DecisionInputs.from_bytes(decision.inputs.to_bytes())


def test_every_eligible_owner_gets_terms_that_add_up_also_beyond_the_top(decided, bundle):
    document, inputs = decided
    chosen = document.candidates[0]
    for candidate in document.candidates[1:]:
        answer = explain_versus(document, candidate.owner_id, inputs=inputs, bundle=bundle)
        assert answer.relation == "eligible" and answer.difference == chosen.score - candidate.score
        assert abs(sum(term.effect for term in answer.terms) - answer.difference) <= 1e-9 * 1000
        assert 1 <= len(answer.sentences) <= 4 and candidate.owner_id in answer.sentences[0]


def test_against_the_runner_up_the_terms_are_those_of_the_document(decided, bundle):
    document, inputs = decided
    answer = explain_versus(document, document.explanation.versus, inputs=inputs, bundle=bundle)
    assert answer.terms == document.explanation.terms


def test_an_excluded_owner_gets_the_rule_with_its_reason_and_evidence(decided, bundle):
    document, inputs = decided
    answer = explain_versus(document, "o-12", inputs=inputs, bundle=bundle)
    assert answer.relation == "excluded" and answer.excluded_by.rule == "absence"
    assert answer.excluded_by.evidence["from"] == "2026-11-01" and answer.terms == []
    assert answer.sentences == ["o-12 was left out by absence: away from 2026-11-01 to 2026-12-01"]


def test_an_owner_outside_the_team_is_told_so(decided, bundle):
    document, inputs = decided
    answer = explain_versus(document, "s-1", inputs=inputs, bundle=bundle)
    assert answer.relation == "outside_team" and answer.sentences == ["s-1 is not in pool, where the item goes"]


def test_the_chosen_owner_gets_the_decisions_own_sentences(decided, bundle):
    document, inputs = decided
    answer = explain_versus(document, document.owner.owner_id, inputs=inputs, bundle=bundle)
    assert answer.relation == "chosen" and answer.sentences == document.explanation.sentences


def test_after_rotation_the_turn_is_told_and_no_terms_are_invented(ask):
    decision = ask(bundle=None)
    answer = explain_versus(decision.document, "o-5", inputs=decision.inputs, bundle=None)
    assert answer.terms == [] and answer.difference is None and "in turn" in answer.sentences[0]


def test_of_a_refused_decision_it_is_told_why_nobody_got_the_item(ask, monkeypatch):
    no = Verdict(eligible=False, reason="needs a licence", evidence={"rule": "licence"})
    monkeypatch.setattr("serving.decision.recommend.is_allowed", lambda *_args, **_more: no)
    decision = ask(bundle=None)
    answer = explain_versus(decision.document, "o-5", inputs=decision.inputs, bundle=None)
    assert (decision.document.outcome, answer.chosen, answer.relation) == ("refused", None, "eligible")
    [said] = answer.sentences
    assert said.startswith("o-5 was eligible, and nobody got the item: compliance does not allow") and "needs a licence" in said


def test_of_an_item_that_is_held_it_is_told_who_has_it(ask):
    document = replace(ask(bundle=None).document, held_by="d-1")
    answer = explain_versus(document, "o-5", inputs=ask(bundle=None).inputs, bundle=None)
    assert answer.sentences == [f"o-5 was eligible too; {document.owner_id} has the item already"]


def test_for_a_queue_everyone_is_outside(ask, bundle):
    decision = ask(lead(country="KP"))
    answer = explain_versus(decision.document, "o-5", inputs=decision.inputs, bundle=bundle)
    assert answer.relation == "outside_team" and answer.chosen == "triage"


@pytest.mark.parametrize("absent", [True, False])
def test_another_bundle_than_the_decisions_is_refused(decided, bundle, absent):
    document, inputs = decided
    other = None if absent else replace(bundle, hash="sha256:other")
    with pytest.raises(BundleError, match="restore that bundle"):
        explain_versus(document, document.candidates[3].owner_id, inputs=inputs, bundle=other)
