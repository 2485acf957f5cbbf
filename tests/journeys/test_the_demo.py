"""The whole way once: a demo whose every decision adds up, can be made again, and is mostly the model's where it may be."""
import re
import shutil

import pytest
from typer.testing import CliRunner

from serving.runtime.workspace import Workspace
from training.retrain import train

pytestmark = pytest.mark.train
SLACK = 1e-9


def run(*words: str) -> str:
    from rightful.cli.main import app

    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def documents(demo):
    workspace = Workspace.at(demo.folder)
    try:
        return [workspace.store.decision(decision_id).document for decision_id in workspace.store.decision_ids()]
    finally:
        workspace.close()


def test_the_deciders_shares_come_to_the_whole(demo):
    line = next(line for line in demo.lines if "items decided by" in line)
    shares = [float(share) for share in re.findall(r"(?:model|rotation|rule|fallback) ([\d.]+)%", line)]
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(100.0, abs=0.2)


def test_the_model_decides_most_leads_that_reach_a_team_with_a_choice(demo):
    line = next(line for line in demo.lines if "4 or more eligible" in line)
    leads, share = re.search(r"of ([\d,]+) .* ([\d.]+)% are decided by the model", line).groups()
    assert int(leads.replace(",", "")) >= 500
    assert float(share) >= 60.0


def test_every_decision_accounts_for_everyone_with_rule_and_evidence(documents):
    assert len(documents) >= 40
    for document in documents:
        funnel = document.eligibility
        excluded = [owner for exclusion in funnel.excluded for owner in exclusion.owners]
        assert funnel.eligible + len(excluded) == funnel.considered
        assert len(set(excluded)) == len(excluded)
        assert len(document.candidates) == funnel.eligible
        assert all(exclusion.rule and exclusion.reason and exclusion.evidence is not None for exclusion in funnel.excluded)


def test_the_terms_of_every_contrast_sum_to_the_difference(documents):
    contrasts = [document for document in documents if document.decided_by == "model"]
    assert len(contrasts) >= 20
    for document in contrasts:
        explanation, value = document.explanation, document.candidates[0].value
        total = sum(term.effect for term in explanation.terms)
        assert abs(total - explanation.difference) <= SLACK * max(1.0, value)


def test_the_order_is_by_value_times_probability_less_the_price(documents):
    for document in documents:
        detailed = [candidate for candidate in document.candidates if candidate.log_odds]
        scores = [candidate.score for candidate in detailed]
        assert scores == sorted(scores, reverse=True)
        totals = [candidate.log_odds.total for candidate in detailed if candidate.price == 0.0]
        assert totals == sorted(totals, reverse=True)
        for candidate in detailed:
            worth = candidate.value * candidate.probability
            assert candidate.score == pytest.approx(worth - candidate.price, abs=SLACK * max(1.0, worth))
        for candidate in detailed:
            odds = candidate.log_odds
            told = odds.item + odds.base + sum(candidate.contributions.values())
            assert told == pytest.approx(odds.total, abs=SLACK)


def test_propensities_of_every_draw_sum_to_one(documents):
    for document in documents:
        if document.exploration:
            assert sum(candidate.propensity for candidate in document.candidates) == pytest.approx(1.0, abs=1e-12)


def test_every_decision_replays_identically_from_its_log_and_from_the_events(demo):
    for words in ((), ("--refold",)):
        assert "(100.0%)" in run("decisions", "replay", "--all", *words, "--workspace", str(demo.folder))


def test_a_moved_workspace_still_replays_and_lists_its_models(demo, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(demo.folder, moved)
    assert "(100.0%)" in run("decisions", "replay", "--all", "--workspace", str(moved))
    assert "champion" in run("models", "--workspace", str(moved))


@pytest.mark.long                                       # on a small log: tests/training/test_retrain.py
def test_two_trainings_on_one_log_give_the_same_bundle(demo, tmp_path):
    hashes = set()
    for name in ("first", "second"):
        shutil.copytree(demo.folder, tmp_path / name)
        workspace = Workspace.at(tmp_path / name)
        try:
            hashes.add(train(workspace, "lead", track=False).bundle_hash)
        finally:
            workspace.close()
    assert len(hashes) == 1
