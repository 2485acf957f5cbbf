"""The decision: who decides and why, what is logged, and what never happens."""
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.plan import Objective
from rules.errors import ItemError
from rules.routing_result import Verdict
from rules.workload import Workload
from serving.decision import recommend as module
from serving.decision.document import differing_parts
from serving.decision.inputs import DecisionInputs
from serving.decision.parts import DecisionDocument, OwnerPart
from serving.decision.recommend import recommend, replay
from serving.decision.request import DecisionRequest, Policy
from serving.ranking.layers import Hours
from tests.serving.conftest import lead
from tests.serving.decision.company import AT, FakeView


def check_of(document, number):
    return next((check for check in document.fairness.checks if check.id == number), None)


def test_the_model_decides_for_a_pool_and_says_all_the_contract_asks(ask):
    decision = ask(mode="assign", top=3)
    document = decision.document
    assert (document.outcome, document.decided_by, document.why_not_model) == ("assigned", "model", None)
    assert document.route.rule == "leads" and document.sla.as_json() == {
        "policy": "hot", "respond_by": "2026-11-20T12:15:00Z", "clock": "business"}
    assert document.next.as_json() == {"playbook": "demo", "channel": "call", "automation": None, "wait_until": None}
    candidates = document.candidates
    assert [each.rank for each in candidates] == list(range(1, 12))
    assert [each.features is not None for each in candidates[:4]] == [True, True, True, False]
    assert set(candidates[9].as_json()) == {"owner_id", "rank", "score", "value", "propensity"}
    assert candidates[0].price == 0.0 and candidates[0].price_terms == {"pace": 0.0}
    assert abs(sum(each.propensity for each in candidates) - 1.0) <= 1e-12
    assert [check.id for check in document.fairness.checks] == ["D1", "D2", "D3", "D5", "D6", "D7", "D8"]
    assert document.fairness.verdict == "pass"
    assert document.versions.model.startswith("sha256:") and document.versions.state == 77
    assert set(document.timings_us) == {"rules", "features", "score", "explain"}
    assert document.explanation.counterfactual is None


def test_the_funnel_counts_everyone_once(ask):
    funnel = ask(exclude=("o-1",)).document.eligibility
    out = [owner for each in funnel.excluded for owner in each.owners]
    assert funnel.considered == 12 and funnel.outside_team == 3 and funnel.eligible + len(out) == 12
    assert {each.rule for each in funnel.excluded} == {"excluded", "absence"}


def test_the_assigned_event_carries_what_learning_needs(ask, bundle):
    decision = ask(mode="assign")
    event, document = decision.assigned, decision.document
    assert (event.kind, event.assignment_id, event.owner_id) == ("assigned", "d-1", document.owner.owner_id)
    assert event.team == "pool" and event.value == 1000.0 and event.item.item_id == "L-1"
    m = document.candidates[0].log_odds.item
    assert event.expected == pytest.approx(1 / (1 + np.exp(-m)), abs=1e-15)
    chosen = next(each for each in document.candidates if each.owner_id == event.owner_id)
    assert event.propensity == chosen.propensity
    assert set(event.exposure) == {each.owner_id for each in document.candidates}
    assert abs(sum(event.exposure.values())) < 1e-9
    assert ask().assigned is None


@pytest.mark.parametrize("number", range(25))
def test_terms_add_up_to_the_difference_and_the_order_by_score_is_the_order_by_terms(ask, number):
    view = FakeView(seed=number)
    document = ask(lead(f"L-{number}", value=float(10 ** (number % 6))), view=view, top=12).document
    explanation, candidates = document.explanation, document.candidates
    value = candidates[0].value
    by_id = {each.owner_id: each for each in candidates}
    difference = by_id[explanation.chosen].score - by_id[explanation.versus].score
    assert explanation.difference == difference
    assert abs(sum(term.effect for term in explanation.terms) - difference) <= 1e-9 * max(1.0, value)
    for each in candidates:
        odds = each.log_odds
        assert abs(odds.item + odds.base + sum(each.contributions.values()) - odds.total) <= 1e-9
    by_terms = sorted(candidates, key=lambda each: -sum(each.contributions.values()))
    assert [each.owner_id for each in by_terms] == [each.owner_id for each in candidates]
    assert 1 <= len(explanation.sentences) <= 4


def test_a_field_that_only_the_items_quality_reads_changes_no_contribution(ask):
    one, other = ask(lead(value=1000.0), top=12).document, ask(lead(value=90_000.0), top=12).document
    assert one.candidates[0].log_odds.item != other.candidates[0].log_odds.item
    for left, right in zip(one.candidates, other.candidates, strict=True):
        assert left.owner_id == right.owner_id and left.contributions == right.contributions


@given(steps=st.lists(st.floats(0, 3), min_size=2, max_size=6), feature=st.sampled_from(["load_ratio", "reply_log_hours"]),
       missing=st.sets(st.sampled_from(["distance_km", "skill_match", "accept_rate", "effect_hier"])),
       seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_more_load_and_slower_replies_never_raise_the_score(ask, steps, feature, missing, seed):
    scores = []
    for step in sorted(steps):
        view = FakeView(seed=seed)
        view.cells = {("o-4", name): np.nan for name in missing} | {("o-4", feature): step}
        document = ask(view=view).document
        scores.append(next(each.score for each in document.candidates if each.owner_id == "o-4"))
    assert all(later <= earlier + 1e-9 for earlier, later in zip(scores, scores[1:], strict=False))


def test_two_identical_calls_give_identical_documents(ask):
    one, other = ask(mode="assign"), ask(mode="assign")
    assert not differing_parts(one.document, other.document) and one.inputs.to_bytes() == other.inputs.to_bytes()


@pytest.mark.parametrize("item", [
    lead(), lead("L-2", country="DE"), lead("L-3", segment="MID"), lead("L-4", kind="case", segment="MID"),
    lead("L-5", kind="case", segment="SMB"), lead("L-6", kind="case", segment="ENT"), lead("L-7", country="KP"),
    {"item_id": "L-8", "kind": "case", "received_at": "2026-11-20T10:00:00Z"}])
@pytest.mark.parametrize("changed", [{}, {"policy": Policy(ranking="rotation")}, {"bundle": None},
                                     {"exclude_full": ("o-1", "o-3")}])
def test_a_decision_made_again_from_its_logged_inputs_is_the_same(ask, book, directory, bundle, item, changed):
    decision = ask(item, mode="assign", **changed)
    inputs = DecisionInputs.from_bytes(decision.inputs.to_bytes())
    again = replay(inputs, book=book, directory=directory, bundle=changed.get("bundle", bundle))
    assert not differing_parts(decision.document, again.document)
    assert inputs.to_bytes() == decision.inputs.to_bytes() == again.inputs.to_bytes()
    assert DecisionDocument.from_bytes(decision.document.to_bytes()) == decision.document


@given(number=st.integers(0, 10_000), country=st.sampled_from(["US", "DE", None]), ranking=st.sampled_from(
        ["model", "rotation"]), full=st.sets(st.integers(1, 12), max_size=9), left_out=st.sets(
        st.integers(1, 12), max_size=4), share=st.sampled_from([0.0, 0.05, 0.9]))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_ineligible_is_ever_chosen(ask, directory, number, country, ranking, full, left_out, share):
    view = FakeView(seed=number)
    view.carried = {f"o-{each}": Workload(open_items=20) for each in full}
    exclude = tuple(f"o-{each}" for each in left_out)
    document = ask(lead(f"L-{number}", country=country), view=view, exclude=exclude, mode="assign",
                   policy=Policy(ranking=ranking, exploration_share=share)).document
    owner = document.owner
    if owner is None:
        assert document.outcome == "queued"
        return
    assert owner.owner_id not in exclude and owner.owner_id != "o-12"
    assert view.carried.get(owner.owner_id, Workload()).open_items < 20
    assert country != "DE" or directory.owners[owner.owner_id].data_region == "EU"


def test_exploration_draws_others_and_the_first_sentence_says_so(ask):
    documents = [ask(lead(f"L-{number}"), policy=Policy(exploration_share=0.5)).document for number in range(40)]
    drawn = [each for each in documents if each.exploration.drawn > len(each.exploration.tie_set)]
    assert 8 <= len(drawn) <= 32
    for document in drawn:
        explanation = document.explanation
        assert explanation.sentences[0].startswith("Drawn by exploration")
        assert explanation.versus == document.candidates[0].owner_id and explanation.difference < 0
        assert document.decided_by == "model" and check_of(document, "D8").verdict == "pass"
        chosen = document.candidates[document.exploration.drawn - 1]
        assert chosen.owner_id == document.owner.owner_id and chosen.contributions is not None


def test_an_owner_who_is_drawn_is_recorded_as_exploration(ask):
    decisions = [ask(lead(f"L-{number}"), mode="assign", policy=Policy(exploration_share=0.5)) for number in range(20)]
    for decision in decisions:
        by = "model" if decision.document.exploration.drawn == 1 else "exploration"
        assert decision.assigned.assigned_by == by


@pytest.mark.parametrize("before", [True, False])
def test_a_near_tie_is_drawn_by_lottery_toward_who_is_owed_exposure(ask, policy, bundle, before):
    generous = replace(bundle, tau=0.9) if before else bundle
    view = FakeView()
    view.unsure = 50.0
    view.exposures = {f"o-{number}": (-1.0, 40) for number in range(1, 12)}
    document = ask(bundle=generous, view=view, policy=replace(policy, told_apart=0.0) if before else policy).document
    assert len(document.exploration.tie_set) == 11
    assert check_of(document, "D5").value == 11
    assert document.explanation.sentences[0].startswith("Drawn by lottery among 11")


def test_the_surer_past_results_are_the_fewer_are_nearly_equal(ask, view):
    sizes = []
    for view.unsure in (0.0, 0.2, 1.0, 50.0):
        sizes.append(len(ask().document.exploration.tie_set))
    assert sizes[0] == 1 and sizes[-1] == 11 and sizes == sorted(sizes)


def test_a_pool_draws_among_the_nearly_equal_by_the_weights_of_its_balance(ask, view, directory, policy):
    view.unsure = 50.0
    document = ask(policy=replace(policy, exploration_share=0.001)).document
    first, second = (next(each for each in document.candidates if directory.owners[each.owner_id].weight == weight)
                     for weight in (3.0, 1.0))
    assert first.propensity / second.propensity == pytest.approx(3.0, rel=0.01)


def test_a_share_of_zero_takes_rank_one_without_a_lottery(ask, bundle):
    document = ask(bundle=replace(bundle, tau=0.9), policy=Policy(exploration_share=0.0)).document
    assert document.exploration.tie_set == [document.owner.owner_id]
    assert document.candidates[0].propensity == 1.0 and document.exploration.drawn == 1


def test_switched_off_reads_nothing_of_what_owners_did(ask, view):
    document = ask(policy=Policy(ranking="rotation")).document
    assert (document.decided_by, document.why_not_model) == ("rotation", "switched_off")
    assert view.asked <= {"rotation", "workload"}
    assert [check.id for check in document.fairness.checks] == ["D2", "D8"]
    assert document.exploration is None and document.candidates[0].score is None
    assert [each.propensity for each in document.candidates] == [1.0] + [0.0] * 10
    assert "ranking by model is switched off" in document.explanation.sentences[0]


def test_switched_off_decides_the_same_whatever_owners_did(ask):
    decisions = [ask(view=FakeView(seed=seed), policy=Policy(ranking="rotation")).document for seed in range(5)]
    assert all(not differing_parts(decisions[0], each) for each in decisions)


def test_rotation_turns_by_the_credits_of_the_team_and_the_event_carries_them_on(ask):
    view, picks = FakeView(), []
    for number in range(44):
        decision = ask(lead(f"L-{number}"), mode="assign", view=view, bundle=None)
        view.credits.update(decision.assigned.rotation)
        picks.append(decision.assigned.owner_id)
        assert decision.assigned.assigned_by == "rotation" and decision.assigned.expected is None
    assert picks.count("o-2") == pytest.approx(3 * picks.count("o-3"), abs=2)


def test_one_eligible_owner_is_the_rules_decision(ask):
    document = ask(lead(segment="MID"), mode="assign").document
    assert (document.decided_by, document.why_not_model) == ("rule", None)
    assert document.owner.as_json() == {"owner_id": "s-1", "kind": "person", "team": "solo"}
    assert document.candidates[0].propensity == 1.0
    assert document.explanation.sentences == [
        "s-1 is the only one of 1 considered in solo who may and can take it now"]
    assert [check.id for check in document.fairness.checks] == ["D2"]


@pytest.mark.parametrize(("item", "by", "queue"), [
    (lead(kind="case", segment="SMB"), "rule", "nurture"), (lead(country="KP"), "rule", "triage"),
    (lead(kind="case", segment=None), "fallback", "triage")])
def test_a_queue_seeks_no_owner(ask, directory, item, by, queue):
    document = ask(item, mode="assign").document
    assert (document.outcome, document.decided_by, document.route.team) == ("queued", by, queue)
    assert document.eligibility.as_json() == {"considered": 0, "outside_team": len(directory.owners), "eligible": 0,
                                                "excluded": []}
    assert document.candidates == [] and document.explanation is None
    assert [check.id for check in document.fairness.checks] == ["D2"]
    assert document.owner == (OwnerPart(owner_id="triage", kind="queue", team="triage") if queue == "triage" else None)
    assert document.next.automation == ("email_track" if queue == "nurture" else None)


def test_a_team_in_which_nobody_is_free_says_what_took_them_out(ask):
    document = ask(lead(kind="case", segment="ENT")).document
    assert (document.outcome, document.decided_by, document.owner) == ("queued", "fallback", None)
    assert document.explanation.sentences == ["Nobody in nobody may and can take it now: 1 by absence"]


def test_a_lost_race_lists_the_full_owner_under_capacity_and_draws_with_the_same_number(ask):
    first = ask(mode="assign")
    chosen = first.document.owner.owner_id
    second = ask(mode="assign", exclude_full=(chosen,))
    capacity = next(each for each in second.document.eligibility.excluded if each.rule == "capacity")
    assert capacity.owners == [chosen]
    assert second.document.owner.owner_id != chosen
    assert second.document.exploration.u == first.document.exploration.u
    assert abs(sum(each.propensity for each in second.document.candidates) - 1.0) <= 1e-12
    assert f"{chosen} became full while this was decided" in second.document.warnings


def test_compliance_is_asked_again_about_the_chosen_owner(ask, monkeypatch):
    monkeypatch.setattr(module, "is_allowed", lambda *args, **named: Verdict(eligible=False, reason="no longer"))
    decision = ask(mode="assign")
    document = decision.document
    assert (document.outcome, document.owner, decision.assigned) == ("refused", None, None)
    assert "no longer" in " ".join(document.warnings) and document.decided_by != "model"


def test_a_missing_value_counts_as_the_training_median_and_is_flagged(ask):
    document = ask(lead(value=None)).document
    assert document.candidates[0].value == 800.0
    assert document.warnings == ["value is missing; counted as 800, the median in training"]


def test_a_bad_item_is_refused_with_every_problem(ask):
    with pytest.raises(ItemError) as caught:
        ask({"item_id": "x", "kind": "nothing", "received_at": "2026-11-20T10:00:00", "colour": 1})
    assert len(caught.value.problems) >= 3


def test_an_explanation_that_does_not_add_up_is_withheld_and_counted(ask, bundle, monkeypatch):
    explain = type(bundle).explain

    def wrong(self, matrix):
        base, contributions = explain(self, matrix)
        return base, contributions + np.arange(len(matrix))[:, np.newaxis] * 0.01

    monkeypatch.setattr(type(bundle), "explain", wrong)
    document = ask().document
    assert document.explanation.terms == [] and document.explanation.difference is None
    assert any("withheld" in warning for warning in document.warnings)
    assert document.decided_by == "model"


def test_recommend_takes_everything_from_its_arguments(book, directory, bundle, policy):
    """No default reaches for a clock, a file or a generator: the same arguments, in another process, the same bytes."""
    request = DecisionRequest(decision_id="d", item=lead())
    made = [recommend(request, at=AT, book=book, directory=directory, view=FakeView(), bundle=bundle, policy=policy,
                      key=key, versions={}).document for key in (b"one", b"one", b"two")]
    assert not differing_parts(made[0], made[1])
    assert made[0].exploration.u != made[2].exploration.u


def test_where_agreement_is_learnt_no_sentence_promises_success(ask):
    policy = Policy(objectives=(Objective(kind="lead", learn="agreement"),))
    first = ask(policy=policy).document.explanation.sentences[0]
    assert "agreement with who owned such items" in first and "success" not in first


@pytest.mark.parametrize("number", range(10))
def test_where_a_time_is_learnt_scores_terms_and_sentences_are_hours_and_fewer_rank_first(ask, bundle, number):
    timed = replace(bundle, hours=Hours(learn="reply", within=6.0, spread=0.8))
    policy = Policy(objectives=(Objective(kind="lead", learn="reply"),), exploration_share=0.0)
    document = ask(lead(f"L-{number}"), view=FakeView(seed=number), bundle=timed, policy=policy, top=12).document
    explanation, by_id = document.explanation, {each.owner_id: each for each in document.candidates}
    hours = [6.0 * np.exp(-0.8 * (each.log_odds.a + each.log_odds.b * each.log_odds.total)) for each in document.candidates]
    assert [each.score + sum(each.price_terms.values()) for each in document.candidates] == pytest.approx([-h for h in hours])
    assert [each.score for each in document.candidates] == sorted((each.score for each in document.candidates), reverse=True)
    assert [each.probability for each in document.candidates] == pytest.approx([1 / (1 + (h / 6.0) ** (1 / 0.8)) for h in hours])
    difference = by_id[explanation.chosen].score - by_id[explanation.versus].score
    assert sum(term.effect for term in explanation.terms) == pytest.approx(difference, abs=1e-9) and explanation.terms
    assert "expected to the first reply" in explanation.sentences[0] and " h " in explanation.sentences[0]
    assert "success" not in explanation.sentences[0]


def test_who_was_given_far_more_is_charged_hours(ask, bundle):
    timed = replace(bundle, hours=Hours(learn="resolve", within=6.0, spread=0.8))
    policy = Policy(objectives=(Objective(kind="lead", learn="resolve"),), exploration_share=0.0)
    first = ask(bundle=timed, policy=policy).document
    rushed = FakeView()
    rushed.given = {first.owner.owner_id: 30}
    then = ask(bundle=timed, policy=policy, view=rushed, top=12).document
    charged = next(each for each in then.candidates if each.owner_id == first.owner.owner_id)
    assert charged.price > 0 and charged.rank > 1
    assert "price_terms" in charged.as_json() and charged.price_terms["pace"] == charged.price


def test_an_item_that_contradicts_what_its_kind_should_say_is_routed_with_a_warning(ask):
    case = {"kind": "case", "segment": "MID"}
    clean, odd = ask(item=lead("C-1", **case)).document, ask(item=lead("C-1", **case, note="an old deal")).document
    assert not [warning for warning in clean.warnings if "cases-have-no-note" in warning]
    assert "cases-have-no-note: note is `an old deal`, expected nothing" in odd.warnings
    assert odd.route == clean.route and odd.owner == clean.owner
