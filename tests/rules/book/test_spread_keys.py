"""`choose` and `shares`: what may be said, what is refused, and shares that cannot be kept."""
from datetime import UTC, datetime

import pytest

from rules.analysis.check import check
from rules.change.comparison import compare
from rules.directory.files import load_directory
from rules.loading import load_book, require_book
from rules.routing.spread import bounds_of, spread_of
from tests.serving import small_company

AT = datetime(2026, 11, 20, tzinfo=UTC)
TEAM, RULE = "sales: {kind: team, name: Sales", "to: sales"


def book(team="", rule=""):
    return {"rulebook.yaml": small_company.RULEBOOK.replace(TEAM, TEAM + team).replace(RULE, RULE + rule)}


def directory(owners=small_company.OWNERS, memberships=small_company.MEMBERSHIPS):
    return load_directory({"owners.csv": owners, "memberships.csv": memberships})


def faults(files, **people):
    return [(each.kind, each.message) for each in check(files, directory(**people), at=AT).findings if each.severity == "error"]


def test_what_a_rule_says_holds_for_its_items_and_what_its_team_says_for_the_others():
    read = require_book(book(", choose: turns", ", shares: {max: 0.5, per: day, ramp: P14D}"))
    of_rule, name = spread_of(read, "leads", "sales")
    assert (of_rule.choose, of_rule.shares.most, of_rule.shares.per, name) == ("shares", 0.5, "day", "rule leads")
    assert spread_of(read, "another", "sales")[0].choose == "turns"
    assert spread_of(read, "another", "solo")[0].choose == spread_of(read, "another", None)[0].choose == "model"


@pytest.mark.parametrize(("said", "kind", "word"), [
    (", choose: lottery", "unknown_value", "lottery"),
    (", choose: turns, shares: {max: 0.5}", "wrong_type", "chooses by `turns`"),
    (", choose: shares", "wrong_type", "says none"),
    (", shares: {per: week}", "wrong_type", "bind nothing"),
    (", shares: {max: 40}", "wrong_type", "no part of the whole"),
    (", shares: {max: 0.5, most: 1}", "unknown_key", "most"),
    (", shares: {max: 0.5, per: month}", "unknown_value", "month"),
    (", shares: {min: 0.5, max: 0.4}", "infeasible_shares", "at least 0.5"),
])
def test_what_cannot_be_carried_out_is_refused(said, kind, word):
    for files in (book(said), book(rule=said)):
        found = [each for each in load_book(files).findings if each.severity == "error"]
        assert any(each.kind == kind and word in each.sentence for each in found), found


def test_nobody_is_chosen_in_a_queue():
    files = {"rulebook.yaml": small_company.RULEBOOK.replace("nurture: {kind: queue", "nurture: {kind: queue, choose: turns")}
    assert any("nobody is chosen" in each.message for each in load_book(files).findings)


def test_shares_that_so_many_people_cannot_keep_are_an_error_now_or_from_the_day_on_which_somebody_leaves():
    assert faults(book(", shares: {max: 0.25, min: 0.25}")) == []
    assert faults(book(", shares: {max: 0.24}")) == [("infeasible_shares", (
        "the shares of team `sales` cannot be kept: 4 people may have at most 0.96 of the items together"))]
    [(kind, told)] = faults(book(rule=", shares: {min: 0.3}"))
    assert kind == "infeasible_shares" and "rule `leads`" in told and "at least 1.2" in told
    leaving = small_company.MEMBERSHIPS.replace("dan,sales,,,", "dan,sales,,,2026-12-31")
    [(_, told)] = faults(book(", shares: {max: 0.3}"), memberships=leaving)
    assert "from 2027-01-01" in told and "3 people" in told


def test_a_part_goes_by_weight_unless_the_balance_is_equal():
    owners = small_company.OWNERS.replace("dan,Dan,person,UTC,en,US,,1", "dan,Dan,person,UTC,en,US,,0.5")
    people, names = directory(owners=owners), ("ann", "dan")
    for balance, most in (("weighted", [0.6, 0.3]), ("equal", [0.6, 0.6])):
        read = require_book(book(f", balance: {balance}, shares: {{max: 0.6}}"))
        shares = spread_of(read, "leads", "sales")[0].shares
        assert bounds_of(shares, "sales", names, book=read, directory=people, at=AT).most == most


def test_a_part_grows_after_a_leave_as_long_as_the_ramp_and_not_after_a_shorter_one():
    read = require_book(book(", shares: {max: 0.6, ramp: P10D}"))
    people = load_directory({"owners.csv": small_company.OWNERS, "memberships.csv": small_company.MEMBERSHIPS, "absences.csv": (
        "owner_id,from,to,reason\ndan,2026-10-01,2026-11-14,leave\ncleo,2026-11-10,2026-11-14,leave\n")})
    shares = spread_of(read, "leads", "sales")[0].shares
    most = bounds_of(shares, "sales", ("ann", "cleo", "dan"), book=read, directory=people, at=AT).most
    assert most == pytest.approx([0.6, 0.6, 0.3])


def test_a_difference_of_two_books_tells_how_work_is_spread():
    before, after = require_book(book()), require_book(book(", shares: {max: 0.4}"))
    found = compare(before, after, at=AT)
    assert [region.before.rule for region in found.treated] == ["leads"] and not found.moving
    assert any(edit.part == "teams" and "most 0.4" in str(edit.fields) for edit in found.edits)
