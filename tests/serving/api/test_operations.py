"""Mode, health, models, rule book, OpenAPI, and files that change under a running server."""
import json
import os

import pytest

from serving.api.shapes.health import Health
from serving.api.shapes.models import ModelList
from serving.api.shapes.rulebooks import RuleBookPart
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import lead


def touch(path, text):
    """Write a file so that its time of change differs, whatever the clock's grain."""
    path.write_text(text)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def test_the_kill_switch_holds_from_the_next_decision_on(model_api):
    assert model_api.recommend()["decided_by"] == "model"
    answer = model_api.post("/v1/mode", {"ranking": "rotation"}, X_Actor="olga")
    assert (answer.status_code, answer.json()["ranking"]) == (200, "rotation")
    assert answer.json()["actor"] == "olga (unverified)"
    document = model_api.recommend()
    assert (document["decided_by"], document["why_not_model"]) == ("rotation", "switched_off")
    model_api.post("/v1/mode", {"ranking": "model"})
    assert model_api.recommend()["decided_by"] == "model"


def test_a_switch_thrown_in_another_process_holds_too(model_api):
    other = Workspace.at(model_api.folder)
    other.store.set_ranking("rotation", "test")
    other.close()
    assert model_api.recommend()["why_not_model"] == "switched_off"


@pytest.mark.parametrize("body", [{"ranking": "off"}, {}, {"ranking": "model", "until": "noon"}, {"ranking": True}])
def test_a_mode_that_is_none_is_refused(api, body):
    assert api.post("/v1/mode", body).status_code == 422
    assert api.live.store.head().ranking is None


def test_health_and_readiness_are_told(api):
    for path in ("/healthz", "/readyz"):
        answer = api.get(path)
        assert answer.json() == {"status": "ok", "reasons": []}
        Health.model_validate(answer.json())


def test_changed_files_are_taken_over(api):
    before = api.recommend()["versions"]["directory"]
    touch(api.folder / "absences.csv", "owner_id,from,to,reason\nann,2026-01-01,2199-01-01,leave\n")
    api.live.refresh()
    document = api.recommend()
    assert document["versions"]["directory"] != before
    assert "ann" not in {candidate["owner_id"] for candidate in document["candidates"]}
    assert api.live.store.active("directory") == document["versions"]["directory"]


def test_a_bad_file_keeps_the_last_good_one_and_says_so(api):
    good = (api.folder / "owners.csv").read_text()
    before = api.recommend()["versions"]["directory"]
    touch(api.folder / "owners.csv", good.replace("Europe/Berlin", "Europe/Nowhere"))
    api.live.refresh()
    ready = api.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert "Europe/Nowhere" in ready.json()["reasons"][0]
    assert api.recommend()["versions"]["directory"] == before
    touch(api.folder / "owners.csv", good + "\n")
    api.live.refresh()
    assert api.get("/readyz").json()["status"] == "ok"


def test_a_bad_champion_keeps_the_last_good_one_and_says_so(model_api):
    before = model_api.recommend()["versions"]["model"]
    model_api.live.store.set_champion("lead", "sha256:" + "0" * 64, "test")
    model_api.live.refresh()
    assert model_api.get("/readyz").json()["status"] == "degraded"
    assert model_api.recommend()["versions"]["model"] == before


def test_a_newly_promoted_model_is_taken_over(model_api):
    from serving.ranking.bundle import write_bundle

    promoted = write_bundle(model_api.live.workspace.bundles, small_company.bundle_parts(weight=0.5))
    model_api.live.store.set_champion("lead", promoted, "test")
    model_api.live.refresh()
    assert model_api.recommend()["versions"]["model"] == promoted
    listed = model_api.get("/v1/models").json()
    ModelList.model_validate(listed)
    assert listed["models"][0]["model"] == promoted


def test_the_active_book_decides_and_a_changed_file_does_not(api):
    active = api.recommend()["versions"]["rulebook"]
    book = api.folder / "rulebook.yaml"
    touch(book, book.read_text().replace("version: 2026.1", "version: 2026.2"))
    api.live.refresh()
    assert api.recommend()["versions"]["rulebook"] == active
    told = api.get("/v1/rulebook")
    RuleBookPart.model_validate(told.json())
    assert (told.json()["version"], told.json()["digest"]) == ("2026.1", active)
    assert told.headers["etag"] == f'"{active}"'


def test_the_openapi_document_describes_the_request_and_every_answer(api):
    described = api.get("/openapi.json").json()
    posted = described["paths"]["/v1/recommendations"]["post"]
    assert posted["requestBody"]["content"]["application/json"]["schema"]["properties"]["mode"]["enum"]
    assert {"200", "400", "409", "413", "415", "422", "503"} <= set(posted["responses"])
    schemas = described["components"]["schemas"]
    assert {"DecisionDocument", "ProblemDocument", "Contrast", "DecisionList"} <= set(schemas)
    [example] = posted["requestBody"]["content"]["application/json"]["schema"]["examples"]
    assert example["item"]["item_id"] == "L-1"


def test_no_page_asks_for_anything_outside(api):
    page = api.get("/docs")
    assert page.status_code == 200
    assert "POST /v1/recommendations" in page.text
    assert "//" not in page.text.replace("<!--", "")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert api.get("/redoc").status_code == 404
    assert "https://" not in json.dumps(api.get("/openapi.json").json()).replace("https://json-schema.org", "")


def test_a_clock_that_runs_behind_the_newest_event_does_not_stop_routing(api, turn):
    from datetime import UTC, datetime, timedelta

    turn(timedelta(days=1))
    api.assign(lead("L-0"), key="j")
    turn(timedelta(0))
    now = datetime.now(UTC)
    document = api.assign(lead("L-1"), key="k").json()
    assert document["outcome"] == "assigned"
    assert now <= datetime.fromisoformat(document["decided_at"]) <= datetime.now(UTC)
