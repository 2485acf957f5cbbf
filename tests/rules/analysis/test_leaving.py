"""Who can take this today and after each known leaving date: named rows, teams, and memberships of unknown teams."""
from datetime import UTC, datetime

import pytest

from rules.analysis.check import check
from rules.directory.files import load_directory

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOOK = """rulebook: 1
version: "1"
attributes:
  kind: {enum: [lead]}
  account: {type: account_ref}
teams:
  mill: {kind: team, name: Mill}
  yard: {kind: team}
  inbox: {kind: queue, automation: mail}
stages:
  - stage: named
    table: tables/named.csv
  - stage: rest
    rules: [{id: any, to: yard}]
availability: {working_hours: ignore, absence: require, capacity: require, none_free: {then: queue}}
"""
OWNERS = "owner_id,name,active_from,active_to,manager_id,time_zone,kind\n"
STAFF = "eva,Eva,,,,,person\nfox,Fox,,,,,person\n"


def told(*, owners=STAFF, members="eva,yard,,\nfox,mill,,\n", absences="", named="", book=BOOK, kind="nobody_can_take"):
    people = load_directory({
        "owners.csv": OWNERS + owners, "memberships.csv": "owner_id,team,from,to\n" + members,
        "absences.csv": "owner_id,from,to\n" + absences, "accounts.csv": "account_id\nelm\noak\n"})
    files = {"rulebook.yaml": book, "tables/named.csv": "account_id,owner_id,from,to\noak,eva,,\n" + named}
    return [one for one in check(files, people, at=NOW).findings if one.kind == kind]


def test_nothing_is_told_where_somebody_can_always_take_it():
    assert told() == [] == told(kind="unknown_membership")


@pytest.mark.parametrize(("gil", "members", "absences", "said"), [
    ("gil,Gil,,2026-09-30,,", "", "", "since 2026-10-01: they go to the next stage"),
    ("gil,Gil,,2026-09-30,fox,", "", "", "since 2026-10-01: they go to their manager `fox`"),
    ("gil,Gil,,2026-12-31,fox,", "gil,mill,,\n", "", "from 2027-01-01 on: they go to their team `mill`"),
    ("gil,Gil,,2026-12-31,fox,", "gil,mill,,2026-12-31\n", "", "from 2027-01-01 on: they go to their manager `fox`"),
    ("gil,Gil,,2026-12-31,,Asia/Tokyo", "", "", "from 2027-01-01 on"),
    ("gil,Gil,,2026-12-31,,America/New_York", "", "", "from 2027-01-01 on"),
    ("gil,Gil,2027-03-01,,,", "", "", "until 2027-03-01"),
    ("gil,Gil,,,,", "gil,mill,,\n", "gil,2026-11-20,2026-12-04\n", "since 2026-11-20 until 2026-12-05: they go to their team"),
    ("gil,Gil,,,,", "", "gil,2026-12-10,2026-12-12\ngil,2026-12-13,\n", "from 2026-12-10 on"),
])
def test_a_row_whose_person_leaves_is_told_with_account_owner_day_and_who_gets_it(gil, members, absences, said):
    found, = told(owners=STAFF + gil + ",person\n", absences=absences, named="elm,gil,,\n",
                  members="eva,yard,,\nfox,mill,,\n" + members)
    assert (found.file, found.line, found.rules, found.severity) == ("tables/named.csv", 3, ("named/elm",), "warning")
    assert "account `elm` is named for Gil (`gil`), who cannot take its items " + said in found.message


@pytest.mark.parametrize(("row", "days"), [
    ("elm,gil,,2026-12-31", None), ("elm,gil,,2027-01-31", "from 2027-01-01 until 2027-02-01"),
    ("elm,gil,2027-02-01,", "from 2027-02-01 on"), ("elm,gil,,2026-10-31", None)])
def test_a_row_is_asked_only_for_the_days_on_which_it_applies(row, days):
    found = told(owners=STAFF + "gil,Gil,,2026-12-31,,,person\n", named=row + "\n")
    assert [days in one.message for one in found] == ([True] if days else [])


def test_absences_count_only_where_the_book_makes_them_bind():
    away = {"owners": STAFF + "gil,Gil,,,,,person\n", "named": "elm,gil,,\n", "absences": "gil,2026-11-01,\n"}
    assert len(told(**away)) == 1
    assert told(**away, book=BOOK.replace("absence: require", "absence: prefer")) == []


@pytest.mark.parametrize(("members", "absences", "said"), [
    ("eva,yard,,2026-12-31\n", "", "nobody in team `yard` can take an item from 2027-01-01 on"),
    ("eva,yard,,2026-12-31\nfox,yard,2027-01-10,\n", "", "from 2027-01-01 until 2027-01-10"),
    ("eva,yard,,2026-12-31\nfox,yard,2027-01-01,\n", "", None),
    ("eva,yard,,\nfox,yard,,\n", "eva,2026-12-20,2026-12-31\nfox,2026-12-24,2026-12-27\n", "from 2026-12-24 until 2026-12-28"),
    ("eva,yard,,\n", "eva,2026-12-20,2026-12-31\neva,2027-06-01,2027-06-02\n", "until 2027-01-01, and once more"),
    ("eva,yard,2027-01-10,\n", "", "until 2027-01-10"),
])
def test_a_team_is_asked_after_every_day_on_which_somebody_leaves(members, absences, said):
    found = [one for one in told(members=members + "fox,mill,,\n", absences=absences) if one.given == "yard"]
    assert [said in one.message for one in found] == ([True] if said else [])


def test_a_membership_of_a_team_that_the_book_lacks_is_told_with_its_line_and_who_it_is():
    members = "eva,yard,,\nfox,mill,,\nfox,yrad,,\neva,old,,2026-01-31\n"
    found, = told(members=members, kind="unknown_membership")
    assert (found.file, found.line, found.given, found.nearest) == ("memberships.csv", 4, "yrad", "yard")
    assert "fox belongs to" in found.message


# whoever can never take anything

ROOM = OWNERS.replace("kind\n", "kind,max_open,max_per_day,max_load,data_region,certifications\n")
CAPACITY = BOOK.replace("none_free", "weights: {lead: 2}, none_free")


def with_columns(staff, *, members="eva,yard,,\nfox,mill,,\n", named="", book=BOOK, monkeypatch):
    monkeypatch.setattr("tests.rules.analysis.test_leaving.OWNERS", ROOM)
    return [one.message for one in told(owners=staff, members=members, named=named, book=book)]


@pytest.mark.parametrize(("cells", "book", "by"), [
    ("0,,,,", BOOK, "max_open"), (",0,,,", BOOK, "max_per_day"), (",,1.5,,", CAPACITY, "max_load"), (",,1.5,,", BOOK, None),
    ("1,1,2,,", CAPACITY, None), ("0,,,,", BOOK.replace("capacity: require", "capacity: prefer"), None)])
def test_who_has_room_for_nothing_can_take_nothing(cells, book, by, monkeypatch):
    found = with_columns(f"eva,Eva,,,,,person,{cells}\nfox,Fox,,,,,person,,,,,\n", book=book, monkeypatch=monkeypatch)
    assert found == ([] if by is None else [
        "nobody in team `yard` can take an item at any time",
        f"account `oak` is named for Eva (`eva`), who cannot take its items at any time, by `{by}`: they go to the next stage"])


DEMANDS = BOOK.replace("stages:", """compliance:
  - {id: home, require: {owner.data_region: [EU]}}
  - {id: gas, require: {owner.certifications: [gas]}, when: {country: [DE, FR]}}
stages:""").replace("attributes:\n", "attributes:\n  country: {type: country}\n").replace(
    "{id: any, to: yard}", "{id: german, when: {country: DE}, to: mill}, {id: any, when: {country: [US, FR]}, to: yard}, "
    "{id: unknown, when: {country: missing}, to: mill}]\n  - stage: fallback\n    rules: [{id: rest, to: yard}")


@pytest.mark.parametrize(("eva", "fox", "said"), [
    ("EU,", "EU,gas@DE", []), ("EU,", "EU,gas:2026-11-30", []),
    ("EU,", "EU,", ["`mill` can take what `german` and 1 more sends there: none of them meets `gas`"]),
    ("EU,", "EU,gas:2026-11-29", ["`mill` can take what `german` and 1 more sends there: none of them meets `gas`"]),
    ("EU,", "US,", ["`mill` can take what `german` and 1 more sends there: none of them meets `home`, `gas`"]),
    ("US,gas", "EU,gas", ["`yard` can take what `any` and 1 more sends there: none of them meets `home`"]),
])
def test_a_team_in_which_nobody_meets_what_binds_on_all_that_a_rule_sends_there_is_told(eva, fox, said, monkeypatch):
    found = with_columns(f"eva,Eva,,,,,person,,,,{eva}\nfox,Fox,,,,,person,,,,{fox}\n", book=DEMANDS, monkeypatch=monkeypatch)
    assert [one.partition("nobody in team ")[2] for one in found if one.startswith("nobody")] == said
    assert any("`oak` is named for `eva`, who does not meet `home`" in one for one in found) == eva.startswith("US")
