"""Labels settle exactly as the fold settles them, whatever happened in between."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.events import Event
from features.plan import FoldPlan, Objective
from features.state import State
from rules.model import WorkItem
from training.learn.dataset import read_assignments, tabulate

pytestmark = pytest.mark.train
START = datetime(2026, 1, 5, tzinfo=UTC)


def history(seed: int) -> list[Event]:
    """A wild past: outcomes before and after the horizon, known late, rejected, reassigned, closed, or nothing at all."""
    random = np.random.default_rng(seed)
    events = []
    for number in range(60):
        at = START + timedelta(hours=float(random.uniform(0, 900)))
        known = at + timedelta(hours=float(random.choice([0, 0, 0, 400])))
        name, owner = f"a{number}", f"o{random.integers(4)}"
        item = WorkItem(item_id=f"i{number}", kind="lead", received_at=at)
        events.append(Event(event_id=f"assigned-{name}", kind="assigned", assignment_id=name, item_id=item.item_id,
                            owner_id=owner, occurred_at=at, known_at=known, item=item, untold=bool(random.random() < 0.3)))
        for step in range(int(random.integers(0, 4))):
            happened = at + timedelta(hours=float(random.choice([5, 100, 239, 240, 241, 500])))
            heard = max(known, happened + timedelta(hours=float(random.choice([0, 0, 30]))))
            kind = str(random.choice(["accepted", "rejected", "responded", "reassigned", "outcome", "outcome", "closed",
                                      "corrected"]))
            speaks = kind in ("outcome", "closed", "corrected") and random.random() < 0.8
            said = str(random.choice(["won", "won", "lost", "lost", " "])) if speaks else None
            events.append(Event(event_id=f"{step}-{name}", kind=kind, assignment_id=name, item_id=item.item_id, owner_id=owner,
                                occurred_at=happened, known_at=heard, outcome=said))
    return sorted(events, key=lambda event: (event.known_at, event.kind != "assigned"))


@pytest.mark.parametrize("horizon", [timedelta(days=10), None], ids=["horizon", "closed"])
def test_labels_are_those_of_the_fold_in_random_histories(horizon):
    objective = Objective(kind="lead", positive=("won",), horizon=horizon)
    labels = unrecorded = 0
    for seed in range(60):
        events = history(seed)
        state = State(FoldPlan(objectives=(objective,)))
        for event in events:
            state.apply(event)
        as_of = events[-1].known_at
        for one in read_assignments(events, objective, as_of):
            expected = state.label(one.assignment_id)
            assert one.label == (None if expected is None else expected.success), (seed, one)
            if expected is not None:
                assert round(one.settled_at.timestamp() * 1e6) == expected.settled_us
                labels += 1
            unrecorded += one.unrecorded
        assert sum(one.unrecorded for one in read_assignments(events, objective, as_of)) <= state.unrecorded
    assert labels > 300 and unrecorded > 100


@pytest.mark.parametrize("learn", ["reply", "resolve"])
def test_times_settle_as_in_the_fold_in_random_histories(learn):
    objective, kept, broken, unrecorded = Objective(kind="lead", learn=learn, horizon=timedelta(days=10)), 0, 0, 0
    for seed in range(60):
        events = history(seed)
        state = State(FoldPlan(objectives=(objective,)))
        for event in events:
            state.apply(event)
        for one in read_assignments(events, objective, events[-1].known_at):
            expected = state.label(one.assignment_id)
            assert one.label == (None if expected is None else expected.success), (seed, one)
            assert expected is None or round(one.settled_at.timestamp() * 1e6) == expected.settled_us
            kept, broken, unrecorded = kept + (one.label is True), broken + (one.label is False), unrecorded + one.unrecorded
    assert kept > 100 and broken > 100 and (unrecorded > 20 if learn == "reply" else unrecorded == 0)


def timed(learn, *told):
    """What is learnt of one assignment, asked after 12 days of a promise of 10; `told`: (kind, hours after it)."""
    item = WorkItem(item_id="i", kind="lead", received_at=START)
    events = [Event(event_id=f"{kind}-{after}", kind=kind, assignment_id="a", item_id="i", owner_id="o", outcome=said,
                    occurred_at=START + timedelta(hours=after), known_at=START + timedelta(hours=after),
                    item=item if kind == "assigned" else None, untold=kind == "assigned")
              for kind, after, said in [("assigned", 0, None), *told]]
    objective = Objective(kind="lead", learn=learn, positive=("won",), horizon=timedelta(days=10))
    [one] = read_assignments(events, objective, START + timedelta(days=12))
    return one


def test_an_open_item_took_longer_than_its_promise_and_an_outcome_is_no_time():
    assert timed("reply").label is False and timed("resolve").label is False
    assert timed("reply", ("outcome", 3, "won")).label is False
    assert timed("resolve", ("outcome", 3, "won"), ("closed", 5, None)).label is True
    assert timed("reply", ("responded", 3, None)).done_at == START + timedelta(hours=3)
    late = timed("resolve", ("closed", 250, "won"))
    assert late.label is False and late.done_at == START + timedelta(hours=250)


def test_an_item_closed_without_a_reply_being_noted_says_nothing_of_replies():
    one = timed("reply", ("closed", 5, "won"))
    assert one.label is None and one.unrecorded
    assert timed("reply", ("closed", 5, "won"), ("responded", 7, None)).label is True
    assert timed("resolve", ("reassigned", 5, None)).label is None


def outcome_blank(horizon, *told, untold=False):
    """The label of one assignment 40 days on, by both ways of settling, and whether nobody recorded what came of it."""
    objective = Objective(kind="lead", positive=("won",), horizon=horizon)
    first, *rest = life(*told)
    events = [replace(first, untold=untold), *rest]
    state = State(FoldPlan(objectives=(objective,)))
    for event in events:
        state.apply(event)
    state.advance_to(START + timedelta(days=40))
    [one] = read_assignments(events, objective, START + timedelta(days=40))
    label = state.label("a")
    assert (None if label is None else label.success) == one.label
    return one.label, one.unrecorded


TEN = timedelta(days=10)


@pytest.mark.parametrize("horizon", [TEN, None], ids=["horizon", "closed"])
def test_what_was_closed_without_a_word_of_its_outcome_is_no_failure(horizon):
    assert outcome_blank(horizon, ("closed", None, 5, 5)) == (None, True)
    assert outcome_blank(horizon, ("closed", "  ", 5, 5)) == (None, True)
    assert outcome_blank(horizon, ("outcome", "", 4, 4), ("closed", None, 5, 5)) == (None, True)
    assert outcome_blank(horizon, ("closed", "lost", 5, 5)) == (False, False)


def test_what_a_history_leaves_untold_is_no_failure_and_what_is_known_to_be_open_past_its_horizon_is():
    assert outcome_blank(TEN, untold=True) == (None, True)
    assert outcome_blank(TEN) == (False, False)
    assert outcome_blank(None) == (None, False)


def test_what_was_closed_after_its_horizon_had_not_succeeded_within_it_whatever_came_of_it():
    assert outcome_blank(TEN, ("closed", None, 15, 15)) == (False, False)


@pytest.mark.parametrize("horizon", [TEN, None], ids=["horizon", "closed"])
def test_a_word_that_is_told_late_settles_what_waited_for_it(horizon):
    assert outcome_blank(horizon, ("closed", None, 5, 5), ("outcome", "won", 6, 30)) == (True, False)
    assert outcome_blank(horizon, ("closed", None, 5, 5), ("corrected", "lost", 6, 30)) == (False, False)
    assert outcome_blank(horizon, ("closed", None, 5, 5), ("reopened", None, 30, 30), ("outcome", "won", 6, 31)) == (None, False)


def test_a_word_of_something_after_the_horizon_does_not_settle_it():
    assert outcome_blank(TEN, ("closed", None, 5, 5), ("outcome", "won", 20, 30)) == (None, True)


def test_a_fold_of_before_lets_what_nobody_recorded_fail():
    objective = Objective(kind="lead", positive=("won",), horizon=TEN)
    state = State(FoldPlan(objectives=(objective,), blank_fails=True))
    for event in life(("closed", None, 5, 5)):
        state.apply(event)
    state.advance_to(START + timedelta(days=40))
    assert state.label("a").success is False and state.unrecorded == 0


def test_a_later_cut_only_adds_labels_where_nothing_is_corrected():
    objective = Objective(kind="lead", positive=("won",), horizon=timedelta(days=10))
    events = [event for event in history(1) if event.kind != "corrected"]
    early = read_assignments(events, objective, events[len(events) // 2].known_at)
    late = read_assignments(events, objective, events[-1].known_at)
    before = {one.assignment_id: one.label for one in early if one.label is not None}
    after = {one.assignment_id: one.label for one in late}
    assert before and all(after[name] == label for name, label in before.items())


def test_other_kinds_of_item_are_left_out():
    objective = Objective(kind="case", positive=("won",))
    assert read_assignments(history(2), objective, START + timedelta(days=99)) == ()


def test_columns_follow_the_assignments():
    objective = Objective(kind="lead", positive=("won",), horizon=timedelta(days=10))
    events = history(3)
    table = tabulate(read_assignments(events, objective, events[-1].known_at))
    assert [table.owners[code] for code in table.owner] == [one.owner_id for one in table.assignments]
    assert np.array_equal(table.settled, [one.label is not None for one in table.assignments])


def life(*told):
    """An assignment with what was told of it: kind, word, day it occurred, day it became known."""
    item = WorkItem(item_id="D-7", kind="lead", received_at=START)
    same = {"assignment_id": "a", "item_id": "D-7", "owner_id": "o-2"}
    return [Event(event_id="0", kind="assigned", occurred_at=START, known_at=START, item=item, **same),
            *(Event(event_id=f"{number}", kind=kind, outcome=word, occurred_at=START + timedelta(days=day),
                    known_at=START + timedelta(days=known), **same) for number, (kind, word, day, known) in enumerate(told, 1))]


def learnt(events, day):
    objective = Objective(kind="lead", positive=("won", "renewed"), horizon=timedelta(days=10))
    [one] = read_assignments(events, objective, START + timedelta(days=day))
    return one.label, one.outcome, None if one.settled_at is None else (one.settled_at - START).days


@pytest.mark.parametrize("told, expected", [
    ([("outcome", "renewed", 2, 2), ("outcome", "lost", 5, 5)], (False, "lost", 10)),
    ([("outcome", "lost", 5, 5), ("outcome", "won", 2, 8)], (False, "lost", 10)),
    ([("outcome", "lost", 1, 1), ("closed", "renewed", 4, 4), ("outcome", "lost", 3, 6)], (True, "renewed", 10)),
    ([("outcome", "won", 2, 2), ("outcome", "lost", 11, 11)], (True, "won", 10)),
])
def test_the_outcome_that_occurred_last_before_the_label_is_due_is_learnt(told, expected):
    assert learnt(life(*told), 40) == expected


def test_a_correction_after_settling_is_learnt_from_when_it_became_known():
    events = life(("outcome", "won", 2, 2), ("corrected", "lost", 25, 30))
    assert [learnt(events, day) for day in (20, 29, 30, 60)] == [
        (True, "won", 10), (True, "won", 10), (False, "lost", 30), (False, "lost", 30)]
