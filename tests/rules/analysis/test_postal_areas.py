"""Proofs about postal areas say what trying every code of every country says."""
import random
from datetime import UTC, datetime
from itertools import product

import pytest

from rules.analysis.proofs import prove
from rules.book.cells import matches
from rules.book.findings import Findings
from rules.loading import load_book
from rules.model import Fact, WorkItem
from tests.rules.book.books import small

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AREAS = ["94105", "941*", "94100-94199", "US:941*", "DE:941*", "US:94105", "DE:94000-94150", "US:>94105", "FR:<94105", "missing",
         "10*", "DE:10115"]
COUNTRIES = ["", "", "US", "DE", "[US, DE]", "[US, missing]", "missing"]
CODES = [None, "94105", "94100", "94150", "94199", "94106", "94104", "10115", "1012", "94000", "93999", "94151", "94200", "ZZZZZ",
         "00000", "941", "50000"]
ITEMS = [
    WorkItem(item_id="i", kind="lead", received_at=NOW, facts={
        name: Fact(value=value) for name, value in (("country", country), ("postal_code", code)) if value is not None})
    for country, code in product([None, "US", "DE", "FR", "BR"], CODES)
]


def drawn_rule(draw: random.Random, number: int) -> str:
    areas = ", ".join(f"'{area}'" for area in draw.sample(AREAS, draw.randint(1, 3)))
    country = draw.choice(COUNTRIES)
    beside = f", country: {country}" if country else ""
    return f"{{id: r{number}, when: {{postal_code: [{areas}]{beside}}}, to: {('sales', 'service')[number]}}}"


@pytest.mark.parametrize("seed", range(40))
def test_rules_overlap_and_match_nothing_exactly_where_trying_says_so(seed):
    draw = random.Random(seed)
    draft = load_book(small(drawn_rule(draw, 0), drawn_rule(draw, 1))).draft
    findings = Findings()
    prove(draft, None, NOW, findings)
    taken = {rule.id: {number for number, item in enumerate(ITEMS) if all(matches(cell, item) for cell in rule.when)}
             for rule in draft.stages[0].rules}
    found = findings.in_order()
    assert ("overlap" in [one.kind for one in found]) == bool(taken["r0"] & taken["r1"])
    assert [one.rules[0] for one in found if one.kind == "shadowed"] == [name for name, items in taken.items() if not items]
