"""An event taken back: what is known afterwards is what a store knows that never had it, bit for bit, and decisions replay."""
import shutil
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from features.events import KINDS
from features.plan import FoldPlan
from features.state import State
from serving.runtime.fold import LogFold
from serving.store import assignments, capacity
from tests.features.histories import content, tables_of
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

SECOND = timedelta(seconds=1)
PEOPLE = ("ann", "bob", "cleo", "dan")
ITEM = "00Q5e00000abcDE"


@pytest.fixture
def twins(tmp_path):
    """Two workspaces alike with a model: an item assigned by a decision, when, to whom; others have been given others."""
    first = Api(small_company.with_model(tmp_path / "ws"))
    first.assign(lead("L-1"), key="1")
    document = first.assign(lead(ITEM), key="2").json()
    first.assign(lead("L-2"), key="3")
    first.live.workspace.close()
    shutil.copytree(tmp_path / "ws", tmp_path / "twin")
    made = [Api(tmp_path / name) for name in ("ws", "twin")]
    yield *made, document
    for api in made:
        api.live.workspace.close()


def at(document, seconds):
    return datetime.fromisoformat(document["decided_at"]) + seconds * SECOND / 10


def tell(api, document, kind, event_id, seconds, **more):
    """Tell an event of the item, a tenth of a second each after it was assigned."""
    [result] = api.tell({"event_id": event_id, "kind": kind, "item_id": ITEM, "occurred_at": at(document, seconds).isoformat(),
                         **more})
    return result


def take_back(api, event_id, by="back"):
    [result] = api.tell({"event_id": by, "kind": "retracted", "retracts": event_id, "occurred_at": datetime.now(UTC).isoformat()})
    return result


def known(api):
    """Everything that a decision now would read of the past, and everybody's open items, by the fold and by the database."""
    now = api.live.in_force
    plan = FoldPlan(objectives=tuple(now.settings.objectives.values()), dimensions=(("lead", ("industry",)),))
    fold = LogFold(lambda: State(plan))
    for event in api.live.store.events():
        fold.take(event)
    fold.settle(api.live.store.standing_events)
    fold.state.advance_to(datetime.now(UTC) + timedelta(days=90))
    live = api.live.store.write(lambda writing: api.live.context(writing).view and now.folded.state)
    return tables_of(fold.state), content(fold.state.earlier), tables_of(live), {who: api.open_items(who) for who in PEOPLE}


def told_before(kind, document):
    """What an event of a kind takes, and what comes before it."""
    other = next(name for name in ("ann", "bob", "cleo") if name != document["owner"]["owner_id"])
    more = {"reassigned": {"owner_id": other}, "outcome": {"outcome": "converted"}, "corrected": {"outcome": "converted"},
            "closed": {"outcome": "converted", "value": 10.0}, "merged": {"into": "L-2"}}.get(kind, {})
    before = {"reopened": [("closed", {})], "corrected": [("outcome", {"outcome": "lost"})]}.get(kind, [])
    return more, before


REPORTED = [kind for kind in KINDS if kind not in ("assigned", "retracted")]


@pytest.mark.parametrize("kind", REPORTED)
def test_each_kind_leaves_nothing_behind(twins, kind):
    api, twin, document = twins
    more, before = told_before(kind, document)
    for step, (earlier, with_it) in enumerate(before):
        for one in (api, twin):
            assert tell(one, document, earlier, f"before-{step}", 1, **with_it)["status"] == "stored"
    assert known(api) == known(twin)
    assert tell(api, document, kind, "wrong", 2, **more)["status"] == "stored"
    assert known(api)[0] != known(twin)[0] or kind in ("consent_revoked", "corrected", "outcome")
    api.recommend(lead("L-8"))
    between = api.assign(lead("L-9"), key="9").json()
    assert take_back(api, "wrong") == {"event_id": "back", "status": "stored"}
    assert api.live.store.standing(document["decision_id"]).state == twin.live.store.standing(document["decision_id"]).state
    api.tell({"event_id": "c", "kind": "closed", "decision_id": between["decision_id"], "occurred_at": between["decided_at"]})
    again = {who: api.open_items(who) for who in PEOPLE}
    assert again == {who: twin.open_items(who) for who in PEOPLE}
    assert take_back(api, f"{between['decision_id']}:assigned", "b2")["problem"]["expected"] == "`c` taken back before"
    assert take_back(api, "c", "b3")["status"] == take_back(api, f"{between['decision_id']}:assigned", "b4")["status"] == "stored"
    assert known(api) == known(twin)
    assert all(replayed.identical for replayed in api.replays())


def test_whoever_got_the_item_since_keeps_it_and_that_is_said(twins):
    api, _twin, document = twins
    owner = document["owner"]["owner_id"]
    tell(api, document, "rejected", "wrong", 1)
    again = api.assign(lead(ITEM), key="again").json()
    assert again["outcome"] == "assigned" and again["owner"]["owner_id"] != owner
    before = {who: api.open_items(who) for who in PEOPLE}
    result = take_back(api, "wrong")
    assert result["warnings"] == [f"`{again['owner']['owner_id']}` has the item by now and keeps it"]
    assert {who: api.open_items(who) for who in PEOPLE} == before
    assert all(out["rule"] != "had_it" for out in api.recommend(lead(ITEM))["eligibility"]["excluded"])
    assert all(replayed.identical for replayed in api.replays())


def test_a_hand_over_of_a_hand_over_taken_back_leaves_the_item_with_the_last_owner(twins):
    api, _twin, document = twins
    owner = document["owner"]["owner_id"]
    second, third = [who for who in PEOPLE if who != owner][:2]
    tell(api, document, "reassigned", "wrong", 1, owner_id=second)
    tell(api, document, "reassigned", "right", 2, owner_id=third)
    loads = {who: api.open_items(who) for who in PEOPLE}
    assert take_back(api, "wrong")["warnings"] == [f"`{third}` has the item by now and keeps it"]
    assert {who: api.open_items(who) for who in PEOPLE} == loads
    who_had_it = [event.owner_id for event in api.live.store.standing_events()
                  if event.kind == "assigned" and event.item_id == ITEM]
    assert who_had_it == [owner, third]
    assert tell(api, document, "closed", "end", 3)["status"] == "stored" and api.open_items(third) == loads[third] - 1
    assert all(replayed.identical for replayed in api.replays())


@pytest.mark.parametrize(("verb", "body"), [("reject", {"reason": "other"}), ("accept", {})])
def test_what_a_person_did_with_a_decision_is_taken_back_as_an_event(twins, verb, body):
    api, twin, document = twins
    assert api.act(document, verb, body).status_code == 200
    [event] = [one for one in api.live.store.happened(document["decision_id"]) if one.kind in ("rejected", "accepted")]
    assert take_back(api, event.event_id)["status"] == "stored"
    assert known(api) == known(twin)
    assert api.live.store.standing(document["decision_id"]).state == "assigned"
    assert api.act(document, "accept").status_code == 200


def test_an_assignment_that_was_accepted_is_taken_back_whole(twins):
    api, _twin, document = twins
    owner = document["owner"]["owner_id"]
    before = api.open_items(owner)
    tell(api, document, "accepted", "yes", 1)
    assert take_back(api, f"{document['decision_id']}:assigned")["status"] == "stored"
    assert api.open_items(owner) == before - 1
    assert all(event.item_id != ITEM for event in api.live.store.standing_events())
    assert "taken back" in tell(api, document, "closed", "e", 2, decision_id=document["decision_id"])["problem"]["message"]
    assert api.assign(lead(ITEM), key="anew").json()["outcome"] == "assigned"
    assert all(replayed.identical for replayed in api.replays())


def test_what_only_followed_from_an_event_is_taken_back_with_it_alone(twins):
    api, _twin, document = twins
    other = next(who for who in PEOPLE if who != document["owner"]["owner_id"])
    tell(api, document, "reassigned", "on", 1, owner_id=other)
    assert take_back(api, "on:assigned")["problem"]["expected"] == "`on`"
    tell(api, document, "closed", "end", 2)
    assert take_back(api, "on")["problem"]["expected"] == "`end` taken back before"
    assert take_back(api, "end", "b1")["status"] == take_back(api, "on", "b2")["status"] == "stored"
    assert api.live.store.standing(document["decision_id"]).state == "assigned"


def test_an_event_told_and_taken_back_in_one_request_leaves_nothing_behind(twins):
    api, twin, document = twins
    now = datetime.now(UTC).isoformat()
    results = api.tell({"event_id": "wrong", "kind": "closed", "item_id": ITEM, "occurred_at": now, "outcome": "lost"},
                       {"event_id": "back", "kind": "retracted", "retracts": "wrong", "occurred_at": now},
                       {"event_id": "right", "kind": "responded", "item_id": ITEM, "occurred_at": now})
    twin.tell({"event_id": "right", "kind": "responded", "item_id": ITEM, "occurred_at": now})
    assert [result["status"] for result in results] == ["stored"] * 3
    assert known(api) == known(twin)


@pytest.mark.parametrize("seed", range(3))
def test_events_told_and_taken_back_at_random_leave_one_owner_and_loads_that_agree(twins, seed):
    api, _twin, document = twins
    random, told = Random(seed), []
    for number in range(40):
        if told and random.random() < 0.45:
            take_back(api, random.choice(told), f"b{number}")
        else:
            kind = random.choice([each for each in REPORTED if each != "merged"])
            more = {"owner_id": random.choice(PEOPLE)} if kind == "reassigned" else {
                "outcome": random.choice(("converted", "lost"))} if kind in ("outcome", "corrected", "closed") else {}
            told.append(f"e{number}")
            tell(api, document, kind, told[-1], number, **more)
        if number % 8 == 0:
            api.assign(lead(ITEM), key=f"k{number}")
        loads = {who: api.open_items(who) for who in PEOPLE}
        api.live.store.write(lambda writing: capacity.recount(writing.connection))
        assert {who: api.open_items(who) for who in PEOPLE} == loads
        with api.live.store.reading() as connection:
            assert len(assignments.holders(connection, [ITEM])) <= 1
    assert all(replayed.identical for replayed in api.replays())
