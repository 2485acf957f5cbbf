"""What is reported over HTTP is learned from: an outcome matures and stands in the training table."""
from datetime import UTC, datetime, timedelta

import pytest

from serving.runtime.decide import DecideCommand
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead
from training.learn.dataset import read_assignments, tabulate
from training.learn.source import read_source

LONG_AGO = datetime.now(UTC) - timedelta(days=31)


@pytest.fixture
def api(tmp_path):
    made = Api(small_company.build(tmp_path / "ws"))
    yield made
    made.live.workspace.close()


def assigned_long_ago(api, item_id):
    """An assignment old enough for its label to settle now."""
    return api.app.state.decider.decide(DecideCommand(item=lead(item_id), mode="assign", at=LONG_AGO)).document.as_json()


def outcome(document, word, at, event_id):
    return {"event_id": event_id, "kind": "outcome", "outcome": word, "decision_id": document["decision_id"],
            "occurred_at": at.isoformat()}


def table(api, as_of):
    objective = api.live.in_force.settings.objectives["lead"]
    return read_assignments(api.live.store.events(), objective, as_of)


def test_an_outcome_posted_today_is_a_label_once_the_horizon_is_over(api):
    won, lost, silent = (api.assign(lead(f"L-{number}"), key=str(number)).json() for number in range(3))
    now = datetime.now(UTC)
    api.tell(outcome(won, "converted", now, "a"), outcome(lost, "lost", now, "b"))
    assert [one.label for one in table(api, now + timedelta(days=29))] == [None, None, None]
    matured = {one.assignment_id: one for one in table(api, now + timedelta(days=31))}
    assert [matured[document["decision_id"]].label for document in (won, lost, silent)] == [True, False, False]
    assert matured[won["decision_id"]].outcome == "converted"
    assert matured[won["decision_id"]].owner_id == won["owner"]["owner_id"]
    assert tabulate(tuple(matured.values())).y.tolist() == [1.0, 0.0, 0.0]


def test_the_live_state_settles_what_the_table_settles(api):
    document = api.assign(key="k").json()
    api.tell(outcome(document, "converted", datetime.now(UTC), "a"))

    def settled(writing):
        state = api.live.in_force.folded.reach(writing, datetime.now(UTC) + timedelta(days=31))
        return state.label(document["decision_id"])

    assert api.live.store.write(settled).success


def test_a_win_that_became_known_after_the_label_settled_changes_nothing(api):
    document = assigned_long_ago(api, "L-1")
    api.tell(outcome(document, "converted", LONG_AGO + timedelta(days=1), "late"))
    [one] = table(api, datetime.now(UTC) + timedelta(days=1))
    assert one.label is False


def test_who_got_it_by_override_owns_the_outcome(api):
    first = api.assign(key="k").json()
    owner = next(each["owner_id"] for each in first["candidates"] if each["owner_id"] != first["owner"]["owner_id"])
    second = api.act(first, "override", {"owner_id": owner, "reason": "knows_customer"}).json()
    now = datetime.now(UTC)
    api.tell({**outcome(second, "converted", now, "a"), "decision_id": None, "item_id": "L-1"})
    matured = {one.assignment_id: one for one in table(api, now + timedelta(days=31))}
    assert matured[first["decision_id"]].label is None
    assert (matured[second["decision_id"]].label, matured[second["decision_id"]].owner_id) == (True, owner)
    assert matured[second["decision_id"]].assigned_by == "manual"
    assert not tabulate((matured[second["decision_id"]],)).quasi_random[0]


def test_training_reads_the_reported_outcome(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    (folder / "rightful.toml").write_text(small_company.SETTINGS.replace("30d", "1m"))
    api = Api(folder)
    won, lost = (api.assign(lead(f"L-{number}"), key=str(number)).json() for number in range(2))
    api.tell(outcome(won, "converted", datetime.now(UTC), "a"))
    api.app.state.decider.decide(DecideCommand(item=lead("L-9"), mode="assign", at=datetime.now(UTC) + timedelta(minutes=5)))
    found = read_source(api.live.workspace, "lead").table
    labels = dict(zip([one.assignment_id for one in found.assignments], found.y.tolist(), strict=True))
    assert (labels[won["decision_id"]], labels[lost["decision_id"]]) == (1.0, 0.0)
    api.live.workspace.close()
