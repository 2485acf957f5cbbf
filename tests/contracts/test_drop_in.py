"""A new kind is one file: dropped into a copy of the product, it is picked up with no other file touched."""
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

HOUSE = Path(__file__).parents[2]

CLEARANCE = '''
"""Clearance: an owner holds exactly the clearance that the rule names."""
from rules.routing_result import (Verdict)

SUBJECT = "owner.clearance"


def judge(demand, item, owner, at, directory):
    held = owner.attributes.get("clearance", "")
    return Verdict(eligible=held in demand.any_of, reason=f"cleared for {held or 'nothing'}", evidence={"held": held})
'''
ASKED_FOR_CLEARANCE = '''
from datetime import UTC, datetime

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.reference.pages import keys_page
from rules.routing.eligibility import is_allowed

BOOK = """
rulebook: 1
attributes: {kind: {enum: [lead]}}
teams: {all: {kind: team}}
compliance: [{id: cleared, require: {owner.clearance: secret}}]
stages: [{stage: fallback, rules: [{id: rest, to: all}]}]
"""
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
book = require_book({"rulebook.yaml": BOOK})
people = load_directory({"owners.csv": "owner_id,kind,clearance\\no,person,secret:2030-01-01\\n",
                         "memberships.csv": "owner_id,team\\no,all\\n"})
item = read_item({"kind": "lead"}, book=book, directory=people, at=AT)
print(is_allowed(item, "o", book=book, directory=people, at=AT).reason)
print("| `clearance` |" in keys_page())
'''

LONE_OWNER = '''
"""D9: a choice among very few is told as one."""
from serving.fairness.check import FunnelFacts

ID, NAME = "D9", "lone owner"
ASKS = "How many could have had the item? Number: how many."
LOOKS_AT = FunnelFacts


def judge(facts):
    eligible = len(facts.eligibility.eligible)
    return "pass" if eligible > 1 else "warn", eligible, 2
'''
DECIDED = '''
from rules.directory.files import load_directory
from rules.loading import require_book
from serving.decision.recommend import recommend
from serving.decision.request import DecisionRequest, Policy
from serving.fairness.registry import ASKS
from tests.serving.decision.company import AT, BOOK, DIRECTORY, FakeView

decision = recommend(
    DecisionRequest(decision_id="d", item={"item_id": "L", "kind": "lead", "received_at": AT.isoformat()}), at=AT,
    book=require_book({"rulebook.yaml": BOOK}), directory=load_directory(DIRECTORY), view=FakeView(), bundle=None,
    policy=Policy(objectives=()), key=b"k", versions={})
found = next(check for check in decision.document.fairness.checks if check.id == "D9")
print(found.name)
print(ASKS[found.id])
'''


@pytest.fixture
def product(tmp_path):
    """A copy of the product to drop files into."""
    for room in ("rules", "features", "serving"):
        shutil.copytree(HOUSE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def said(product: Path, program: str) -> list[str]:
    """What a program prints that imports the copy first."""
    path = os.pathsep.join((str(product), str(HOUSE)))
    done = subprocess.run([sys.executable, "-c", dedent(program)], env={**os.environ, "PYTHONPATH": path}, cwd=product,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_dropped_compliance_kind_judges_its_column_and_stands_in_the_reference(product):
    assert said(product, ASKED_FOR_CLEARANCE)[1] == "False"
    (product / "rules/routing/compliance/kinds/clearance.py").write_text(CLEARANCE, encoding="utf-8")
    assert said(product, ASKED_FOR_CLEARANCE) == ["cleared for secret:2030-01-01", "True"]


def test_a_dropped_fairness_check_stands_in_every_decision_with_its_question(product):
    (product / "serving/fairness/checks/lone_owner.py").write_text(LONE_OWNER, encoding="utf-8")
    assert said(product, DECIDED) == ["lone owner", "How many could have had the item? Number: how many."]
