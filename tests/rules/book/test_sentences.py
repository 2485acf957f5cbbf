"""A rule told in a sentence says what the rule does: read back against the cells it matches, until the cells change."""
from dataclasses import replace
from pathlib import Path

import pytest

from rules.book.findings import Findings
from rules.book.reading import read_book_files
from rules.book.says_check import check_prose
from rules.book.sentences import sentence_of
from rules.loading import require_book
from tests.contracts.drawn_territories import Territory, book_of, render
from tests.rules.book.books import EXAMPLE, small

DEMO = Path(__file__).parents[3] / "training" / "worlds" / "book"


def telling(book, **says):
    """The book whose rules say these sentences, each its own by default."""
    return replace(book, stages=tuple(
        replace(stage, rules=tuple(replace(rule, says=says.get(rule.id, sentence_of(rule, book))) for rule in stage.rules))
        for stage in book.stages))


def mismatches(book):
    findings = Findings()
    check_prose(book, findings)
    return findings.in_order()


@pytest.mark.parametrize(("rule", "sentence"), [
    ("{id: r, when: {kind: lead, country: DACH, size: [MID, ENT]}, to: sales}",
     "lead with country in DACH and size MID or ENT goes to Sales Team"),
    ("{id: r, when: {products: [cloud, edge]}, to: service}", "any item with products cloud or edge goes to service"),
    ("{id: r, when: {products: {all of: HOSTED, none of: care}}, to: service}",
     "any item with products all of HOSTED, none of care goes to service"),
    ("{id: r, when: {products: [missing, cloud, all of edge, care]}, to: service}",
     "any item with products cloud, all of edge and care or missing goes to service"),
    ("{id: r, to: service}", "any item goes to service"),
    ("{id: r, when: {size: missing, urgent: true}, to: service}", "any item with no size and urgent true goes to service"),
    ("{id: r, when: {score: ['>=0.5', missing]}, to: service}", "any item with score >=0.5 or missing goes to service"),
    ("{id: r, when: {kind: [lead, case]}, to: {nearest: shops, max_km: 60, open: now}, else: rest}",
     "lead or case goes to the nearest of shops within 60 km that is open, else to rest"),
    ("{id: r, when: {kind: case}, to: service, because: a trial, expires: 2030-03-31}", "until 2030-03-31 case goes to service"),
    ("{id: r, when: {country: [AT, BE, CH, DE, DK, ES, FI, FR, GB, IE]}, to: service}",
     "any item with country AT, BE, CH, DE, DK, ES, FI, FR or 2 more goes to service"),
])
def test_a_rule_is_told_in_a_sentence(rule, sentence):
    book = require_book(small(rule))
    assert sentence_of(book.stages[0].rules[0], book) == sentence
    assert mismatches(telling(book)) == ()


@pytest.mark.parametrize("folder", [EXAMPLE, DEMO], ids=["example", "demo"])
def test_what_is_told_of_the_books_at_hand_matches_their_cells(folder):
    assert mismatches(telling(require_book(read_book_files(folder)))) == ()


@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_of_a_drawn_book_matches_its_cells(seed):
    territory = Territory(seed, families=7, catch_all=True)
    assert mismatches(telling(require_book(book_of(render(territory))))) == ()


@pytest.mark.parametrize(("now", "named"), [
    ("{id: r, when: {kind: lead, country: DACH, size: MID}, to: sales}", "`ENT`: `size` is MID"),
    ("{id: r, when: {kind: case, country: DACH, size: ENT}, to: sales}", "`lead`: `kind` is case"),
    ("{id: r, when: {kind: lead, country: FR, size: ENT}, to: sales}", "`DACH`"),
    ("{id: r, when: {kind: lead, country: DACH, size: ENT}, to: service}", "`Sales Team`: it goes to"),
    ("{id: r, when: {kind: lead, country: DACH}, to: sales}", "`ENT`"),
])
def test_prose_that_the_cells_have_left_behind_names_what_disagrees(now, named):
    before = require_book(small("{id: r, when: {kind: lead, country: DACH, size: ENT}, to: sales}"))
    said = sentence_of(before.stages[0].rules[0], before)
    found = mismatches(telling(require_book(small(now)), r=said))
    message = found[0].message.replace(", which the rule's cells and target do not", "")
    assert named in message and {finding.kind for finding in found} == {"says_mismatch"}
