"""Reviewing: what a reviewer says is recorded and changes nothing else."""
import pytest

from serving.api.shapes.actions import ActionDocument
from tests.serving.api.acting import refused


def test_reviews_are_recorded_and_change_nothing_else(api):
    document = api.assign(key="k").json()
    before = api.live.store.head().last_seq
    answer = api.act(document, "review", {"verdict": "challenge", "note": "why not cleo?", "seconds": 12.5}, key=None,
                     X_Actor="rita")
    assert answer.status_code == 200, answer.text
    ActionDocument.model_validate(answer.json())
    api.act(document, "review", {"verdict": "approve"}, key=None)
    challenged, approved = api.live.store.actions(document["decision_id"])
    assert (challenged.verdict, challenged.note, challenged.seconds, challenged.actor) == (
        "challenge", "why not cleo?", 12.5, "rita")
    assert (approved.verdict, approved.actor) == ("approve", "anonymous")
    assert api.live.store.head().last_seq == before
    assert api.live.store.standing(document["decision_id"]).state == "assigned"


@pytest.mark.parametrize("body", [{}, {"verdict": "aprove"}, {"verdict": "approve", "seconds": -1},
                                  {"verdict": "approve", "seconds": True}, {"verdict": "approve", "seconds": "3"},
                                  {"verdict": "approve", "seconds": 1e9}, {"verdict": ["approve"]}])
def test_a_review_that_does_not_fit_is_refused(api, body):
    document = api.recommend()
    refused(api.act(document, "review", body), 422)
    assert api.live.store.actions(document["decision_id"]) == ()
