import pytest

from serving.store import action_log, decision_log
from serving.store.action_log import Action
from serving.store.decision_log import NoSuchDecision
from serving.store.decision_status import STATES
from serving.store.store import Store
from tests.serving.store.fakes import START, append, document, happened


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def decide(store, name="d", outcome="recommended", **more):
    made = document(name, outcome=outcome, **more)
    store.write(lambda writing: decision_log.put(writing, made, b"{}", b""))


def act(store, kind, name="d", **more):
    action = Action(action_id=f"{name}-{kind}-{store.head().last_action}", decision_id=name, kind=kind, at=START,
                    actor="olga", **more)
    return store.write(lambda writing: action_log.put(writing, action))


@pytest.mark.parametrize(("outcome", "events", "actions", "state"), [
    ("recommended", [], [], "proposed"), ("recommended", [], ["reviewed"], "proposed"),
    ("recommended", [], ["rejected"], "rejected"), ("recommended", [], ["overridden"], "overridden"),
    ("assigned", ["assigned"], [], "assigned"), ("recommended", ["assigned", "accepted"], ["accepted"], "accepted"),
    ("assigned", ["assigned", "accepted"], [], "accepted"), ("assigned", ["assigned", "responded"], [], "assigned"),
    ("assigned", ["assigned", "rejected"], ["rejected"], "rejected"), ("assigned", ["assigned", "closed"], [], "closed"),
    ("assigned", ["assigned", "accepted", "closed", "outcome"], [], "closed"),
    ("assigned", ["assigned", "reassigned"], [], "reassigned"),
    ("assigned", ["assigned", "reassigned"], ["overridden"], "overridden"),
    ("assigned", ["assigned", "closed", "reassigned"], [], "closed"),
    ("queued", [], [], "queued"), ("refused", [], [], "refused"),
])
def test_where_a_decision_stands_follows_from_what_happened(store, outcome, events, actions, state):
    decide(store, outcome=outcome)
    append(store, [happened(f"e{number}", kind, minute=number, assignment="d")
                         for number, kind in enumerate(events)])
    for kind in actions:
        act(store, kind)
    standing = store.standing("d")
    assert standing.state == state
    assert standing.state in STATES
    assert standing.has_assignment == ("assigned" in events)
    assert standing.holds == (state in ("assigned", "accepted"))


def test_the_entity_tag_moves_with_everything_that_happens(store):
    decide(store, outcome="assigned")
    tags = [store.standing("d").etag]
    for step in (lambda: append(store, [happened("a", assignment="d")]), lambda: act(store, "reviewed"),
                 lambda: append(store, [happened("b", "responded", minute=1, assignment="d")])):
        step()
        tags.append(store.standing("d").etag)
    assert len(set(tags)) == 4
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


def test_a_decision_that_is_not_there_stands_nowhere(store):
    with pytest.raises(NoSuchDecision, match="`d`"):
        store.standing("d")


def test_actions_are_read_back_as_they_were_kept_in_order(store):
    decide(store)
    act(store, "reviewed", verdict="challenge", note="why? \u00e9", seconds=2.5)
    kept = act(store, "overridden", owner_id="bob", reason="workload", new_decision_id="d-2")
    first, second = store.actions("d")
    assert (first.kind, first.verdict, first.note, first.seconds, first.at) == (
        "reviewed", "challenge", "why? \u00e9", 2.5, START)
    assert second.canonical() == kept
    assert (second.owner_id, second.reason, second.new_decision_id) == ("bob", "workload", "d-2")
    assert store.standing("d").new_decision_id == "d-2"
    assert store.head().last_action == 2
    assert store.actions("other") == ()
