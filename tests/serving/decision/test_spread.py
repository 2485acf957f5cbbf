"""What the book says of how work is spread binds every decision of the team, is told, and replays."""
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from serving.presentation.work_spread import assigned, spread_of_work
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.plan import Plan
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import NOON

NO_DRAW = "[exploration]\nshare = 0\n"
ROOMY = small_company.OWNERS.replace("EU,3,1", "EU,,1")
SALES = "sales: {kind: team, name: Sales}"
LEADS = "{id: leads, when: {kind: lead, country: [DE, US]}, to: sales}"


def company(folder, *, team="", rule="", settings="", owners=ROOMY):
    """The small company with a model, and something said of its sales team or of the rule that sends to it."""
    small_company.with_model(folder)
    book = (folder / "rulebook.yaml").read_text()
    book = book.replace(SALES, SALES[:-1] + f"{team}}}").replace(LEADS, LEADS[:-1] + f"{rule}}}")
    (folder / "rulebook.yaml").write_text(book)
    (folder / "owners.csv").write_text(owners)
    (folder / "rightful.toml").write_text(small_company.SETTINGS + settings)
    return folder


def decide(folder, count, *, minutes=1, per_item=lambda number: {}):
    """The documents of so many items that are assigned one after the other."""
    with_all = Workspace.at(folder)
    decider = Decider(Live(with_all))
    documents = [decider.decide(DecideCommand(item=small_company.lead(f"N-{number}", **per_item(number)), mode="assign",
                                              at=NOON + timedelta(minutes=minutes * number))).document
                 for number in range(count)]
    with_all.close()
    return documents


def replays(folder):
    with_all = Workspace.at(folder)
    ids, replayer = list(with_all.store.decision_ids()), Replayer(with_all)
    found = [each for made in (replayer.from_log(ids), replayer.from_events(ids)) for each in made]
    with_all.close()
    return len(found) == 2 * len(ids) and all(each.identical for each in found)


def test_the_winner_does_not_take_all_and_the_cost_is_told(tmp_path):
    free = decide(company(tmp_path / "free", settings="[ranking]\npace = 0\n" + NO_DRAW), 40)
    most = max(Counter(each.owner_id for each in free).values())
    assert most >= 35
    folder = company(tmp_path / "ws", team=", choose: shares, shares: {max: 0.4, per: week}", settings=NO_DRAW)
    bound = decide(folder, 40)
    had = Counter()
    for number, document in enumerate(bound, start=1):
        had[document.owner_id] += 1
        assert max(had.values()) <= np.ceil(0.4 * number)
        assert sum(document.spread.cost.values()) == pytest.approx(
            max(each.probability for each in document.candidates)
            - next(each.probability for each in document.candidates if each.owner_id == document.owner_id))
    told = Workspace.at(folder)
    [summed] = spread_of_work(assigned(told.store))
    told.close()
    assert (summed.name, summed.items, len(summed.could_have)) == ("sales", 40, 4) and summed.largest[1] == pytest.approx(0.4)
    assert sum(summed.cost.values()) == pytest.approx(sum(sum(document.spread.cost.values()) for document in bound))
    costs = sum(document.spread.cost.get("shares", 0.0) for document in bound)
    assert 0.0 < costs < 0.1 * 40
    passed = next(document for document in bound if not document.candidates[0].share.may)
    assert "ranks first and may not have it now" in passed.sentences[0] and "items of this week" in passed.sentences[0]
    assert passed.candidates[0].propensity == 0.0 and passed.exploration.tie_set[0] == passed.owner_id
    assert replays(folder)


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 2, 1)])
def test_where_the_book_says_turns_the_weights_are_exact_with_the_model_on(tmp_path, weights):
    owners = ROOMY
    for name, weight in zip(("bob", "cleo", "ann"), weights, strict=True):
        owners = owners.replace(f"{name},{name.title()},", f"{name},{name.title()},")
        owners = "\n".join(line.rsplit(",", 1)[0] + f",{weight}" if line.startswith(f"{name},") else line
                           for line in owners.splitlines()) + "\n"
    folder = company(tmp_path / "ws", team=", choose: turns", owners=owners)
    round_of = sum(weights)
    documents = decide(folder, 4 * round_of, per_item=lambda number: {"country": "DE"})
    for start in range(0, len(documents), round_of):
        had = Counter(each.owner_id for each in documents[start:start + round_of])
        assert (had["bob"], had["cleo"], had["ann"]) == weights
    by = Counter(each.decided_by for each in documents)
    assert by["rotation"] > 0 and {each.why_not_model for each in documents if each.decided_by == "rotation"} == {"turns"}
    if len(set(weights)) == 1:
        assert by["model"] > 0
        assert "whose turn is equally near" in next(each for each in documents if each.decided_by == "model").sentences[0]
    assert all(each.spread.choose == "turns" for each in documents) and replays(folder)


def test_a_rule_that_says_turns_speaks_for_its_own_items_and_shares_of_a_rule_are_counted_by_themselves(tmp_path):
    folder = company(tmp_path / "ws", rule=", choose: shares, shares: {max: 0.3, per: day}",
                     team=", choose: turns", settings=NO_DRAW)
    documents = decide(folder, 20)
    assert {each.spread.counted_as for each in documents} == {"rule leads"}
    assert max(Counter(each.owner_id for each in documents).values()) == 6 and replays(folder)


def test_a_new_day_and_a_new_week_count_anew(tmp_path):
    folder = company(tmp_path / "ws", team=", choose: shares, shares: {max: 0.3, per: day}", settings=NO_DRAW)
    documents = decide(folder, 12, minutes=180)
    for day in {each.decided_at[:10] for each in documents}:
        own = [each for each in documents if each.decided_at.startswith(day)]
        assert max(Counter(each.owner_id for each in own).values()) <= np.ceil(0.3 * len(own))
        assert {share.share.could_have for share in own[0].candidates} == {0}


def test_least_shares_are_met_without_a_model_as_well(tmp_path):
    folder = company(tmp_path / "ws", team=", shares: {min: 0.2, max: 0.3}", settings='[mode]\nranking = "rotation"\n')
    documents = decide(folder, 30)
    had = Counter(each.owner_id for each in documents)
    assert {each.decided_by for each in documents} == {"rotation"}
    assert all(6 <= had[name] <= 9 for name in ("ann", "bob", "cleo", "dan"))
    assert documents[-1].candidates[0].share.may and replays(folder)


def test_somebody_new_is_given_little_at_first(tmp_path):
    owners = ROOMY.replace("max_open,weight\n", "max_open,weight,active_from\n")
    owners = "".join(f"{line},{'2026-11-17' if line.startswith('ann') else ''}\n" if number else f"{line}\n"
                     for number, line in enumerate(owners.splitlines()))
    folder = company(tmp_path / "ws", team=", shares: {max: 0.5, ramp: P28D}", owners=owners, settings=NO_DRAW)
    documents = decide(folder, 40)
    shares = {each.owner_id: each.share for each in documents[-1].candidates}
    assert 0.0 < shares["ann"].most < 0.06 and shares["bob"].most == 0.5
    assert Counter(each.owner_id for each in documents)["ann"] <= 3 and replays(folder)


def test_what_is_planned_is_what_is_assigned(tmp_path):
    folder = company(tmp_path / "ws", team=", choose: shares, shares: {min: 0.1, max: 0.4, per: week}")
    planned_in = Workspace.at(folder)
    plan = Plan(Live(planned_in), NOON)
    planned = [plan.submit(DecideCommand(item=small_company.lead(f"N-{number}"), at=NOON + timedelta(minutes=number))).result()
               for number in range(25)]
    planned_in.close()
    assigned = decide(folder, 25)
    assert [each.document.owner_id for each in planned] == [each.owner_id for each in assigned]
    assert max(Counter(each.owner_id for each in assigned).values()) <= 10 and replays(folder)


def test_an_item_that_is_recommended_and_accepted_later_counts_like_one_that_was_assigned(tmp_path):
    folder = company(tmp_path / "ws", rule=", shares: {max: 0.4, per: week}", settings=NO_DRAW)
    api = Api(folder)
    first = api.recommend(small_company.lead("N-1"))
    assert api.act(first, "accept").status_code == 200
    then = api.recommend(small_company.lead("N-2"))
    counted = {each["owner_id"]: each["share"]["had"] for each in then["candidates"]}
    assert counted == {**dict.fromkeys(counted, 0), first["owner"]["owner_id"]: 1}
    page = api.get(f"/console/decisions/{then['decision_id']}").text
    assert "counted each week for rule leads" in page and "had 1 of 1" in page and "not now" in page
    assert all(found.identical for found in api.replays())


def test_what_is_held_back_from_the_model_keeps_to_the_shares_and_turns_as_well(tmp_path):
    for name, team in (("shares", ", choose: shares, shares: {max: 0.3, per: week}"), ("turns", ", choose: turns")):
        folder = company(tmp_path / name, team=team, settings="[holdback]\nshare = 0.3\n")
        documents = decide(folder, 24)
        assert any(each.experiment and each.experiment.holdback.held for each in documents)
        assert max(Counter(each.owner_id for each in documents).values()) <= (8 if name == "shares" else 6) and replays(folder)
