"""Who had an item and gave it back is not offered it again; where nobody else can have it, it waits with their manager."""
from datetime import UTC, datetime

import pytest

from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

TODAY = datetime.now(UTC).date().isoformat()


def left_out(document):
    return {out["rule"]: out for out in document["eligibility"]["excluded"]}


def give_back(api, document, how):
    if how == "rejected":
        assert api.act(document, "reject", {"reason": "no_capacity"}).status_code == 200
    else:
        [result] = api.tell({"event_id": document["decision_id"], "kind": how, "item_id": document["item"]["item_id"],
                             "occurred_at": datetime.now(UTC).isoformat()})
        assert result["status"] == "stored"


@pytest.mark.parametrize(("how", "words"), [("rejected", "rejected it on"), ("lapsed", "let it lapse on")])
def test_whoever_gave_it_back_is_not_offered_it_while_anybody_else_is_left(api, how, words):
    had = []
    for number in range(4):
        document = api.assign(lead("L-7", country="US"), key=str(number)).json()
        assert document["outcome"] == "assigned" and document["owner"]["owner_id"] not in had
        assert left_out(document).get("had_it", {"owners": []})["owners"] == sorted(had)
        had.append(document["owner"]["owner_id"])
        give_back(api, document, how)
    last = api.assign(lead("L-7", country="US"), key="last").json()
    assert (last["outcome"], sorted(had)) == ("queued", ["ann", "bob", "cleo", "dan"])
    assert words in left_out(last)["had_it"]["reason"] and TODAY in left_out(last)["had_it"]["reason"]
    assert any("nobody else can have it" in warning for warning in last["warnings"])
    assert api.assign(lead("L-8", country="US"), key="other").json()["outcome"] == "assigned", "another item is another item"
    assert all(replayed.identical for replayed in api.replays())


def test_a_rejected_recommendation_is_remembered_too(api):
    first = api.recommend(lead("L-7"))
    give_back(api, first, "rejected")
    again = api.recommend(lead("L-7"))
    assert left_out(again)["had_it"]["owners"] == [first["owner"]["owner_id"]]
    assert left_out(again)["had_it"]["evidence"]["how"] == "rejected"


def test_both_spellings_of_a_record_id_are_one_item(api):
    first = api.assign(lead("00Q5e00000abcDE"), key="a").json()
    give_back(api, first, "lapsed")
    again = api.recommend(lead("00Q5e00000abcDEEAY"))
    assert left_out(again)["had_it"]["owners"] == [first["owner"]["owner_id"]]


def test_a_person_may_still_give_it_to_somebody_who_had_it(api):
    first = api.assign(lead("L-7"), key="a").json()
    give_back(api, first, "rejected")
    second = api.assign(lead("L-7"), key="b").json()
    body = {"owner_id": first["owner"]["owner_id"], "reason": "knows_customer"}
    assert api.act(second, "override", body).json()["owner"]["owner_id"] == first["owner"]["owner_id"]


@pytest.mark.parametrize(("manager", "waits_with"), [("dan", "dan"), ("", None), ("cleo", "cleo")])
def test_what_nobody_else_can_have_waits_with_the_manager_of_who_had_it_last(tmp_path, manager, waits_with):
    folder = small_company.build(tmp_path / "ws")
    owners = [line + ("," + (manager if line.startswith("eve") else "") if number else ",manager_id")
              for number, line in enumerate(small_company.OWNERS.splitlines())]
    (folder / "owners.csv").write_text("\n".join(owners) + "\n")
    api = Api(folder)
    give_back(api, api.assign(lead("L-7", country="FR"), key="a").json(), "rejected")
    document = api.assign(lead("L-7", country="FR"), key="b").json()
    owner = document["owner"] or {"owner_id": None}
    assert (document["outcome"], owner["owner_id"], document["route"]["team"]) == ("queued", waits_with, "solo")
    assert api.open_items("eve") == 0 and not any("None" in warning for warning in document["warnings"])
    api.live.workspace.close()
