"""Review, override and the kill switch from a page: what is kept, who may, and which forms are refused."""
from datetime import UTC, datetime, timedelta

import pytest

from serving.console.decisions.acting import seconds_spent
from serving.console.web.security import token_for
from tests.serving.api.test_rulebooks import US_TO_SOLO, activate, propose


def test_a_review_is_kept_with_note_name_and_time_spent(console):
    name = console.decide()
    answer = console.fill(name, "review", verdict="challenge", note="why not me?", actor="Olga", seconds="42.5")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/decisions/{name}?done=review#since")
    [action] = console.live.store.actions(name)
    assert (action.kind, action.verdict, action.note, action.actor, action.seconds) == (
        "reviewed", "challenge", "why not me?", "Olga", 42.5)
    page = console.see(f"/console/decisions/{name}", done="review")
    assert "Your review is recorded." in page.text
    assert "reviewed: challenge" in page.text
    assert "by Olga (unverified), after 42 s" in page.text
    assert "why not me?" in page.text


def test_an_override_makes_a_new_decision_and_links_both(console):
    first = console.decide(mode="assign")
    chosen = console.live.store.decision(first).document.owner.owner_id
    offered = console.see(f"/console/decisions/{first}").form("/override").choices["owner_id"]
    assert chosen not in offered
    other = offered[-1]
    answer = console.fill(first, "override", owner_id=other, reason="knows_customer", actor="Olga", note="they met")
    second = answer.headers["location"].split("/")[-1].partition("?")[0]
    document = console.live.store.decision(second).document
    assert (document.owner.owner_id, document.decided_by) == (other, "person")
    page = console.see(answer.headers["location"])
    assert "your override is recorded" in page.text
    assert "a person's override of an earlier one" in page.text
    old = console.see(f"/console/decisions/{first}")
    assert "This decision was overridden by a person" in old.text
    assert "they know the customer" in old.text
    assert "act on the decision that replaced it" in old.text
    assert not [form for form in old.forms if form.action.endswith("/override")]


def test_only_owners_eligible_now_are_offered(console):
    name = console.decide(mode="assign")
    absent = "owner_id,from,to,reason\ncleo,2020-01-01,2199-01-01,leave\n"
    (console.folder / "absences.csv").write_text(absent)
    console.live.refresh()
    offered = set(console.see(f"/console/decisions/{name}").form("/override").choices["owner_id"]) - {""}
    assert "cleo" not in offered
    assert offered < {"ann", "bob", "dan"}


def test_from_the_moment_of_a_scheduled_book_only_owners_it_allows_are_offered(console, turn):
    name = console.decide(mode="assign")
    effective = datetime.now(UTC) + timedelta(days=30)
    digest = propose(console, US_TO_SOLO.replace("2026-01-01T00:00:00Z", effective.isoformat())).json()["digest"]
    assert activate(console, digest).json()["came"] == "scheduled"

    def offered():
        return set(console.see(f"/console/decisions/{name}").form("/override").choices["owner_id"]) - {""}

    assert offered() < {"ann", "bob", "cleo", "dan"}
    turn(timedelta(days=31))
    assert offered() == {"eve"} and console.live.in_force.book.digest != digest


def test_an_owner_who_may_not_is_refused_with_the_rule(console):
    name = console.decide(country="DE", mode="assign")
    answer = console.fill(name, "override", owner_id="dan", reason="workload", actor="Olga")
    assert answer.status_code == 409
    assert "eu-residency" in answer.text


def test_a_form_sent_twice_overrides_once(console):
    name = console.decide(mode="assign")
    form = console.see(f"/console/decisions/{name}").form("/override")
    filled = form.fields | {"owner_id": form.choices["owner_id"][-1], "reason": "workload", "actor": "Olga"}
    one, again = console.send(form.action, filled), console.send(form.action, filled)
    assert one.headers["location"] == again.headers["location"]
    assert len(console.live.store.actions(name)) == 1


def test_a_decision_that_moved_on_meanwhile_is_not_overridden(console):
    name = console.decide(mode="assign")
    form = console.see(f"/console/decisions/{name}").form("/override")
    console.act(name, "accept")
    answer = console.send(form.action, form.fields | {"owner_id": form.choices["owner_id"][-1], "reason": "workload"})
    assert answer.status_code == 409
    assert "has moved on" in answer.text


@pytest.mark.parametrize(("what", "given"), [
    ("review", {"verdict": "maybe"}), ("review", {}), ("override", {"owner_id": "bob", "reason": "because"})])
def test_a_form_that_says_nothing_known_is_refused(console, what, given):
    name = console.decide(mode="assign")
    answer = console.fill(name, what, **given)
    assert answer.status_code == 400
    assert "expected one of" in answer.text
    assert not console.live.store.actions(name)


def test_a_form_without_our_token_is_refused(console):
    name = console.decide()
    form = console.see(f"/console/decisions/{name}").form("/review")
    filled = form.fields | {"verdict": "approve"}
    strangers = token_for(console.live.key, "somebody else")
    for fields in ({**filled, "form_token": ""}, {**filled, "form_token": strangers}, {"verdict": "approve"},
                   {**filled, "form_token": "\u00e9"}):
        assert console.send(form.action, fields).status_code == 403
    console.cookie = None
    assert console.send(form.action, filled).status_code == 403
    assert not console.live.store.actions(name)


@pytest.mark.parametrize("headers", [
    {"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:9999"}])
def test_a_form_sent_by_another_page_is_refused(console, headers):
    name = console.decide()
    form = console.see(f"/console/decisions/{name}").form("/review")
    answer = console.send(form.action, form.fields | {"verdict": "approve"}, **headers)
    assert answer.status_code == 403
    assert "sent by another page" in answer.text
    assert not console.live.store.actions(name)


def test_our_own_origin_is_welcome(console):
    name = console.decide()
    form = console.see(f"/console/decisions/{name}").form("/review")
    answer = console.send(form.action, form.fields | {"verdict": "approve"}, **{
        "origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"})
    assert answer.status_code == 303


def test_a_form_larger_than_any_of_ours_is_refused(console):
    name = console.decide()
    assert console.fill(name, "review", verdict="approve", note="x" * 70_000).status_code == 413
    assert console.fill(name, "review", verdict="approve", note="x" * 3_000).status_code == 400
    assert console.send(f"/console/decisions/{name}/review", {f"f{number}": "" for number in range(50)}).status_code == 403


def test_acting_on_a_decision_that_does_not_exist_is_told(console):
    console.decide()
    token = console.see("/console/models").form("/mode").fields["form_token"]
    answer = console.send("/console/decisions/none/review", {"form_token": token, "verdict": "approve"})
    assert answer.status_code == 404


def test_the_kill_switch_works_from_the_models_page(console):
    form = console.see("/console/models").form("/mode")
    answer = console.send(form.action, form.fields | {"ranking": "rotation", "actor": "Olga"})
    assert answer.headers["location"] == "/console/models"
    assert console.recommend()["why_not_model"] == "switched_off"
    page = console.see("/console/models")
    assert "The model is switched off." in page.text
    assert "to rotation by Olga (unverified)" in page.text
    assert console.send(form.action, form.fields | {"ranking": "off"}).status_code == 400


@pytest.mark.parametrize(("form", "spent"), [
    ({"seconds": "12.34", "shown_at": "0"}, 12.3), ({"seconds": "", "shown_at": "970"}, 30.0), ({}, None),
    ({"seconds": "nan", "shown_at": "999"}, 1.0), ({"seconds": "-5"}, None), ({"shown_at": "2000"}, None),
    ({"seconds": "inf"}, None), ({"seconds": "1e9", "shown_at": "990"}, 10.0)])
def test_time_spent_is_the_pages_own_measure_or_that_since_it_was_made(form, spent):
    assert seconds_spent(form, now=1000.0) == spent
