"""The state in memory: caught up in idle moments, never ahead of what is committed, right at every moment."""
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from features.plan import FoldPlan, Objective
from rules.errors import StoreError
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.fold import FoldedState
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from serving.store import event_log
from serving.store.store import Store
from tests.features.histories import DAY, HOUR, START, event, given, tables_of
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

PLAN = FoldPlan(objectives=(Objective(kind="lead", positive=("won",), horizon=timedelta(days=10)),),
                dimensions=(("lead", ("segment",)),))


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as opened:
        yield opened


@pytest.fixture
def fold():
    return FoldedState(PLAN, {})


def assign(store, fold, draft):
    """One decision's job: reach its moment, append its assignment and expect it; the event as numbered."""
    def job(writing):
        fold.reach(writing, draft.known_at)
        [numbered] = event_log.append(writing, [draft])
        fold.expect(numbered)
        return numbered

    return store.write(job)


def reach(store, fold, at):
    """Everything a reader at a moment can see, and up to which event."""
    state = store.write(lambda writing: fold.reach(writing, at))
    return state.seq, tables_of(state)


def anew(store, at):
    """The same from an empty fold."""
    return reach(store, FoldedState(PLAN, {}, store.lost_commits), at)


def test_what_was_expected_is_folded_before_the_next_decision_asks(store, fold):
    for number in range(3):
        assign(store, fold, given(f"a{number}", START + number * HOUR, exposure={"ann": -0.5, "bob": 0.5}))
        assert fold.state.seq == number
        fold.catch_up(store.lost_commits)
        assert fold.state.seq == number + 1
    version = fold.state.version
    assert reach(store, fold, START + DAY) == anew(store, START + DAY)
    assert fold.state.version == version, "nothing was left to fold"


def test_with_nothing_expected_nothing_changes(store, fold):
    fold.catch_up(store.lost_commits)
    assert (fold.state.seq, fold.state.version) == (0, 0)
    assign(store, fold, given("a1", START))
    for _ in range(3):
        fold.catch_up(store.lost_commits)
        assert (fold.state.seq, fold.state.version) == (1, 1)


def test_what_a_failed_commit_took_back_is_not_folded(store, fold, monkeypatch):
    monkeypatch.setattr("serving.store.writer.MOST_SECONDS", 60.0)
    assign(store, fold, given("a1", START))

    def expects(writing):
        fold.reach(writing, START + HOUR)
        fold.expect(event_log.append(writing, [given("a2", START + HOUR, owner="bob")])[0])

    held = threading.Event()
    store.submit(lambda writing: held.wait(5))
    lost = [store.submit(expects),
            store.submit(lambda writing: writing.connection.execute(text("insert into no_such_table values (1)")))]
    held.set()
    for answer in lost:
        with pytest.raises(StoreError):
            answer.result()
    assert store.lost_commits == 1
    fold.catch_up(store.lost_commits)
    assert fold.state.seq == 1
    assert reach(store, fold, START + DAY) == anew(store, START + DAY)
    assign(store, fold, given("a3", START + DAY, owner="cyd"))
    fold.catch_up(store.lost_commits)
    assert fold.state.seq == 2
    assert reach(store, fold, START + DAY) == anew(store, START + DAY)


def test_an_earlier_moment_is_right_after_catching_up(store, fold):
    moments = [START + number * DAY for number in range(4)]
    for number, at in enumerate(moments):
        assign(store, fold, given(f"a{number}", at))
        fold.catch_up(store.lost_commits)
    for at in (moments[1], moments[3], moments[0] - HOUR, moments[2] + HOUR):
        assert reach(store, fold, at) == anew(store, at)
        fold.catch_up(store.lost_commits)
        assert reach(store, fold, at) == anew(store, at)


def test_nothing_is_folded_that_was_not_known_at_the_last_moment(store, fold):
    assign(store, fold, given("a1", START + 9 * DAY))
    reach(store, fold, START)
    version = fold.state.version
    fold.catch_up(store.lost_commits)
    assert (fold.state.seq, fold.state.version) == (0, version)
    assert reach(store, fold, START + 9 * DAY) == anew(store, START + 9 * DAY)


def test_an_event_of_somebody_else_in_between_is_not_passed_over(store, fold):
    assign(store, fold, given("a1", START))

    def job(writing):
        fold.reach(writing, START + HOUR)
        event_log.append(writing, [event("accepted", "a1", START + HOUR)])
        [numbered] = event_log.append(writing, [given("a2", START + HOUR)])
        fold.expect(numbered)

    store.write(job)
    fold.catch_up(store.lost_commits)
    assert fold.state.seq == 1
    assert reach(store, fold, START + DAY) == anew(store, START + DAY)
    assert fold.state.seq == 3


def test_decisions_come_out_the_same_from_the_events_whether_caught_up_or_not(tmp_path):
    workspace = Workspace.at(small_company.with_model(tmp_path / "ws"))
    live = Live(workspace)
    decider, ids = Decider(live), []
    for number in range(12):
        at = NOON + timedelta(hours=number)
        for asked in (
            DecideCommand(item=lead(f"L-{number}"), mode="assign", at=at),
            DecideCommand(item=lead(f"R-{number}"), at=NOON),
        ):
            ids.append(decider.decide(asked).decision_id)
            if number % 2:
                workspace.store.write(lambda writing: live.in_force.folded.catch_up(writing.lost_commits))
    assert [replayed for replayed in Replayer(workspace).from_events(ids) if not replayed.identical] == []
    workspace.close()


@pytest.mark.parametrize("known", [1, 2])
def test_a_history_that_lies_before_what_was_read_is_folded_in_its_place(store, fold, known):
    for number in range(known):
        assign(store, fold, given(f"a{number}", START + number * DAY))
    reach(store, fold, START + 5 * DAY)
    earlier = [given("b1", START - DAY, owner="bob"), given("b2", START + HOUR, owner="cyd")]
    assert store.write(lambda writing: event_log.rewrite(writing, earlier)) == 2
    assert reach(store, fold, START + 5 * DAY) == anew(store, START + 5 * DAY)
    assign(store, fold, given("a9", START + 6 * DAY))
    assert reach(store, fold, START + 7 * DAY) == anew(store, START + 7 * DAY)
