"""Holdback and coin: who decides is drawn once per item, both picks are told, and shares and propensities are right."""
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from serving.decision.experiment import Rival
from serving.decision.inputs import DecisionInputs, LoggedView
from serving.decision.recommend import replay
from serving.ranking.exploration import draw_number
from tests.serving.conftest import lead, trained_parts
from tests.serving.decision.company import FakeView


@pytest.fixture(scope="module")
def other(book, tmp_path_factory):
    """Another model, trained on other rows."""
    from serving.ranking.bundle import bundle_path, load_bundle, write_bundle
    folder = tmp_path_factory.mktemp("others")
    return load_bundle(bundle_path(folder, write_bundle(folder, trained_parts(book, seed=2))))


@pytest.fixture
def rivals(other):
    """A challenger whose own state tells other things of the owners."""
    return {"challenger": Rival(bundle=other, view=FakeView(seed=8))}


def asked(ask, count, **changed):
    return [ask(lead(f"L-{number}"), **changed) for number in range(count)]


def test_without_experiments_a_document_and_its_inputs_say_nothing_of_them(ask):
    decision = ask()
    assert "experiment" not in decision.document.as_json()
    assert b"draws" not in decision.inputs.to_bytes() and b"holdback" not in decision.inputs.to_bytes()


def test_the_share_is_held_back_and_goes_by_turns_with_the_models_pick_beside_it(ask, policy):
    free = asked(ask, 300)
    tried = asked(ask, 300, policy=replace(policy, holdback=0.2))
    held = [decision for decision in tried if decision.document.experiment.holdback.held]
    assert 40 <= len(held) <= 80
    for before, now in zip(free, tried, strict=True):
        part = now.document.experiment.holdback
        assert (part.share, part.by, part.model) == (0.2, "rotation", now.document.versions.model)
        assert part.pick == before.document.owner_id
        if part.held:
            assert (now.document.decided_by, now.document.why_not_model) == ("rotation", "holdback")
            assert "held back from the model" in now.document.sentences[0]
            assert now.given.assigned_by == "rotation"
        else:
            assert now.document.owner_id == before.document.owner_id


def test_an_item_is_drawn_by_its_own_number_however_often_it_is_asked_about(ask, policy):
    tried = replace(policy, holdback=0.2)
    for number in range(20):
        one, again = (ask(lead(f"L-{number}"), policy=tried, decision_id=name) for name in ("d-1", "d-2"))
        assert one.document.experiment == again.document.experiment
        u = draw_number(b"workspace", f"L-{number}", one.given.item.received_at, "holdback-1:share=0.2")
        assert one.document.experiment.holdback.u == repr(u)
        assert one.document.experiment.holdback.held == (u < 0.2)


def test_where_the_model_abstains_nothing_is_tried(ask, policy, rivals):
    decision = ask(policy=replace(policy, holdback=0.5, ranking="rotation"), rivals=rivals)
    assert decision.document.why_not_model == "switched_off" and decision.document.experiment is None


def test_a_coin_falls_only_where_the_first_picks_differ(ask, policy, rivals, view):
    taken = Counter()
    for number in range(200):
        view.seed = number % 9                            # with 8 both see the same owners
        decision = ask(lead(f"L-{number}"), rivals=rivals, policy=replace(policy, exploration_share=0.0))
        coin, chosen = decision.document.experiment.coin, decision.document.owner_id
        if coin.champion_pick == coin.challenger_pick:
            assert (coin.u, coin.probability, coin.taken) == (None, None, None)
            assert chosen == coin.champion_pick
        else:
            assert coin.taken == ("challenger" if float(coin.u) < 0.5 else "champion")
            assert chosen == (coin.challenger_pick if coin.taken == "challenger" else coin.champion_pick)
            assert "a coin fell on the " + coin.taken in decision.document.sentences[0]
        taken[coin.taken] += 1
    assert taken["champion"] > 40 and taken["challenger"] > 40 and taken[None] > 0


def test_a_coin_of_zero_logs_both_picks_and_changes_nothing(ask, policy, rivals):
    for alone, shadowed in zip(asked(ask, 30), asked(ask, 30, rivals=rivals, policy=replace(policy, coin=0.0)), strict=True):
        coin = shadowed.document.experiment.coin
        assert coin.challenger_pick in shadowed.document.candidate_ids
        assert shadowed.document.candidates == alone.document.candidates
        assert shadowed.document.sentences == alone.document.sentences


def test_the_propensities_are_those_with_which_the_coin_and_both_models_draw(ask, policy, rivals):
    """Over many numbers each owner is drawn as often as the document says, whoever the coin falls on."""
    wanted = replace(policy, exploration_share=0.4)
    drawn, said = Counter(), {}
    rng = np.random.default_rng(4)
    for _ in range(3000):
        u, coin = rng.random(2)
        name = f"coin-1:p=0.5:{rivals['challenger'].bundle.hash}"
        document = ask(policy=wanted, rivals=rivals, u=u, draws={name: coin}).document
        drawn[document.owner_id] += 1
        found = {candidate.owner_id: candidate.propensity for candidate in document.candidates}
        assert sum(found.values()) == pytest.approx(1.0)
        said = said or found
        assert found == pytest.approx(said)
    for owner, chance in said.items():
        assert drawn[owner] / 3000 == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 3000) ** 0.5 + 1e-3), owner


def test_the_item_promises_the_same_whoever_decides(ask, policy, rivals):
    alone = ask(policy=policy)
    for chance in (0.0, 1.0):
        assert ask(policy=replace(policy, coin=chance), rivals=rivals).given.expected == alone.given.expected


def test_a_held_back_item_goes_to_the_model_before_where_the_settings_say_so(ask, policy, other):
    rivals = {"previous": Rival(bundle=other, view=FakeView(seed=8))}
    wanted = replace(policy, holdback=0.5, holdback_by="previous", exploration_share=0.0)
    theirs = {decision.document.item["item_id"]: decision.document.owner_id
              for decision in asked(ask, 40, bundle=other, view=FakeView(seed=8), policy=replace(policy, exploration_share=0.0))}
    held = [decision.document for decision in asked(ask, 40, rivals=rivals, policy=wanted)
            if decision.document.experiment.holdback.held]
    assert len(held) > 8
    assert all(document.decided_by == "model" and document.owner_id == theirs[document.item["item_id"]] for document in held)


@pytest.mark.parametrize("changes", [{"holdback": 0.5}, {"coin": 0.5}, {"holdback": 0.3, "coin": 0.7},
                                     {"holdback": 0.5, "holdback_by": "previous"}])
def test_a_decision_under_experiments_is_made_again_bit_for_bit(ask, policy, book, directory, bundle, other, changes):
    rivals = {role: Rival(bundle=other, view=FakeView(seed=8)) for role in ("challenger", "previous")}
    for decision in asked(ask, 12, policy=replace(policy, **changes), rivals=rivals):
        inputs = DecisionInputs.from_bytes(decision.inputs.to_bytes())
        assert inputs.to_bytes() == decision.inputs.to_bytes()
        again = replay(inputs, book=book, directory=directory, bundle=bundle, rivals={
            role: Rival(bundle=other, view=LoggedView(read)) for role, read in (inputs.rivals or {}).items()})
        assert replace(again.document, timings_us={}).to_bytes() == replace(decision.document, timings_us={}).to_bytes()
        assert again.inputs.to_bytes() == decision.inputs.to_bytes()
