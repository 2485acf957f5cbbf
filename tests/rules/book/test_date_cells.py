"""Cells of dates: which days they admit, on the day of the decision where the item is."""
from datetime import date, timedelta

import pytest

from rules.analysis.check import check
from rules.analysis.propose import propose
from rules.book.cells import matches
from rules.change.comparison import compare
from rules.errors import ItemError
from rules.intake.days import today_of
from rules.intake.item import read_item
from rules.loading import load_book, require_book
from rules.model import Directory, Moment
from rules.refdata.times import parse_instant
from rules.routing.explain import explain
from rules.routing.territory import find_route

TODAY = date(2026, 11, 30)
NOON = parse_instant("2026-11-30T12:00:00Z")
NOBODY = Directory(owners={})
BOOK = """
rulebook: 1
attributes: {{kind: {{enum: [lead, renewal]}}, country: {{type: country}}, renewal_on: {{type: date}}, {more}}}
groups: {{SOON: [past, within 2w]}}
teams: {{desk: {{kind: team, name: Desk}}, rest: {{kind: queue}}}}
{rules}
stages:
  - stage: dates
    rules: [{{id: taken, when: {{renewal_on: {cell}}}, to: desk}}, {{id: all, to: rest}}]
"""
#: Cell, days from today that it admits, days that it does not.
COUNTED = [
    ("within 30d", [0, 1, 30], [-1, 31, None]), ("over 30d", [31, 9000], [30, -31, None]),
    ("within 30d ago", [0, -30], [1, -31]), ("over 30d ago", [-31, -9000], [-30, 31, None]),
    ("within 2w", [0, 14], [15, -1]), ("over 1w ago", [-8], [-7]), ("within 0d", [0], [1, -1]), ("over 0d", [1], [0, -1]),
    ("past", [-1], [0, 1]), ("today", [0], [-1, 1, None]), ("future", [1], [0, -1]),
    ("[within 7d, over 90d, missing]", [0, 7, 91, None], [8, 90, -1]), ("SOON", [-400, 14], [15]),
]
#: Cell, days that it admits, days that it does not.
DATED = [
    ("before 2027-01-01", ["2026-12-31", "1999-01-01"], ["2027-01-01", "2027-01-02"]),
    ("after 2027-01-01", ["2027-01-02", "9999-12-31"], ["2027-01-01", "2026-12-31"]),
    ("on 2027-01-01", ["2027-01-01"], ["2026-12-31", "2027-01-02"]), ("2027-01-01", ["2027-01-01"], ["2027-01-02"]),
    ("2027-01-01 - 2027-03-31", ["2027-01-01", "2027-03-31"], ["2026-12-31", "2027-04-01"]),
    ("2028-02-29", ["2028-02-29"], ["2028-02-28", "2028-03-01"]),
    ("[before 2026-01-01, 2027-01-01-2027-01-02]", ["2025-12-31", "2027-01-02"], ["2026-01-01", "2027-01-03"]),
]


def book_of(cell, *, more="", rules=""):
    return require_book({"rulebook.yaml": BOOK.format(cell=cell, more=more, rules=rules)})


def read(book, at=NOON, **raw):
    said = {name: value for name, value in raw.items() if value}
    return read_item({"kind": "renewal", **said}, book=book, directory=NOBODY, at=at)


def takes(cell, day, at=NOON, **more) -> bool:
    """Whether the rule takes an item with this date."""
    book = book_of(cell)
    item = read(book, at, renewal_on=day, **more)
    taken = find_route(book, item, NOBODY, Moment(at=at)).route.rule == "taken"
    own, = book.stages[0].rules[0].when
    assert taken == matches(own, item, today_of(item, book, Moment(at=at)))
    return taken


@pytest.mark.parametrize(("cell", "inside", "outside"), COUNTED, ids=[row[0] for row in COUNTED])
def test_days_from_today_are_counted_from_the_day_of_the_decision(cell, inside, outside):
    for at in (NOON, NOON + timedelta(days=400)):
        days = {offset: None if offset is None else (at.date() + timedelta(days=offset)).isoformat()
                for offset in inside + outside}
        assert [offset for offset, day in days.items() if takes(cell, day, at)] == inside


@pytest.mark.parametrize(("cell", "inside", "outside"), DATED, ids=[row[0] for row in DATED])
def test_days_of_the_calendar_are_the_same_whenever_it_is_decided(cell, inside, outside):
    for at in (NOON, NOON + timedelta(days=400)):
        assert [day for day in inside + outside if takes(cell, day, at)] == inside


@pytest.mark.parametrize("cell", [
    "within 30", "within 1m", "within 1y", "within 30d of now", "soon", "before 2027-02-30", "2027-03-31 - 2027-01-01", "before",
    "on 2027-01-01 - 2027-01-05", "'>=2027-01-01'", "within -1d", "2027", "01/02/2027", "within 999999d", "not 2027-01-01"])
def test_what_names_no_days_exactly_is_refused_with_what_would(cell):
    found = load_book({"rulebook.yaml": BOOK.format(cell=cell, more="", rules="")}).findings
    assert [(one.kind, one.given) for one in found] == [("wrong_type", cell.strip("'"))]
    assert "`within 30d`" in found[0].expected


@pytest.mark.parametrize(("given", "zone", "day"), [
    ("2026-12-24", None, "2026-12-24"), (" 2026-12-24 ", "Asia/Tokyo", "2026-12-24"),
    ("2026-12-24T23:30:00Z", None, "2026-12-24"), ("2026-12-24T23:30:00Z", "Europe/Berlin", "2026-12-25"),
    ("2026-12-24T23:30:00Z", "America/New_York", "2026-12-24"), ("2026-12-25T01:00:00+02:00", None, "2026-12-24"),
    ("2026-12-24T23:30:00.000+0000", "Asia/Tokyo", "2026-12-25"),                  # as Salesforce writes it
    ("9999-12-31T23:30:00Z", "Asia/Tokyo", "9999-12-31"), ("0001-01-01T00:30:00Z", "America/New_York", "0001-01-01"),
    ("2026-12-24 23:30:00", "Asia/Tokyo", "2026-12-24"), ("2026-12-24T00:00", None, "2026-12-24"),
])
def test_a_date_is_kept_as_a_day_and_an_instant_as_the_day_where_the_item_is(given, zone, day):
    item = read(book_of("past"), renewal_on=given, time_zone=zone)
    assert (item.value("renewal_on"), item.facts["renewal_on"].raw, item.warnings) == (day, given, ())


def test_the_place_tells_the_day_where_no_zone_is_given_and_utc_does_where_places_disagree():
    book = book_of("past")
    instant = "2026-12-24T23:30:00Z"
    assert read(book, renewal_on=instant, country="DE").value("renewal_on") == "2026-12-25"
    assert read(book, renewal_on="2026-12-24T03:30:00Z", country="US").value("renewal_on") == "2026-12-23"
    assert read(book, renewal_on="2026-12-24T05:30:00Z", country="US").value("renewal_on") == "2026-12-24"
    assert read(book, renewal_on=instant, country="JP").value("renewal_on") == "2026-12-25"


@pytest.mark.parametrize("given", ["24.12.2026", "12/24/2026", "tomorrow", "2026-02-30", "2026-13-01", 20261224, 46380.5, True,
                                   ["x"], "2026-12-24T25:00:00Z", "0000-01-01"])
def test_what_is_no_date_is_refused_as_what_is_no_number_is(given):
    book = book_of("past", more="seats: {type: number}")
    told = []
    for name in ("renewal_on", "seats"):
        with pytest.raises(ItemError) as refused:
            read(book, **{name: given if name == "renewal_on" else "many"})
        told.append(refused.value.problems[0])
    assert [problem.column_name for problem in told] == ["renewal_on", "seats"] and "day" in told[0].expected


def test_today_is_where_the_item_is():
    late = parse_instant("2026-11-30T23:30:00Z")
    assert takes("today", "2026-11-30", late) and not takes("today", "2026-12-01", late)
    assert takes("today", "2026-12-01", late, time_zone="Europe/Berlin")
    assert takes("today", "2026-12-01", late, country="DE") and takes("today", "2026-11-30", late, country="BR")
    assert takes("within 30d", "2026-12-31", late, time_zone="Asia/Kolkata")
    assert not takes("within 30d", "2026-12-31", late, time_zone="America/New_York")


def test_compliance_hold_and_lifecycle_go_by_the_same_day():
    book = book_of("missing", rules=(
        "compliance: [{id: lapsed, forbid: contact, when: {renewal_on: over 30d ago}, send_to: rest, if_missing: skip}]"))
    told = {day: explain({"kind": "renewal", "renewal_on": day}, book=book, directory=NOBODY, at=NOON)["route"]["rule"]
            for day in ("2026-10-30", "2026-10-31")}
    assert told == {"2026-10-30": "lapsed", "2026-10-31": "all"}


def test_a_row_that_only_just_misses_names_the_date():
    told = explain({"kind": "renewal", "renewal_on": "2026-12-31"}, book=book_of("within 30d"), directory=NOBODY, at=NOON)
    assert told["item"]["attributes"]["renewal_on"]["value"] == "2026-12-31"
    assert told["stages"][0]["rules"][0] == {"rule": "taken", "matched": False, "failed": ["renewal_on"]}


@pytest.mark.parametrize(("more", "kind"), [
    ("quarter: {from: renewal_on, map: q.csv}", "wrong_type"), ("quarter: {from: renewal_on, bands: {a: 1-2}}", "wrong_type")])
def test_nothing_is_derived_from_a_date(more, kind):
    files = {"rulebook.yaml": BOOK.format(cell="past", more=more, rules=""), "q.csv": "renewal_on,quarter\n2026-01-01,a\n"}
    assert [(one.kind, one.given) for one in load_book(files).findings if one.severity == "error"] == [(kind, "date")]


@pytest.mark.parametrize(("says", "cell", "told"), [
    ("renewal on within 30 days goes to Desk", "within 30d", None),
    ("renewal on within 2 weeks goes to Desk", "within 14d", None),
    ("renewal on before 2027-01-01 goes to Desk", "before 2027-01-01", None), ("no renewal on goes to Desk", "missing", None),
    ("items go to Desk", "within 30d", None),
    ("renewal on past or within 7d goes to Desk", "[past, within 7d]", None),
    ("renewal on within 60 days goes to Desk", "within 30d", "names `renewal on within 60 days`"),
    ("renewal on after 2027-01-01 goes to Desk", "before 2027-01-01", "names `renewal on after 2027-01-01`"),
    ("renewal on past goes to Desk", "[past, within 7d]", "leaves out `within 7d`"),
])
def test_prose_that_names_other_days_than_the_cell_is_told(says, cell, told):
    text = BOOK.format(cell=cell, more="", rules="").replace("id: taken,", f'id: taken, says: "{says}",')
    found = [one.message for one in check({"rulebook.yaml": text}, at=NOON).findings if one.kind == "says_mismatch"]
    assert bool(found) == bool(told) and all(told in message for message in found)


def test_a_sentence_with_days_becomes_a_rule():
    book = book_of("within 30d", rules="slas: {quick: {respond_within: PT4H}}")
    made = propose("renewals with renewal on over 12 weeks ago go to Desk, answered within 4 hours", book, None, at=NOON)
    assert made.questions == () and 'when: {kind: renewal, renewal_on: "over 12w ago"}, to: desk, sla: quick' in made.yaml


def test_two_books_are_compared_on_the_day_of_the_moment():
    for at, moved in ((NOON, "within 30d"), (NOON + timedelta(days=400), "within 30d")):
        told = compare(book_of("within 20d"), book_of(moved), at=at)
        [region] = told.regions
        assert not told.open_rules and (region.before.rule, region.after.rule) == ("all", "taken")
        assert 20 < (date.fromisoformat(region.example["renewal_on"]) - at.date()).days <= 30
    assert compare(book_of("within 30d"), book_of("2026-11-30 - 2026-12-30"), at=NOON).regions == ()
    assert compare(book_of("within 30d"), book_of("2026-11-30 - 2026-12-30"), at=NOON + timedelta(days=1)).regions != ()
