"""Holiday calendars: the usual days off that one lacks are told, and what is said with it is honoured."""
from datetime import date, datetime

import pytest

from rules.analysis.calendars import check_calendars
from rules.book.findings import Findings
from rules.directory.files import load_directory
from rules.errors import DirectoryError
from rules.model import zone
from rules.refdata.holiday_calendars import gaps_of, holiday_calendar
from rules.refdata.times import NotReadable
from rules.refdata.working_time import calendar_of
from rules.routing.sla import business_calendar

OWNERS = """owner_id,name,kind,working_hours,time_zone,holidays
amy,Amy,person,Mon-Fri 09:00-17:00,Asia/Tokyo,JP
ben,Ben,person,Mon-Fri 09:00-17:00,Europe/Berlin,DE-BY
cem,Cem,person,,Europe/Istanbul,
"""
MEMBERS = "owner_id,team,role,from,to\namy,east,,,\nben,west,,,\ncem,west,,,2026-12-01\n"


def told(code: str, closing: str = "") -> list[str]:
    files = {"owners.csv": OWNERS.replace(",JP", f",{code}")} | ({"closing_days.csv": closing} if closing else {})
    findings = Findings()
    check_calendars(load_directory(files), datetime(2026, 11, 22, tzinfo=zone("UTC")), findings)
    return [one.message for one in findings.in_order() if one.kind == "holiday_gap"]


@pytest.mark.parametrize(("code", "name"), [
    ("AU", "Easter Saturday"), ("HK", "Good Friday"), ("CH", "Good Friday"), ("CA", "Family Day"), ("DE", "Reformation Day"),
    ("GB", "Easter Monday"), ("JP", "Bank Holiday"), ("BR", "Carnival"), ("IE", "Good Friday"),
])
def test_a_calendar_that_lacks_usual_days_is_told_with_one_of_them(code, name):
    found = told(code)
    assert found and f"`{code}`" in found[0] and "holiday" in found[0] and name in found[0]


@pytest.mark.parametrize("code", ["US", "US-NY", "FR", "DE-BY", "AU-VIC", "HK+optional", "HK+public", "MX"])
def test_a_whole_calendar_and_one_that_says_its_kinds_are_not(code):
    assert told(code) == []


def test_days_that_are_closing_days_are_no_gap():
    days = [day for gap in gaps_of("HK", (2026, 2027)) for day in gap.days]
    rows = "".join(f"{day},HK\n" for day in days)
    assert told("HK", "date,calendar\n" + rows) == [] and told("HK", "date,calendar\n2026-04-03,HK\n") != []


def test_further_kinds_are_days_off():
    assert date(2026, 4, 3) not in holiday_calendar("HK") and date(2026, 4, 3) in holiday_calendar("HK+optional")
    with pytest.raises(NotReadable):
        holiday_calendar("HK+half")


CLOSING = """date,calendar,team,owner_id,name
2026-12-24,DE,,,Christmas Eve
2026-12-28,,east,,stocktaking
2026-12-29,,,ben,
2026-12-30,,,,whole company
2026-12-31,,west,,
"""


@pytest.mark.parametrize(("day", "working"), [
    (23, {"amy", "ben", "cem"}), (24, {"amy", "cem"}), (28, {"ben", "cem"}), (29, {"amy", "cem"}), (30, set()),
    (31, {"amy", "cem"}),
])
def test_nobody_named_works_on_a_closing_day(day, working):
    directory = load_directory({"owners.csv": OWNERS, "memberships.csv": MEMBERS, "closing_days.csv": CLOSING})
    at = {owner.owner_id: datetime(2026, 12, day, 12, tzinfo=zone(owner.time_zone)) for owner in directory.owners.values()}
    assert {name for name, owner in directory.owners.items() if calendar_of(owner).is_working(at[name])} == working


def test_the_business_clock_stands_still_on_a_closing_day():
    directory = load_directory({"owners.csv": OWNERS, "closing_days.csv": "date\n2026-12-23\n"})
    started = datetime(2026, 12, 22, 16, tzinfo=zone("Europe/Berlin"))
    clock = business_calendar(directory, owner_id="ben")
    ends = datetime(2026, 12, 24, 17, tzinfo=zone("Europe/Berlin"))
    assert clock.working_minutes_between(started, ends) == 60 + 480


@pytest.mark.parametrize(("row", "column"), [
    ("2026-13-01,,,,", "date"), ("2026-12-24T10:00:00Z,,,,", "date"), (",DE,,,", "date"), ("2026-12-24,FR,,,", "calendar"),
    ("2026-12-24,,eest,,", "team"), ("2026-12-24,,,bem,", "owner_id"), ("2026-12-24,DE,west,,", "team"),
])
def test_a_faulty_row_is_refused_with_its_column(row, column):
    with pytest.raises(DirectoryError) as refused:
        load_directory({"owners.csv": OWNERS, "memberships.csv": MEMBERS,
                        "closing_days.csv": f"date,calendar,team,owner_id,name\n{row}\n"})
    assert [problem.column_name for problem in refused.value.problems] == [column]
