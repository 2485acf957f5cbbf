"""What is proved of small books: which items count, which rules come first, and what is said at the cap."""
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.analysis.check import check
from rules.analysis.proofs import prove
from rules.book.findings import Findings
from rules.book.reading import read_book_files
from rules.directory.files import load_directory
from rules.loading import load_book, require_book
from tests.rules.book.books import small

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORLDS = Path(__file__).parents[3] / "training" / "worlds"
REGIONS = {"tables/regions.csv": "state,region\nNY,EAST\nNJ,EAST\nCT,EAST\nCA,WEST\nWA,WEST\n"}


def found(*rules, stages="", fallback="{id: all, to: rest, reason: no_territory}", directory=None):
    """What is found of the rules of a small book's stage `territory`; two kinds of warnings left out."""
    files = small(*rules)
    text = files["rulebook.yaml"].replace("groups:", "  region: {from: state, map: tables/regions.csv}\ngroups:", 1)
    text = text.replace("{id: all, to: rest, reason: no_territory}", fallback)
    text = text.replace("  - stage: fallback", f"{stages}  - stage: fallback")
    findings = Findings()
    proofs = prove(load_book({"rulebook.yaml": text, **REGIONS}).draft, directory, NOW, findings)
    assert all(proofs.proved.values())
    return [(one.kind, one.rules) for one in findings.in_order() if one.kind not in ("fallback_only", "any_country")]


@pytest.mark.parametrize(("first", "second", "overlap"), [
    ("region: EAST", "country: FR", False),                       # an eastern state implies the United States
    ("region: EAST", "country: IT", False),                       # also where Catania is CT
    ("region: EAST", "country: US", True),
    ("region: EAST", "state: CA", False),
    ("region: EAST", "state: NY", True),
    ("state: NY", "country: missing", False),                     # a state is read with its country
    ("region: EAST", "country: missing", True),                   # a record may say the region alone
    ("state: NY", "country: DE", False),
    ("heat: hot", "score: '<0.3'", False),
    ("heat: hot", "score: '>=0.3'", True),
    ("heat: hot", "score: missing", True),                        # the band may be given directly
    ("heat: missing", "score: '0.3'", False),
    ("country: DACH", "country: [FR, missing]", False),
    ("postal_code: 941*", "postal_code: 94100-94199", True),
    ("postal_code: 941*", "postal_code: 95*", False),
    ("postal_code: 'US:941*'", "postal_code: 'DE:941*'", False),  # the same digits in two countries
    ("postal_code: 'US:941*'", "postal_code: 'US:94100-94199'", True),
    ("postal_code: 'US:941*'", "postal_code: '94105'", True),     # of every country, so of this one too
    ("postal_code: 'US:941*'", "country: DE", False),
    ("postal_code: 'US:941*'", "country: missing", False),        # an unknown country is not this one
    ("postal_code: ['US:941*', 'DE:10115']", "country: DE, postal_code: 10*", True),
    ("postal_code: ['US:941*', 'DE:10115']", "country: DE, postal_code: 94*", False),
    ("postal_code: ['US:941*', missing]", "country: DE, postal_code: [94*, missing]", True),
    ("postal_code: 'US:>94105'", "country: US, postal_code: '94105'", False),
    ("postal_code: 'US:941*'", "state: NY", True),                # a code of another state is not ruled out
    ("score: '<5'", "score: '>=5'", False),
    ("score: '<=5'", "score: '>=5'", True),
    ("language: de", "language: [en, missing]", False),
    ("note: a", "note: b", False),
    ("urgent: true", "urgent: [false, missing]", False),
    ("products: cloud", "products: edge", True),                  # an item may have both
    ("products: cloud", "products: {any of: edge, none of: cloud}", False),
    ("products: {all of: [cloud, edge]}", "products: {all of: [edge, care]}", True),
    ("products: {all of: [cloud, edge]}", "products: {none of: [edge]}", False),
    ("products: {none of: [cloud, edge]}", "products: {none of: [care]}", False),       # and nothing is left
    ("products: {none of: [cloud]}", "products: {none of: [edge]}", True),
    ("products: {none of: [cloud]}", "products: missing", False),
    ("products: [cloud, missing]", "products: [edge, missing]", True),
    ("kind: [lead, missing]", "kind: case", False),               # every item has a kind
])
def test_rules_overlap_where_an_item_can_exist_that_both_match(first, second, overlap):
    expected = [("overlap", ("a", "b"))] if overlap else []
    assert found(f"{{id: a, when: {{{first}}}, to: sales}}", f"{{id: b, when: {{{second}}}, to: service}}") == expected


def test_one_target_is_no_overlap_but_shadows():
    assert found("{id: a, when: {kind: lead}, to: sales}", "{id: b, when: {country: FR}, to: sales}") == []
    assert found("{id: a, when: {kind: lead}, to: sales}", "{id: b, when: {kind: lead, country: FR}, to: sales}") == [
        ("shadowed", ("b",))]
    assert found("{id: a, when: {kind: lead}, to: sales}", "{id: b, when: {kind: lead}, to: sales, sla: hot}") == [
        ("overlap", ("a", "b"))]


def test_several_rules_together_may_shadow():
    later = "  - stage: late\n    rules: [{id: c, when: {kind: lead, size: [SMB, missing]}, to: rest}]\n"
    assert found("{id: a, when: {kind: lead, country: FR}, to: sales}", stages=later) == []
    assert found("{id: a, when: {size: SMB}, to: sales}", "{id: b, when: {size: missing}, to: service}", stages=later) == [
        ("shadowed", ("c",))]


def test_a_rule_that_no_item_can_match_is_shadowed():
    assert found("{id: a, when: {country: FR, region: EAST}, to: sales}") == [("shadowed", ("a",))]


def test_an_exception_stands_first_and_takes_nothing_for_good():
    trial = "{id: x, when: {kind: lead, country: FR}, to: service, because: a trial, expires: 2027-03-31}"
    assert found(trial, "{id: a, when: {kind: lead, country: FR}, to: sales}") == []
    other = "{id: y, when: {country: FR}, to: rest, because: another, expires: 2027-01-31}"
    assert found(trial, other) == [("overlap", ("x", "y"))]
    ended = "{id: y, when: {country: FR}, to: rest, because: another, expires: 2026-01-31}"
    assert found(trial, ended) == []


def test_exceptions_cover_no_gap():
    only = "{id: all, when: {kind: lead}, to: rest}, {id: x, when: {kind: case}, to: rest, because: b, expires: 2027-03-31}"
    assert ("gap", ()) in found("{id: a, when: {kind: lead}, to: sales}", fallback=only)
    assert ("gap", ()) not in found("{id: a, when: {kind: case}, to: sales}", fallback=only)


def test_a_safety_net_may_catch_nothing_but_its_stage_must_make_sense():
    assert found("{id: a, to: sales}") == []
    last = "{id: b, when: {kind: lead}, to: rest}, {id: all, to: rest}"
    assert found("{id: a, to: sales}", fallback=last) == [("shadowed", ("b",))]


def test_with_a_directory_only_its_accounts_count():
    accounts = load_directory({"owners.csv": "owner_id,kind\n", "accounts.csv": "account_id,name,country\na-1,One,FR\n"})
    rules = ("{id: a, when: {account: a-1}, to: sales}", "{id: b, when: {country: missing}, to: service}")
    assert found(*rules) == [("overlap", ("a", "b"))]
    assert found(*rules, directory=accounts) == []                # the account says its country


@pytest.mark.parametrize("claim", ["gap", "shadowed", "overlap"])
def test_at_the_cap_nothing_is_claimed(claim):
    book = load_book({**small("{id: a, when: {kind: lead}, to: sales}", "{id: b, when: {country: FR}, to: service}")}).book
    findings = Findings()
    proofs = prove(book, None, NOW, findings, most=0)
    told = [one.message for one in findings.in_order()]
    assert proofs.proved[claim] is False and any(message.startswith(claim) for message in told)
    assert {one.kind for one in findings.in_order()} == {"not_proved"}


def many_products(count: int, *, kind: str = "list") -> dict[str, str]:
    words = [f"p{number}" for number in range(count)]
    rules = [f"{{id: r{number}, when: {{stock: {word}}}, to: sales}}" for number, word in enumerate(words)]
    files = small(*rules)
    text = files["rulebook.yaml"].replace("groups:", f"  stock: {{{kind}: [{', '.join(words)}]}}\ngroups:", 1)
    return {"rulebook.yaml": text}


def test_lists_that_too_many_members_tell_apart_are_not_proved_and_it_says_so():
    findings = Findings()
    proofs = prove(require_book(many_products(16)), None, NOW, findings)
    assert set(proofs.proved.values()) == {False}
    [told] = findings.in_order()
    assert told.kind == "not_proved" and "rules tell more than 32,768 lists of one attribute apart" in told.message
    assert set(prove(require_book(many_products(9)), None, NOW, Findings()).proved.values()) == {True}


def test_members_that_no_cell_tells_apart_stand_for_each_other():
    book = require_book(many_products(40, kind="list"))
    one = replace(book, stages=(replace(book.stages[0], rules=book.stages[0].rules[:2]), book.stages[1]))
    findings = Findings()
    proofs = prove(one, None, NOW, findings)
    assert set(proofs.proved.values()) == {True} and proofs.complexity.classes == 4


def test_a_book_of_too_many_rules_is_not_looked_at_and_says_so():
    findings = Findings()
    proofs = prove(require_book(small("{id: a, when: {country: FR}, to: rest}")), None, NOW, findings, most_rules=1)
    assert (set(proofs.proved.values()), proofs.complexity) == ({False}, None)
    [told] = findings.in_order()
    assert told.kind == "not_proved" and "2 rules are more than the 1 that are looked at" in told.message


@pytest.mark.parametrize("world", ["book", "incidents", "empty"])
def test_the_books_that_init_writes_are_clean(world):
    report = check(read_book_files(WORLDS / world), None, at=NOW)
    assert all(report.proved.values()) and {one.kind for one in report.findings} <= {"fallback_only", "not_carried_out"}


def test_complexity_grows_with_rules_that_cut_into_each_other():
    def figure(*rules):
        return prove(require_book(small(*rules)), None, NOW, Findings()).complexity.figure

    apart = [f"{{id: r{n}, when: {{country: {code}}}, to: sales}}" for n, code in enumerate(("FR", "ES", "IT", "SE"))]
    cutting = [f"{{id: r{n}, when: {{{cell}, kind: lead}}, to: sales}}"
               for n, cell in enumerate(("country: FR", "size: SMB", "urgent: true", "language: de"))]
    assert figure(*apart) < figure(*cutting)
