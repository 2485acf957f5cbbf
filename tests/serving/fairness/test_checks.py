"""Checks: each verdict at its limit."""
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from features.exposure import Exposures
from rules.routing_result import Eligibility, Exclusion
from serving.fairness.check import Check, ChoiceFacts, FunnelFacts, RankingFacts, ScoreFacts, worst
from serving.fairness.checks import abstention as d8
from serving.fairness.checks import cold_start as d7
from serving.fairness.checks import exposure_deficit as d6
from serving.fairness.checks import invariance as d3
from serving.fairness.checks import near_tie as d5
from serving.fairness.checks import slate_integrity as d2
from serving.fairness.registry import CHECKS, checked, outcome
from serving.ranking.reasons import Reason

FUNNEL = Eligibility(considered=4, outside_team=6, eligible=("a", "b"), excluded=(
    Exclusion(rule="absence", reason="away", owners=("c", "d")),))
NOT_SHOWN = Exposures(np.zeros(0), np.zeros(0))


def slate_integrity(funnel: Eligibility, directory_size: int, chosen: str | None) -> Check:
    return outcome(d2, FunnelFacts(eligibility=funnel, directory_size=directory_size, chosen=chosen))


def invariance(scores, altered) -> Check:
    return outcome(d3, ScoreFacts(scores=scores, altered=altered))


def ranking(*, ties=1, exposures=NOT_SHOWN, matured=(400, 400)) -> RankingFacts:
    return RankingFacts(ties=ties, tau=0.002, exposures=exposures, matured=dict(enumerate(matured)))


def exposure_deficit(exposures: Exposures) -> Check:
    return outcome(d6, ranking(exposures=exposures))


def cold_owner(matured) -> Check:
    return outcome(d7, ranking(matured=matured))


def abstention(reason: Reason | None, decided_by: str) -> Check:
    return outcome(d8, ChoiceFacts(reason=reason, decided_by=decided_by))


def test_every_check_has_an_id_of_its_own_a_name_and_a_question():
    assert len({module.ID for module in CHECKS}) == len({module.NAME for module in CHECKS}) == len(CHECKS) == 7
    assert all("?" in module.ASKS for module in CHECKS)


def test_facts_are_looked_at_by_the_checks_for_them_alone():
    assert [check.id for check in checked(ranking())] == ["D5", "D6", "D7"]
    assert [check.id for check in checked(ChoiceFacts(reason=None, decided_by="model"))] == ["D8"]


def test_a_whole_funnel_passes():
    assert slate_integrity(FUNNEL, 10, "a").verdict == "pass"
    assert slate_integrity(FUNNEL, 10, None).verdict == "pass"


@pytest.mark.parametrize(("changed", "directory", "chosen"), [
    ({}, 10, "c"), ({}, 11, "a"), ({"considered": 5, "outside_team": 5}, 10, "a"),
    ({"eligible": ("a", "c")}, 10, "a"),
    ({"excluded": (Exclusion(rule="", reason="?", owners=("c", "d")),)}, 10, "a")])
def test_any_flaw_of_the_funnel_is_held(changed, directory, chosen):
    funnel = Eligibility(**{"considered": 4, "outside_team": 6, "eligible": ("a", "b"), "excluded": FUNNEL.excluded,
                            **changed})
    check = slate_integrity(funnel, directory, chosen)
    assert check.verdict == "hold" and check.value >= 1


def test_scores_may_move_by_rounding_only():
    scores = np.array([100.0, 50.0])
    assert invariance(scores, None).value == 0.0
    assert invariance(scores, scores + 5e-10).verdict == "pass"
    assert invariance(scores, scores + np.array([0.0, 2e-9])).verdict == "hold"


def exposures(*deficits, slates=30):
    return Exposures(np.array(deficits), np.full(len(deficits), slates))


def test_an_owner_owed_far_more_than_the_others_is_a_warning_and_one_who_had_more_is_not():
    usual = (0.0, 0.1, -0.1, 0.2, -0.2)
    assert exposure_deficit(exposures(*usual, -4.0)).verdict == "pass"
    assert exposure_deficit(exposures(*usual)).verdict == "pass"
    check = exposure_deficit(exposures(*usual, 4.0))
    assert check.verdict == "warn" and check.value > check.limit == 3.0


def test_owners_seen_in_few_slates_and_tiny_teams_are_not_enough_to_judge():
    for few in (exposures(0.0, 0.1, -0.1, 9.0, slates=29), exposures(0.0, 9.0), exposures(-80.0, 80.0), NOT_SHOWN):
        check = exposure_deficit(few)
        assert (check.verdict, check.value) == ("not_enough", None)


@pytest.mark.parametrize("deficits", [(0.0, 0.0, 0.0, 9.0), (-4.0, -4.0, -4.0, -4.0, 16.0), (-20.0, -20.0, 40.0),
                                      (0.0, 0.0, 0.0, 30.0, 30.0), (0.0, 1e-12, -1e-12, 2.0)])
def test_where_all_others_are_alike_one_owed_more_than_an_item_stands_out(deficits):
    check = exposure_deficit(exposures(*deficits))
    assert check.verdict == "warn" and check.value > check.limit


@pytest.mark.parametrize("deficits", [(0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.9), (0.0, 0.0, 0.0, 1e-9), (5.0, 5.0, 5.0, -15.0)])
def test_less_than_an_item_is_nothing_to_be_owed(deficits):
    assert exposure_deficit(exposures(*deficits)).verdict == "pass"


@pytest.mark.parametrize("deficits", [(0.0, 0.0, 0.0, 0.0, 60.0), (-60.0, 60.0)])
def test_a_decision_of_the_first_edition_is_checked_as_it_was(deficits):
    check = outcome(d6, replace(ranking(exposures=exposures(*deficits)), may_not_tell=False))
    assert (check.verdict, check.value) == ("pass", 0.0)


@pytest.mark.parametrize("count", [3, 4, 5, 20, 41, 200])
def test_the_farthest_exposure_is_told_in_medians(count):
    rng = np.random.default_rng(count)
    deficits, slates = rng.normal(size=count), rng.integers(25, 60, count)
    slates[:3] = 30
    judged = deficits[slates >= 30].tolist()
    middle = median(judged)
    spread = median(abs(deficit - middle) for deficit in judged)
    assert exposure_deficit(Exposures(deficits, slates)).value == (max(judged) - middle) / spread


@pytest.mark.parametrize(("matured", "verdict"), [([30, 400], "pass"), ([400, 29], "warn")])
def test_fewer_than_thirty_settled_outcomes_are_a_warning(matured, verdict):
    assert cold_owner(matured).verdict == verdict


def test_an_abstention_shown_as_the_models_is_held():
    assert abstention(Reason.STALE_STATE, "rotation").verdict == "pass"
    assert abstention(None, "model").verdict == "pass"
    assert abstention(Reason.STALE_STATE, "model").verdict == "hold"


def test_the_worst_verdict_counts():
    passing, warning = outcome(d5, ranking(ties=2)), cold_owner([3, 3])
    held = abstention(None, "rotation")
    untold = exposure_deficit(NOT_SHOWN)
    assert worst([]) == worst([passing]) == worst([passing, untold]) == "pass"
    assert worst([untold, warning, untold]) == "warn"
    assert worst([passing, warning]) == "warn" and worst([warning, held, passing]) == "hold"
