"""The decision where a named owner cannot take the item: told in words, and replayed, old ones as they were decided."""
from dataclasses import replace

from serving.decision.explain_against import explain_versus
from serving.decision.inputs import DecisionInputs
from serving.decision.recommend import replay
from tests.rules.example import MONDAY, OWNERS, directory, the_book

RAW = {"item_id": "L-7", "kind": "lead", "received_at": MONDAY.isoformat(), "consent": "granted", "account": "acme",
       "country": "US", "employees": 5000}


def of_ann(ask, *, left="2026-10-31", **changed):
    people = directory(owners=OWNERS.replace("US,,,3,,,,5", f"US,,,3,,{left},,5"),
                       memberships="owner_id,team\nann,east\nben,east\n")
    settings = {"book": the_book(), "directory": people, "at": MONDAY, "item": RAW, "bundle": None, **changed}
    return ask(**settings), {"book": settings["book"], "directory": people, "bundle": None}


def test_the_decision_says_first_why_the_named_owner_does_not_get_it(ask):
    document = of_ann(ask)[0].document
    told = "ann is named for this account and cannot take it (not active to 2026-10-31): it goes to their team East"
    assert document.owner_id == "ben" and document.route.team == "east" and document.route.via == "else"
    assert document.explanation.sentences == [told, "ben is the only one of 2 considered in east who may and can take it now"]
    assert document.route.reason == told and told in document.warnings


def test_where_nobody_is_sought_after_that_the_sentence_still_stands(ask):
    people = directory(owners=OWNERS.replace("US,,,3,,,,5", "US,,,3,,2026-10-31,,5"), memberships="owner_id,team\nben,east\n")
    document = ask(book=the_book(), directory=people, at=MONDAY, bundle=None, item={**RAW, "kind": "churn_risk"}).document
    assert (document.outcome, document.route.team, document.route.via) == ("queued", "manual-review", "last_stage")
    assert len(document.explanation.sentences) == 1 and "the next stage, fallback" in document.explanation.sentences[0]


def test_it_replays(ask):
    decision, then = of_ann(ask)
    inputs = DecisionInputs.from_bytes(decision.inputs.to_bytes())
    assert replay(inputs, **then).document.as_json() | {"timings_us": 0} == decision.document.as_json() | {"timings_us": 0}


def test_a_decision_of_old_replays_to_the_end_that_it_had(ask):
    decision, then = of_ann(ask)
    old = replay(replace(decision.inputs, policy=replace(decision.inputs.policy, edition=1)), **then)
    assert (old.document.owner_id, old.document.route.team, old.document.warnings) == (None, None, [])
    assert old.document.sentences == ["Nobody in None may and can take it now: 1 by active"]
    assert b"edition" not in old.inputs.to_bytes()


def test_asked_why_not_somebody_else_it_never_names_a_team_that_is_none(ask):
    decision, _ = of_ann(ask, left="")
    said = explain_versus(decision.document, "eve", inputs=decision.inputs, bundle=None).sentences
    assert said == ["eve is not ann, whom named/acme names"]
