"""A time is learnt from who keeps the promise: fewer hours rank first, open items count as longer than so far."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from rules.errors import Refused
from serving.ranking.bundle import bundle_path, load_bundle
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from tests.serving.store.fakes import append
from tests.training import small_log
from training.learn.hours import Times
from training.retrain import train

pytestmark = pytest.mark.train
SPREAD, HALF, PROMISE = 0.6, 8.0, 10.0
SETTINGS = '[objectives.lead]\nlearn = "reply"\nhorizon = "10h"\n'


def test_the_spread_is_found_though_most_of_the_slow_are_still_open():
    random = np.random.default_rng(5)
    z = random.normal(0.3, 1.0, 20000)
    hours = PROMISE * np.exp(SPREAD * (random.logistic(size=20000) - z))
    open_since = random.uniform(0.0, 12.0, 20000)
    times = Times(hours=np.minimum(hours, open_since), done=hours <= open_since)
    assert 0.2 < (~times.done).mean() < 0.8
    assert times.spread(z, PROMISE) == pytest.approx(SPREAD, abs=0.02)
    without = Times(hours=times.hours[times.done], done=times.done[times.done])
    assert abs(without.spread(z[times.done], PROMISE) - SPREAD) > 0.05


def test_the_likelihood_is_that_of_the_distribution():
    z, within, spread, step = np.array([0.4]), 6.0, 0.7, 1e-5

    def done_by(t):
        return 1.0 / (1.0 + np.exp(-(z + np.log(t / within) / spread)))

    log_density = np.log((done_by(5 + step) - done_by(5 - step)) / (2 * step) * 5)      # per unit of log hours
    assert -Times(hours=np.array([5.0]), done=np.array([True])).lost(z, within, spread) == pytest.approx(log_density, abs=1e-6)
    still_open = Times(hours=np.array([5.0]), done=np.array([False]))
    assert -still_open.lost(z, within, spread) == pytest.approx(np.log(1 - done_by(5.0)))


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    """(workspace, report, by owner how fast they are in log-odds): replies that are log-logistic and differ by owner."""
    workspace = small_log.build(tmp_path_factory.mktemp("timed") / "ws", rows=0, settings=SETTINGS)
    owners = [f"o{number:02d}" for number in range(2 * small_log.PER_TEAM)]
    random = np.random.default_rng(9)
    fast = dict(zip(owners, random.normal(0, 0.9, len(owners)), strict=True))
    events = small_log.past(owners, rows=3000, skill=0.0, fit=0.0, seed=4)
    at = {event.assignment_id: event.occurred_at for event in events if event.kind == "assigned"}
    took = {name: HALF * float(np.exp(SPREAD * (random.logistic() - fast[event.owner_id])))
            for name, event in ((event.assignment_id, event) for event in events if event.kind == "assigned")}
    told = [event for event in events if event.kind == "assigned"]
    for event in events:
        if event.kind in ("responded", "closed"):
            later = min(took[event.assignment_id], 2000.0) + (event.kind == "closed")
            known = at[event.assignment_id] + timedelta(hours=later)
            told.append(replace(event, occurred_at=known, known_at=known))
    told.sort(key=lambda event: event.known_at)
    append(workspace.store, [event for event in told if event.known_at <= told[-1].known_at - timedelta(days=30)])
    yield workspace, train(workspace, track=False), fast
    workspace.close()


def test_faster_owners_are_found_and_the_hours_are_those_that_half_of_the_items_take(timed):
    _, report, fast = timed
    assert report.verdict.signal == "owner signal" and report.backtest.gains["pair"].low > 0
    assert report.backtest.gains["hours over item"].answer == report.backtest.gains["hours over constant"].answer == "yes"
    hours, judged = report.parts.hours, report.backtest
    assert (hours.learn, hours.within) == ("reply", PROMISE) and hours.spread == pytest.approx(SPREAD, abs=0.08)
    owners = [report.prepared.table.owners[code] for code in judged.owner.tolist()]
    truth = HALF * np.exp(-SPREAD * np.array([fast[owner] for owner in owners]))
    said = PROMISE * hours.relative(judged.full)
    assert np.corrcoef(np.log(truth), np.log(said))[0, 1] > 0.85
    assert np.median(said / truth) == pytest.approx(1.0, abs=0.15)


def test_a_decision_ranks_by_hours_and_replays(timed):
    workspace, report, fast = timed
    bundle = load_bundle(bundle_path(workspace.bundles, report.bundle_hash), check_in_child=True)
    workspace.store.set_champion("lead", bundle.hash, "test")
    newest = workspace.store.head().newest_at
    live = Live(workspace)
    documents = [Decider(live).decide(DecideCommand(item={
        "item_id": f"N-{number}", "kind": "lead", "received_at": newest.isoformat(), "region": region, "industry": "retail",
        "colour": "red"}, mode="assign", at=newest + timedelta(minutes=number))).document
        for number, region in enumerate(["north", "south"] * 5)]
    for document in documents:
        assert document.decided_by == "model"
        scores = {each.owner_id: each.score for each in document.candidates}
        assert max(scores.values()) < 0.0
        assert np.corrcoef([fast[owner] for owner in scores], [-np.log(-score) for score in scores.values()])[0, 1] > 0.8
        assert abs(sum(term.effect for term in document.explanation.terms) - document.explanation.difference) < 1e-6
        assert not any("withheld" in warning for warning in document.warnings)
    ids, replayer = [document.decision_id for document in documents], Replayer(workspace)
    assert all(found.identical for made in (replayer.from_log(ids), replayer.from_events(ids)) for found in made)


def test_a_promise_that_all_keep_is_refused_with_a_better_one(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=800, settings='[objectives.lead]\nlearn = "resolve"\nhorizon = "60d"\n')
    with pytest.raises(Refused, match=r"60d: 100.0% of [0-9]+ items did.*half of them take (8|9)d or less"):
        train(workspace, track=False)
    workspace.close()


def test_a_time_without_a_promise_is_refused_with_what_to_set(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=10, settings='[objectives.lead]\nlearn = "reply"\nhorizon = "closed"\n')
    with pytest.raises(Refused, match="expected a duration such as"):
        train(workspace, track=False)
    workspace.close()
