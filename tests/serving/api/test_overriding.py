"""Overriding: a decision of its own, to those whom the rules allow and to nobody else."""
import pytest
from pydantic import TypeAdapter

from serving.decision.parts import DecisionDocument
from tests.serving.api.acting import kinds, other_than, override, refused
from tests.serving.api.test_operations import touch
from tests.serving.small_company import lead


def test_an_override_is_a_decision_of_its_own_and_moves_the_place(api):
    first = api.assign(key="k").json()
    owner = other_than(first)
    answer = override(api, first, owner, X_Actor="olga")
    assert answer.status_code == 200, answer.text
    second = answer.json()
    TypeAdapter(DecisionDocument).validate_json(answer.content)
    assert (second["outcome"], second["mode"], second["decided_by"]) == ("assigned", "assign", "person")
    assert second["owner"]["owner_id"] == owner
    assert second["override"] == {"of": first["decision_id"], "instead_of": first["owner"]["owner_id"],
                                  "reason": "knows_customer"}
    assert answer.headers["location"] == f"/v1/decisions/{second['decision_id']}"
    read = api.get(answer.headers["location"])
    assert (read.content, read.headers["etag"]) == (answer.content, answer.headers["etag"])
    assert (api.open_items(first["owner"]["owner_id"]), api.open_items(owner)) == (0, 1)
    assert kinds(api, first["decision_id"]) == ["assigned", "reassigned"]
    [assigned] = api.live.store.happened(second["decision_id"])
    assert (assigned.assigned_by, assigned.propensity, assigned.team) == ("manual", None, "sales")
    [action] = api.live.store.actions(first["decision_id"])
    assert (action.kind, action.actor, action.new_decision_id) == ("overridden", "olga", second["decision_id"])


def test_where_nothing_ranks_an_override_says_so_in_words(api):
    first = api.assign(key="k").json()
    second = override(api, first, reason="language").json()
    chosen = second["owner"]["owner_id"]
    assert second["why_not_model"] == "no_bundle"
    assert second["explanation"]["sentences"] == [
        f"{chosen} was chosen by a person instead of {first['owner']['owner_id']}: they speak the customer's language",
        "4 were eligible in sales and not ranked: no model is in use for this kind of item"]
    assert [each["owner_id"] for each in second["candidates"]][0] == chosen
    assert second["candidates"][0]["propensity"] == 1.0


def test_where_a_model_ranks_the_person_s_choice_is_held_against_rank_one(model_api):
    first = model_api.assign(key="k").json()
    ranked = [each["owner_id"] for each in first["candidates"]]
    last = next(owner for owner in reversed(ranked) if owner != first["owner"]["owner_id"])   # exploration may draw any rank
    second = override(model_api, first, last).json()
    explanation = second["explanation"]
    first_by_rank = second["candidates"][0]["owner_id"]
    assert (explanation["chosen"], explanation["versus"]) == (last, first_by_rank)
    assert second["why_not_model"] == "override"
    assert second["exploration"] is None
    assert explanation["difference"] < 0
    assert abs(sum(term["effect"] for term in explanation["terms"]) - explanation["difference"]) <= 1e-9 * 1000
    assert explanation["sentences"][0].startswith(f"{last} was chosen by a person instead of")
    assert "The model ranks" in explanation["sentences"][1]
    assert {each["owner_id"]: each["propensity"] for each in second["candidates"]}[last] == 1.0
    assert sum(each["propensity"] for each in second["candidates"]) == 1.0
    assert {check["id"]: check["verdict"] for check in second["fairness"]["checks"]}["D8"] == "pass"
    versus = model_api.get(f"/v1/decisions/{second['decision_id']}/explanation", versus=ranked[1]).json()
    assert versus["relation"] == "eligible"
    assert versus["terms"]


def test_overriding_to_rank_one_is_held_against_rank_two(model_api):
    first = model_api.assign(key="k").json()
    best, second_best = (each["owner_id"] for each in first["candidates"][:2])
    if first["owner"]["owner_id"] == best:
        first = override(model_api, first, second_best).json()
    again = override(model_api, first, best).json()
    assert (again["explanation"]["chosen"], again["decided_by"]) == (best, "person")
    assert again["explanation"]["versus"] != best


def test_a_recommendation_is_overridden_and_can_no_longer_be_accepted(api):
    first = api.recommend()
    second = override(api, first).json()
    assert kinds(api, first["decision_id"]) == []
    assert api.open_items(second["owner"]["owner_id"]) == 1
    refused(api.act(first, "accept"), 409, "was overridden", second["decision_id"])


def test_what_the_owner_rejected_a_person_gives_to_another(api):
    first = api.assign(key="k").json()
    api.act(first, "reject", {"reason": "conflict_of_interest"})
    second = override(api, first).json()
    assert second["outcome"] == "assigned"
    assert kinds(api, first["decision_id"]) == ["assigned", "rejected"]


def test_an_override_of_an_override_is_another_decision(api):
    first = api.assign(key="k").json()
    second = override(api, first).json()
    third = override(api, second, first["owner"]["owner_id"], reason="correction").json()
    assert third["override"]["of"] == second["decision_id"]
    assert api.open_items(first["owner"]["owner_id"]) == 1
    assert api.open_items(second["owner"]["owner_id"]) == 0


def test_an_override_goes_to_nobody_whom_a_rule_excludes(api):
    german = api.assign(lead(country="DE"), key="k").json()
    before = api.live.store.head()
    problem = refused(override(api, german, "dan"), 409, "dan", "eu-residency")
    assert problem["type"].endswith("not-eligible")
    assert problem["problems"][0]["field"] == "owner_id"
    assert "ann" in problem["problems"][0]["expected"]
    refused(override(api, german, "eve"), 409, "eve", "outside_team", "sales")
    refused(override(api, german, "zoe"), 422, "zoe", "owner")
    assert api.live.store.head() == before


def test_an_override_goes_to_nobody_who_is_full_or_away(api):
    for number in range(3):
        document = api.assign(lead(f"F-{number}"), key=f"f{number}", exclude=["bob", "cleo", "dan"]).json()
        assert document["owner"]["owner_id"] == "ann"
    other = api.assign(lead("L-9"), key="k").json()
    refused(override(api, other, "ann"), 409, "capacity", "3 of at most 3")
    touch(api.folder / "absences.csv", "owner_id,from,to,reason\nbob,2026-01-01,2199-01-01,leave\n")
    api.live.refresh()
    target = "bob" if other["owner"]["owner_id"] != "bob" else None
    if target:
        refused(override(api, other, "bob"), 409, "absence")


def test_an_item_that_compliance_took_is_given_to_nobody(api):
    queued = api.assign(lead(consent="denied"), key="k").json()
    refused(override(api, queued, "ann"), 409, "no-consent", "nurture")


def test_who_was_asked_to_be_left_out_stays_out(api):
    document = api.assign(key="k", exclude=["cleo"]).json()
    refused(override(api, document, "cleo"), 409, "excluded")


def test_an_override_to_the_present_owner_is_refused(api):
    assigned, recommended = api.assign(key="k").json(), api.recommend(lead("L-2"))
    refused(override(api, assigned, assigned["owner"]["owner_id"]), 409, "has the item already")
    refused(override(api, recommended, recommended["owner"]["owner_id"]), 409, "accept the decision")


def test_when_nobody_was_free_a_person_may_choose_once_somebody_is(api):
    held = api.assign(lead("L-1", country="FR"), key="k1").json()
    queued = api.assign(lead("L-2", country="FR"), key="k2").json()
    assert queued["outcome"] == "queued"
    refused(override(api, queued, "eve"), 409, "capacity")
    api.act(held, "reject", {"reason": "other"})
    assert override(api, queued, "eve").json()["outcome"] == "assigned"
    assert api.open_items("eve") == 1


@pytest.mark.parametrize(("body", "words"), [
    ({"owner_id": "bob"}, ["reason"]), ({"reason": "workload"}, ["owner_id"]),
    ({"owner_id": "bob", "reason": "workloud"}, ["workloud", "workload"]),
    ({"owner_id": 5, "reason": "workload"}, ["owner_id"]), ({"owner_id": "", "reason": "workload"}, ["owner_id"]),
    ({"owner_id": "bob", "reason": "workload", "owner": "x"}, ["owner", "owner_id"]),
])
def test_an_override_that_does_not_fit_is_refused(api, body, words):
    refused(api.act(api.assign(key="k").json(), "override", body), 422, *words)


def test_a_stale_if_match_is_refused_and_a_fresh_one_is_not(api):
    document = api.assign(key="k").json()
    read = api.get(f"/v1/decisions/{document['decision_id']}").headers["etag"]
    accepted = api.act(document, "accept")
    assert accepted.headers["etag"] != read
    problem = refused(override(api, document, If_Match=read), 412, accepted.headers["etag"].strip('"'))
    assert problem["type"].endswith("stale")
    refused(override(api, document, If_Match='W/' + accepted.headers["etag"]), 412)
    fresh = api.get(f"/v1/decisions/{document['decision_id']}").headers["etag"]
    assert fresh == accepted.headers["etag"]
    assert override(api, document, If_Match=f'"else", {fresh}').status_code == 200


def test_any_state_matches_a_star(api):
    assert override(api, api.assign(key="k").json(), If_Match="*").status_code == 200
