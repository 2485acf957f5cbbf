"""An event taken back: what is known afterwards is what a store knows that never had it, bit for bit, and decisions replay."""
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from features.events import KINDS
from features.plan import FoldPlan
from features.state import State
from serving.runtime.fold import LogFold
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
