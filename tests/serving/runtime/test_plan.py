"""Several items at once are a plan: what `assign` would do with them from the same moment, and nothing kept but the decisions."""
import random
import re
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

import rightful
from rules.errors import Refused, StoreError
from serving.decision.inputs import DecisionInputs
from serving.runtime.batch import BatchOptions, route
from serving.runtime.decide import DecideCommand, Decider, keep
from serving.runtime.live import Live
from serving.runtime.plan import Plan
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from serving.store import tables
from tests.features.histories import tables_of
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

#: What a row of a plan and of an assignment have in common.
SAME = ("item_id", "stage", "rule", "team", "owner_id", "decided_by", "why_not_model", "probability", "score", "runner_up",
        "fairness_verdict", "considered", "eligible", "message")
HEADER = "item_id,kind,received_at,country,employees,industry,consent,value,email"
ATTRIBUTES = ("  country: {type: country}\n", "  country: {type: country}\n  email: {type: text}\n")
NAMED = ("stages:\n", "stages:\n  - {stage: named, table: tables/named.csv}\n")
CAPACITY = ("capacity: require", "capacity: WORD")
INTAKE = ("availability:", "intake: {duplicates: {within: P30D}, keep_owner: [duplicate], held: WORD}\navailability:")


def company(folder, rng):
    """A small company, some with a model, with random weights and ceilings, and a book with named owners."""
    (small_company.with_model if rng.random() < 0.5 else small_company.build)(folder)
    book = (folder / "rulebook.yaml").read_text().replace(*ATTRIBUTES)
    for (old, new), words in rng.sample(((CAPACITY, ("prefer", "ignore")), (INTAKE, ("keep", "move", "refuse")), (NAMED, ("",))),
                                        rng.randint(0, 3)):
        book = book.replace(old, new.replace("WORD", rng.choice(words)))
    (folder / "rulebook.yaml").write_text(book)
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / "named.csv").write_text("account_id,owner_id\nacc-1,ann\nacc-2,bob\n")
    (folder / "accounts.csv").write_text("account_id,name,domain\nacc-1,Firm One,firm1.com\nacc-2,Firm Two,firm2.com\n")
    rows = ["owner_id,name,kind,time_zone,data_region,max_open,max_per_day,weight"]
    for name in ("ann", "bob", "cleo", "dan", "eve"):
        rows.append(",".join((name, name.title(), "person", rng.choice(("UTC", "Asia/Tokyo")), rng.choice(("EU", "US")),
                              rng.choice(("", "2", "5", "20")), rng.choice(("", "", "3", "6")), rng.choice(("0", "1", "2")))))
    (folder / "owners.csv").write_text("\n".join(rows) + "\n")
    return folder


def items(rng, count):
    lines = [HEADER]
    for number in range(count):
        name = rng.choice((f"N-{number}",) * 9 + (f"N-{rng.randrange(count)}", "B-1"))
        lines.append(",".join((name, rng.choice(("lead", "lead", "lead", "case")), NOON.isoformat(),
                               rng.choice(("US", "US", "DE", "FR", "JP")), str(rng.randint(1, 900)),
                               rng.choice(("software", "manufacturing")), rng.choice(("granted", "granted", "denied")),
                               str(rng.randint(1, 9) * 1000), f"p{rng.randint(1, 8)}@firm{rng.randint(1, 4)}.com")))
    return "\n".join(lines) + "\n"


def routed(folder, text, **wish):
    workspace = Workspace.at(folder)
    try:
        return route(Live(workspace), text, file="items.csv", wish=BatchOptions(**wish), track=lambda rows, _total: rows)
    finally:
        workspace.close()


@pytest.mark.parametrize("seed", range(9))
def test_a_plan_is_row_by_row_what_assigning_would_do(tmp_path, seed):
    rng = random.Random(seed)
    folder = company(tmp_path / "ws", rng)
    text, at = items(rng, 30), rng.choice((NOON, NOON + timedelta(hours=11), "received"))
    routed(folder, items(rng, 6).replace("N-", "B-"), at=NOON - timedelta(minutes=rng.randint(1, 900)), assign=True)
    shutil.copytree(folder, tmp_path / "other")
    planned, assigned = routed(folder, text, at=at), routed(tmp_path / "other", text, at=at, assign=True)
    assert [row["outcome"] for row in assigned] == ["assigned" if row["outcome"] == "recommended" else row["outcome"]
                                                    for row in planned]
    assert [told(row) for row in planned] == [told(row) for row in assigned]
    assert len({row["owner_id"] for row in planned}) > 2
    assert all_replayed(folder) == []


def told(row):
    """What a row says of its item; the ids of decisions differ."""
    return [re.sub("[0-9a-f]{32}", "ID", str(row[name])) for name in SAME]


def all_replayed(folder, ids=None):
    """What replays or refolds otherwise than it was decided."""
    workspace = Workspace.at(folder)
    replayer = Replayer(workspace)
    ids = list(workspace.store.decision_ids()) if ids is None else ids
    wrong = [found for made in (replayer.from_log(ids), replayer.from_events(ids)) for found in made if not found.identical]
    workspace.close()
    return wrong


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(small_company.with_model(tmp_path / "ws"))
    yield made
    made.close()


def kept(workspace):
    """All of a store that decides, and what the process knows of it."""
    head = workspace.store.head()
    with workspace.store.reading() as connection:
        rows = connection.execute(select(tables.capacity).order_by(tables.capacity.c.owner_id)).all()
    return head.last_seq, head.newest_at, rows, [event.event_id for event in workspace.store.events()]


def plan_of(live, count, *, at=NOON, word="P"):
    plan = Plan(live, at)
    return [plan.submit(DecideCommand(item=lead(f"{word}-{number}"), at=at)).result() for number in range(count)]


def test_nothing_is_kept_of_a_plan_but_its_decisions(workspace):
    live = Live(workspace)
    live.keep_warm()
    Decider(live).decide(DecideCommand(item=lead("A"), mode="assign", at=NOON))
    store, fold = kept(workspace), live.in_force.folded
    before = tables_of(workspace.store.write(lambda writing: fold.reach(writing, NOON)))
    planned = plan_of(live, 12)
    assert kept(workspace) == store and live.in_force.folded is fold
    assert tables_of(workspace.store.write(lambda writing: fold.reach(writing, NOON))) == before
    read = [DecisionInputs.from_bytes(workspace.store.decision_inputs(answer.decision_id)) for answer in planned]
    assert [sum(inputs.loads.open_items) for inputs in read] == [sum(read[0].loads.open_items) + given for given in range(12)]
    assert {workspace.store.decision(answer.decision_id).document.outcome for answer in planned} == {"recommended"}


def test_a_row_that_fails_is_no_part_of_the_plan(workspace, monkeypatch):
    plan, store, errors = Plan(Live(workspace), NOON), kept(workspace), []
    for number in range(6):
        monkeypatch.setattr("serving.runtime.plan.keep", full_disk if number == 2 else keep)
        asked = DecideCommand(item=lead(f"P-{number}", kind="lead" if number != 4 else "leed"), at=NOON)
        errors.append(plan.submit(asked).exception())
    assert [type(error).__name__ for error in errors] == [
        "NoneType", "NoneType", "Refused", "NoneType", "ItemError", "NoneType"]
    assert kept(workspace) == store
    assert all_replayed(workspace.folder) == []


def full_disk(*_arguments):
    raise Refused("no room")


def test_what_others_decide_meanwhile_is_no_part_of_the_plan_and_the_plan_none_of_theirs(workspace, tmp_path):
    workspace.store.workspace_key()
    shutil.copytree(workspace.folder, tmp_path / "alone")
    alone = Workspace.at(tmp_path / "alone")
    undisturbed = [answer.document.owner_id for answer in plan_of(Live(alone), 10)]
    alone.close()
    live = Live(workspace)
    plan, decider, planned, assigned = Plan(live, NOON), Decider(live), [], []
    for number in range(10):
        planned.append(plan.submit(DecideCommand(item=lead(f"P-{number}"), at=NOON)))
        assigned.append(decider.submit(DecideCommand(item=lead(f"A-{number}"), mode="assign", at=NOON)))
    assert [answer.result().document.owner_id for answer in planned] == undisturbed
    states = [answer.result().document.versions.state for answer in assigned]
    assert states == list(range(states[0], states[0] + 10)), "each assignment is seen by the next, no plan between"
    assert all_replayed(workspace.folder) == []


def test_places_of_plans_refold_alone_and_in_any_order(workspace):
    live = Live(workspace)
    ids = [answer.decision_id for word in "PQR" for answer in plan_of(live, 5, word=word)]
    for some in ([ids[4]], [ids[9], ids[3], ids[8]], ids[::-1], random.Random(3).sample(ids, len(ids))):
        assert all_replayed(workspace.folder, some) == []


def test_a_plan_that_looks_back_goes_on_with_what_became_known_and_leaves_the_state_of_now(workspace):
    live = Live(workspace)
    live.keep_warm()
    state = live.in_force.folded.state
    past = NOON - timedelta(days=30)
    plan, moments = Plan(live, past), [past + timedelta(days=5 * number) for number in range(5)]
    answers = [plan.submit(DecideCommand(item=lead(f"P-{at:%d%m}"), at=at)).result() for at in moments]
    states = [answer.document.versions.state for answer in answers]
    assert states == sorted(set(states)) and states[-1] < state.seq
    assert live.in_force.folded.state is state
    assert all_replayed(workspace.folder) == []


def test_rows_after_a_lost_commit_are_refused_and_those_before_it_refold(workspace, monkeypatch):
    plan = Plan(Live(workspace), NOON)
    plan.submit(DecideCommand(item=lead("P-0"), at=NOON)).result()
    broken = workspace.store.submit(lambda writing: writing.connection.exec_driver_sql("insert into nowhere values (1)"))
    with pytest.raises(StoreError):
        broken.result()
    monkeypatch.setattr(workspace.store._writer, "lost_commits", workspace.store.lost_commits + 1)
    with pytest.raises(Refused, match="lost a commit"):
        plan.submit(DecideCommand(item=lead("P-1"), at=NOON)).result()
    assert all_replayed(workspace.folder) == []


def test_several_items_from_python_are_a_plan_in_the_order_of_their_moments(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    leads = [lead(f"L-{number}", received_at=(NOON + timedelta(minutes=(7 * number) % 12)).isoformat()) for number in range(12)]
    with rightful.open(folder) as opened:
        assert [row["item_id"] for row in opened.route([*leads, {"item_id": "X"}], at="received")] == [
            *(each["item_id"] for each in leads), "X"]
        planned = opened.route(leads, at="received")
        assigned = opened.route(leads, at="received", assign=True)
    assert [row["owner_id"] for row in planned] == [row["owner_id"] for row in assigned]
    assert {row["owner_id"] for row in planned} == {"ann", "bob", "cleo", "dan"}
