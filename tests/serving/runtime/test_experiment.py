"""Holdback and challenger in a workspace: who is asked, and that every decision replays from the log and from the events."""
from datetime import timedelta

import pytest

from serving.ranking.bundle import write_bundle
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.plan import Plan
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead


def open_with(folder, settings):
    small_company.with_model(folder)
    (folder / "rightful.toml").write_text(small_company.SETTINGS + settings, encoding="utf-8")
    return Workspace.at(folder)


@pytest.fixture
def workspace(tmp_path):
    made = open_with(tmp_path / "ws", "[holdback]\nshare = 0.3\n[exploration]\ncoin = 0.5\n")
    yield made
    made.close()


def another(workspace):
    """A model that prefers whom the champion prefers least."""
    made = write_bundle(workspace.bundles, small_company.bundle_parts(weight=-1.5))
    workspace.store.write_expectations(made, {event.assignment_id: 0.4 for event in workspace.store.events()})
    return made


def decided(workspace, count=24):
    decider = Decider(Live(workspace))
    return [decider.decide(DecideCommand(item=lead(f"L-{number}"), mode="assign", at=NOON + timedelta(hours=number))).document
            for number in range(count)]


def all_replay(workspace):
    ids = list(workspace.store.decision_ids())
    replayer = Replayer(workspace)
    return all(replayed.identical for way in (replayer.from_log, replayer.from_events) for replayed in way(ids))


def test_a_challenger_is_asked_and_everything_replays(workspace):
    challenger = another(workspace)
    workspace.store.set_challenger("lead", challenger, "test")
    documents = decided(workspace)
    coins = [document.experiment.coin for document in documents if document.experiment.coin is not None]
    assert {coin.challenger for coin in coins} == {challenger}
    assert {"champion", "challenger"} <= {coin.taken for coin in coins}
    assert any(document.experiment.holdback.held and document.experiment.coin is None for document in documents)
    assert all_replay(workspace)


def test_a_challenger_in_shadow_is_asked_and_decides_nothing_until_it_is_let_out(workspace):
    challenger = another(workspace)
    workspace.store.set_challenger("lead", challenger, "test", shadow=True)
    coins = [document.experiment.coin for document in decided(workspace) if document.experiment.coin is not None]
    assert any(coin.champion_pick != coin.challenger_pick for coin in coins)
    assert {(coin.taken, coin.probability) for coin in coins if coin.taken} == {("champion", 0.0)}
    live = Live(workspace)
    workspace.store.set_challenger("lead", challenger, "test")
    live.refresh()
    assert live.in_force.others["challenger"].shadow == frozenset() and not workspace.store.in_shadow("lead")
    assert all_replay(workspace)


def test_asked_why_not_another_the_model_that_decided_answers(workspace):
    workspace.store.set_challenger("lead", another(workspace), "test")
    replayer = Replayer(workspace)
    documents = [document for document in decided(workspace) if document.experiment.coin
                 and document.experiment.coin.taken == "challenger"]
    for document in documents[:3]:
        own, *others = sorted(document.candidates, key=lambda candidate: candidate.owner_id != document.owner_id)
        told = replayer.versus(document, others[-1].owner_id)
        assert told.difference == pytest.approx(own.score - others[-1].score)


def test_another_process_notices_a_challenger_and_that_it_is_gone(workspace):
    live = Live(workspace)
    workspace.store.set_challenger("lead", another(workspace), "test")
    assert live.in_force.others == {}
    live.refresh()
    assert set(live.in_force.others) == {"challenger"}
    workspace.store.set_challenger("lead", None, "test")
    live.refresh()
    assert live.in_force.others == {}


def test_a_challenger_that_became_champion_challenges_nobody(workspace):
    challenger = another(workspace)
    workspace.store.set_challenger("lead", challenger, "test")
    workspace.store.set_champion("lead", challenger, "test")
    assert workspace.store.challenger("lead") is None and Live(workspace).in_force.others == {}


def test_what_is_held_back_may_go_to_the_model_before(tmp_path):
    workspace = open_with(tmp_path / "ws", '[holdback]\nshare = 0.5\nby = "previous"\n')
    first = workspace.store.champion("lead")
    workspace.store.set_champion("lead", another(workspace), "test")
    live = Live(workspace)
    assert {role: models.bundles["lead"].hash for role, models in live.in_force.others.items()} == {"previous": first}
    documents = decided(workspace)
    assert {document.decided_by for document in documents if document.experiment.holdback.held} == {"model"}
    assert all_replay(workspace)
    workspace.close()


def test_a_plan_asks_the_champion_alone_and_holds_back(workspace):
    workspace.store.set_challenger("lead", another(workspace), "test")
    plan = Plan(Live(workspace), NOON + timedelta(days=1))
    documents = [plan.submit(DecideCommand(item=lead(f"P-{number}"))).result().document for number in range(40)]
    assert all(document.experiment.coin is None for document in documents)
    assert any(document.experiment.holdback.held for document in documents)
    assert all_replay(workspace)
