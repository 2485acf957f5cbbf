"""Events over HTTP: stored, known or refused one by one; the state and the places follow."""
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.serving.small_company import NOON, lead

SOON = timedelta(minutes=1)


def told(kind, event_id="e-1", *, at=None, **more):
    return {"event_id": event_id, "kind": kind, "occurred_at": (at or datetime.now(UTC)).isoformat(), **more}


def statuses(results):
    return [result["status"] for result in results]


@pytest.fixture
def french(api):
    """An assignment to eve, who has room for one."""
    document = api.assign(lead("L-1", country="FR"), key="first").json()
    assert document["owner"]["owner_id"] == "eve"
    return document


@pytest.mark.parametrize("kind", ["closed", "rejected", "reassigned"])
def test_an_end_frees_the_place_in_the_database_and_in_the_state(api, french, kind):
    assert api.assign(lead("L-2", country="FR"), key="2").json()["outcome"] == "queued"
    assert statuses(api.tell(told(kind, decision_id=french["decision_id"]))) == ["stored"]
    assert api.open_items("eve") == 0
    assert api.assign(lead("L-3", country="FR"), key="3").json()["outcome"] == "assigned"


def test_an_event_is_kept_with_both_its_times(api, french):
    before = datetime.now(UTC) - timedelta(days=3)
    api.tell(told("responded", at=before, decision_id=french["decision_id"]))
    event = api.live.store.happened(french["decision_id"])[-1]
    assert (event.kind, event.occurred_at) == ("responded", before)
    assert event.known_at >= datetime.fromisoformat(french["decided_at"])
    assert (event.owner_id, event.item_id) == ("eve", "L-1")


def test_the_same_event_again_is_known_and_changes_nothing(api, french):
    event = told("outcome", decision_id=french["decision_id"], outcome="converted", value=900)
    assert statuses(api.tell(event)) == ["stored"]
    before = api.live.store.head()
    assert statuses(api.tell(event)) == ["known"]
    by_item = {**event, "item_id": "L-1"}
    del by_item["decision_id"]
    assert statuses(api.tell(by_item)) == ["known"]
    assert api.live.store.head() == before


@pytest.mark.parametrize("change", [{"kind": "closed"}, {"outcome": "lost"}, {"value": 1}, {"decision_id": "h-1"},
                                    {"occurred_at": "2026-11-01T00:00:00Z"}])
def test_another_event_under_a_known_id_is_refused(api, french, change):
    event = told("outcome", decision_id=french["decision_id"], outcome="converted", value=900)
    api.tell(event)
    [result] = api.tell({**event, **change})
    assert (result["status"], result["problem"]["field"]) == ("refused", "event_id")


def test_an_id_told_twice_in_one_body_is_known_the_second_time(api, french):
    event = told("responded", decision_id=french["decision_id"])
    assert statuses(api.tell(event, event, {**event, "kind": "accepted"})) == ["stored", "known", "refused"]


def test_what_fits_is_kept_beside_what_does_not(api, french):
    results = api.tell(told("responded", "a", decision_id=french["decision_id"]), told("responded", "b", decision_id="x"),
                       "text", told("closed", "c", item_id="L-1"))
    assert statuses(results) == ["stored", "refused", "refused", "stored"]
    assert [result["event_id"] for result in results] == ["a", "b", None, "c"]
    assert [event.event_id for event in api.live.store.happened(french["decision_id"])][1:] == ["a", "c"]


def fits(**more):
    return {**told("responded", decision_id="D"), **more}


WRONG = {
    "an unknown decision": (fits(decision_id="nowhere"), ["decision_id", "no such decision"]),
    "an unknown item": (fits(decision_id=None, item_id="L-99"), ["item_id", "L-99"]),
    "another item than the decision's": (fits(item_id="L-99"), ["item_id", "L-1"]),
    "nothing it happened to": (fits(decision_id=None), ["decision_id", "item_id"]),
    "an unknown kind, with the nearest": (fits(kind="respnded"), ["kind", "responded"]),
    "an assignment": (fits(kind="assigned"), ["kind", "assigned"]),
    "a kind that is no text": (fits(kind=5), ["kind"]),
    "no kind": ({"event_id": "e", "decision_id": "D", "occurred_at": NOON.isoformat()}, ["kind", "missing"]),
    "an unknown field, with the nearest": (fits(ocurred_at="x"), ["ocurred_at", "occurred_at"]),
    "a naive time": (fits(occurred_at="2026-11-18T12:00:00"), ["occurred_at", "offset"]),
    "no such time": (fits(occurred_at="2026-02-30T12:00:00Z"), ["occurred_at"]),
    "a number for a time": (fits(occurred_at=5), ["occurred_at"]),
    "a time to come": (fits(occurred_at="2999-01-01T00:00:00Z"), ["occurred_at", "not come yet"]),
    "no id": (fits(event_id=None), ["event_id"]),
    "an empty id": (fits(event_id=""), ["event_id", "1 to 100"]),
    "a long id": (fits(event_id="e" * 101), ["event_id", "1 to 100"]),
    "an outcome without its word": (fits(kind="outcome"), ["outcome", "converted"]),
    "an outcome where none belongs": (fits(outcome="converted"), ["outcome", "closed"]),
    "a value where none belongs": (fits(value=5), ["value", "closed"]),
    "true for a value": (fits(kind="outcome", outcome="won", value=True), ["value", "number"]),
    "text for a value": (fits(kind="outcome", outcome="won", value="5"), ["value", "number"]),
    "a new owner where none belongs": (fits(owner_id="ann"), ["owner_id", "reassigned"]),
    "an unknown new owner": (fits(kind="reassigned", owner_id="anne"), ["owner_id", "ann"]),
    "the present owner as the new one": (fits(kind="reassigned", owner_id="eve"), ["owner_id", "already"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_event_that_does_not_fit_is_refused_in_words(api, french, case):
    event, words = WRONG[case]
    if event.get("decision_id") == "D":
        event = {**event, "decision_id": french["decision_id"]}
    before = api.live.store.head()
    [result] = api.tell(event)
    assert result["status"] == "refused"
    for word in words:
        assert word in json.dumps(result["problem"]), result
    assert api.live.store.head() == before


def test_events_of_a_decision_that_assigned_nobody_are_refused_with_what_to_do(api):
    document = api.recommend()
    [result] = api.tell(told("accepted", decision_id=document["decision_id"]))
    assert result["status"] == "refused"
    assert "accept it first" in result["problem"]["expected"]


BAD_BODIES = {
    "no events": ({}, "events"), "an empty list": ({"events": []}, "1 to 1000"),
    "an object for the list": ({"events": {}}, "list"), "null": ({"events": None}, "list"),
    "too many": ({"events": [1] * 1001}, "1 to 1000"), "an unknown field": ({"event": []}, "events"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_body_that_does_not_fit_is_refused_whole(api, case):
    body, word = BAD_BODIES[case]
    answer = api.post("/v1/events", body)
    assert answer.status_code == 422
    assert word in answer.text


# to whom it happened

def test_an_item_stands_for_its_open_assignment(api):
    api.assign(lead("L-1"), key="first")
    assert statuses(api.tell(told("rejected", "a", item_id="L-1"))) == ["stored"]
    second = api.assign(lead("L-1"), key="again").json()
    api.tell(told("responded", "b", item_id="L-1"))
    assert [event.kind for event in api.live.store.happened(second["decision_id"])] == ["assigned", "responded"]
    api.tell(told("closed", "c", item_id="L-1"), told("outcome", "d", item_id="L-1", outcome="converted"))
    assert [event.kind for event in api.live.store.happened(second["decision_id"])][2:] == ["closed", "outcome"]


def test_an_item_delivered_twice_has_one_assignment_which_an_event_finds_by_the_item(api):
    first, again = [api.assign(lead("L-1"), key=key).json() for key in "ab"]
    assert (again["outcome"], again["held_by"], again["owner"]["owner_id"]) == (
        "held", first["decision_id"], first["owner"]["owner_id"])
    assert statuses(api.tell(told("closed", item_id="L-1"))) == ["stored"]
    assert api.open_items(first["owner"]["owner_id"]) == 0


def test_an_event_told_by_a_later_delivery_reaches_the_assignment_that_holds_the_item(api):
    first, again = [api.assign(lead("L-1"), key=key).json() for key in "ab"]
    event = told("closed", decision_id=again["decision_id"])
    assert statuses(api.tell(event)) == ["stored"]
    assert statuses(api.tell(event)) == ["known"]
    assert api.open_items(first["owner"]["owner_id"]) == 0


def test_a_hand_off_of_a_rejected_assignment_ends_whichever_one_holds_the_item_now(api):
    first = api.assign(lead("L-1"), key="a").json()
    api.act(first, "reject", {"reason": "other"})
    second = api.assign(lead("L-1"), key="b").json()
    to = next(owner for owner in ("ann", "bob", "cleo") if owner != second["owner"]["owner_id"])
    assert statuses(api.tell(told("reassigned", decision_id=first["decision_id"], owner_id=to))) == ["stored"]
    assert (api.open_items(second["owner"]["owner_id"]), api.open_items(to)) == (0, 1)


def test_an_owner_change_in_the_crm_moves_the_place_and_makes_an_assignment(api, french):
    event = told("reassigned", decision_id=french["decision_id"], owner_id="ann")
    assert statuses(api.tell(event)) == ["stored"]
    assert (api.open_items("eve"), api.open_items("ann")) == (0, 1)
    assert statuses(api.tell(event)) == ["known"]
    assert statuses(api.tell({**event, "owner_id": "bob"})) == ["refused"]
    [assigned] = [event for event in api.live.store.events() if event.event_id == "e-1:assigned"]
    assert (assigned.kind, assigned.owner_id, assigned.item_id, assigned.assigned_by, assigned.propensity) == (
        "assigned", "ann", "L-1", "manual", None)
    assert assigned.item.value("country") == "FR"
    api.tell(told("closed", "e-2", item_id="L-1"))
    assert api.open_items("ann") == 0


def test_an_owner_change_and_what_follows_may_come_in_one_body(api, french):
    results = api.tell(told("reassigned", "a", item_id="L-1", owner_id="ann"),
                       told("reassigned", "b", item_id="L-1", owner_id="bob"), told("closed", "c", item_id="L-1"))
    assert statuses(results) == ["stored"] * 3
    assert [api.open_items(owner) for owner in ("eve", "ann", "bob")] == [0, 0, 0]


def test_a_fact_counts_even_beyond_a_ceiling(api, french):
    other = api.assign(lead("L-2"), key="2").json()
    api.tell(told("reassigned", decision_id=other["decision_id"], owner_id="eve"))
    assert api.open_items("eve") == 2
    assert not api.get("/v1/owners/eve/load").json()["has_room"]


def test_a_late_owner_change_of_a_closed_item_opens_nothing(api, french):
    api.tell(told("closed", "a", item_id="L-1"))
    api.tell(told("reassigned", "b", decision_id=french["decision_id"], owner_id="ann"))
    assert (api.open_items("eve"), api.open_items("ann")) == (0, 0)


def test_an_imported_assignment_takes_events_too(model_api):
    [held] = [event for event in model_api.live.store.events() if event.item_id == "H-59" and event.kind == "assigned"]
    before = model_api.open_items(held.owner_id)
    assert statuses(model_api.tell(told("closed", item_id="H-59", outcome="converted"))) == ["stored"]
    assert model_api.open_items(held.owner_id) == before - 1


def test_the_model_sees_what_was_reported(model_api):
    document = model_api.recommend()
    first = document["candidates"][0]["owner_id"]
    for number in range(3):
        other = model_api.assign(lead(f"L-{number}"), key=str(number)).json()
        model_api.tell(told("responded", f"r{number}", decision_id=other["decision_id"]))
    later = model_api.recommend()
    assert later["versions"]["state"] > document["versions"]["state"]
    assert later["candidates"][0]["features"] != document["candidates"][0]["features"]
    assert first in {each["owner_id"] for each in later["candidates"]}


def test_a_thousand_events_are_one_commit(api):
    ids = [api.assign(lead(f"L-{number}"), key=str(number), exclude=["ann"]).json()["decision_id"] for number in range(20)]
    events = [told("responded" if number % 2 else "closed", f"e-{number}", decision_id=ids[number % 20])
              for number in range(1000)]
    before = api.live.store.head().last_seq
    assert set(statuses(api.tell(*events))) == {"stored"}
    assert api.live.store.head().last_seq == before + 1000
    assert sum(api.open_items(owner) for owner in ("bob", "cleo", "dan")) == 10


def test_a_load_of_nobody_is_not_found(api):
    answer = api.get("/v1/owners/zoe/load")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_load_is_told_against_the_ceilings(api, french):
    told_load = api.get("/v1/owners/eve/load").json()
    assert {name: told_load[name] for name in ("owner_id", "open_items", "max_open", "assigned_today", "max_per_day",
                                               "has_room")} == {
        "owner_id": "eve", "open_items": 1, "max_open": 1, "assigned_today": 1, "max_per_day": None, "has_room": False}
