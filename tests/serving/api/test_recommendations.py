import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import TypeAdapter

from serving.decision.parts import DecisionDocument
from tests.serving.small_company import lead

MEDIA = {"content-type": "application/json"}


def test_a_recommendation_is_answered_and_kept_byte_for_byte(api):
    answer = api.post("/v1/recommendations", {"item": lead()})
    document = answer.json()
    assert answer.status_code == 200
    assert (document["outcome"], document["mode"], document["decided_by"]) == ("recommended", "recommend", "rotation")
    assert "commit;dur=" in answer.headers["server-timing"]
    assert api.get(f"/v1/decisions/{document['decision_id']}").content == answer.content


def test_the_documented_shape_is_the_one_that_is_answered(model_api):
    for item in (lead(), lead(country="FR"), lead(consent="denied"), lead(country="DE"), lead(country="JP")):
        TypeAdapter(DecisionDocument).validate_json(json.dumps(model_api.recommend(item)))


def test_the_model_decides_where_there_is_one(model_api):
    document = model_api.recommend()
    assert (document["decided_by"], document["why_not_model"]) == ("model", None)
    assert document["candidates"][0]["features"]["effect_owner"] > 0
    assert abs(sum(candidate["propensity"] for candidate in document["candidates"]) - 1) < 1e-12


def test_recommending_changes_no_state_and_assigning_does(api):
    api.recommend()
    assert api.live.store.head().last_seq == 0
    document = api.assign(key="k").json()
    [event] = api.live.store.events()
    assert (event.kind, event.assignment_id, event.owner_id) == (
        "assigned", document["decision_id"], document["owner"]["owner_id"])
    assert event.item.value("country") == "US"
    assert event.team == "sales"


def test_assigning_needs_an_idempotency_key(api):
    answer = api.post("/v1/recommendations", {"item": lead(), "mode": "assign"})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


def test_the_same_key_and_body_get_the_same_bytes_and_one_assignment(api):
    first, second = api.assign(key="k"), api.assign(key="k")
    assert second.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert api.live.store.head().last_seq == 1


def test_the_same_key_with_another_body_is_refused(api):
    api.assign(key="k")
    answer = api.assign(lead("L-2"), key="k")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("idempotency-key-reused")


def test_many_clients_with_one_key_get_one_assignment(api):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.assign(key="same"), range(24)))
    answered = [answer for answer in answers if answer.status_code == 200]
    running = [answer for answer in answers if answer.status_code == 409]
    assert len({answer.content for answer in answered}) == 1
    assert len(answered) + len(running) == 24
    assert all(answer.json()["type"].endswith("idempotency-key-running") for answer in running)
    assert api.live.store.head().last_seq == 1


def test_concurrent_assignments_never_exceed_a_ceiling(api):
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(lambda number: api.assign(lead(f"L-{number}", country="FR"), key=str(number)).json(),
                                  range(8)))
    assert sorted(document["outcome"] for document in documents) == ["assigned"] + ["queued"] * 7
    queued = next(document for document in documents if document["outcome"] == "queued")
    assert queued["eligibility"]["excluded"][0]["rule"] == "capacity"


def test_asked_owners_are_left_out_and_listed(api):
    document = api.recommend(exclude=["ann", "bob"])
    assert {candidate["owner_id"] for candidate in document["candidates"]} == {"cleo", "dan"}
    assert [out["owners"] for out in document["eligibility"]["excluded"] if out["rule"] == "excluded"] == [["ann", "bob"]]


def test_an_item_forbidden_to_people_is_queued(api):
    document = api.recommend(lead(consent="denied"))
    assert (document["outcome"], document["route"]["stage"], document["route"]["rule"], document["owner"]) == (
        "queued", "compliance", "no-consent", None)


BAD_ITEMS = {
    "an unknown attribute, with the nearest": (lead(emplyees=5), 422, ["emplyees", "employees"]),
    "false for a number": (lead(value=False), 422, ["value", "number"]),
    "text for a flag": (lead(do_not_contact="perhaps"), 422, ["do_not_contact"]),
    "a list for a text": (lead(company=["ACME"]), 422, ["company"]),
    "an unknown kind": (lead(kind="leed"), 422, ["leed", "lead"]),
    "no kind": ({name: value for name, value in lead().items() if name != "kind"}, 422, ["kind"]),
    "a naive time": (lead(received_at="2026-11-18T12:00:00"), 422, ["received_at", "offset"]),
    "a time that is none": (lead(received_at="2026-02-30T12:00:00Z"), 422, ["received_at"]),
    "a number for a time": (lead(received_at=5), 422, ["received_at"]),
    "no item id": ({name: value for name, value in lead().items() if name != "item_id"}, 422, ["item_id"]),
}


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_a_bad_item_is_refused_in_words(api, case):
    item, status, words = BAD_ITEMS[case]
    answer = api.post("/v1/recommendations", {"item": item})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for word in words:
        assert word in answer.text


BAD_BODIES = {
    "an unknown field, with the nearest": (b'{"item": {}, "moed": "assign"}', 422, "mode"),
    "no item": (b'{"mode": "assign"}', 422, "item"),
    "an item that is no object": (b'{"item": [1]}', 422, "item"),
    "an unknown mode": (b'{"item": {}, "mode": "dispatch"}', 422, "recommend"),
    "true for a count": (b'{"item": {}, "top": true}', 422, "whole number"),
    "text for a count": (b'{"item": {}, "top": "5"}', 422, "whole number"),
    "a count below one": (b'{"item": {}, "top": 0}', 422, "whole number"),
    "a fraction for a count": (b'{"item": {}, "top": 2.5}', 422, "whole number"),
    "one owner where a list is due": (b'{"item": {}, "exclude": "ann"}', 422, "list"),
    "a number among owners": (b'{"item": {}, "exclude": [1]}', 422, "exclude"),
    "NaN": (b'{"item": {"value": NaN}}', 400, "JSON"),
    "Infinity": (b'{"item": {"value": Infinity}}', 400, "JSON"),
    "not UTF-8": (b'{"item": {"company": "\xff"}}', 400, "UTF-8"),
    "half a surrogate pair": (b'{"item": {"company": "\\ud800"}}', 400, "JSON"),
    "half a document": (b'{"item": {', 400, "JSON"),
    "nothing": (b"", 400, "JSON"),
    "an array": (b"[]", 422, "object"),
    "null": (b"null", 422, "object"),
    "deep nesting": (b'{"item": ' + b"[" * 500 + b"]" * 500 + b"}", 400, "nested"),
    "very deep nesting": (b"[" * 100_000 + b"]" * 100_000, 400, ""),
    "a name given twice": (b'{"item": {"item_id": "a", "item_id": "b"}}', 422, "item_id"),
    "300 KB": (b'{"item": {"company": "' + b"x" * 300_000 + b'"}}', 413, "262144"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_bad_body_is_a_clear_refusal(api, case):
    content, status, word = BAD_BODIES[case]
    answer = api.call("POST", "/v1/recommendations", content=content, headers=MEDIA)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.text
    assert api.live.store.head().last_decision == 0


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400, "1e308"])
def test_an_absurd_number_is_no_server_error(api, number):
    body = json.dumps({"item": lead(value=777)}).replace("777", number).encode()
    answer = api.call("POST", "/v1/recommendations", content=body, headers=MEDIA)
    assert answer.status_code in (200, 400, 422), answer.text


def test_a_body_in_many_pieces_is_refused_as_soon_as_it_is_too_large(api):
    async def pieces():
        for _ in range(100):
            yield b"x" * 10_000

    answer = api.call("POST", "/v1/recommendations", content=pieces(), headers=MEDIA)
    assert answer.status_code == 413


def test_another_media_type_is_refused(api):
    answer = api.call("POST", "/v1/recommendations", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_every_problem_is_told_at_once(api):
    answer = api.post("/v1/recommendations", {"item": lead(value=False, kind="leed", nothing=1)})
    assert len(answer.json()["problems"]) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(api, key):
    answer = api.assign(key=key)
    assert answer.status_code == 400
    assert api.live.store.head().last_decision == 0


def test_a_book_that_takes_effect_later_decides_nothing(tmp_path):
    from tests.serving import small_company
    from tests.serving.api.conftest import Api

    folder = small_company.build(tmp_path / "ws")
    book = (folder / "rulebook.yaml").read_text().replace("2026-01-01T00:00:00Z", "2199-01-01T00:00:00Z")
    (folder / "rulebook.yaml").write_text(book)
    api = Api(folder)
    answer = api.post("/v1/recommendations", {"item": lead()})
    assert answer.status_code == 409
    assert "2199-01-01" in answer.json()["detail"]
    api.live.workspace.close()
