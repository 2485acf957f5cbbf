"""Rejecting: the place is free again, and a reason of the list is needed."""
import pytest

from tests.serving.api.acting import kinds, refused
from tests.serving.small_company import lead


def test_rejecting_frees_the_place(api):
    document = api.assign(lead(country="FR"), key="k").json()
    assert api.open_items("eve") == 1
    answer = api.act(document, "reject", {"reason": "no_capacity", "note": "on the road"})
    assert (answer.status_code, answer.json()["reason"], answer.json()["note"]) == (200, "no_capacity", "on the road")
    assert api.open_items("eve") == 0
    assert api.assign(lead("L-2", country="FR"), key="k2").json()["outcome"] == "assigned"


def test_a_rejected_recommendation_cannot_be_accepted(api):
    document = api.recommend()
    assert api.act(document, "reject", {"reason": "duplicate"}).status_code == 200
    assert kinds(api, document["decision_id"]) == []
    refused(api.act(document, "accept"), 409, "was rejected")


@pytest.mark.parametrize(("body", "words"), [
    ({}, ["reason"]), ({"reason": "no_capcity"}, ["no_capcity", "no_capacity"]), ({"reason": None}, ["reason"]),
    ({"reason": 5}, ["reason"]), ({"reason": "other", "notes": "x"}, ["notes", "note"]),
    ({"reason": "other", "note": 7}, ["note"]), ({"reason": "other", "note": "x" * 2001}, ["2000"]),
])
def test_a_rejection_without_a_reason_of_the_list_is_refused(api, body, words):
    document = api.assign(key="k").json()
    refused(api.act(document, "reject", body), 422, *words)
    assert kinds(api, document["decision_id"]) == ["assigned"]
