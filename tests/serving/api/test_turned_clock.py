"""A server's clock that runs ahead for a while: what was decided meanwhile stays, and everything after it is dated right."""
from datetime import UTC, datetime, timedelta

from tests.serving.api.conftest import Api
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
