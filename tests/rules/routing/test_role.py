"""Roles: a rule sends to members of a team in a role; what the book, the checks, prose and a difference say of it."""
from datetime import UTC, date, datetime

import pytest

from rules.analysis.check import check
from rules.analysis.propose import propose
from rules.book.sentences import sentence_of
from rules.change.diff import differ
from rules.change.edits import words
from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import load_book, require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from serving.offboarding.rule_mentions import book_says

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOOK = """rulebook: 1
version: "1"
attributes:
  kind: {enum: [lead, renewal]}
teams:
  mill: {kind: team, name: Mill}
  inbox: {kind: queue, automation: mail}
stages:
  - stage: areas
    rules:
      - {id: new, when: {kind: lead}, to: TO, says: "SAYS"}
  - stage: rest
    rules: [{id: any, to: {team: mill, role: [keeper, closer]}}]
availability: {working_hours: ignore, none_free: {then: inbox}}
"""
OWNERS = "owner_id,kind,active_to\n" + "".join(f"{name},person,\n" for name in ("ada", "bea", "cem")) + "dov,person,2026-12-31\n"
MEMBERS = "owner_id,team,role,from,to\nada,mill,opener,,\nbea,mill,closer,,2026-12-15\ncem,mill,,,\ndov,mill,closer,,\n"


def files(to="{team: mill, role: closer}", says="leads go to Mill in role closer"):
    return {"rulebook.yaml": BOOK.replace("TO", to).replace("SAYS", says)}


def people(members=MEMBERS):
    return load_directory({"owners.csv": OWNERS, "memberships.csv": members})


def found(members=MEMBERS + "ada,mill,keeper,,\nada,mill,closer,,\n", **book):
    return [(one.kind, one.given, one.nearest) for one in check(files(**book), people(members), at=NOW).findings
            if one.kind != "fallback_only"]


def routed(to="{team: mill, role: closer}"):
    book, directory = require_book(files(to)), people()
    item = read_item({"kind": "lead"}, book=book, directory=directory, at=NOW)
    return route_and_filter(item, book=book, directory=directory, at=NOW, workload=EMPTY_DESK)


def test_only_members_in_the_role_may_have_the_item_and_the_others_are_told_why():
    narrowing = routed()
    assert narrowing.eligibility.eligible == ("bea", "dov")
    role, = narrowing.eligibility.excluded
    assert (role.rule, role.owners, role.evidence["needs"]) == ("role", ("ada", "cem"), ["closer"])
    assert narrowing.eligibility.considered == 4 and "has opener" in role.reason and "has none on record" in role.reason
    assert routed("mill").eligibility.eligible == ("ada", "bea", "cem", "dov")


def test_where_nobody_in_the_role_is_free_the_book_says_what_follows():
    narrowing = routed("{team: mill, role: opener}")
    assert narrowing.eligibility.eligible == ("ada",)
    empty = routed("{team: mill, role: keeper}")
    assert (empty.none_free, empty.queue, empty.route.team) == (True, "inbox", "mill")


@pytest.mark.parametrize("to", [
    "{team: mill}", "{role: closer}", "{team: mill, role: []}", "{team: mill, role: {a: b}}", "{team: inbox, role: closer}",
    "{team: mill, roles: closer}", "{team: mill, role: closer}, else: inbox", "{team: mil, role: closer}",
])
def test_a_target_in_a_role_that_cannot_be_is_refused(to):
    assert load_book(files(to)).book is None


def test_a_decision_table_sends_to_a_role_too():
    book = BOOK.replace("    rules:\n      - {id: new, when: {kind: lead}, to: TO, says: \"SAYS\"}\n", "    table: t.csv\n")
    loaded = require_book({"rulebook.yaml": book, "t.csv": 'id,kind,to\nnew,lead,"{team: mill, role: closer}"\n'})
    assert loaded.stages[0].rules[0].target == require_book(files()).stages[0].rules[0].target


def test_a_role_that_nobody_has_in_the_team_is_an_error_that_names_the_nearest():
    assert found() == []
    assert found(to="{team: mill, role: closr}", says="leads go to Mill") == [("unknown_value", "closr", "closer")]
    elsewhere = "owner_id,team,role\nada,mill,opener\nbea,yard,closer\nbea,mill,keeper\n"
    assert ("unknown_value", "closer", None) in found(members=elsewhere)


def test_a_day_from_which_nobody_is_in_the_role_is_told():
    report = check(files(), people(MEMBERS + "cem,mill,keeper,,\n"), at=NOW)
    one, = (one for one in report.findings if one.kind != "fallback_only")
    assert (one.kind, one.rules) == ("nobody_can_take", ("new",))
    assert one.message.startswith("nobody in the role closer of team `mill` can take an item from 2027-01-01 on")


def test_two_roles_of_one_team_are_two_places():
    other = "      - {id: big, to: {team: mill, role: opener}}\n"
    text = BOOK.replace("TO", "{team: mill, role: closer}").replace("SAYS", "leads go to Mill").replace(
        "  - stage: rest\n", other + "  - stage: rest\n")
    report = check({"rulebook.yaml": text}, people(), at=NOW)
    overlap = next(one for one in report.findings if one.kind == "overlap")
    assert "`mill` in the role closer and `mill` in the role opener" in overlap.message


def test_a_difference_of_roles_changes_hands():
    region, = differ(require_book(files("mill", "leads go to Mill")), require_book(files()), at=NOW).regions
    assert region.changes_hands
    assert (words(region.before.target), words(region.after.target)) == ("mill", "mill, role closer")


@pytest.mark.parametrize(("says", "names"), [
    ("leads go to Mill in role closer", None), ("leads go to Mill", None), ("leads go to Mill in the role opener", "`opener`"),
])
def test_prose_names_the_role_of_the_target_or_none(says, names):
    messages = [one.message for one in check(files(says=says), people(), at=NOW).findings if one.kind == "says_mismatch"]
    assert [names in message for message in messages] == ([] if names is None else [True])


def test_a_role_is_told_in_a_sentence_and_proposed_from_one():
    book = require_book(files())
    rule = book.stages[1].rules[0]
    assert sentence_of(rule, book) == "any item goes to Mill in role closer or keeper"
    proposal = propose("renewals go to Mill in role keeper", book, None, at=NOW)
    assert proposal.questions == () and proposal.yaml.endswith("to: {team: mill, role: keeper}}")


def test_who_leaves_as_the_last_in_a_role_is_noted():
    book, directory = require_book(files()), people()
    later = datetime(2026, 12, 20, 12, tzinfo=UTC)
    notes = {note.kind: note.subject for note in
             book_says(book, directory, directory.owners["dov"], last_day=date(2026, 12, 19), at=later)}
    assert notes["role_left_empty"] in ("mill/closer", "mill/closer or keeper")
