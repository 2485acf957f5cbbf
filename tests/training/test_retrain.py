"""The pipeline: the same log gives the same bundle, rows are those of live decisions, and the bundle ranks by the truth."""
from dataclasses import replace

import numpy as np
import pytest

from features.state import State
from features.view import view
from rules.errors import Refused
from serving.ranking.bundle import bundle_path, load_bundle
from serving.ranking.layers import sigmoid
from tests.training import small_log
from training.learn.dataset import tabulate
from training.learn.objective import pick_objective
from training.learn.planning import candidate_dimensions
from training.retrain import train

pytestmark = pytest.mark.train


def test_two_trainings_give_the_same_bundle(trained, copied):
    _, report = trained
    assert train(copied, track=False).bundle_hash == report.bundle_hash


def test_the_bundle_on_disk_loads_and_says_what_training_said(trained):
    workspace, report = trained
    bundle = load_bundle(bundle_path(workspace.bundles, report.bundle_hash), check_in_child=True)
    s = report.choice.s * report.choice.full.g / report.choice.full.b
    assert (bundle.signal, bundle.plan, bundle.s) == (report.verdict.signal, report.prepared.plan, s)
    pairs = report.prepared.pairs
    z = bundle.log_odds(pairs.matrix[:50], pairs.m[:50])
    base, contributions = bundle.explain(pairs.matrix[:50])
    assert z == pytest.approx(pairs.m[:50] + base + contributions.sum(axis=1), abs=1e-9)


def test_it_finds_that_owners_differ_and_by_what(trained):
    _, report = trained
    assert report.verdict.signal == "owner signal"
    assert report.prepared.plan.dimensions == ("industry",)
    assert report.backtest.gains["pair"].low > 0.03


def test_each_layer_is_reported_with_its_interval(trained):
    _, report = trained
    for name in ("effects", "linear", "trees", "calibration", "pair"):
        gain = report.backtest.gains[name]
        assert gain.low <= gain.value <= gain.high


def test_a_training_row_equals_what_a_live_decision_reads_then(trained):
    _, report = trained
    prepared = report.prepared
    state = State(prepared.fold, expectations=prepared.expected)
    row = checked = 0
    for event in prepared.events:
        if event.kind == "assigned":
            if row % 97 == 0:
                live = view(state, directory=prepared.directory, at=event.occurred_at)
                assert np.array_equal(live.matrix(event.item, (event.owner_id,), prepared.plan)[0], prepared.matrix[row],
                                      equal_nan=True)
                checked += 1
            row += 1
        state.apply(event)
    assert checked > 25


def test_expectations_go_to_the_store_under_the_bundle(trained):
    workspace, report = trained
    kept = workspace.store.expectations(report.bundle_hash)
    assert kept == report.prepared.expected
    assert len(kept) == len(report.prepared.table)
    assert np.allclose([kept[one.assignment_id] for one in report.prepared.table.assignments], sigmoid(report.prepared.then.m))


def test_rows_that_served_the_warm_up_are_not_fitted_on(trained):
    _, report = trained
    assert not report.prepared.then.warm_up[report.prepared.places].any()
    assert report.prepared.table.settled[report.prepared.places].all()


def test_an_attribute_named_in_settings_is_taken_without_a_search(tmp_path):
    named = small_log.SETTINGS + '[features]\neffects_by = ["colour"]\n'
    workspace = small_log.build(tmp_path / "ws", rows=1500, settings=named)
    report = train(workspace, track=False)
    assert report.prepared.plan.dimensions == ("colour",)
    workspace.close()


def test_owners_who_cannot_be_told_apart_give_no_owner_signal(tmp_path):
    for seed in (1, 2):
        workspace = small_log.build(tmp_path / f"ws{seed}", rows=2500, skill=0.0, fit=0.0, seed=seed)
        report = train(workspace, track=False)
        assert report.verdict.signal == "no owner signal", report.verdict
        assert report.parts.signal == "no owner signal"
        workspace.close()


def test_an_empty_log_is_refused_with_what_to_do(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=0)
    with pytest.raises(Refused, match="import a history first"):
        train(workspace, track=False)
    workspace.close()


def test_a_short_log_is_refused_with_its_counts(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=300)
    with pytest.raises(Refused, match="settled outcomes of 300 assignments"):
        train(workspace, track=False)
    workspace.close()


def test_an_unknown_objective_is_refused_with_the_nearest(trained):
    workspace, _ = trained
    with pytest.raises(Refused, match="did you mean `lead`"):
        pick_objective(workspace.settings.objectives, "leed")


def test_an_attribute_that_is_nearly_constant_is_no_candidate(trained):
    prepared = trained[1].prepared
    assert set(candidate_dimensions(prepared.book, prepared.table)) == {"region", "industry", "colour"}
    item = prepared.table.assignments[0].item
    constant = tuple(replace(one, item=replace(one.item, facts={**one.item.facts, "colour": item.facts["colour"]}))
                     for one in prepared.table.assignments)
    assert set(candidate_dimensions(prepared.book, tabulate(constant))) == {"region", "industry"}


def test_an_unknown_attribute_in_settings_is_refused_with_the_nearest(tmp_path):
    misspelt = small_log.SETTINGS + '[features]\neffects_by = ["industri"]\n'
    workspace = small_log.build(tmp_path / "ws", rows=1200, settings=misspelt)
    with pytest.raises(Refused, match="did you mean `industry`"):
        train(workspace, track=False)
    workspace.close()
