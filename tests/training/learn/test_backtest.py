"""One clock: what is judged was learnt from the log as it stood, and equals what decisions of then would have said."""
import math
from dataclasses import replace

import numpy as np
import pytest

from features.state import State
from features.view import view
from serving.ranking.bundle import bundle_path, load_bundle
from serving.runtime.workspace import Workspace
from tests.serving.store.fakes import append
from tests.training import small_log
from training import registry
from training.learn import backtest
from training.learn.dataset import days
from training.learn.source import read_source
from training.retrain import train

pytestmark = pytest.mark.train


def as_it_stood(folder, workspace, origin):
    """Another workspace that never heard of anything after the origin, trained."""
    folder.mkdir()
    for name in ("rulebook.yaml", "rightful.toml", "owners.csv", "memberships.csv"):
        (folder / name).write_bytes((workspace.folder / name).read_bytes())
    then = Workspace.at(folder)
    append(then.store, [replace(event, seq=0) for event in workspace.store.events() if event.known_at < origin])
    return then, train(then, track=False)


def said_later(then, learnt, events, origin, until):
    """By assignment id the probability that the bundle of then gives its owner, read from the state as decisions read it."""
    bundle = load_bundle(bundle_path(then.bundles, learnt.bundle_hash))
    expected = dict(then.store.expectations(learnt.bundle_hash))
    for event in events:
        if event.kind == "assigned" and event.assignment_id not in expected:
            expected[event.assignment_id] = 1 / (1 + math.exp(-bundle.item_log_odds(event.item)))
    state, said = State(learnt.prepared.fold, expectations=expected), {}
    for event in events:
        if event.kind == "assigned" and origin <= event.occurred_at < until:
            now = view(state, directory=learnt.prepared.directory, at=event.occurred_at)
            z = bundle.log_odds(now.matrix(event.item, (event.owner_id,), learnt.prepared.plan), bundle.item_log_odds(event.item))
            said[event.assignment_id] = float(bundle.probability(z)[0])
        state.apply(event)
    return said


def test_the_log_loss_of_training_and_mlflow_is_that_of_the_same_decisions_replayed_as_of_then(trained, tmp_path):
    workspace, report = trained
    judged, said = report.backtest, {}
    events = list(workspace.store.events())
    ends = (*judged.origins[1:], report.prepared.as_of)
    for number, (origin, until) in enumerate(zip(judged.origins, ends, strict=True)):
        then, learnt = as_it_stood(tmp_path / str(number), workspace, origin)
        said |= said_later(then, learnt, events, origin, until)
        then.close()
    labels = {one.assignment_id: one.label for one in report.prepared.table.assignments}
    lost = [-math.log(said[name] if labels[name] else 1 - said[name]) for name in said if labels[name] is not None]
    assert len(lost) == len(judged) > 1000
    with registry.tracking(workspace) as client:
        run = client.search_runs([client.get_experiment_by_name("rightful").experiment_id])[0]
    assert run.data.metrics["logloss"] == pytest.approx(math.fsum(lost) / len(lost), abs=1e-9)


def test_outcomes_that_became_known_after_an_origin_change_nothing_that_was_said_at_it(trained):
    workspace, report = trained
    source = read_source(workspace, None)
    origin = report.backtest.origins[1]
    until = report.backtest.origins[2]
    turned = {"converted": "lost", "lost": "converted"}
    other = replace(source, events=tuple(
        replace(event, outcome=turned[event.outcome]) if event.outcome and event.known_at >= until else event
        for event in source.events))
    before, after = (backtest.learn_at(each, origin, until, lambda words: None, {}) for each in (source, other))
    assert np.array_equal(backtest._full(before[0]), backtest._full(after[0]))


def test_permuted_owners_stay_in_their_team_and_time_and_keep_the_outcomes(trained):
    source = read_source(trained[0], None)
    other = backtest.permuted(source, backtest.draw_owners(source))
    table, moved = source.table, other.table
    assert np.array_equal(table.y, moved.y, equal_nan=True)
    assert (table.owner != moved.owner).mean() > 0.7
    region = {owner: number // small_log.PER_TEAM for number, owner in enumerate(table.owners)}
    teams = np.array([region[owner] for owner in table.owners])
    assert np.array_equal(teams[table.owner], teams[moved.owner])
    for team in (0, 1):
        rows = np.flatnonzero(teams[table.owner] == team)
        assert np.array_equal(np.sort(table.owner[rows]), np.sort(moved.owner[rows]))
        first = rows[:backtest.PLACEBO_SPAN]
        assert np.array_equal(np.sort(table.owner[first]), np.sort(moved.owner[first]))
    by_id = {one.assignment_id: one.owner_id for one in moved.assignments}
    assert all(event.owner_id == by_id[event.assignment_id] for event in other.events)


def test_an_origin_with_too_little_before_or_after_it_is_left_out(trained):
    source = read_source(trained[0], None)
    first = source.table.assignments[0].assigned_at
    assert backtest.run(source, lambda words: None, split=first) is None
    assert backtest.run(source, lambda words: None, split=source.as_of) is None
    assert all(days(origin) < days(source.as_of) for origin in backtest.find_origins(source, None))


def test_what_owners_add_does_not_hang_on_whose_level_fits(trained):
    parts = trained[1].backtest.by_origin
    moved = [replace(part, full=part.full + 2.0 * number, item=part.item - 1.0) for number, part in enumerate(parts)]
    before, after = backtest.gains_of(parts), backtest.gains_of(moved)
    for name in ("pair", "effects", "pair over placebo"):
        assert after[name].value == pytest.approx(before[name].value, abs=1e-6)
    assert after["pair over constant"].value < before["pair over constant"].value - 0.1


def test_who_is_gone_from_the_directory_takes_and_gives_no_items_in_the_placebo(trained):
    source = read_source(trained[0], None)
    gone = source.table.owners[0]
    known = {name: owner for name, owner in source.directory.owners.items() if name != gone}
    other = replace(source, directory=replace(source.directory, owners=known))
    drawn = backtest.draw_owners(other)
    theirs = other.table.owner == 0
    assert theirs.any() and np.array_equal(other.table.owner[drawn] == 0, theirs)
    judged = backtest.run(other, lambda words: None, split=trained[1].backtest.origins[1])
    assert np.isfinite(judged.shuffled).all() and np.isfinite(judged.gains["pair over placebo"].value)
    assert not (judged.owner == 0).any()
