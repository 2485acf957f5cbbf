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
from rules.refdata.postal_forms import read_postal
from tests.rules.book.books import small

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
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
    taken = {rule.id: {number for number, item in enumerate(ITEMS) if all(matches(cell, item, TODAY) for cell in rule.when)}
             for rule in draft.stages[0].rules}
    found = findings.in_order()
    assert ("overlap" in [one.kind for one in found]) == bool(taken["r0"] & taken["r1"])
    assert [one.rules[0] for one in found if one.kind == "shadowed"] == [name for name, items in taken.items() if not items]


FORMED = [
    "SW1", "SW11", "SW1*", "GB:SW1", "SW1A", "GB:EC", "GB:M1-M18", "JP:103-104", "103*", "103-104", "530-0001", "FR:10-12",
    "10-12", "2100-2299", "US:2100-2299", "021", "US:021*", "02134", "US:02100-02299", "NL:3511AA-3511ZZ", "3511",
    "1000-1999", "missing",
]
BESIDE = ["", "", "GB", "US", "JP", "FR", "NL", "[GB, NL]", "[US, missing]", "[FR, CH]", "missing"]
GIVEN = [
    None, "SW1", "SW11", "SW1A", "SW1A 1AA", "SW1 1AA", "SW11 1AA", "SW1AA", "EC2M 7PY", "EC", "E1 6AN", "M1 1AE",
    "M18 7QY", "M19 1AA", "103", "104", "1030001", "103-9999", "104-0000", "105-0001", "5300001", "530-0001", "3511AA",
    "10", "12", "10000", "12999", "13000", "1012", "1999", "2100", "21AB", "210A", "2299", "02100", "02134", "02299",
    "02300", "021", "3511", "3511 AB", "3511ZZ", "3512 AA", "103X", "SW1Z", "1000 AA", "1000", "1050", "101", "106",
]


def test_districts_parts_and_lost_zeros_are_proved_as_trying_says():
    items = [WorkItem(item_id="i", kind="lead", received_at=NOW, facts={name: Fact(value=value) for name, value in (
                 ("country", country), ("postal_code", code and read_postal(code, country).code)) if value is not None})
             for country, code in product([None, "GB", "US", "JP", "FR", "NL", "CH", "VN"], GIVEN)]
    draw = random.Random(9)
    for _ in range(60):
        rules = []
        for number, team in enumerate(("sales", "service")):
            areas = ", ".join(map(repr, draw.sample(FORMED, draw.randint(1, 2))))
            beside = f", country: {country}" if (country := draw.choice(BESIDE)) else ""
            rules.append(f"{{id: r{number}, when: {{postal_code: [{areas}]{beside}}}, to: {team}}}")
        draft, findings = load_book(small(*rules)).draft, Findings()
        prove(draft, None, NOW, findings)
        taken = {rule.id: {number for number, item in enumerate(items) if all(matches(cell, item, TODAY) for cell in rule.when)}
                 for rule in draft.stages[0].rules}
        found = findings.in_order()
        assert ("overlap" in [one.kind for one in found]) == bool(taken["r0"] & taken["r1"]), rules
        shadowed = [one.rules[0] for one in found if one.kind == "shadowed"]
        assert shadowed == [name for name, own in taken.items() if not own], rules
