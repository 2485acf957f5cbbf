"""What others tell of an item, in any order: the newest stands, corrections, reopening, merging, taking back, consent."""
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from rightful.cli.main import app
from tests.serving.small_company import lead

SECOND = timedelta(seconds=1)
PEOPLE = ("ann", "bob", "cleo", "dan")


def told(kind, event_id, at, item="L-7", **more):
    return {"event_id": event_id, "kind": kind, "item_id": item, "occurred_at": at.isoformat(), **more}


def holders(api):
    return {owner: count for owner in PEOPLE if (count := api.open_items(owner))}


@pytest.fixture
def given(api):
    """An item that was assigned: when, to whom, and who else there is."""
    document = api.assign(lead("L-7", country="US"), key="a").json()
    begun = datetime.fromisoformat(document["decided_at"])
    first = document["owner"]["owner_id"]
    others = [owner for owner in PEOPLE if owner != first]
    return begun, first, others


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2), (1, 3, 2), (2, 1, 3)])
def test_the_newest_hand_over_stands_in_whatever_order_they_are_told(api, given, order):
    begun, first, others = given
    for step in order:
        [result] = api.tell(told("reassigned", f"e-{step}", begun + step * SECOND / 4, owner_id=others[step - 1]))
        assert result["status"] == "stored"
    assert holders(api) == {others[2]: 1}
    assert all(replayed.identical for replayed in api.replays())
    assigned = [event for event in api.live.store.events() if event.kind == "assigned"]
    assert {event.owner_id for event in assigned} == {first, *others}, "everybody's time with it is on record"


def test_a_late_older_hand_over_says_that_it_is_history(api, given):
    begun, _, others = given
    api.tell(told("reassigned", "new", begun + SECOND, owner_id=others[0]))
    older = told("reassigned", "old", begun + SECOND / 2, owner_id=others[1])
    [result] = api.tell(older)
    assert "kept as history" in result["warnings"][0] and others[0] in result["warnings"][0]
    assert api.tell(older)[0]["status"] == "known"


@pytest.mark.parametrize("kind", ["closed", "rejected", "lapsed", "reassigned"])
def test_an_end_that_occurred_before_the_present_owner_got_it_ends_nothing_of_theirs(api, given, kind):
    begun, _, others = given
    api.tell(told("reassigned", "new", begun + SECOND, owner_id=others[0]))
    [result] = api.tell(told(kind, "old", begun + SECOND / 2))
    assert result["status"] == "stored" and "history" in result["warnings"][0]
    assert holders(api) == {others[0]: 1}


def test_what_a_clock_tells_in_whole_seconds_is_not_older_than_what_began_in_that_second(api, given):
    begun, _, others = given
    api.tell(told("reassigned", "new", begun + SECOND, owner_id=others[0]))
    second = (begun + SECOND).replace(microsecond=0)
    api.tell(told("closed", "end", second))
    assert holders(api) == {}


def test_a_closed_item_is_opened_again_with_its_owner_unless_somebody_has_it(api, given):
    begun, first, others = given
    assert api.tell(told("reopened", "early", begun + SECOND))[0]["status"] == "refused"
    api.tell(told("closed", "end", begun + SECOND))
    assert holders(api) == {}
    [result] = api.tell(told("reopened", "before", begun + SECOND / 2))
    assert "closed after that" in result["problem"]["message"]
    assert api.tell(told("reopened", "again", begun + 2 * SECOND))[0]["status"] == "stored"
    assert holders(api) == {first: 1}
    api.tell(told("reassigned", "on", begun + 3 * SECOND, owner_id=others[0]))
    [result] = api.tell(told("reopened", "twice", begun + 4 * SECOND))
    assert others[0] in result["problem"]["message"] and holders(api) == {others[0]: 1}
    assert all(replayed.identical for replayed in api.replays())


def test_later_events_of_a_merged_record_reach_the_survivor(api):
    old, new = (api.assign(lead(name, country="US"), key=name).json() for name in ("00Q5e00000abcDE", "00Q5e00000xyzAB"))
    now = datetime.now(UTC)
    [result] = api.tell(told("merged", "m", now, "00Q5e00000abcDEEAY", into="00Q5e00000xyzAB"))
    assert result["status"] == "stored" and api.live.store.standing(old["decision_id"]).state == "merged"
    assert holders(api) == {new["owner"]["owner_id"]: 1}
    assert api.tell(told("closed", "c", now + SECOND, "00Q5e00000abcDE"))[0]["status"] == "stored"
    assert holders(api) == {} and api.live.store.standing(new["decision_id"]).state == "closed"
    assert api.tell(told("merged", "n", now, "00Q5e00000xyzAB", into="00Q5e00000xyzAB"))[0]["problem"]["field"] == "into"
    assert "into" in api.tell(told("merged", "o", now, "00Q5e00000xyzAB"))[0]["problem"]["field"]


def test_an_owner_whom_compliance_excludes_is_stored_and_flagged(api):
    document = api.assign(lead("L-7", country="DE"), key="a").json()
    at = datetime.fromisoformat(document["decided_at"]) + SECOND / 10
    [result] = api.tell(told("reassigned", "e", at, owner_id="dan"))
    assert result["status"] == "stored" and holders(api) == {"dan": 1}
    assert "compliance excludes dan" in result["warnings"][0] and "eu-residency" in result["warnings"][0]
    assert "compliance excludes dan" in api.get(f"/console/decisions/{document['decision_id']}").text
    [row] = json.loads(CliRunner().invoke(app, ["events", "flagged", "--json", "--workspace", str(api.folder)]).stdout)
    assert (row["item_id"], row["owner_id"]) == ("L-7", "dan") and "eu-residency" in row["why"]
    listed = api.get("/console/decisions").text
    assert "1 open item with owners whom compliance excludes" in listed and "compliance excludes dan" in listed
    assert "warnings" not in api.tell(told("reassigned", "f", at + SECOND / 10, owner_id="ann"))[0]
    assert api.live.store.flagged() == [] and "compliance excludes" not in api.get("/console/decisions").text


def test_withdrawn_consent_takes_the_item_from_its_owner_where_a_rule_does(api, given):
    begun, first, _ = given
    [result] = api.tell(told("consent_revoked", "e", begun + SECOND / 10))
    assert result["warnings"] == [f"rule `no-consent` takes the item from `{first}`: it goes to `nurture`"]
    assert holders(api) == {}
    assert api.tell(told("consent_revoked", "e", begun + SECOND / 10))[0]["status"] == "known"
    [again] = api.tell(told("consent_revoked", "f", begun + SECOND / 5))
    assert again["warnings"] == ["nobody has the item"]


# taken back

@pytest.mark.parametrize("kind", ["closed", "rejected", "lapsed", "reassigned"])
def test_an_end_taken_back_gives_the_item_to_who_had_it(api, given, kind):
    begun, first, _ = given
    api.tell(told(kind, "wrong", begun + SECOND))
    assert holders(api) == {}
    back = {"event_id": "back", "kind": "retracted", "retracts": "wrong", "occurred_at": (begun + 2 * SECOND).isoformat()}
    assert api.tell(back)[0]["status"] == "stored" and holders(api) == {first: 1}
    assert api.tell(back)[0]["status"] == "known"
    assert "before" in api.tell(back | {"event_id": "again"})[0]["problem"]["message"]
    api.tell(told("closed", "end", begun + 3 * SECOND))
    document = api.recommend(lead("L-7", country="US"))
    assert all(out["rule"] != "had_it" for out in document["eligibility"]["excluded"])
    assert all(replayed.identical for replayed in api.replays())


def test_a_hand_over_taken_back_ends_what_it_gave(api, given):
    begun, first, others = given
    api.tell(told("reassigned", "wrong", begun + SECOND, owner_id=others[0]))
    api.tell({"event_id": "back", "kind": "retracted", "retracts": "wrong", "occurred_at": (begun + 2 * SECOND).isoformat()})
    assert holders(api) == {first: 1}


def test_the_command_line_takes_an_event_back(api, given):
    begun, first, _ = given
    api.tell(told("closed", "wrong", begun + SECOND))
    run = CliRunner().invoke(app, ["events", "retract", "wrong", "--workspace", str(api.folder)])
    assert (run.exit_code, run.output) == (0, "`wrong` is taken back\n")
    assert holders(api) == {first: 1}
    again = CliRunner().invoke(app, ["events", "retract", "wrong", "--workspace", str(api.folder)])
    assert "taken back before" in str(again.exception)


def test_what_cannot_be_taken_back_is_refused_in_words(api, given):
    begun, _, _ = given
    api.tell(told("responded", "wrong", begun + SECOND))
    api.tell({"event_id": "back", "kind": "retracted", "retracts": "wrong", "occurred_at": begun.isoformat()})
    for wrong, words in (("back", "cannot be taken back"), ("wrong", "taken back before"), ("nowhere", "no such event")):
        [result] = api.tell({"event_id": "b", "kind": "retracted", "retracts": wrong, "occurred_at": begun.isoformat()})
        assert words in result["problem"]["message"]


@pytest.mark.parametrize("at", ["2062-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_is_refused_and_moves_nothing(api, given, at):
    before = api.live.store.head()
    [result] = api.tell({"event_id": "e", "kind": "closed", "item_id": "L-7", "occurred_at": at})
    assert result["problem"]["field"] == "occurred_at" and api.live.store.head() == before
