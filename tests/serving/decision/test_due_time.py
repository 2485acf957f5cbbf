"""A promise is made with every assignment: in the document, on the event, and in what the model sees of keeping it."""
from datetime import UTC, datetime, timedelta

import pytest

from rules.refdata.times import format_instant
from rules.routing.sla import business_calendar, due_at
from serving.actions.commands import ActionCommand
from serving.actions.reported_events import ReportCommand, Reported, Reporter
from serving.actions.service import Actions
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

BOOK = (small_company.RULEBOOK.replace("to: sales}", "to: sales, sla: warm}").replace("to: solo}", "to: solo, sla: warm}")
        + "slas:\n  warm: {respond_within: PT5H, clock: business}\n  hour: {respond_within: PT1H, clock: elapsed}\n")
#: Ann and Bob work in Berlin, where it is 13:00 at NOON, and are due the day after; the others never stop.
HOURS = {"owner_id": "working_hours", "ann": "Mon-Fri 09:00-17:00", "bob": "Mon-Fri 09:00-17:00"}
OWNERS = "".join(f"{row},{HOURS.get(row.split(',')[0], '')}\n"
                 for row in small_company.OWNERS.replace("de;en,EU,3,1", "de;en,EU,,1").splitlines())
DUE = {"ann": NOON + timedelta(hours=21), "bob": NOON + timedelta(hours=21), "cleo": NOON + timedelta(hours=5),
       "dan": NOON + timedelta(hours=5)}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr(small_company, "RULEBOOK", BOOK)
    monkeypatch.setattr(small_company, "OWNERS", OWNERS)
    made = Workspace.at(small_company.with_model(tmp_path / "ws"))
    yield made
    made.close()


@pytest.fixture
def live(workspace):
    return Live(workspace)


def assigned(workspace, decision_id):
    [event] = [each for each in workspace.store.events() if each.kind == "assigned" and each.assignment_id == decision_id]
    return event


def due_of(event, live):
    """What the book promises for an assigned event."""
    in_force = live.in_force
    calendar = business_calendar(in_force.directory, owner_id=event.owner_id)
    return due_at(in_force.book.slas["warm"], event.occurred_at, calendar)


def test_each_owner_is_asked_for_a_reply_within_their_own_hours(workspace, live):
    seen = set()
    for number, others in enumerate((("ann", "bob"), ("cleo", "dan"), ())):
        answer = Decider(live).decide(DecideCommand(item=lead(f"L-{number}"), mode="assign", at=NOON, exclude=others))
        event = assigned(workspace, answer.decision_id)
        assert event.respond_by == DUE[event.owner_id]
        due = format_instant(event.respond_by)
        assert answer.document.sla.as_json() == {"policy": "warm", "respond_by": due, "clock": "business"}
        seen.add(event.respond_by)
    assert seen == set(DUE.values())


def test_an_item_that_no_rule_promises_anything_for_has_no_due_time(workspace, live):
    answer = Decider(live).decide(DecideCommand(item=lead(kind="case"), mode="assign", at=NOON))
    assert answer.document.outcome == "queued" and answer.document.sla is None


def test_an_item_that_waits_in_a_full_team_is_promised_on_the_teams_clock(workspace, live):
    for number in range(2):
        answer = Decider(live).decide(DecideCommand(item=lead(f"L-{number}", country="FR"), mode="assign", at=NOON))
    assert answer.document.outcome == "queued" and answer.document.owner is None
    assert answer.document.sla.respond_by == format_instant(NOON + timedelta(hours=5))


def test_an_item_that_is_held_back_is_promised_for_from_when_it_may_go_on(workspace, live):
    book = BOOK.replace("stages:", '  - {id: window, require: {item.local_time: "08:00-21:00"}, when: {country: DE}}\nstages:', 1)
    (workspace.folder / "rulebook.yaml").write_text(book, encoding="utf-8")
    night = NOON - timedelta(hours=9)  # four in the morning in Berlin
    document = (
        Decider(Live(workspace, book_from=workspace.folder)).decide(DecideCommand(item=lead(country="DE"), at=night)).document
    )
    opens = NOON - timedelta(hours=5)
    assert (document.outcome, document.next.wait_until) == ("queued", format_instant(opens))
    assert document.sla.respond_by == format_instant(opens + timedelta(hours=5))


def test_a_recommendation_promises_from_when_it_is_accepted(workspace, live):
    answer = Decider(live).decide(DecideCommand(item=lead()))
    assert not [event for event in workspace.store.events() if event.assignment_id == answer.decision_id]
    Actions(live).act(ActionCommand(kind="accept", decision_id=answer.decision_id))
    event = assigned(workspace, answer.decision_id)
    assert event.occurred_at >= NOON and event.respond_by == due_of(event, live)


def test_whoever_gets_the_item_later_is_promised_for_anew(workspace, live):
    answer = Decider(live).decide(DecideCommand(item=lead(), mode="assign", at=NOON))
    other = next(name for name in DUE if name != answer.document.owner.owner_id)
    asked = ActionCommand(kind="override", decision_id=answer.decision_id, owner_id=other, reason="workload")
    overridden = Actions(live).act(asked)
    event = assigned(workspace, overridden.new_decision_id)
    assert event.owner_id == other and event.respond_by == due_of(event, live)
    moved = Reported(event_id="crm-1", kind="reassigned", occurred_at=event.occurred_at,
                     decision_id=overridden.new_decision_id, owner_id="eve")
    report = Reporter(live).submit(ReportCommand(told=[moved])).result()
    assert [result.status for result in report.results] == ["stored"]
    handed_on = [each for each in workspace.store.events() if each.kind == "assigned"][-1]
    assert handed_on.owner_id == "eve" and handed_on.respond_by == due_of(handed_on, live)


def test_a_history_carries_what_the_book_would_have_promised(workspace, live):
    imported = [event for event in workspace.store.events() if event.kind == "assigned"]
    assert len(imported) == 60 and all(event.respond_by == due_of(event, live) for event in imported)


def test_the_model_sees_how_often_promises_were_kept_and_replay_sees_the_same(workspace, live, turn):
    turn(NOON + timedelta(days=4) - datetime.now(UTC))
    before = features_of(Decider(live).decide(DecideCommand(item=lead("L-a"), at=NOON)).document)
    assert before and all(rate == 1.0 for rate in before.values())            # an hour each, in the imported history
    made = [Decider(live).decide(DecideCommand(item=lead(f"L-{n}"), mode="assign", at=NOON)).document for n in range(8)]
    late = made[0].owner_id
    Reporter(live).submit(ReportCommand(told=[
        Reported(event_id=f"r-{n}", kind="responded", decision_id=document.decision_id,
                 occurred_at=NOON + timedelta(days=3 if document.owner.owner_id == late else 0, hours=1))
        for n, document in enumerate(made)])).result()
    after = features_of(Decider(live).decide(DecideCommand(item=lead("L-b"))).document)
    assert after[late] < min(rate for owner, rate in after.items() if owner != late) and len(after) == 4
    ids = workspace.store.decision_ids()
    for replays in (Replayer(workspace).from_log(ids), Replayer(workspace).from_events(ids)):
        assert [replayed for replayed in replays if not replayed.identical] == []


def features_of(document):
    return {each.owner_id: each.features["sla_kept_rate"] for each in document.candidates if each.features is not None}
