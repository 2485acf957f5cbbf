"""How an item came to its team: decision, `rules simulate`, `rules explain` and the console say the same of one item."""
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import update

from rightful.cli.show_decisions import show_decision
from rules.change.destination import land
from rules.intake.item import read_item
from rules.refdata.times import parse_instant
from rules.routing.eligibility import route_and_filter
from rules.routing.explain import explain
from rules.routing_result import Via
from rules.workload import EMPTY_DESK
from serving.decision import explanation
from serving.decision.choice import Choice
from serving.decision.request import Policy
from serving.runtime.decide import DecideCommand, Decider
from serving.store import decision_log, tables
from tests.rules.example import BOOK, DIRECTORY_FILES, TABLES, book, the_directory
from tests.serving.console.conftest import Console

#: Noon in San Francisco, evening in Berlin, before dawn in Tokyo.
AT = parse_instant("2026-11-30T20:00:00Z")
RULES = """\
      - {id: calm, when: {kind: churn_risk, churn_band: low}, to: nurture}
      - {id: visit, when: {kind: churn_risk, churn_band: mid}, to: {nearest: stores, max_km: 60}, else: solo}
      - {id: lost, when: {kind: churn_risk, churn_band: high}, to: nobody}
  - stage: fallback
"""
HOLD = "intake: {hold: {needs: [language], when: {channel: inbound}, until: PT15M}}\n"
IN_OAKLAND = {"country": "US", "postal_code": "94607", "required_certification": "gas"}
IN_DENVER = {"country": "US", "postal_code": "80202", "required_certification": "gas"}

#: kind, attributes; via, who decided, where a simulation counts it
ITEMS = [
    ("lead", {"country": "DE", "employees": 10}, "rule", "rule", "people"),
    ("churn_risk", {"churn_score": 0.1}, "rule", "rule", "queue"),
    ("lead", {"account": "acme"}, "named", "rule", "people"),
    ("quote_request", IN_OAKLAND, "nearest", "rule", "people"),
    ("quote_request", IN_DENVER, "else", "fallback", "else"),
    ("churn_risk", {"churn_score": 0.5}, "else", "fallback", "else"),
    ("churn_risk", {}, "last_stage", "fallback", "fallback"),
    ("lead", {"consent": "denied"}, "compliance", "rule", "compliance"),
    ("lead", {"country": "JP", "employees": 10, "channel": "outbound"}, "window", "rule", "held"),
    ("lead", {"country": "DE", "employees": 10, "channel": "inbound"}, "hold", "rule", "held"),
    ("churn_risk", {"channel": "inbound"}, "last_stage", "fallback", "fallback"),
    ("churn_risk", {"churn_score": 0.9}, "nobody_free", "fallback", "nobody_free"),
]


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """The example company with teams of one and of nobody, and a hold."""
    folder = tmp_path_factory.mktemp("ws")
    teams = "teams:\n  solo: {kind: team}\n  nobody: {kind: team}\n"
    text = BOOK.replace("  - stage: fallback\n", RULES).replace("teams:\n", teams)
    files = {**DIRECTORY_FILES, **TABLES, "rulebook.yaml": text + HOLD,
             "memberships.csv": DIRECTORY_FILES["memberships.csv"] + "eve,solo,,,\n"}
    (folder / "tables").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    made = Console(folder)
    yield made
    made.live.workspace.close()


def raw(kind, attributes):
    return {"item_id": "L-1", "kind": kind, "received_at": AT.isoformat(), "consent": "granted", **attributes}


def decided(console, kind, attributes):
    return Decider(console.live).decide(DecideCommand(item=raw(kind, attributes), at=AT)).document.as_json()


def test_the_items_below_come_every_way_there_is():
    assert {via for *_, via, _, _ in ITEMS} == {via.value for via in Via}


@pytest.mark.parametrize(("kind", "attributes", "via", "decided_by", "ends"), ITEMS)
def test_decision_simulation_explanation_and_console_agree(console, kind, attributes, via, decided_by, ends):
    document = decided(console, kind, attributes)
    assert (document["route"]["via"], document["decided_by"]) == (via, decided_by)
    in_force = {"book": console.live.in_force.book, "directory": console.live.in_force.directory, "at": AT}
    assert land(read_item(raw(kind, attributes), **in_force), **in_force).kind == ends
    assert explain(raw(kind, attributes), **in_force)["route"]["via"] == via
    page = console.see(f"/console/decisions/{document['decision_id']}").text
    assert f"decided by {decided_by}" in page and f"via {via.replace('_', ' ')}" in page
    if document["owner"] and not document["eligibility"]["considered"]:
        assert f"sent by {decided_by}, no owner is sought" in page


def test_who_gets_an_item_by_an_else_is_not_told_to_be_the_nearest(console):
    document = decided(console, "churn_risk", {"churn_score": 0.5})
    assert document["owner"]["owner_id"] == "eve"
    assert document["explanation"]["sentences"] == [
        "eve is the only one of 1 considered in solo who may and can take it now"]


def test_the_nearest_branch_of_the_last_stage_is_still_told_to_be_the_nearest():
    last = book(BOOK.replace("to: manual-review, reason: no_territory", "to: {nearest: stores, max_km: 60}, else: call-centre"))
    work = read_item(raw("churn_risk", IN_OAKLAND), book=last, directory=the_directory(), at=AT)
    found = route_and_filter(work, book=last, directory=the_directory(), at=AT, workload=EMPTY_DESK)
    chosen = Choice(owner_id="oak", decided_by=found.route.via.decided_by)
    part, _ = explanation.explain(chosen, item=work, narrowing=found, policy=Policy(objectives=()))
    assert (found.route.via, chosen.decided_by, found.ends) == ("last_stage", "fallback", "fallback")
    assert part.sentences == ["oak is the nearest of stores that may take it"]


def test_a_decision_from_before_via_is_shown_without_it(console, capsys):
    decision_id = decided(console, "lead", {"account": "acme"})["decision_id"]
    show_decision(console.live.store.decision(decision_id).document)
    stored = console.live.store.decision(decision_id)
    document = replace(stored.document, route=replace(stored.document.route, via=None))
    old = document.to_bytes()
    console.live.store.write(lambda writing: writing.connection.execute(
        update(tables.decisions).where(tables.decisions.c.decision_id == decision_id).values(
            document=old, commitment=decision_log.commit_to(old, stored.commitment_key))))
    show_decision(document)
    now, then = capsys.readouterr().out.split("decision   ")[1:]
    assert "named/acme -> ann, via named" in now and "named/acme -> ann\n" in then
    page = console.see(f"/console/decisions/{decision_id}").text
    assert "named/acme" in page and "via" not in page
    answer = console.get(f"/v1/decisions/{decision_id}")
    assert answer.status_code == 200 and orjson.loads(answer.content)["route"] == document.route.as_json()


def test_the_openapi_page_lists_every_via(console):
    schemas = console.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["Via"]["enum"] == [via.value for via in Via]
    assert "via" in schemas["RoutePart"]["properties"]
