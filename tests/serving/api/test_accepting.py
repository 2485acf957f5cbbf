"""Accepting: an assignment is taken on, a recommendation becomes one where there is still room."""
import pytest

from serving.api.shapes.actions import ActionDocument
from tests.serving.api.acting import kinds, refused
from tests.serving.api.test_operations import touch
from tests.serving.small_company import lead


def test_accepting_an_assignment_is_kept_with_who_said_so(api):
    document = api.assign(key="k").json()
    answer = api.act(document, "accept", X_Actor="ann@example.com")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    ActionDocument.model_validate(told)
    assert (told["action"], told["actor"]) == ("accepted", {"name": "ann@example.com", "verified": False})
    assert kinds(api, document["decision_id"]) == ["assigned", "accepted"]
    assert api.open_items(document["owner"]["owner_id"]) == 1


def test_accepting_a_recommendation_reserves_then(api):
    document = api.recommend()
    owner = document["owner"]["owner_id"]
    assert api.open_items(owner) == 0
    assert api.act(document, "accept").status_code == 200
    assert api.open_items(owner) == 1
    assert kinds(api, document["decision_id"]) == ["assigned", "accepted"]
    assert api.live.store.standing(document["decision_id"]).state == "accepted"


def test_a_recommendation_accepted_later_is_the_assignment_it_would_have_been(model_api):
    recommended, assigned = model_api.recommend(), model_api.assign(key="k").json()
    model_api.act(assigned, "reject", {"reason": "other"})
    model_api.act(recommended, "accept")
    [later] = [event for event in model_api.live.store.happened(recommended["decision_id"]) if event.kind == "assigned"]
    [at_once] = [event for event in model_api.live.store.happened(assigned["decision_id"]) if event.kind == "assigned"]
    for name in ("item", "owner_id", "team", "assigned_by", "expected", "value"):
        assert getattr(later, name) == getattr(at_once, name), name
    assert later.propensity == pytest.approx(at_once.propensity, rel=1e-4)      # a moment apart
    assert later.exposure == pytest.approx(at_once.exposure, rel=1e-4)


def test_a_turn_taken_by_accepting_is_charged_to_whoever_took_it(api):
    first = api.recommend(lead("L-1"))
    api.act(first, "accept")
    assert api.recommend(lead("L-2"))["owner"]["owner_id"] != first["owner"]["owner_id"]


def test_a_recommendation_whose_owner_is_full_by_now_is_refused(api):
    one, two = (api.recommend(lead(name, country="FR")) for name in ("L-1", "L-2"))
    assert api.act(one, "accept").status_code == 200
    problem = refused(api.act(two, "accept"), 409, "eve", "capacity", "1 of at most 1")
    assert problem["type"].endswith("not-eligible")
    assert api.open_items("eve") == 1
    assert kinds(api, two["decision_id"]) == []


def test_a_place_lost_to_another_process_refuses_too(api):
    document = api.recommend(lead(country="FR"))
    from sqlalchemy import insert

    from serving.store import tables
    api.live.store.write(lambda writing: writing.connection.execute(insert(tables.capacity).values(owner_id="eve", open=1)))
    refused(api.act(document, "accept"), 409, "eve", "full")
    assert kinds(api, document["decision_id"]) == []


def test_a_recommendation_whose_owner_is_away_by_now_is_refused(api):
    document = api.recommend()
    owner = document["owner"]["owner_id"]
    touch(api.folder / "absences.csv", f"owner_id,from,to,reason\n{owner},2026-01-01,2199-01-01,leave\n")
    api.live.refresh()
    refused(api.act(document, "accept"), 409, owner, "absence")


def test_a_recommendation_whose_owner_compliance_forbids_by_now_is_refused(api):
    document = api.recommend(lead(country="DE"))
    owner = document["owner"]["owner_id"]
    owners = (api.folder / "owners.csv").read_text()
    touch(api.folder / "owners.csv", owners.replace(",EU,", ",US,"))
    api.live.refresh()
    refused(api.act(document, "accept"), 409, owner, "eu-residency")
