"""Simulating: past items through two books, counted exactly; the naive interpreter of random books agrees."""
import random
from collections import Counter
from copy import deepcopy
from datetime import timedelta

import pytest

from rules.change.impact import SettledOutcome
from rules.change.simulation import EXAMPLES, Case, simulate
from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.refdata.times import parse_instant
from tests.contracts.random_books import World, naive_answer, render
from tests.rules.example import BOOK, MONDAY, book, the_book, the_directory

SLAS = """
slas:
  fast: {respond_within: PT1H}
  slow: {respond_within: P1D}
"""


def case(item_id="L-1", *, before=None, after=None, at=MONDAY, **raw):
    """One case, read by both books; a lead that consents unless said otherwise."""
    raw = {"item_id": item_id, "kind": "lead", "consent": "granted", **raw}
    read = [read_item(raw, book=one or the_book(), directory=the_directory(), at=at) for one in (before, after)]
    return Case(item_id=item_id, kind=raw["kind"], at=at, before=read[0], after=read[1], value=read[0].number("value"))


def changed(*replacements):
    """The example book with some of its text replaced."""
    text = BOOK
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return book(text)


def run(after, *cases, before=None, **more):
    return simulate(cases, before=before or the_book(), after=after, directory=the_directory(), **more)


def counts(found, part="loads"):
    return {each.name: (each.before, each.after) for each in getattr(found, part) if each.before or each.after}


def test_a_book_compared_with_itself_moves_nothing():
    found = run(the_book(), case(employees=10), case("L-2", country="US", state="NY", employees=2000))
    assert (found.items, found.moved, found.moves, found.sla_changed, found.others_eligible) == (2, 0, (), 0, 0)
    assert counts(found) == {"pool": (1, 1), "east": (1, 1)}


def test_a_changed_target_moves_exactly_its_items_with_the_rules_that_won_them():
    after = changed(("employees: [SMB, MID, missing]}, to: pool", "employees: [SMB, MID, missing]}, to: east"))
    found = run(after, case("L-1", employees=10), case("L-2", employees=300),
                case("L-3", country="US", state="NY", employees=2000))
    [move] = found.moves
    assert (move.before, move.after, move.items, found.moved, found.share(found.moved)) == ("pool", "east", 2, 2, 2 / 3)
    assert [(each.item_id, each.before, each.after) for each in move.examples] == [
        ("L-1", ("territory", "smb"), ("territory", "smb")), ("L-2", ("territory", "smb"), ("territory", "smb"))]
    assert counts(found) == {"east": (1, 3), "pool": (2, 0)}


def test_the_largest_move_stands_first_and_only_a_few_items_are_named():
    after = changed(("to: pool", "to: nurture"), ("us_region: EAST}, to: east", "us_region: EAST}, to: pool"))
    many = [case(f"L-{number}", employees=10) for number in range(EXAMPLES + 3)]
    found = run(after, case("E-1", country="US", state="NY", employees=2000), *many)
    assert [(move.before, move.after, move.items) for move in found.moves] == [
        ("pool", "nurture", EXAMPLES + 3), ("east", "pool", 1)]
    assert len(found.moves[0].examples) == EXAMPLES


def test_items_that_lose_their_rule_are_newly_uncovered():
    after = changed(("employees: [SMB, MID, missing]}", "employees: [SMB, MID]}"))
    found = run(after, case("L-1"), case("L-2", employees=10))
    assert found.uncovered.items == 1
    assert [each.item_id for each in found.uncovered.examples] == ["L-1"]
    assert counts(found, "kinds") == {"people": (2, 1), "fallback": (0, 1)}
    assert run(the_book(), case("L-1"), before=after).covered.items == 1


def test_compliance_takes_items_under_one_book_only():
    after = changed(("country: [IR, KP]", "country: [IR, KP, DE]"))
    found = run(after, case("L-1", country="DE", employees=10), case("L-2", country="FR", employees=10))
    assert counts(found, "kinds") == {"people": (2, 1), "compliance": (0, 1)}
    assert found.moves[0].examples[0].after == ("compliance", "sanctions")


def test_answers_promised_sooner_and_later_are_counted_and_a_promise_is_sooner_than_none():
    text = BOOK.replace("to: pool}", "to: pool, sla: slow}") + SLAS
    before, after = book(text), book(text.replace("sla: slow", "sla: fast"))
    cases = [case("L-1", before=before, after=after, employees=10)]
    sooner, later = run(after, *cases, before=before), run(before, *cases, before=after)
    assert (sooner.moved, sooner.sla_changed, sooner.sooner, sooner.later) == (0, 1, 1, 0)
    assert (later.sooner, later.later) == (0, 1)
    assert counts(sooner, "slas") == {"slow": (1, 0), "fast": (0, 1)}
    assert sooner.as_json()["sla"]["policies"][0]["respond_within_minutes"] == [60.0, 60.0]
    assert run(before, case("L-1", after=before, employees=10)).sooner == 1


def test_an_item_that_a_book_cannot_read_is_refused_there():
    after = changed(("[lead, quote_request, churn_risk]", "[lead, quote_request]"))
    lost = case("C-1", kind="churn_risk")
    found = run(after, Case(item_id="C-1", kind="churn_risk", at=MONDAY, before=lost.before, after=None))
    assert [(move.before, move.after) for move in found.moves] == [("manual-review", "refused")]
    assert counts(found, "kinds") == {"fallback": (1, 0), "refused": (0, 1)}


def test_a_rule_on_owners_changes_who_is_eligible_but_not_the_team():
    after = changed(("require: {owner.data_region: [EU]}", "require: {owner.data_region: [US]}"))
    found = run(after, case("L-1", country="DE", employees=10))
    assert (found.moved, found.others_eligible) == (0, 1)
    assert {owner for owner, (before, _) in found.turns.items() if before} == {"cleo"}
    assert {owner for owner, (_, now) in found.turns.items() if now} == {"ann", "ben"}


def test_turns_add_up_to_the_items_that_people_get():
    found = run(the_book(), *(case(f"L-{number}", employees=10) for number in range(7)))
    assert sum(before for before, _ in found.turns.values()) == pytest.approx(7)


def test_each_item_is_routed_at_its_own_moment_unless_one_is_named():
    expiring = "because: a border case, expires: 2026-12-31}\n"
    after = changed(("      - {id: smb,", "      - {id: border, when: {kind: lead, employees: SMB}, to: east, " + expiring
                     + "      - {id: smb,"))
    cases = [case("L-1", employees=10), case("L-2", employees=10, at=MONDAY + timedelta(days=60))]
    assert run(after, *cases).moved == 1
    assert run(after, *cases, at=MONDAY).moved == 2
    assert run(after, *cases, at=MONDAY).as_json()["at"] == "2026-11-30T15:00:00Z"


def test_the_branch_pool_falls_to_its_else_and_is_told_apart():
    after = changed(("max_km: 60", "max_km: 1"))
    found = run(after, case("Q-1", kind="quote_request", country="US", postal_code="94040", required_certification="gas",
                            at=parse_instant("2026-12-02T20:00:00Z")))
    assert counts(found, "kinds") == {"people": (1, 0), "else": (0, 1)}
    assert [(move.before, move.after) for move in found.moves] == [("stores", "call-centre")]


def test_past_results_give_an_expected_value():
    after = changed(("to: pool", "to: east"))
    handled = [SettledOutcome(kind="lead", team="pool", success=number < 10) for number in range(40)]
    handled += [SettledOutcome(kind="lead", team="east", success=number < 30) for number in range(40)]
    found = run(after, case("L-1", employees=10, value=1000), handled=handled)
    assert (found.expected.before, found.expected.after) == (250.0, 750.0)
    assert run(after, case("L-1", employees=10, value=1000)).expected is None


def test_a_simulation_without_items_divides_by_nothing():
    told = run(the_book()).as_json()
    assert (told["items"], told["moved"], told["from"]) == (0, {"items": 0, "share": 0.0}, None)


@pytest.mark.parametrize("seed", range(40))
def test_a_change_drawn_at_random_is_recovered_exactly(seed):
    world = World(seed)
    after = deepcopy(world)
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 3)):
        rule = draw.choice(draw.choice(after.stages)["rules"])
        if draw.random() < 0.6:
            rule["to"] = draw.choice([*after.teams, *after.queues])
        else:
            name = draw.choice(["country", "employees", "vip"])
            rule["when"] = {**rule["when"], name: after._cell(name)}
    files = render(world)
    before, now = (require_book({"rulebook.yaml": render(one)["rulebook.yaml"]}) for one in (world, after))
    directory = load_directory({name: text for name, text in files.items() if name.endswith(".csv")})
    raws = [world.item(number) for number in range(60)]
    cases = [Case(item_id=raw["item_id"], kind=raw["kind"], at=world.moment(),
                  before=read_item(raw, book=before, directory=directory, at=None),
                  after=read_item(raw, book=now, directory=directory, at=None)) for raw in raws]
    found = simulate(cases, before=before, after=now, directory=directory)
    answers = [(naive_answer(world, raw, case.at), naive_answer(after, raw, case.at))
               for raw, case in zip(raws, cases, strict=True)]
    moves = Counter((old["team"], new["team"]) for old, new in answers if old["team"] != new["team"])
    assert {(move.before, move.after): move.items for move in found.moves} == moves
    assert counts(found) == {team: tuple(sum(pair[side]["team"] == team for pair in answers) for side in (0, 1))
                             for team in {each["team"] for pair in answers for each in pair}}
    assert counts(found, "kinds").get("compliance", (0, 0)) == tuple(
        sum(pair[side]["stage"] == "compliance" for pair in answers) for side in (0, 1))
