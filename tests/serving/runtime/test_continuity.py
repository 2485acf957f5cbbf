"""Duplicates, the account's owner and a hold, through the store: decided, logged, and the same when replayed."""
from datetime import timedelta

import pytest

from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

INTAKE = """\
intake:
  duplicates: {within: P30D}
  keep_owner: [duplicate, current]
  hold: {needs: [industry], until: PT15M}
"""


@pytest.fixture
def workspace(tmp_path):
    folder = small_company.with_model(tmp_path / "ws")
    (folder / "rulebook.yaml").write_text(small_company.RULEBOOK + INTAKE, encoding="utf-8")
    made = Workspace.at(folder)
    yield made
    made.close()


@pytest.fixture
def decider(workspace):
    return Decider(Live(workspace))


def decide(decider, item_id, *, hours=1, current_owner=None, mode="assign", **attributes):
    asked = DecideCommand(
        item=lead(item_id, **attributes), mode=mode, at=NOON + timedelta(hours=hours), current_owner=current_owner
    )
    return decider.decide(asked).document


def test_a_duplicate_stays_with_its_owner_and_says_why(decider):
    decide(decider, "L-1", email="jo@acme.de", company="ACME GmbH", current_owner="dan")
    for number in range(2, 8):
        again = decide(decider, f"L-{number}", hours=number, email="Jo@Acme.de", current_owner="cleo")
        assert (again.owner.owner_id, again.decided_by, again.outcome) == ("dan", "rule", "assigned")
    told = decide(decider, "L-8", hours=8, mode="recommend", email="x@acme.de", company="Acme AG")
    assert any(warning.startswith("duplicate: the same domain and company as item `L-1`") for warning in told.warnings)
    assert told.fairness.verdict == "pass"
    funnel = told.eligibility
    assert funnel.eligible + sum(len(out.owners) for out in funnel.excluded) == funnel.considered


def test_the_explanation_says_who_keeps_it(decider):
    document = decide(decider, "L-1", current_owner="dan")
    assert document.owner.owner_id == "dan"
    assert document.explanation.sentences == ["The item stays with dan: dan has it now"]
    assert document.eligibility.excluded[-1].rule == "keep_owner"


def test_a_current_owner_whom_compliance_excludes_does_not_keep_it(decider):
    assert decide(decider, "L-1", country="DE", current_owner="dan").owner_id != "dan"


def test_an_item_without_its_industry_waits_a_quarter_of_an_hour(decider):
    early = decide(decider, "L-1", hours=0, industry=None)
    assert (early.outcome, early.owner, early.route.reason) == ("queued", None, "hold")
    assert early.next.wait_until == "2026-11-18T12:15:00Z" and early.route.team == "sales"
    late = decide(decider, "L-1", hours=1, industry=None)
    assert late.outcome == "assigned"
    assert "hold: industry still missing after 2026-11-18T12:15:00Z, routed on what is known" in late.warnings


def test_every_such_decision_comes_out_the_same_when_replayed(workspace, decider):
    for number in range(12):
        decide(decider, f"L-{number}", hours=number, email=f"p{number % 4}@acme.de",
               company=("Acme", "Acme AG", "Other")[number % 3], current_owner=("bob", None)[number % 2],
               industry=("software", None)[number % 5 == 0])
    ids = list(workspace.store.decision_ids())
    for replays in (Replayer(workspace).from_log(ids), Replayer(workspace).from_events(ids)):
        assert [replayed for replayed in replays if not replayed.identical] == []
    assert len(ids) == 12
