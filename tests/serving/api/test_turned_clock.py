"""A server's clock that runs ahead for a while: what was decided meanwhile stays, and everything after it is dated right."""
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.serving.api.conftest import Api
from tests.serving.api.test_rulebooks import US_TO_SOLO, activate, propose
from tests.serving.small_company import lead

AHEAD = timedelta(days=400)


def days_off(document):
    return round((datetime.fromisoformat(document["decided_at"]) - datetime.now(UTC)) / timedelta(days=1))


def test_one_assignment_by_a_clock_400_days_ahead_moves_nothing_after_it(api, turn):
    first = api.assign(lead("L-1"), key="before").json()
    turn(AHEAD)
    ahead = api.assign(lead("L-2"), key="ahead").json()
    assert days_off(ahead) == 400
    turn(timedelta(0))
    answer = api.get("/readyz").json()
    assert answer["status"] == "degraded" and "ahead of this machine's clock" in answer["reasons"][0]
    assert days_off(api.recommend(lead("L-3"))) == 0
    third = api.assign(lead("L-3"), key="after").json()
    assert days_off(third) == 0 and api.get("/readyz").json()["status"] == "ok"
    for number, (key, document) in enumerate((("before", first), ("ahead", ahead), ("after", third)), 1):
        again = api.assign(lead(f"L-{number}"), key=key)
        assert again.headers["Idempotency-Replayed"] == "true" and again.json() == document
    assert sum(api.open_items(owner) for owner in ("ann", "bob", "cleo", "dan")) == 3
    api.tell({"event_id": "e", "kind": "closed", "item_id": "L-2", "occurred_at": datetime.now(UTC).isoformat()})
    assert sum(api.open_items(owner) for owner in ("ann", "bob", "cleo", "dan")) == 2
    assert all(replayed.identical for replayed in api.replays())


def test_keys_of_a_clock_that_ran_behind_are_kept_too(api, turn):
    api.assign(lead("L-1"), key="now")
    turn(-timedelta(days=200))
    behind = api.assign(lead("L-2"), key="behind").json()
    turn(timedelta(0))
    api.assign(lead("L-3"), key="later")
    assert api.assign(lead("L-2"), key="behind").json() == behind
    assert days_off(api.recommend(lead("L-4"))) == 0


def test_a_new_process_reads_a_store_whose_known_times_went_back(api, turn):
    api.assign(lead("L-1"), key="a")
    turn(AHEAD)
    api.assign(lead("L-2"), key="b")
    turn(timedelta(0))
    api.assign(lead("L-3"), key="c")
    other = Api(api.folder)
    assert sum(other.open_items(owner) for owner in ("ann", "bob", "cleo", "dan")) == 3
    other.live.workspace.close()


def team(document):
    return document["route"]["team"]


def test_a_scheduled_book_that_a_clock_ahead_put_in_force_waits_again(api, turn):
    at = datetime.now(UTC) + timedelta(days=30)
    digest = propose(api, US_TO_SOLO.replace("2026-01-01T00:00:00Z", at.isoformat())).json()["digest"]
    assert activate(api, digest).json()["came"] == "scheduled"
    turn(AHEAD)
    api.live.refresh()
    assert team(api.assign(lead("L-1"), key="ahead").json()) == "solo"
    turn(timedelta(0))
    for here in (api, Api(api.folder)):
        here.live.refresh()
        assert team(here.recommend(lead("L-2"))) == "sales"
        assert here.get(f"/v1/rulebooks/{digest}").json()["state"] == "scheduled"
    here.live.workspace.close()
    assert team(api.assign(lead("L-3"), key="after").json()) == "sales"
    turn(timedelta(days=31))
    api.live.refresh()
    assert team(api.assign(lead("L-4"), key="then").json()) == "solo"
    assert all(replayed.identical for replayed in api.replays())


def seen(api):
    """What ranking reads of the past, now: settled items, and what was given in the last day, of everyone."""
    people = ("ann", "bob", "cleo", "dan")
    view = api.live.store.write(lambda writing: api.live.context(writing).view)
    return view.matured("lead", people).tolist(), view.intake(people).tolist()


def test_nothing_is_settled_or_counted_by_a_clock_ahead_once_it_is_right_again(model_api, turn):
    for number in range(4):
        model_api.assign(lead(f"L-{number}"), key=f"k{number}")
    settled, given = seen(model_api)
    turn(AHEAD)
    ahead = model_api.assign(lead("L-8"), key="ahead").json()["owner"]["owner_id"]
    assert sum(seen(model_api)[0]) > sum(settled)
    turn(timedelta(0))
    after = model_api.assign(lead("L-9"), key="after").json()["owner"]["owner_id"]
    counted = Counter([ahead, after])
    assert seen(model_api) == (settled, [count + counted[who] for who, count in zip(
        ("ann", "bob", "cleo", "dan"), given, strict=True)])
    turn(timedelta(days=2))
    model_api.assign(lead("L-10"), key="later")
    assert sum(seen(model_api)[1]) == 1
    assert all(replayed.identical for replayed in model_api.replays())
