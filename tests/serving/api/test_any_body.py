"""Whatever is sent to the routes that act or report, the answer is a clear one and never an error of ours."""
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.api.shapes.events import EventResults
from serving.api.shapes.problems import ProblemDocument
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

WORDS = st.sampled_from(["", "ann", "bob", "other", "approve", "closed", "reassigned", "outcome", "L-1", "e-1", "\u0000",
                         "é" * 300, "2026-11-18T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "converted"])
SCALARS = st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
                      max_leaves=6)
FIELDS = st.sampled_from(["reason", "note", "owner_id", "verdict", "seconds", "event_id", "kind", "occurred_at", "decision_id",
                          "item_id", "outcome", "value", "else"])
HEADERS = st.fixed_dictionaries({}, optional={"X-Actor": st.text(st.characters(min_codepoint=32, max_codepoint=126)),
                                              "If-Match": st.sampled_from(["*", "", '"x"', 'W/"y"', ",,,", '"a", "b"'])})
BUDGET = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def served():
    with TemporaryDirectory() as folder:
        api = Api(small_company.build(Path(folder) / "ws"))
        yield api, api.assign(lead("L-1"), key="k").json()["decision_id"]
        api.live.workspace.close()


@BUDGET
@given(verb=st.sampled_from(["accept", "reject", "override", "review"]), body=st.dictionaries(FIELDS, VALUES, max_size=4),
       headers=HEADERS, key=st.sampled_from(["k", "l", "", "é"]), there=st.booleans())
def test_any_wish_is_answered_clearly(served, verb, body, headers, key, there):
    api, decision_id = served
    answer = api.call("POST", f"/v1/decisions/{decision_id if there else 'nowhere'}/{verb}",
                      content=json.dumps(body).encode(),
                      headers={**headers, "content-type": "application/json", "idempotency-key": key.encode()})
    assert answer.status_code in (200, 400, 404, 409, 412, 422), answer.text
    if answer.status_code != 200:
        ProblemDocument.model_validate(answer.json())


@BUDGET
@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=8) | VALUES, max_size=6), st.booleans())
def test_any_events_are_answered_one_by_one(served, events, helped):
    api, decision_id = served
    for number, event in enumerate(events):
        if helped and isinstance(event, dict):
            given = {"event_id": f"e-{number}", "decision_id": decision_id, "kind": "responded",
                     "occurred_at": datetime.now(UTC).isoformat()}
            events[number] = {**given, **event}
    answer = api.call("POST", "/v1/events", content=json.dumps({"events": events}).encode(),
                      headers={"content-type": "application/json"})
    assert answer.status_code in (200, 400, 422), answer.text
    if answer.status_code == 200:
        EventResults.model_validate(answer.json())
        assert len(answer.json()["results"]) == len(events)
        assert api.open_items("ann") >= 0


TEXTS = st.sampled_from([small_company.RULEBOOK, "rulebook: 1", "a,b\n1", "", "\u0000", "- [", "&a [*a]"])
BOOKS = st.dictionaries(st.sampled_from(["rulebook.yaml", "tables/a.csv", "../x.csv", "", "é.csv", "x.exe"]), TEXTS | VALUES,
                        max_size=3)


@BUDGET
@given(body=st.fixed_dictionaries({}, optional={"files": BOOKS | VALUES, "note": VALUES, "else": VALUES}), headers=HEADERS,
       verb=st.sampled_from(["", "/sha256:0/approve", "/sha256:0/activate", "/active/activate", "/active/approve"]))
def test_any_rule_book_is_answered_clearly(served, body, headers, verb):
    api, _ = served
    active = api.get("/v1/rulebook").json()["digest"]
    answer = api.call("POST", "/v1/rulebooks" + verb.replace("/active/", f"/{active}/"), content=json.dumps(body).encode(),
                      headers={**headers, "content-type": "application/json"})
    assert answer.status_code in (200, 201, 400, 404, 409, 412, 422, 428), answer.text
    if answer.status_code >= 400:
        ProblemDocument.model_validate(answer.json())
    assert api.get("/v1/rulebook").json()["digest"] == active


@BUDGET
@given(body=st.fixed_dictionaries({}, optional={"absences": st.lists(st.dictionaries(
    st.sampled_from(["from", "to", "reason", "starts", "else"]), VALUES, max_size=4), max_size=3) | VALUES, "else": VALUES}),
    headers=HEADERS, owner=st.sampled_from(["ann", "nobody", "é"]))
def test_any_absence_is_answered_clearly(served, body, headers, owner):
    api, _ = served
    answer = api.call("PUT", f"/v1/owners/{owner}/absence", content=json.dumps(body).encode(),
                      headers={**headers, "content-type": "application/json"})
    assert answer.status_code in (200, 400, 404, 412, 422), answer.text
    assert api.live.problems == {}
    if answer.status_code >= 400:
        ProblemDocument.model_validate(answer.json())
