import pytest
from pydantic import TypeAdapter

from serving.api.shapes.decisions import DecisionList
from serving.decision.parts import Contrast
from tests.serving.small_company import lead


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [document["decision_id"] for document in answer.json()["decisions"]]


def test_decisions_are_listed_newest_first(api):
    made = [api.recommend(lead(f"L-{number}"))["decision_id"] for number in range(3)]
    answer = api.get("/v1/decisions")
    assert ids(answer) == made[::-1]
    assert answer.json()["next_cursor"] is None
    DecisionList.model_validate_json(answer.content)


def test_an_empty_log_is_an_empty_list(api):
    assert api.get("/v1/decisions").json() == {"decisions": [], "next_cursor": None}


def test_each_filter_finds_what_fits(api):
    us = api.recommend(lead("L-1"))
    french = api.recommend(lead("L-2", country="FR"))
    assert ids(api.get("/v1/decisions", item_id="L-1")) == [us["decision_id"]]
    assert ids(api.get("/v1/decisions", owner_id="eve")) == [french["decision_id"]]
    assert ids(api.get("/v1/decisions", team="sales")) == [us["decision_id"]]
    assert ids(api.get("/v1/decisions", verdict="hold")) == []
    assert ids(api.get("/v1/decisions", verdict="pass", item_id="L-2")) == [french["decision_id"]]
    assert ids(api.get("/v1/decisions", **{"from": french["decided_at"]})) == [french["decision_id"]]
    assert ids(api.get("/v1/decisions", to=french["decided_at"])) == [us["decision_id"]]


def test_a_queued_item_is_found_by_its_queue(api):
    queued = api.recommend(lead(country="JP"))
    assert ids(api.get("/v1/decisions", team="manual-review")) == [queued["decision_id"]]


def test_pages_meet_without_gap_or_repeat(api):
    made = [api.recommend(lead(f"L-{number}"))["decision_id"] for number in range(5)]
    seen, cursor = [], None
    while True:
        answer = api.get("/v1/decisions", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += ids(answer)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(("params", "word"), [
    ({"owner": "ann"}, "owner_id"), ({"from": "yesterday"}, "from"), ({"to": "2026-11-18T12:00:00"}, "offset"),
    ({"cursor": "x"}, "next_cursor"), ({"limit": "0"}, "1 to 200"), ({"limit": "1000"}, "1 to 200"),
    ({"limit": "-1"}, "1 to 200"), ({"cursor": "9" * 40}, "next_cursor"),
])
def test_a_wrong_filter_is_refused_in_words(api, params, word):
    answer = api.get("/v1/decisions", **params)
    assert answer.status_code == 400
    assert word in answer.text


def test_an_unknown_decision_is_not_found(api):
    for path in ("/v1/decisions/none", "/v1/decisions/none/explanation", "/nowhere"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem_too(api):
    answer = api.call("DELETE", "/v1/decisions")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def contrast(api, document, versus):
    answer = api.get(f"/v1/decisions/{document['decision_id']}/explanation", **({"versus": versus} if versus else {}))
    assert answer.status_code == 200, answer.text
    TypeAdapter(Contrast).validate_json(answer.content)
    return answer.json()


def test_an_eligible_rival_is_contrasted_by_terms_that_add_up(model_api):
    document = model_api.recommend()
    scores = {candidate["owner_id"]: candidate["score"] for candidate in document["candidates"]}
    for rival in set(scores) - {document["owner"]["owner_id"]}:
        told = contrast(model_api, document, rival)
        assert told["relation"] == "eligible"
        assert told["difference"] == pytest.approx(scores[document["owner"]["owner_id"]] - scores[rival], abs=1e-9)
        assert sum(term["effect"] for term in told["terms"]) == pytest.approx(told["difference"], abs=1e-6)


def test_the_rival_of_the_stored_explanation_gets_the_same_terms(model_api):
    document = model_api.recommend()
    told = contrast(model_api, document, document["explanation"]["versus"])
    assert told["terms"] == document["explanation"]["terms"]
    assert contrast(model_api, document, None)["terms"] == document["explanation"]["terms"]


def test_an_excluded_owner_is_told_the_rule(model_api):
    document = model_api.recommend(lead(country="DE"))
    told = contrast(model_api, document, "dan")
    assert (told["relation"], told["excluded_by"]["rule"], told["terms"]) == ("excluded", "eu-residency", [])


def test_an_owner_of_another_team_is_told_so(model_api):
    assert contrast(model_api, model_api.recommend(), "eve")["relation"] == "outside_team"


def test_rotation_is_explained_without_scores(api):
    document = api.recommend()
    rival = document["candidates"][1]["owner_id"]
    told = contrast(api, document, rival)
    assert (told["relation"], told["terms"]) == ("eligible", [])
    assert rival in told["sentences"][0]


def test_somebody_unknown_is_not_found(api):
    answer = api.get(f"/v1/decisions/{api.recommend()['decision_id']}/explanation", versus="nobody")
    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]
