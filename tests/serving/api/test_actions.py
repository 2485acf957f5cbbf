"""Actions after one another: what excludes what, bodies that cannot be read, and the log that they leave."""
import pytest

from tests.serving import small_company
from tests.serving.api.acting import other_than, override, refused
from tests.serving.small_company import lead

REJECT, REVIEW = {"reason": "other"}, {"verdict": "approve"}


@pytest.mark.parametrize(("first", "then", "said"), [
    ("accept", "accept", "accepted already"), ("accept", "reject", "accepted already"),
    ("reject", "accept", "was rejected"), ("reject", "reject", "was rejected"),
    ("override", "accept", "was overridden"), ("override", "reject", "was overridden"),
    ("override", "override", "was overridden"), ("closed", "accept", "is closed"), ("closed", "reject", "is closed"),
    ("closed", "override", "is closed"), ("reassigned", "override", "was handed on"),
])
def test_what_cannot_follow_is_a_clear_conflict(api, first, then, said):
    document = api.assign(key="k").json()

    def do(what):
        if what in ("closed", "reassigned"):
            return api.tell({"event_id": what, "kind": what, "decision_id": document["decision_id"],
                             "occurred_at": document["decided_at"]})
        body = {"accept": {}, "reject": REJECT, "override": {"owner_id": other_than(document), "reason": "other"}}[what]
        return api.act(document, what, body)

    do(first)
    before = api.live.store.head()
    refused(do(then), 409, said)
    assert api.live.store.head() == before


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_where_nobody_was_proposed_there_is_nothing_to_take_or_leave(api, verb):
    queued = api.recommend(lead(country="JP"))
    refused(api.act(queued, verb, REJECT if verb == "reject" else {}), 409, "queue")


@pytest.mark.parametrize(("verb", "body"), [("accept", {}), ("reject", REJECT), ("review", REVIEW),
                                            ("override", {"owner_id": "bob", "reason": "other"})])
def test_a_decision_that_is_not_there_is_not_found(api, verb, body):
    refused(api.act("nowhere", verb, body), 404, "nowhere")


@pytest.mark.parametrize("verb", ["accept", "reject", "override", "review"])
def test_bodies_that_cannot_be_read_are_refused(api, verb):
    path = f"/v1/decisions/{api.recommend()['decision_id']}/{verb}"
    for content, media, status in ((b"", "application/json", 400), (b"[]", "application/json", 422),
                                   (b"{}", "text/plain", 415), (b'{"a":NaN}', "application/json", 400)):
        answer = api.call("POST", path, content=content, headers={"content-type": media, "idempotency-key": "k"})
        assert answer.status_code == status, answer.text


def test_every_decision_replays_with_overrides_and_events_in_the_log(model_api):
    api = model_api
    for number in range(6):
        document = api.assign(lead(f"L-{number}", country=("US", "DE")[number % 2]), key=str(number)).json()
        if number % 3 == 0:
            override(api, document)
        elif number % 3 == 1:
            api.act(document, "accept")
            api.tell({"event_id": f"o{number}", "kind": "outcome", "outcome": "converted",
                      "item_id": f"L-{number}", "occurred_at": document["decided_at"]})
        else:
            api.act(document, "reject", REJECT)
        api.act(api.recommend(lead(f"R-{number}")), "accept")
    api.post("/v1/mode", {"ranking": "rotation"})
    override(api, api.assign(lead("L-9"), key="9").json())
    override(api, api.assign(lead("L-10", country="FR"), key="10", exclude=["eve"]).json(), "eve")
    found = api.replays()
    assert len(found) == 2 * len(list(api.live.store.decision_ids())) >= 2 * 15
    assert [each for each in found if not each.identical] == []


def test_the_state_after_actions_is_what_a_restart_folds(model_api):
    from serving.runtime.live import Live

    document = model_api.assign(key="k").json()
    override(model_api, document)
    model_api.act(model_api.recommend(lead("L-2")), "accept")
    fresh = Live(model_api.live.workspace)
    fresh.keep_warm()
    warm = model_api.live.in_force.folded
    model_api.open_items("ann")
    assert warm.state.seq == fresh.in_force.folded.state.seq
    for owner in small_company.OWNERS.splitlines()[1:]:
        name = owner.partition(",")[0]
        number = fresh.in_force.folded.state.owners.number(name)
        if number:
            assert (warm.state.load.open_items[warm.state.owners.number(name)]
                    == fresh.in_force.folded.state.load.open_items[number])
