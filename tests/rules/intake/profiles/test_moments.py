"""Times as people write them: each form read, none guessed."""
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.exports.timestamps import (
    DAY_FIRST,
    MONTH_FIRST,
    NoOrder,
    NoZone,
    TimestampReader,
    evidence_of,
    read_day,
    read_moment,
)
from rules.refdata.times import NotReadable

BERLIN = ZoneInfo("Europe/Berlin")


def clock(order=None, time_zone=BERLIN, day_zone=None):
    return TimestampReader(order=order, time_zone=time_zone, day_zone=day_zone)


@pytest.mark.parametrize(("text", "order", "expected"), [
    ("2026-11-21T10:00:00Z", None, "2026-11-21T10:00"), ("2026-11-21T10:00:00.000+0000", None, "2026-11-21T10:00"),
    ("2026-11-21 10:00", None, "2026-11-21T09:00"), ("2026/11/21 10:00:30", None, "2026-11-21T09:00:30"),
    ("2026-07-21 10:00", None, "2026-07-21T08:00"), ("2026-11-21 10:00+05:30", None, "2026-11-21T04:30"),
    ("21/11/2026 10:00", DAY_FIRST, "2026-11-21T09:00"), ("11/21/2026 10:00", MONTH_FIRST, "2026-11-21T09:00"),
    ("3/4/2026 3:04 PM", MONTH_FIRST, "2026-03-04T14:04"), ("3/4/2026, 12:04 AM", DAY_FIRST, "2026-04-02T22:04"),
    ("21.11.2026, 10:00", None, "2026-11-21T09:00"), ("3-4-26 10:00", DAY_FIRST, "2026-04-03T08:00"),
    ("Nov 21, 2026 10:00", None, "2026-11-21T09:00"), ("21-Nov-2026 10:00", None, "2026-11-21T09:00"),
    ("21 November 2026 10:00 GMT+1", None, "2026-11-21T09:00"), ("2026-11-21 10:00 UTC", None, "2026-11-21T10:00"),
    ("46347.5", None, "2026-11-21T11:00"), ("46347,5", None, "2026-11-21T11:00"),
    ("1795255200000", None, "2026-11-21T10:00"), ("1795255200", None, "2026-11-21T10:00"),
])
def test_a_time_is_read_in_every_way_it_is_written(text, order, expected):
    assert read_moment(text, clock(order)).at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "31.4.2026", "yesterday", "25:00", "2026-11-21 25:00", "2026-11-21 13:00 PM",
                                  "12", "2026-11-21 10:00 EST", "32/1/2026", "2026-11-21T10:00:00+19:00", "21. Mond 2026",
                                  "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "0000-01-01", ""])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NotReadable):
        read_moment(text, clock(DAY_FIRST))


def test_a_plain_day_begins_at_midnight_and_ends_a_second_before_the_next():
    assert read_moment("2026-11-21", clock()).at == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert read_moment("2026-11-21", clock(), day="end").at == datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)
    assert read_moment("2026-11-21", clock(day_zone=ZoneInfo("UTC"))).at == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-21 10:00", "2026-11-21", "21.11.2026", "46347.5"])
def test_without_a_time_zone_a_naive_time_is_refused(text):
    with pytest.raises(NoZone, match="no time zone is stated"):
        read_moment(text, clock(time_zone=None))


def test_a_time_with_its_offset_needs_no_zone():
    assert read_moment("2026-11-21T10:00:00Z", clock(time_zone=None)).how == "offset"


def test_the_order_of_day_and_month_is_told_by_the_file_or_refused():
    assert evidence_of(["3/4/2026", "21/4/2026"]).order == DAY_FIRST
    assert evidence_of(["3/4/2026", "4/21/2026"]).order == MONTH_FIRST
    assert evidence_of(["3/4/2026", "13.4.2026"]).order is None
    assert evidence_of(["21/4/2026", "4/21/2026"]).order is None
    with pytest.raises(NoOrder):
        read_moment("3/4/2026", clock())
    assert read_moment("4/4/2026", clock()).at.date() == date(2026, 4, 3)


def test_times_that_a_change_of_clocks_makes_double_or_impossible_are_marked():
    double, impossible = read_moment("2026-10-25 02:30", clock()), read_moment("2026-03-29 02:30", clock())
    assert (double.shifted, double.at.hour) == (True, 0) and (impossible.shifted, impossible.at.hour) == (True, 1)
    assert not read_moment("2026-10-25 12:30", clock()).shifted


def test_a_day_is_the_day_in_the_zone_of_days():
    assert read_day("2026-11-21T23:30:00Z", clock()) == date(2026, 11, 22)
    assert read_day("21/11/2026 23:30", clock(DAY_FIRST)) == date(2026, 11, 21)
