"""Pace in decisions: an empty desk does not get every item, the price is told, and what was decided without it stays so."""
from dataclasses import replace
from datetime import timedelta

import pytest

from serving.decision import recommend as deciding
from serving.decision.explain_against import explain_versus
from serving.decision.inputs import DecisionInputs
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON


def first_and_second(ask, **more):
    return [each.owner_id for each in ask(**more).document.candidates[:2]]


def test_whoever_was_given_far_more_than_the_others_lately_steps_back_and_the_explanation_says_so(ask, view, bundle, policy):
    first, second = first_and_second(ask)
    view.given = {first: 12}
    decision = ask(top=12)
    document = decision.document
    paced = next(each for each in document.candidates if each.owner_id == first)
    assert document.candidates[0].owner_id == second and paced.rank > 1
    assert paced.price == paced.price_terms["pace"] > 0.0
    assert paced.score == pytest.approx(paced.value * paced.probability - paced.price, abs=1e-9)
    told = explain_versus(document, first, inputs=decision.inputs, bundle=bundle)
    term = next(each for each in told.terms if each.feature == "pace")
    assert (term.chosen_value, term.versus_value) == (0.0, 12.0) and term.effect == pytest.approx(paced.price)
    assert sum(each.effect for each in told.terms) == pytest.approx(told.difference, abs=1e-6)
    assert not any("withheld" in warning for warning in (*document.warnings, *told.warnings))


def test_what_was_decided_without_pace_is_decided_without_it_again(ask, view, bundle, policy, book, directory):
    view.given = {first_and_second(ask)[0]: 12}
    before = ask(policy=replace(policy, pace=0.0))
    content = before.inputs.to_bytes()
    assert b"pace" not in content and b"intake" not in content
    again = deciding.replay(DecisionInputs.from_bytes(content), book=book, directory=directory, bundle=bundle)
    assert again.document.candidates == before.document.candidates and before.document.candidates[0].price == 0.0
    old = ask(policy=replace(policy, pace=0.0, edition=3)).document
    assert old.candidates[0].price is None and "spread" not in vars(old)
    assert again.inputs.to_bytes() == content


@pytest.mark.parametrize("paced", [True, False])
def test_nobody_with_an_empty_desk_gets_item_after_item(tmp_path, paced):
    folder = small_company.with_model(tmp_path / "ws")
    if not paced:
        (folder / "rightful.toml").write_text(small_company.SETTINGS + "[ranking]\npace = 0\n[exploration]\nshare = 0\n")
    else:
        (folder / "rightful.toml").write_text(small_company.SETTINGS + "[exploration]\nshare = 0\n")
    with_all = Workspace.at(folder)
    decider = Decider(Live(with_all))
    owners = [decider.decide(DecideCommand(item=small_company.lead(f"N-{number}"), mode="assign",
                                           at=NOON + timedelta(minutes=number))).document.owner_id for number in range(20)]
    longest = max(len(run) for run in "".join("x" if owner == owners[0] else " " for owner in owners).split())
    assert (longest <= 6 and owners.count(owners[0]) <= 12) if paced else longest >= 15
    ids = list(with_all.store.decision_ids())
    replayer = Replayer(with_all)
    assert all(found.identical for made in (replayer.from_log(ids), replayer.from_events(ids)) for found in made)
    with_all.close()
