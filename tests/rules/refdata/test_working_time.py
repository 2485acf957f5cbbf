"""Working time: zones, blocks, nights, holidays, clock changes."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Owner
from rules.refdata.working_hours import parse_working_hours
from rules.refdata.working_time import HORIZON_MINUTES, calendar_of, minutes_until_working
from tests.rules.wall_clock import reads_working


def owner(hours: str = "", zone: str = "Europe/Berlin", holidays: str | None = None) -> Owner:
    return Owner(owner_id="o", kind="person", time_zone=zone, working_hours=parse_working_hours(hours), holidays=holidays)


def is_working(who: Owner, moment: datetime) -> bool:
    return calendar_of(who).is_working(moment)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_minutes_count_to_the_next_start_over_a_weekend():
    friday_evening = at("2026-05-08T16:00")
    assert minutes_until_working(owner("Mon-Fri 09:00-17:30"), friday_evening) == (8 + 48 + 7) * 60
    assert minutes_until_working(owner("Mon-Fri 09:00-17:30"), at("2026-05-08T10:00")) == 0


def test_minutes_stop_at_fourteen_days():
    resting = owner("Mon 09:00-10:00", holidays="DE-BY")
    assert minutes_until_working(owner("Mon 09:00-10:00"), at("2026-05-04T08:00")) < HORIZON_MINUTES
    days_off = {datetime(2026, 4, 6).date(), datetime(2026, 5, 25).date()}                # Easter and Whit Monday
    assert all(not is_working(resting, datetime(d.year, d.month, d.day, 7, 30, tzinfo=UTC)) for d in days_off)
    assert minutes_until_working(resting, at("2026-05-18T09:00")) == 14 * 1440 - 120


def test_without_hours_work_never_stops_and_a_holiday_still_does():
    assert is_working(owner(), at("2026-12-25T03:00"))
    assert not is_working(owner(holidays="DE-BY"), at("2026-12-25T03:00"))


def test_a_clock_change_moves_the_working_day_with_the_wall_clock():
    early = owner("Mon-Sun 09:00-17:00")
    assert is_working(early, at("2026-03-28T08:00")) and not is_working(early, at("2026-03-28T07:59"))
    assert is_working(early, at("2026-03-29T07:00")) and not is_working(early, at("2026-03-29T15:00"))


def test_working_minutes_between_two_moments_skip_the_nights():
    calendar = calendar_of(owner("Mon-Fri 09:00-17:00", zone="UTC"))
    assert calendar.working_minutes_between(at("2026-05-07T16:00"), at("2026-05-08T10:00")) == 120


HOURS = ("Mon-Fri 09:00-17:30", "Mon-Sun 22:00-06:00", "Sat 00:00-24:00;Mon 12:00-13:00", "Wed 06:00-05:59", "")


#: Around the days on which clocks change: ordinary hours, hours inside the hour that is skipped or shown twice, nights.
EDGES = ("Sun 02:00-03:00", "Sat,Sun 02:30-06:00", "Sun 01:00-02:30", "Sat 22:00-06:00", "Sun 01:59-02:01;Sun 02:40-03:10")
CHANGES = {"Europe/Berlin": ("2026-03-29", "2026-10-25"), "America/New_York": ("2026-03-08", "2026-11-01"),
           "Australia/Lord_Howe": ("2026-04-05", "2026-10-04")}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOURS), st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"]),
       st.integers(0, 60 * 24 * 40))
def test_working_equals_a_reading_of_the_wall_clock(hours, zone, minute):
    moment = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minute)
    who = owner(hours, zone)
    assert is_working(who, moment) == reads_working(moment, zone, who.working_hours)
    wait = minutes_until_working(who, moment)
    assert (wait == 0) == is_working(who, moment)
    if 0 < wait < HORIZON_MINUTES:
        assert is_working(who, moment + timedelta(minutes=wait))
        assert not is_working(who, moment + timedelta(minutes=wait - 1))


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in CHANGES.items() for day in days])
@pytest.mark.parametrize("hours", [*EDGES, *HOURS])
def test_every_minute_of_a_clock_change_reads_as_the_wall_clock(zone, day, hours):
    who = owner(hours, zone)
    for minute in range(-1440, 2880):
        moment = at(day) + timedelta(minutes=minute)
        assert is_working(who, moment) == reads_working(moment, zone, who.working_hours), moment


def test_an_hour_that_is_skipped_is_not_worked_and_one_shown_twice_is_worked_twice():
    nights = calendar_of(owner("Sun 02:00-03:00"))
    assert nights.working_minutes_between(at("2026-03-28T12:00"), at("2026-03-29T12:00")) == 0
    assert nights.working_minutes_between(at("2026-10-24T12:00"), at("2026-10-25T12:00")) == 120
