"""Diff: what a plain scan of every item says of two books, in regions that a person can read."""
import random
from datetime import UTC, datetime

import pytest

from rules.change.diff import differ
from rules.change.region_words import Wording
from rules.loading import require_book
from tests.contracts import naive_lists
from tests.contracts.random_books import World, naive_answer, render
from tests.contracts.random_changes import admits, changed, every_item
from tests.rules.example import BOOK, MONDAY, TABLES, book

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def told(before, after, at=MONDAY):
    """Every region as (words, from, to)."""
    found = differ(before, after, at=at)
    assert found.proved
    wording = Wording(found.space)
    return {(str(line), region.before.target.team, region.after.target.team)
            for region in found.regions for box in region.boxes for line in wording.lines(box)}


def edited(*replacements, text=BOOK):
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return book(text)


def compare(seed):
    """The regions that change hands, told in words, hold each of all items exactly where a plain scan sees it move."""
    world = World(seed)
    after = changed(world, seed + 1)
    books = [require_book({"rulebook.yaml": render(one)["rulebook.yaml"]}) for one in (world, after)]
    found = differ(*books, at=NOON)
    assert found.proved
    wording = Wording(found.space)
    lines = [(line, region) for region in found.regions if region.changes_hands for box in region.boxes
             for line in wording.lines(box)]
    moving = 0
    for item in every_item():
        answers = [naive_answer(one, item, NOON) for one in (world, after)]
        inside = [region for line, region in lines if all(admits(text, name, item) for name, text in line.where.items())
                  and not any(all(admits(text, name, item) for name, text in cells.items()) for cells in line.without)]
        claimed = [((region.before.stage, region.before.rule, region.before.target.team),
                    (region.after.stage, region.after.rule, region.after.target.team)) for region in inside]
        seen = [tuple((each["stage"], each["rule"], each["team"]) for each in answers)]
        assert claimed == (seen if answers[0]["team"] != answers[1]["team"] else []), (seed, item)
        moving += bool(claimed)
    return moving


@pytest.mark.parametrize("start", range(0, 20, 5))
def test_random_pairs_of_books_differ_exactly_as_a_scan_of_every_item_says(start):
    assert sum(compare(seed) > 0 for seed in range(start, start + 5)) >= 2


@pytest.mark.long
@pytest.mark.parametrize("start", range(1000, 1500, 50))
def test_five_hundred_random_pairs_differ_exactly_as_a_scan_says(start):
    moving = [compare(seed) for seed in range(start, start + 50)]
    print(f"50 pairs from {start}: {sum(count > 0 for count in moving)} differ, {sum(moving):,} item sorts change hands")
    assert sum(count > 0 for count in moving) >= 15


SMB = "employees=SMB; MID; missing, consent=granted, do_not_contact=false; missing"
FREE = "consent=granted, do_not_contact=false; missing"


def test_equal_books_do_not_differ():
    assert told(book(), book()) == set()


def test_a_changed_target_moves_what_the_rule_wins_and_compliance_does_not_take():
    after = edited(("employees: [SMB, MID, missing]}, to: pool", "employees: [SMB, MID, missing]}, to: east"))
    assert told(book(), after) == {(f"kind=lead, country not IR; KP, {SMB}", "pool", "east")}


def test_a_narrower_cell_gives_what_it_loses_to_the_next_rule():
    after = edited(("employees: [SMB, MID, missing]}", "employees: [SMB, missing]}"))
    assert told(book(), after) == {
        (f"kind=lead, country not IR; KP, employees=MID, {FREE}", "pool", "manual-review")}


def test_a_stage_cut_in_two_that_decides_alike_changes_nothing():
    text = BOOK.replace("      - {id: smb,", "      - {id: french, when: {kind: lead, country: FR}, to: pool}\n      - {id: smb,")
    stages = text.replace("  - stage: territory\n    rules:\n", "  - stage: early\n    rules:\n", 1)
    one = book(stages.replace("      - {id: smb,", "  - stage: territory\n    rules:\n      - {id: smb,"))
    assert told(one, book(text)) == set()


def test_an_exception_counts_while_it_lasts():
    border = "      - {id: border, when: {kind: lead, country: FR, employees: SMB}, to: east, because: b, expires: 2026-12-31}\n"
    after = edited(("      - {id: smb,", border + "      - {id: smb,"))
    assert told(book(), after) == {(f"kind=lead, country=FR, employees=SMB, {FREE}", "pool", "east")}
    assert told(book(), after, at=datetime(2027, 1, 1, tzinfo=UTC)) == set()


def test_rules_that_newly_disagree_send_what_they_share_to_the_last_stage():
    after = edited(("      - {id: smb,", "      - {id: french, when: {kind: lead, country: FR}, to: east}\n      - {id: smb,"))
    found = {(words, old, new) for words, old, new in told(book(), after)}
    assert (f"kind=lead, country=FR, {SMB}", "pool", "manual-review") in found
    assert (f"kind=lead, country=FR, employees=ENT, {FREE}", "manual-review", "east") in found


def test_a_service_level_alone_changes_no_hands():
    text = BOOK + "slas:\n  fast: {respond_within: PT1H}\n"
    [region] = differ(book(text), book(text.replace("to: pool}", "to: pool, sla: fast}")), at=MONDAY).regions
    assert (region.changes_hands, region.before.sla, region.after.sla) == (False, None, "fast")


def test_a_rule_id_or_sentence_alone_changes_nothing():
    assert told(book(), edited(("{id: smb,", "{id: small, says: \"SMB, MID, missing lead goes to pool\","))) == set()


def test_compliance_that_takes_more_takes_it_from_the_territories():
    after = edited(("country: [IR, KP]", "country: [IR, KP, DE]"))
    assert (f"kind=lead, country=DE, {SMB}", "pool", "manual-review") in told(book(), after)


def test_a_band_that_moves_changes_the_numbers_in_between():
    after = edited(("SMB: 1-249, MID: 250-999, ENT: 1000+", "SMB: 1-249, MID: 250-1999, ENT: 2000+"))
    found = differ(book(), after, at=MONDAY)
    moved = [region for region in found.regions if region.changes_hands]
    assert {(region.before.target.team, region.after.target.team) for region in moved} == {
        ("east", "pool"), ("manual-review", "pool")}
    for region in moved:
        for box in region.boxes:
            example = next(found.space.examples(box)).words()
            assert 1000 <= float(example["employees"]) < 2000


def test_a_map_that_changes_moves_the_states_concerned():
    tables = TABLES | {"tables/us_regions.csv": "state,us_region\nNY,EAST\nMA,WEST\nCA,WEST\n"}
    after = require_book({"rulebook.yaml": BOOK, **tables})
    found = differ(book(), after, at=MONDAY)
    examples = [next(found.space.examples(box)).words() for region in found.regions for box in region.boxes]
    assert {example["state"] for example in examples} == {"MA"}
    assert {(region.before.target.team, region.after.target.team) for region in found.regions} == {("east", "manual-review")}


def test_a_region_too_fragmented_is_left_open_by_name():
    after = edited(("id: catch-all, to: manual-review", "id: catch-all, to: nurture"))
    found = differ(book(), after, at=MONDAY, most=3)
    assert not found.proved and found.open_rules[0] == ("before", "catch-all")


def lists(*rules):
    words = [f"p{number}" for number in range(17)]
    return require_book({"rulebook.yaml": f"""
rulebook: 1
version: "1"
attributes:
  kind: {{enum: [lead]}}
  products: {{list: [{', '.join(words)}]}}
teams:
  east: {{kind: team}}
  west: {{kind: team}}
stages:
  - stage: first
    rules: [{', '.join(rules)}]
  - stage: rest
    rules: [{{id: any, to: west}}]
"""})


def test_a_cell_of_a_list_that_changes_moves_exactly_the_lists_concerned():
    before = lists("{id: a, when: {products: {all of: [p1, p2]}}, to: east}")
    after = lists("{id: a, when: {products: [p1, p2]}, to: east}")
    found = differ(before, after, at=MONDAY)
    region, = found.regions
    assert (region.before.target.team, region.after.target.team) == ("west", "east")
    moved = [set(example.words()["products"].split("; ")) for box in region.boxes for example in found.space.examples(box)]
    assert moved and all(len(one & {"p1", "p2"}) == 1 for one in moved)


def test_lists_of_which_too_many_are_told_apart_leave_the_changed_rules_open():
    rules = [f"{{id: r{number}, when: {{products: p{number}}}, to: east}}" for number in range(16)]
    found = differ(lists(*rules), lists(*rules[1:]), at=MONDAY)
    assert (found.proved, found.regions, found.open_rules) == (False, (), (("before", "r0"),))


def drawn_lists(draw):
    """Rules on kind and lists of products, as plain values, the stage's number first."""
    return [(number % 2, f"r{number}", draw.choice([["lead"], ["case"], ["lead", "case"]]), naive_lists.cell_of(draw),
             draw.choice(["east", "west"])) for number in range(4)]


def rendered(rules):
    stages = "".join(f"  - stage: s{stage}\n    rules:\n" + "".join(
        f"      - {{id: {name}, when: {{kind: [{', '.join(kinds)}], products: [{', '.join(cell)}]}}, to: {team}}}\n"
        for own, name, kinds, cell, team in rules if own == stage) for stage in (0, 1))
    groups = ", ".join(f"{name}: [{', '.join(words)}]" for name, words in naive_lists.GROUP.items())
    return require_book({"rulebook.yaml": f"""rulebook: 1
attributes:
  kind: {{enum: [lead, case]}}
  products: {naive_lists.DECLARED}
groups: {{{groups}}}
teams: {{east: {{kind: team}}, west: {{kind: team}}, rest: {{kind: queue}}}}
stages:
{stages}  - stage: last
    rules: [{{id: all, to: rest}}]
"""})


def scanned(rules, kind, products):
    for stage in (0, 1):
        hits = {team for own, _, kinds, cell, team in rules
                if own == stage and kind in kinds and naive_lists.admits(cell, products)}
        if hits:
            return hits.pop() if len(hits) == 1 else "rest"
    return "rest"


def has(text, name, kind, products):
    words = text.removeprefix("not ").split("; ")
    inside = kind in words if name == "kind" else naive_lists.admits(words, products)
    return inside != text.startswith("not ")


@pytest.mark.parametrize("seed", range(60))
def test_what_two_books_do_with_lists_differs_exactly_as_a_scan_of_every_list_says(seed):
    draw = random.Random(seed)
    before = drawn_lists(draw)
    after = [draw.choice([rule, rule, fresh]) for rule, fresh in zip(before, drawn_lists(draw), strict=True)]
    found = differ(rendered(before), rendered(after), at=NOON)
    assert found.proved
    wording = Wording(found.space)
    lines = [(line, region) for region in found.regions if region.changes_hands for box in region.boxes
             for line in wording.lines(box)]
    for kind in ("lead", "case"):
        for products in (*naive_lists.LISTS, "missing"):
            claimed = [(region.before.target.team, region.after.target.team) for line, region in lines
                       if all(has(text, name, kind, products) for name, text in line.where.items())
                       and not any(all(has(text, name, kind, products) for name, text in cells.items())
                                   for cells in line.without)]
            moved = (scanned(before, kind, products), scanned(after, kind, products))
            assert claimed == ([moved] if moved[0] != moved[1] else []), (seed, kind, products, claimed, moved)
