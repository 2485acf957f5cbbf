"""An open workspace as Python users meet it: read-only decisions, plain refusals, safe beside a running server."""
import json
import threading
import urllib.request
from collections import Counter
from datetime import UTC, datetime

import pytest

import rightful
from tests.journeys.conftest import serve_workspace
from tests.serving import small_company


@pytest.fixture
def company(tmp_path):
    with rightful.open(small_company.build(tmp_path / "ws")) as opened:
        yield opened


def test_a_decision_cannot_be_changed_and_its_copy_can(company):
    decision = company.recommend(small_company.lead())
    with pytest.raises(TypeError):
        decision["route"]["team"] = "solo"
    with pytest.raises(AttributeError):
        decision["candidates"].append({})
    copy = decision.to_dict()
    copy["route"]["team"] = "solo"
    assert decision["route"]["team"] == "sales"
    assert json.dumps(decision.to_dict())


def test_a_moment_in_an_item_is_logged_as_text_and_replays(company):
    decision = company.recommend(small_company.lead(received_at=small_company.NOON))
    assert decision["item"]["received_at"] == "2026-11-18T12:00:00Z"
    assert company.replay(decision.decision_id, refold=True).identical


def test_wishes_that_change_a_decision_are_heard(company):
    first = company.recommend(small_company.lead(), top=1)
    others = company.recommend(small_company.lead(), exclude=[first.owner_id])
    assert others.owner_id != first.owner_id
    assert others["eligibility"]["eligible"] == first["eligibility"]["eligible"] - 1


@pytest.mark.parametrize(("ask", "error", "said"), [
    (lambda company: company.recommend({"kind": "leed"}), rightful.ItemError, "did you mean `lead`"),
    (lambda company: company.recommend({"kind": "lead", "tags": {1, 2}}), rightful.ItemError, "not plain data"),
    (lambda company: company.recommend(small_company.lead(), at=datetime(2026, 11, 18)), rightful.Refused, "offset"),
    (lambda company: company.decision("none"), rightful.StoreError, "none"),
    (lambda company: company.promote(), rightful.RightfulError, "train"),
])
def test_what_cannot_be_is_refused_in_words(company, ask, error, said):
    with pytest.raises(error, match=said):
        ask(company)


def test_a_folder_that_is_no_workspace_is_refused(tmp_path):
    with pytest.raises(rightful.Refused, match="rightful init"):
        rightful.open(tmp_path)


def test_a_key_that_stood_for_another_item_is_refused(company):
    company.assign(small_company.lead(), key="k")
    with pytest.raises(rightful.Refused, match="another request"):
        company.assign(small_company.lead(country="FR"), key="k")


def test_items_are_routed_row_by_row_and_a_bad_one_does_not_stop_the_rest(company):
    rows = company.route([small_company.lead("L-1"), small_company.lead("L-2", kind="leed"),
                          small_company.lead("L-3", received_at="soon")], at="received")
    assert [row["outcome"] for row in rows] == ["recommended", "refused", "refused"]
    assert rows[0]["decided_at"] == "2026-11-18T12:00:00Z"


def test_changed_people_are_taken_over_with_the_next_decision(company, tmp_path):
    assert company.recommend(small_company.lead(country="FR")).owner_id == "eve"
    (tmp_path / "ws" / "memberships.csv").write_text(small_company.MEMBERSHIPS.replace("eve,solo,,,\n", "dan,solo,,,\n"))
    assert company.recommend(small_company.lead(country="FR")).owner_id == "dan"


def test_a_faulty_book_is_told_with_its_place(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    (folder / "rulebook.yaml").write_text(small_company.RULEBOOK.replace("to: sales", "to: salse"))
    report = rightful.check_book(folder)
    assert not report.ok
    assert any("sales" in str(finding) for finding in report.findings)
    with pytest.raises(rightful.RuleBookError, match="rulebook.yaml"):
        rightful.load_book(folder / "rulebook.yaml")


def test_beside_a_running_server_nobody_is_taken_beyond_capacity(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    room = {"ann": 3, "bob": 4, "cleo": 4, "dan": 4}
    rows = small_company.OWNERS.replace("EU,,1", "EU,4,1").replace("US,,1", "US,4,1")
    (folder / "owners.csv").write_text(rows, encoding="utf-8")
    given: list[str | None] = []
    with serve_workspace(folder) as address, rightful.open(folder) as company:
        served = threading.Thread(target=lambda: given.extend(assign_over_http(address, number) for number in range(12)))
        served.start()
        here = [company.assign(small_company.lead(f"P-{number}", received_at=datetime.now(UTC)), key=f"P-{number}").owner_id
                for number in range(12)]
        served.join()
    taken = Counter(owner for owner in [*given, *here] if owner is not None)
    assert taken == room
    assert len(given) == len(here) == 12
    assert {owner for owner in given if owner} and {owner for owner in here if owner}


def assign_over_http(address: str, number: int) -> str | None:
    body = json.dumps({"item": small_company.lead(f"H-{number}"), "mode": "assign"}).encode()
    asked = urllib.request.Request(f"{address}/v1/recommendations", data=body, headers={
        "Content-Type": "application/json", "Idempotency-Key": f"H-{number}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        owner = json.load(answer)["owner"]
    return owner and owner["owner_id"]


@pytest.mark.train
def test_learning_from_python_ends_with_a_model_that_decides(copied):
    with rightful.open(copied.folder) as company:
        heard: list[str] = []
        trained = company.train(progress=heard.append)
        assert heard
        assert company.evaluate().models[-1].name == "item+owner_statistics"
        promoted = company.promote()
        assert promoted.bundle_hash == trained.bundle_hash
        decision = company.recommend({"item_id": "L-1", "kind": "lead", "received_at": datetime.now(UTC), "region": "north",
                                      "industry": "banking", "colour": "red"})
        assert decision["versions"]["model"] == promoted.bundle_hash
