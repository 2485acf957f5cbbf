"""Abstention: each reason, when it applies and when it does not; rotation then decides and says why."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from serving.decision.abstention import share_out_of_range
from serving.decision.request import Policy
from serving.ranking.bundle import NO_SIGNAL
from tests.serving.decision.company import AT, FakeView


def abstained(document):
    assert (document.decided_by == "rotation") == (document.why_not_model is not None)
    labelled = next(check for check in document.fairness.checks if check.id == "D8")
    assert labelled.value == document.why_not_model and labelled.verdict == "pass"
    if document.why_not_model:
        assert document.candidates[0].score is None and document.exploration is None
    return document.why_not_model


def test_no_bundle_and_a_bundle_for_another_kind(ask, bundle):
    assert abstained(ask(bundle=None).document) == "no_bundle"
    assert abstained(ask(bundle=replace(bundle, objective="case")).document) == "no_bundle"


def test_owners_that_cannot_be_told_apart(ask, bundle):
    document = ask(bundle=replace(bundle, signal=NO_SIGNAL, signal_reason="interval covers 0")).document
    assert abstained(document) == "no_owner_signal"
    assert "do not tell these owners apart" in document.explanation.sentences[0]


@pytest.mark.parametrize(("min_slate", "reason"), [(11, None), (12, "tiny_slate")])
def test_a_slate_smaller_than_the_company_wants(ask, min_slate, reason):
    assert abstained(ask(policy=Policy(min_slate=min_slate)).document) == reason


@pytest.mark.parametrize(("age", "reason"), [(timedelta(days=30), None), (timedelta(days=30, seconds=1), "stale_state")])
def test_a_state_older_than_stale_after_at_the_moment_of_decision(ask, view, age, reason):
    view.newest_event_at = AT - age
    assert abstained(ask().document) == reason


def test_a_slate_without_a_single_settled_outcome(ask, view):
    view.matured_outcomes = 0
    assert abstained(ask().document) == "cold_start"


def test_few_settled_outcomes_are_a_warning_with_the_shrinkage_and_the_model_decides(ask, view):
    view.matured_outcomes = 12
    document = ask().document
    assert abstained(document) is None and document.fairness.verdict == "warn"
    check = next(each for each in document.fairness.checks if each.id == "D7")
    assert (check.value, check.limit, check.verdict) == (12, 30, "warn")
    assert any("12 settled outcomes: their past results count 44% as the team's" in each for each in document.warnings)


def test_most_of_the_slate_grossly_out_of_range(ask, view):
    for number in range(1, 12):
        for feature in ("n_matured", "distance_km", "tenure_days", "days_since_last_assignment", "familiarity"):
            view.cells[f"o-{number}", feature] = 1e7
    assert abstained(ask().document) == "out_of_range"


def test_a_few_strange_owners_do_not_stop_the_model(ask, view):
    for number in (1, 2, 3):
        for feature in ("n_matured", "distance_km", "tenure_days", "days_since_last_assignment", "familiarity"):
            view.cells[f"o-{number}", feature] = 1e7
    assert abstained(ask().document) is None


def test_share_out_of_range_counts_owners_of_whom_nothing_is_known(bundle):
    matrix = bundle.golden_matrix[:4].copy()
    assert share_out_of_range(matrix, bundle) == 0.0
    matrix[1] = np.nan
    assert share_out_of_range(matrix, bundle) == 0.25
    matrix[2, 0] = 1e9
    assert share_out_of_range(matrix, bundle) == 0.25


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_model_whose_scores_are_no_numbers_does_not_stop_routing(ask, bundle, poison):
    coef = bundle.linear.coef.copy()
    coef[0] = poison
    broken = replace(bundle, linear=replace(bundle.linear, coef=coef))
    document = ask(bundle=broken, mode="assign").document
    assert abstained(document) == "model_failed" and document.outcome == "assigned"
    assert any("not a number" in warning for warning in document.warnings)


def test_a_model_of_other_columns_does_not_stop_routing(ask, bundle):
    broken = replace(bundle, pair_text=bundle.quality_text)
    decision = ask(bundle=broken, mode="assign")
    assert abstained(decision.document) == "model_failed" and decision.assigned.expected is None


def test_a_score_that_moves_with_what_must_not_matter_is_held(ask, view):
    view.shift = 0.5
    document = ask().document
    assert abstained(document) == "fairness_hold" and document.fairness.verdict == "hold"
    check = next(each for each in document.fairness.checks if each.id == "D3")
    assert check.verdict == "hold" and check.value > 1e-9


def test_features_of_another_catalogue_or_protected_ones_are_held(ask, bundle):
    assert abstained(ask(bundle=replace(bundle, catalogue_digest="sha256:other")).document) == "fairness_hold"
    document = ask(policy=Policy(protected=("seniority",))).document
    assert abstained(document) == "fairness_hold"
    check = next(each for each in document.fairness.checks if each.id == "D1")
    assert (check.value, check.verdict) == (1, "hold")


def test_the_same_view_with_nothing_amiss_lets_the_model_decide(ask):
    assert abstained(ask(view=FakeView(seed=9)).document) is None
