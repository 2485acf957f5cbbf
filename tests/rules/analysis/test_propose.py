"""A sentence as a proposed rule: understood by the book's own names or asked back, never guessed, and checked at once."""
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.analysis.propose import propose
from rules.book.reading import read_book_files
from rules.book.sentences import sentence_of
from rules.loading import require_book
from tests.contracts.drawn_territories import Territory, book_of, render

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
SHIPPED = [ROOT / "training" / "worlds" / name for name in ("book", "empty")] + [
    ROOT / "tests" / "cases" / "books" / name for name in ("example", "worked")]
BOOK = require_book({"rulebook.yaml": """rulebook: 1
version: "1"
attributes:
  kind: {enum: [ticket, order]}
  country: {type: country}
  state: {type: subdivision}
  shipping: {type: country}
  seats: {bands: {FEW: 1-9, SOME: 10-99, MANY: 100+}}
  price: {type: number}
  urgent: {type: flag}
  tone: {enum: [warm, cold]}
  lane: {enum: [warm, fast]}
  extras: {list: [gift wrap, insured, signed, tracked]}
groups:
  IBERIA: {values: [ES, PT], name: the peninsula}
teams:
  south: {kind: team, name: South Desk}
  north: {kind: team, name: North Desk}
  shops: {kind: branches, name: Shops}
  rest: {kind: queue, automation: mail}
slas:
  soon: {respond_within: PT2H}
  later: {respond_within: P1D}
  next-day: {respond_within: P1D, clock: elapsed}
stages:
  - stage: first
    rules: [{id: hurry, when: {kind: ticket, urgent: true}, to: north}]
  - stage: areas
    rules: [{id: spain, when: {kind: order, country: IBERIA, seats: MANY}, to: south}]
  - stage: rest
    rules: [{id: any, to: rest}]
"""})


def asked(says, book=BOOK, **more):
    return propose(says, book, None, at=NOW, **more)


@pytest.mark.parametrize(("says", "rule"), [
    ("orders from country France with 10 or more seats go to South Desk",
     "{kind: order, country: FR, seats: [SOME, MANY]}, to: south}"),
    ("FEW seats orders in the peninsula -> north", "{kind: order, country: IBERIA, seats: FEW}, to: north}"),
    ("any item with price over 250 goes to North Desk", '{price: ">250"}, to: north}'),
    ("tickets with lane warm are routed to south within 2 hours", "{kind: ticket, lane: warm}, to: south, sla: soon}"),
    ("tickets and orders with unknown seats go to south", "{kind: [ticket, order], seats: missing}, to: south}"),
    ("tickets go to the nearest of Shops within 25 km, else to rest",
     "{kind: ticket}, to: {nearest: shops, max_km: 25}, else: rest}"),
    ("until 2027-05-31 FEW orders go to north because the south desk moves",
     '{kind: order, seats: FEW}, to: north, because: "the south desk moves", expires: 2027-05-31}'),
    ("orders with extras insured or signed go to south", "{kind: order, extras: [insured, signed]}, to: south}"),
    ("orders with all of insured and signed go to south", '{kind: order, extras: "all of insured; signed"}, to: south}'),
    ("orders with extras tracked, but not signed or insured, go to south",
     '{kind: order, extras: "tracked; none of signed; insured"}, to: south}'),
    ("orders with both insured and signed and without gift wrap go to south",
     '{kind: order, extras: "all of insured; signed; none of gift wrap"}, to: south}'),
    ("orders with no extras go to south", "{kind: order, extras: missing}, to: south}"),
    ("everything with country NO and urgent true goes to north, sla later",
     "{country: NO, urgent: true}, to: north, sla: later}"),
])
def test_what_is_understood_is_a_rule_in_the_books_own_words(says, rule):
    proposal = asked(says)
    assert proposal.questions == () and proposal.yaml.endswith(f"when: {rule}")
    assert not [one for one in proposal.findings if one.kind in ("says_mismatch", "wrong_type", "unknown_value")]


@pytest.mark.parametrize(("says", "question"), [
    ("orders from Spain go to south", "`Spain` may be of `country`, `shipping`"),
    ("orders with insured and signed go to south", "`signed` and the words of `extras` before it: say `all of` or `any of`"),
    ("warm tickets go to south", "`warm` may be of `tone`, `lane`"),
    ("orders with 50 or more seats go to south", "does not end where bands of `seats` do"),
    ("orders go to West Desk", "to which team"),
    ("orders go to West Desk", "what is `West Desk`: nothing in the book is called so"),
    ("large orders go to south", "what is `large`"),
    ("in IBERIA: south", "which kind of item: `ticket`, `order`"),
    ("orders in the peninsula except Portugal go to south", "a cell cannot leave out `Portugal`"),
    ("orders go to south within 1 day", "several service levels mean that, say `sla later`"),
    ("orders go to south within 5 hours", "no service level means that"),
    ("orders go to south, sla gold", "there is none `gold`"),
    ("until 2027-05-31 orders go to south", "an exception says both why and how long"),
    ("orders go to the nearest of Shops", "where else"),
    ("orders go to the nearest of South Desk, else to rest", "it has no branches"),
    ("orders go to south, else to north", "`else to north` belongs to"),
    ("orders with state CA go to south", "of which country"),
])
def test_what_is_not_understood_is_asked_back_and_no_rule_is_shown(says, question):
    proposal = asked(says)
    assert any(question in one for one in proposal.questions), proposal.questions
    assert not proposal.ok and proposal.yaml is None and proposal.rule is None


def test_it_stands_in_the_stage_that_asks_for_the_same_attributes_or_in_the_one_named():
    assert (asked("FEW orders go to south").stage, asked("FEW orders go to south").after) == ("areas", "spain")
    assert asked("tickets with urgent false go to south").stage == "first"
    assert asked("FEW orders go to south", stage="first").stage == "first"
    assert "which stage: there is none `second`" in asked("FEW orders go to south", stage="second").questions[0]
    assert "stands in the book already" in asked("FEW orders go to south", rule_id="spain").questions[0]


def test_it_is_checked_against_the_book_before_it_is_shown():
    clash = asked("MANY orders in IBERIA go to north")
    assert [one.kind for one in clash.findings] == ["overlap"] and not clash.ok and clash.yaml
    hidden = asked("tickets with urgent true go to south", stage="areas")
    assert [one.kind for one in hidden.findings] == ["shadowed"] and not hidden.ok
    shadowing = asked("orders go to south", stage="first")
    assert [one.kind for one in shadowing.findings] == ["shadowed"] and "spain" in shadowing.findings[0].rules
    assert asked("FEW orders go to north").ok and asked("MANY orders in IBERIA go to South Desk").same_as == "spain"


def agrees(rule, proposal) -> bool:
    """The same cells and target, or something was asked back."""
    return bool(proposal.questions) or (
        {cell.asked for cell in proposal.rule.when} == {cell.asked for cell in rule.when} and proposal.rule.target == rule.target)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_every_rule_of_the_shipped_books_says_comes_back_as_its_cells_or_is_asked(folder):
    book = require_book(read_book_files(folder))
    understood = 0
    for _, rule in book.placed_rules:
        for says in filter(None, (rule.says, sentence_of(rule, book))):
            proposal = asked(says, book)
            assert agrees(rule, proposal), (says, proposal.yaml)
            understood += not proposal.questions
    assert understood >= 3


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_of_a_drawn_book_comes_back_as_its_cells_or_is_asked(seed):
    book = require_book(book_of(render(Territory(seed, families=5, catch_all=True))))
    for _, rule in book.placed_rules:
        says = sentence_of(rule, book)
        assert agrees(rule, asked(says, book)), says
