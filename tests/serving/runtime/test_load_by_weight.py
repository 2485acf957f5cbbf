"""Capacity by weight, live: what open items weigh is counted from the events, logged, and the same when replayed."""
import pytest

from serving.actions.reported_events import ReportCommand, Reported, Reporter
from serving.api.owners import load_of
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Eve alone takes French leads: four leads of weight 2.5 are all that she may carry."""
    monkeypatch.setattr(small_company, "RULEBOOK", small_company.RULEBOOK.replace(
        "capacity: require", "capacity: require, weights: {lead: 2.5}"))
    owners = small_company.OWNERS.replace("max_open,weight", "max_open,weight,max_load").replace("US,1,1", "US,,1,10")
    monkeypatch.setattr(small_company, "OWNERS", "\n".join(
        row if row.count(",") == 8 else row + "," for row in owners.splitlines()) + "\n")
    made = Workspace.at(small_company.build(tmp_path / "ws"))
    yield made
    made.close()


def test_an_owner_takes_what_the_items_weigh_and_no_more_and_a_closed_one_frees_it(workspace):
    live = Live(workspace)
    decider = Decider(live)

    def assign(number):
        return decider.decide(DecideCommand(item=lead(f"L-{number}", country="FR"), mode="assign", at=NOON)).document

    def told_of(owner_id):
        told = workspace.store.write(lambda writing: load_of(writing, live, owner_id))
        return told["open_items"], told["load"], told["max_load"], told["has_room"]

    given = [assign(number) for number in range(5)]
    assert [document.outcome for document in given] == ["assigned"] * 4 + ["queued"]
    [out] = given[4].eligibility.excluded
    assert (out.rule, out.reason) == ("capacity", "carries a load of 10 of at most 10, a lead weighs 2.5")
    assert out.evidence == {"load": 10.0, "weight": 2.5, "max_load": 10.0}
    assert told_of("eve") == (4, 10.0, 10.0, False)
    closed = Reported(event_id="e", kind="closed", occurred_at=NOON, decision_id=given[0].decision_id)
    Reporter(live).submit(ReportCommand(told=[closed])).result()
    assert told_of("eve") == (3, 7.5, 10.0, True) and told_of("ann") == (0, 0.0, None, True)
    again = decider.decide(DecideCommand(item=lead("L-9", country="FR"), mode="assign")).document
    assert again.outcome == "assigned" and again.owner.owner_id == "eve"
    ids = workspace.store.decision_ids()
    for replays in (Replayer(workspace).from_log(ids), Replayer(workspace).from_events(ids)):
        assert [replayed for replayed in replays if not replayed.identical] == []
