"""Permuted logs: nothing can be found in them, everything else stays; the run goes on where it was stopped."""
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.learning import honesty
from bench.learning.honesty import Log, Permuted, lines, plan, run
from bench.learning.permutations import TOGETHER, with_outcomes_permuted, with_owners_permuted
from tests.training import small_log

pytestmark = pytest.mark.train
NOTHING, SOMETHING = "no owner signal", "owner signal"


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Log:
    return Log.of(small_log.build(tmp_path_factory.mktemp("log") / "ws", rows=1200, skill=1.5, fit=0.0))


def rate_spread(events) -> float:
    """How far owners' rates of success lie apart."""
    owner = {event.assignment_id: event.owner_id for event in events if event.kind == "assigned"}
    won = [(owner[event.assignment_id], event.outcome == "converted") for event in events if event.kind == "outcome"]
    return float(np.std([np.mean([success for name, success in won if name == one]) for one in set(owner.values())]))


@pytest.mark.parametrize("permuted", [with_owners_permuted, with_outcomes_permuted])
def test_owners_who_differed_by_far_no_longer_do(log, permuted):
    after = [rate_spread(permuted(log.events, log.past, seed)) for seed in range(3)]
    assert rate_spread(log.events) > 0.2
    assert max(after) < 0.1


@pytest.mark.parametrize("permuted", [with_owners_permuted, with_outcomes_permuted])
def test_times_items_and_the_order_of_events_stay(log, permuted):
    after = permuted(log.events, log.past, 1)
    for name in ("event_id", "kind", "assignment_id", "item_id", "occurred_at", "known_at", "item", "team"):
        assert [getattr(event, name) for event in after] == [getattr(event, name) for event in log.events]


def test_owners_go_to_assignments_they_were_eligible_for_and_every_event_follows(log):
    after = with_owners_permuted(log.events, log.past, 1)
    owner = {event.assignment_id: event.owner_id for event in after if event.kind == "assigned"}
    assert all(event.owner_id == owner[event.assignment_id] for event in after)
    assert all(owner[one.assignment_id] in one.eligible for one in log.past)
    assert np.mean([owner[one.assignment_id] != one.owner_id for one in log.past]) > 0.7
    assert Counter(owner.values()) == Counter(one.owner_id for one in log.past)


def test_an_owner_whom_the_rules_did_not_foresee_is_permuted_as_well(log):
    past = [one if place % 2 else replace(one, eligible=frozenset()) for place, one in enumerate(log.past)]
    after = {event.assignment_id: event.owner_id for event in with_owners_permuted(log.events, past, 1)}
    assert np.mean([after[one.assignment_id] != one.owner_id for one in past]) > 0.6


def test_outcomes_stay_near_their_time(log):
    after = {event.assignment_id: event.outcome for event in with_outcomes_permuted(log.events, log.past, 1) if event.outcome}
    for team in {one.team for one in log.past}:
        rows = [one for one in log.past if one.team == team]
        ran = np.cumsum([one.outcome == "converted" for one in rows])
        now = np.cumsum([after[one.assignment_id] == "converted" for one in rows])
        assert ran[-1] == now[-1]
        assert max(abs(ran - now)) <= TOGETHER / 2


def test_the_same_number_gives_the_same_permutation_and_another_number_another(log):
    once, again, other = (with_owners_permuted(log.events, log.past, seed) for seed in (1, 1, 2))
    assert once == again != other


def test_logs_and_kinds_take_turns():
    assert plan(5, ("a", "b")) == [(0, "a", "owners"), (1, "b", "owners"), (2, "a", "outcomes"), (3, "b", "outcomes"),
                                   (4, "a", "owners")]


def said(number, train=NOTHING, log="small", evaluate=NOTHING, what="owners") -> Permuted:
    return Permuted(number=number, log=log, what=what, train=train, evaluate=evaluate, item_over_constant=-0.01, seconds=3.0)


def test_a_run_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(honesty, "judge", lambda log, number, name, what: asked.append(number) or said(number, what=what))
    logs = {"small": lambda folder, _data: small_log.build(folder, rows=10)}
    run(2, data=Path(), out=tmp_path / "h.csv", logs=logs)
    found = run(4, data=Path(), out=tmp_path / "h.csv", logs=logs)
    assert asked == [0, 1, 2, 3]
    assert [one.what for one in found] == ["owners", "outcomes", "owners", "outcomes"]
    assert found[0] == said(0)


def test_the_table_counts_what_each_announced():
    table = lines([said(0), said(1, train=SOMETHING), said(2, log="drift"), said(3, log="drift", evaluate="refused")])
    assert "1 = 25.0% [0.6%, 80.6%]" in table[-1]
    assert table[1].split()[:3] == ["small", "owners", "2"]


def test_two_permutations_of_a_small_log_are_learnt_from_and_evaluated(tmp_path):
    found = run(2, data=Path(), logs={"small": lambda folder, _data: small_log.build(folder, rows=1200, skill=1.5)})
    assert SOMETHING not in {said for one in found for said in (one.train, one.evaluate)}
    assert all(np.isfinite(one.item_over_constant) for one in found)
