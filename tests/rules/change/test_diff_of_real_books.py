"""Diff on books with maps, bands, states, postal codes and exceptions: what it claims is what the router does, both ways."""
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rules.book.reading import read_book_files
from rules.book.schema import Rule, RuleBook
from rules.change.comparison import example_of, reads
from rules.change.diff import differ
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory
from rules.regions.space import ExampleItem
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from tests.rules.example import MONDAY, the_book

ROOT = Path(__file__).parents[3]
NOBODY = Directory(owners={})
POSTAL = """
rulebook: 1
version: places
attributes:
  kind: {enum: [lead, case]}
  country: {type: country}
  postal_code: {type: postal}
  score: {type: number}
  urgent: {type: flag}
teams: {north: {kind: team}, south: {kind: team}, west: {kind: team}, rest: {kind: queue}}
stages:
  - stage: places
    rules:
      - {id: n, when: {country: DE, postal_code: "10000-39999"}, to: north}
      - {id: s, when: {country: DE, postal_code: ["8*", "70000-79999"]}, to: south}
      - {id: w, when: {country: DE, postal_code: [missing, "5*"]}, to: west}
      - {id: sf, when: {postal_code: ["US:941*", "CA:V6A-V6Z", "DE:50667"]}, to: west}
      - {id: hot, when: {kind: case, country: [FR, missing], score: ">=80"}, to: south}
      - {id: mild, when: {kind: case, country: FR, score: "20-<80"}, to: west}
      - {id: now, when: {country: [US, CA], urgent: true}, to: north}
  - stage: fallback
    rules: [{id: rest, to: rest}]
"""
BOOKS = {
    "small": the_book, "places": lambda: require_book({"rulebook.yaml": POSTAL}),
    "company": lambda: require_book(read_book_files(ROOT / "training/worlds/book/rulebook.yaml")),
    "handbook": lambda: require_book(read_book_files(ROOT / "tests/cases/books/example/rulebook.yaml")),
}


def redrawn(book: RuleBook, draw: random.Random) -> RuleBook:
    """The book with one to four of its rules changed, gone, moved, made an exception, or with a cell of another rule."""
    stages = list(book.stages)
    for _ in range(draw.randint(1, 4)):
        place = draw.choice([number for number, stage in enumerate(stages[:-1]) if stage.rules])
        rules = list(stages[place].rules)
        at = draw.randrange(len(rules))
        rule = rules[at]
        match draw.choice(["target", "cell", "cell", "blank", "gone", "order", "exception"]):
            case "target":
                rules[at] = replace(rule, target=replace(rule.target, team=draw.choice(list(book.teams)), nearest=None))
            case "cell":
                other = draw.choice([one for stage in stages for one in stage.rules if one.when])
                cell = draw.choice(other.when)
                kept = tuple(own for own in rule.when if own.attribute != cell.attribute)
                rules[at] = replace(rule, when=(*kept, _narrowed(cell, draw)))
            case "blank" if rule.when:
                rules[at] = replace(rule, when=tuple(cell for cell in rule.when if cell is not draw.choice(rule.when)))
            case "gone" if len(rules) > 1:
                del rules[at]
            case "order":
                rules = _in_order(draw.sample(rules, len(rules)))
            case "exception":
                rules = _in_order([*rules[:at], replace(rule, because="drawn", expires=draw.choice([
                    MONDAY.date(), MONDAY.date().replace(year=2020)])), *rules[at + 1:]])
        stages[place] = replace(stages[place], rules=tuple(rules))
    return replace(book, stages=tuple(stages))


def _narrowed(cell, draw):
    if len(cell.values) < 2 or draw.random() < 0.4:
        return replace(cell, missing=draw.random() < 0.5) if cell.values or cell.ranges or cell.areas else cell
    kept = draw.sample(sorted(cell.values, key=str), len(cell.values) // 2)
    return replace(cell, values=frozenset(kept), names=tuple(map(str, kept)))


def _in_order(rules: list[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: not rule.is_exception)


def routed(book, words):
    """What the router does with an item: where it goes, and how."""
    item = read_item({"item_id": "i", **words}, book=book, directory=NOBODY, at=MONDAY)
    route = route_and_filter(item, book=book, directory=NOBODY, at=MONDAY, workload=EMPTY_DESK).route
    return route.stage, route.rule


def claimed(outcome):
    return outcome.stage, outcome.rule


def items_of(space, draw, count):
    """Items drawn class by class, each with the classes that it is of."""
    for _ in range(count):
        classes = [draw.randrange(len(dimension.classes)) for dimension in space.dimensions]
        drawn = zip(space.dimensions, classes, strict=True)
        records = tuple(draw.choice(dimension.classes[number]) for dimension, number in drawn)
        yield classes, ExampleItem(space=space, records=records)


def compare(name, seed, items):
    """How many of the items drawn lie in a region; every one is routed as is claimed of it, by both books."""
    draw = random.Random(f"{name} {seed}")
    before = BOOKS[name]()
    after = redrawn(before, draw)
    found = differ(before, after, at=MONDAY)
    assert found.proved
    inside = 0
    for region in found.regions:
        words = example_of(region, found)
        assert words is not None
        assert (routed(before, words), routed(after, words)) == (claimed(region.before), claimed(region.after)), words
    for classes, example in items_of(found.space, draw, items):
        if not all(reads(example, number) for number in (0, 1)):
            continue                                          # no record can say that
        words = example.words()
        seen = routed(before, words), routed(after, words)
        holding = [region for region in found.regions for box in region.boxes
                   if all(mask >> number & 1 for mask, number in zip(box, classes, strict=True))]
        if holding:
            [region] = holding
            assert seen == (claimed(region.before), claimed(region.after)), words
            inside += 1
        else:
            assert _treatment(before, seen[0]) == _treatment(after, seen[1]), words
    return inside


def _treatment(book, way):
    """What happens to an item by a rule; how the router came to the last stage is left out."""
    stage, rule = way
    if stage == "compliance":
        return next(one.send_to for one in book.compliance if one.id == rule), None, "compliance"
    [own] = [one for each in book.stages if each.name == stage for one in each.rules if one.id == rule]
    return own.target, own.sla, own.playbook


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_claimed_of_items_is_what_the_router_does_with_them(name):
    assert sum(compare(name, seed, items=150) for seed in range(8)) > 0


@pytest.mark.long
@pytest.mark.parametrize("name", BOOKS)
def test_what_is_claimed_of_many_items_is_what_the_router_does_with_them(name):
    inside = sum(compare(name, seed, items=400) for seed in range(100, 200))
    print(f"{name}: 100 pairs, {inside:,} of 40,000 items drawn change hands or treatment")
    assert inside > 100
