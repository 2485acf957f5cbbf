"""Idempotency on every route: the same key never does a thing twice."""
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from features.clock import micros
from serving.store import idempotency, tables
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

VERBS = {"accept": {}, "reject": {"reason": "other"}, "override": {"owner_id": "cleo", "reason": "other"},
         "review": {"verdict": "approve"}}
OTHER = {"accept": None, "reject": {"reason": "duplicate"}, "override": {"owner_id": "dan", "reason": "other"},
         "review": {"verdict": "challenge"}}
NOT_CLEO = ["cleo", "dan"]


def assigned(api, key="assign"):
    """An assignment that is not cleo's or dan's, though they are eligible."""
    for number in range(9):
        document = api.assign(lead(f"L-{key}-{number}"), key=f"{key}-{number}").json()
        if document["owner"]["owner_id"] not in NOT_CLEO:
            return document
    raise AssertionError("rotation never came to ann or bob")


@pytest.mark.parametrize("verb", VERBS)
def test_the_same_key_and_body_get_the_same_bytes_and_nothing_more_happens(api, verb):
    document = assigned(api)
    first = api.act(document, verb, VERBS[verb], key="k")
    assert first.status_code == 200, first.text
    before = api.live.store.head()
    second = api.act(document, verb, VERBS[verb], key="k")
    assert (second.status_code, second.content) == (200, first.content)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert api.live.store.head() == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_replay_survives_a_restart_byte_for_byte(api, verb):
    document = assigned(api)
    first = api.act(document, verb, VERBS[verb], key="k")
    api.live.workspace.close()
    again = Api(api.folder)
    second = again.act(document, verb, VERBS[verb], key="k")
    again.live.workspace.close()
    assert (second.content, second.headers["idempotency-replayed"]) == (first.content, "true")


@pytest.mark.parametrize("verb", VERBS)
def test_the_same_key_with_another_body_or_decision_is_refused(api, verb):
    document = assigned(api)
    api.act(document, verb, VERBS[verb], key="k")
    answers = [api.act(assigned(api, "other"), verb, VERBS[verb], key="k")]
    if OTHER[verb] is not None:
        answers.append(api.act(document, verb, OTHER[verb], key="k"))
    for answer in answers:
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("idempotency-key-reused")


@pytest.mark.parametrize(("verb", "status"), [("accept", 400), ("reject", 400), ("override", 400), ("review", 200)])
def test_a_key_is_asked_for_where_something_is_done(api, verb, status):
    answer = api.act(assigned(api), verb, VERBS[verb], key=None)
    assert answer.status_code == status
    if status == 400:
        assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there"])
def test_a_key_that_is_none_is_refused(api, key):
    answer = api.post(f"/v1/decisions/{api.recommend()['decision_id']}/accept", {}, Idempotency_Key=key)
    assert answer.status_code == 400


def test_keys_are_told_apart_by_route(api):
    document = assigned(api, "k")
    assert api.act(document, "review", VERBS["review"], key="k-0").status_code == 200
    assert api.act(document, "accept", key="k-0").status_code == 200
    assert api.act(document, "override", VERBS["override"], key="k-0").status_code == 200


def test_a_refusal_does_not_use_the_key_up(api):
    held = api.assign(lead("L-1", country="FR"), key="held").json()
    waiting = api.recommend(lead("L-2"))
    assert api.act(held, "override", {"owner_id": "ann", "reason": "other"}, key="k").status_code == 409
    api.act(waiting, "accept", key="w")
    assert api.act(waiting, "review", {"verdict": "approve"}, key="k").status_code == 200


def test_events_under_a_key_are_answered_again_as_they_were(api):
    document = assigned(api)
    event = {"event_id": "e", "kind": "responded", "decision_id": document["decision_id"],
             "occurred_at": document["decided_at"]}
    first, second = (api.post("/v1/events", {"events": [event]}, Idempotency_Key="k") for _ in range(2))
    assert (second.content, second.headers["idempotency-replayed"]) == (first.content, "true")
    assert api.tell(event)[0]["status"] == "known"
    other = api.post("/v1/events", {"events": [{**event, "event_id": "f"}]}, Idempotency_Key="k")
    assert other.status_code == 422


def test_a_request_whose_twin_is_still_running_is_refused_and_answered_once_it_is_done(api):
    document = assigned(api)
    held, started = threading.Event(), threading.Event()
    api.live.store.submit(lambda writing: started.set() or held.wait(10))
    started.wait(5)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.act, document, "accept", key="k")
        while not api.live.idempotent._running:
            time.sleep(0.001)
        twin = api.act(document, "accept", key="k")
        held.set()
        answered = first.result()
    assert (twin.status_code, twin.headers["retry-after"]) == (409, "1")
    assert twin.json()["type"].endswith("idempotency-key-running")
    assert answered.status_code == 200
    again = api.act(document, "accept", key="k")
    assert (again.content, again.headers["idempotency-replayed"]) == (answered.content, "true")


def test_many_clients_with_one_key_override_once(api):
    document = assigned(api)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.act(document, "override", VERBS["override"], key="same"), range(24)))
    answered = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answered}) == 1
    assert len([action for action in api.live.store.actions(document["decision_id"]) if action.kind == "overridden"]) == 1
    assert api.open_items("cleo") + api.open_items("dan") >= 1


def test_a_key_is_free_again_after_seven_days_and_cleared(api):
    document = assigned(api)
    api.act(document, "review", VERBS["review"], key="k")
    old = micros(datetime.now(UTC) - timedelta(days=7, seconds=1))
    api.live.store.write(lambda writing: writing.connection.execute(update(tables.idempotency).values(stored_at=old)))
    again = api.act(document, "review", {"verdict": "challenge"}, key="k")
    assert again.status_code == 200
    assert "idempotency-replayed" not in again.headers
    api.live.store.write(lambda writing: idempotency.clear(writing))
    with api.live.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.idempotency)).scalar() == 1


def test_old_keys_are_cleared_as_new_ones_come(api):
    document = assigned(api)
    old = micros(datetime.now(UTC) - timedelta(days=8))
    api.live.store.write(lambda writing: writing.connection.execute(update(tables.idempotency).values(stored_at=old)))
    for number in range(400):
        api.live.store.submit(lambda writing, number=number: idempotency.remember(
            writing, "review", f"key {number}", body_digest="b", answer=b"{}"))
    api.act(document, "review", VERBS["review"], key="last")
    with api.live.store.reading() as connection:
        kept = set(connection.scalars(select(tables.idempotency.c.key)))
    assert not any(key.startswith("assign") for key in kept)
    assert len(kept) == 401
