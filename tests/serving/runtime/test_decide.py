import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from rules.errors import ItemError, Refused, StoreError
from rules.refdata.times import parse_instant
from serving.runtime.batch import BatchOptions, route
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.idempotent import KeyReused
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import decision_log, tables
from tests.serving import small_company
from tests.serving.small_company import NOON, lead


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(small_company.build(tmp_path / "ws"))
    yield made
    made.close()


@pytest.fixture
def decider(workspace):
    return Decider(Live(workspace))


def fill_up(workspace, owner_id, places):
    """Let the database know of open items that the events do not: what another replica's commit looks like."""
    def job(writing):
        writing.connection.execute(insert(tables.capacity).values(owner_id=owner_id, open=places))

    workspace.store.write(job)


def test_an_assignment_is_one_commit_of_everything_it_means(workspace, decider):
    answer = decider.decide(DecideCommand(item=lead(), mode="assign", key="k", at=NOON))
    document = answer.document
    owner = document.owner.owner_id
    stored = workspace.store.decision(answer.decision_id)
    assert stored.canonical == answer.canonical
    assert stored.is_untouched
    assert workspace.store.decision_inputs(answer.decision_id)
    [event] = workspace.store.events()
    assert (event.assignment_id, event.owner_id, event.known_at) == (answer.decision_id, owner, NOON)
    assert event.rotation[owner] < 0 < max(event.rotation.values())
    head = workspace.store.head()
    assert (head.last_decision, head.last_seq, head.newest_at) == (1, 1, NOON)


def test_when_keeping_a_decision_fails_nothing_of_it_is_kept(workspace, decider, monkeypatch):
    def full_disk(*_arguments, **_words):
        raise Refused("no room")

    monkeypatch.setattr("serving.runtime.decide.event_log.append_reserved", full_disk)
    with pytest.raises(Refused, match="no room"):
        decider.decide(DecideCommand(item=lead(), mode="assign", key="k"))
    monkeypatch.undo()
    assert workspace.store.head().last_decision == 0
    assert workspace.store.decisions(decision_log.DecisionFilter()) == []
    answer = decider.decide(DecideCommand(item=lead(), mode="assign", key="k"))
    assert not answer.replayed
    with workspace.store.reading() as connection:
        assert connection.execute(tables.capacity.select()).all() == [(answer.document.owner.owner_id, 1)]


def test_a_lost_race_for_the_last_place_goes_to_the_next_with_the_same_number(workspace, decider):
    wished = decider.decide(DecideCommand(item=lead("L-9"), at=NOON)).document
    assert wished.owner.owner_id == decider.decide(DecideCommand(item=lead("L-9"), at=NOON)).document.owner.owner_id
    ceilings = (workspace.folder / "owners.csv").read_text().replace("EU,,1", "EU,3,1").replace("US,,1", "US,3,1")
    (workspace.folder / "owners.csv").write_text(ceilings)
    decider = Decider(Live(workspace))
    fill_up(workspace, wished.owner.owner_id, 3)
    document = decider.decide(DecideCommand(item=lead("L-9"), mode="assign", at=NOON)).document
    full = wished.owner.owner_id
    assert document.outcome == "assigned"
    assert document.owner.owner_id != full
    assert [out.owners for out in document.eligibility.excluded if out.rule == "capacity"] == [[full]]
    assert any(full in warning and "full" in warning for warning in document.warnings)


def test_when_everybody_is_full_by_now_nobody_is_overfilled(workspace, decider):
    fill_up(workspace, "eve", 1)
    document = decider.decide(DecideCommand(item=lead(country="FR"), mode="assign")).document
    assert (document.outcome, document.owner) == ("queued", None)
    assert list(workspace.store.events()) == []


@pytest.mark.parametrize("binding", ["ignore", "prefer"])
def test_a_ceiling_that_does_not_bind_refuses_nobody(workspace, binding):
    book = workspace.rulebook_path
    book.write_text(book.read_text().replace("capacity: require", f"capacity: {binding}"))
    decider = Decider(Live(workspace))
    given = [decider.decide(DecideCommand(item=lead(f"F-{number}", country="FR"), mode="assign", at=NOON)).document
             for number in range(3)]
    assert [(document.outcome, document.owner_id) for document in given] == [("assigned", "eve")] * 3


def test_a_bad_item_decides_nothing(workspace, decider):
    with pytest.raises(ItemError):
        decider.decide(DecideCommand(item=lead(kind="leed"), mode="assign", key="k"))
    assert workspace.store.head().last_decision == 0
    assert not decider.decide(DecideCommand(item=lead(), mode="assign", key="k")).replayed


def test_a_key_stands_for_one_question(decider):
    first = decider.decide(DecideCommand(item=lead(), mode="assign", key="k"))
    again = decider.decide(DecideCommand(item=lead(), mode="assign", key="k"))
    assert (again.canonical, again.replayed) == (first.canonical, True)
    for other in (DecideCommand(item=lead("L-2"), mode="assign", key="k"), DecideCommand(item=lead(), key="k"),
                  DecideCommand(item=lead(), mode="assign", exclude=("ann",), key="k")):
        with pytest.raises(KeyReused):
            decider.decide(other)


def test_an_assignment_before_what_is_known_is_refused_and_a_recommendation_looks_back(decider):
    decider.decide(DecideCommand(item=lead("L-1"), mode="assign", at=NOON))
    with pytest.raises(Refused, match="known times never go back"):
        decider.decide(DecideCommand(item=lead("L-2"), mode="assign", at=NOON - timedelta(minutes=1)))
    before = decider.decide(DecideCommand(item=lead("L-2"), at=NOON - timedelta(minutes=1))).document
    after = decider.decide(DecideCommand(item=lead("L-2"), at=NOON)).document
    assert (before.versions.state, after.versions.state) == (0, 1)


def test_decisions_of_many_moments_each_see_what_was_known_then(decider):
    for hour in range(4):
        decider.decide(DecideCommand(item=lead(f"L-{hour}"), mode="assign", at=NOON + timedelta(hours=hour)))
    seen = [
        decider.decide(DecideCommand(item=lead("L-9"), at=NOON + timedelta(hours=hour, minutes=30))).document.versions.state
        for hour in (3, 0, 2, 1, 3)
    ]
    assert seen == [4, 1, 3, 2, 4]


def test_without_a_moment_it_is_now(decider):
    decided_at = datetime.fromisoformat(decider.decide(DecideCommand(item=lead())).document.decided_at)
    assert abs(datetime.now(UTC) - decided_at) < timedelta(minutes=1)


def test_a_future_moment_is_taken_as_given(decider):
    later = datetime.now(UTC) + timedelta(days=400)
    assert datetime.fromisoformat(decider.decide(DecideCommand(item=lead(), at=later)).document.decided_at) == later


def test_what_another_process_assigned_is_seen_before_deciding(workspace, decider):
    other = Workspace.at(workspace.folder)
    elsewhere = Decider(Live(other))
    first = elsewhere.decide(DecideCommand(item=lead(country="FR"), mode="assign")).document
    second = decider.decide(DecideCommand(item=lead("L-2", country="FR"), mode="assign")).document
    other.close()
    assert (first.outcome, second.outcome) == ("assigned", "queued")
    assert second.eligibility.excluded[0].rule == "capacity"


def test_the_number_drawn_depends_on_the_item_and_not_on_the_asking(tmp_path):
    workspace = Workspace.at(small_company.with_model(tmp_path / "model"))
    decider = Decider(Live(workspace))
    numbers = {decider.decide(DecideCommand(item=lead(), key=key)).document.exploration.u for key in ("a", "b", None)}
    assert len(numbers) == 1
    assert decider.decide(DecideCommand(item=lead("L-2"))).document.exploration.u not in numbers
    workspace.close()


def test_a_commit_that_was_lost_is_forgotten_by_the_state_too(workspace, monkeypatch):
    monkeypatch.setattr("serving.store.writer.MOST_SECONDS", 60.0)
    live = Live(workspace)
    decider = Decider(live)
    decider.decide(DecideCommand(item=lead("L-0"), mode="assign", at=NOON))

    held = threading.Event()
    workspace.store.submit(lambda writing: held.wait(5))
    lost = [decider.submit(DecideCommand(item=lead("L-1"), mode="assign", at=NOON)),
            decider.submit(DecideCommand(item=lead("L-2"), at=NOON)),
            workspace.store.submit(lambda writing: writing.connection.exec_driver_sql("insert into nowhere values (1)"))]
    held.set()
    for answer in lost:
        with pytest.raises(StoreError, match="nothing was kept"):
            answer.result()
    document = decider.decide(DecideCommand(item=lead("L-3"), at=NOON)).document
    assert document.versions.state == 1


@pytest.mark.parametrize(("received", "said"), [
    ("1970-01-01T00:00:00Z", "is impossible"), ("9999-12-31T00:00:00Z", "has not come"),
    ("2062-05-01T10:00:00+02:00", "has not come")])
def test_an_item_received_at_a_time_that_cannot_be_is_refused_and_moves_nothing(workspace, received, said):
    decider, before = Decider(Live(workspace)), workspace.store.head()
    for at in (None, parse_instant(received)):
        for mode in ("recommend", "assign"):
            with pytest.raises(ItemError) as refused:
                decider.decide(DecideCommand(item={**lead("L-1"), "received_at": received}, mode=mode, at=at))
            [problem] = refused.value.problems
            assert (problem.column_name, said in problem.message) == ("received_at", True)
    assert workspace.store.head() == before


def test_nothing_is_assigned_at_a_moment_to_come_which_a_plan_may_ask_for(workspace):
    decider, before = Decider(Live(workspace)), workspace.store.head()
    ahead = datetime.now(UTC) + timedelta(days=30)
    with pytest.raises(Refused, match="has not come yet"):
        decider.decide(DecideCommand(item=lead("L-1"), mode="assign", at=ahead))
    assert workspace.store.head() == before
    assert decider.decide(DecideCommand(item=lead("L-1"), at=ahead)).document.outcome == "recommended"


@pytest.mark.parametrize("assign", [False, True])
def test_a_row_with_such_a_time_is_told_alone_and_the_others_are_decided(workspace, assign):
    times = {"L-1": "2026-11-20T10:00:00Z", "L-2": "1970-01-01T00:00:00Z", "L-3": "2062-05-01T00:00:00Z",
             "L-4": "2026-11-20T11:00:00Z"}
    text = "item_id,kind,country,employees,received_at\n" + "".join(f"{one},lead,US,1200,{at}\n" for one, at in times.items())
    rows = route(Live(workspace), text, file="items.csv", wish=BatchOptions(at="received", assign=assign),
                 track=lambda rows, _total: rows)
    assert {row["item_id"]: row["outcome"] for row in rows if row["outcome"] == "refused"} == {"L-2": "refused", "L-3": "refused"}
    assert all("received_at" in row["message"] for row in rows if row["outcome"] == "refused") and len(rows) == 4
