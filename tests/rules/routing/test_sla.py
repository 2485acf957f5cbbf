"""SLA: due times and escalations on both clocks, held against a clock that counts every minute."""
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book.schema import Escalation, SlaPolicy
from rules.directory.files import load_directory
from rules.refdata.holiday_calendars import holiday_calendar
from rules.refdata.working_hours import parse_working_hours
from rules.refdata.working_time import Calendar, SharedCalendar
from rules.routing.sla import ALWAYS_AT_WORK, DueStep, business_calendar, due_at, escalations
from tests.rules.wall_clock import minutes_later, reads_working
from tests.strength import slice_of, sliced

#: Zones with the days around which their clocks change: by an hour, by half an hour, at midnight, not at all, by a day.
CLOCK_CHANGES = {
    "Europe/Berlin": (date(2026, 3, 28), date(2026, 10, 24)), "America/New_York": (date(2026, 3, 7), date(2026, 10, 31)),
    "Australia/Lord_Howe": (date(2026, 4, 4), date(2026, 10, 3)), "Africa/Cairo": (date(2026, 4, 23), date(2026, 10, 29)),
    "Asia/Kolkata": (date(2026, 1, 25),), "Pacific/Apia": (date(2011, 12, 29),)}
HOURS = ("Mon-Fri 09:00-17:30", "Mon-Thu 08:00-12:00;Mon-Thu 13:00-17:00;Fri 08:00-14:15", "Mon-Sun 22:00-06:00",
         "Sat,Sun 01:15-02:45;Sun 02:10-03:20", "Mon-Sun 00:00-24:00", "Fri 20:00-19:59", "")
HOLIDAYS = {"Europe/Berlin": "DE-BY", "America/New_York": "US", "Asia/Kolkata": "IN"}


def policy(within: timedelta = timedelta(hours=4), clock: str = "business", *steps: Escalation) -> SlaPolicy:
    return SlaPolicy(id="p", respond_within=within, clock=clock, escalate=steps)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(hours: str = "Mon-Fri 09:00-17:00", zone: str = "UTC", holidays: str | None = None) -> Calendar:
    return Calendar(zone, parse_working_hours(hours), holidays)


@st.composite
def situations(draw):
    """A calendar, its naive reading, and a moment near a change of its clock."""
    zone = draw(st.sampled_from(sorted(CLOCK_CHANGES)))
    day, hours = draw(st.sampled_from(CLOCK_CHANGES[zone])), draw(st.sampled_from(HOURS))
    code = HOLIDAYS.get(zone) if draw(st.booleans()) else None
    off = frozenset(day + timedelta(days=n) for n in range(-10, 90)
                    if code and day + timedelta(days=n) in holiday_calendar(code))
    blocks = parse_working_hours(hours)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(-1440, 3600)))
    return calendar(hours, zone, code), (lambda moment: reads_working(moment, zone, blocks, off)), start


@sliced
@settings(max_examples=slice_of(300, 100), deadline=None)
@given(situations(), st.integers(1, 400))
def test_business_time_is_what_counting_every_minute_gives(situation, minutes):
    working, reads, start = situation
    assert due_at(policy(timedelta(minutes=minutes)), start, working) == minutes_later(start, minutes, reads)


@settings(max_examples=300, deadline=None)
@given(situations(), st.integers(0, 4000))
def test_the_time_used_is_what_counting_every_minute_gives(situation, minutes):
    working, reads, start = situation
    now = start + timedelta(minutes=minutes)
    counted = sum(reads(start + timedelta(minutes=n)) for n in range(minutes))
    assert timedelta(minutes=working.working_minutes_between(start, now)) == timedelta(minutes=counted)


@settings(max_examples=200, deadline=None)
@given(situations(), st.integers(1, 10_000_000_000), st.integers(0, 59_999_999))
def test_at_the_due_time_exactly_the_promise_is_used_up_and_an_instant_before_it_is_not(situation, micro, offset):
    working, _, start = situation
    within, start = timedelta(microseconds=micro), start + timedelta(microseconds=offset)
    due = due_at(policy(within), start, working)
    spent = timedelta(minutes=working.working_minutes_between(start, due))
    assert abs(spent - within) <= timedelta(microseconds=1)
    assert working.is_working(due - timedelta(microseconds=1))


@settings(max_examples=100, deadline=None)
@given(situations(), st.integers(0, 600), st.integers(1, 600))
def test_a_later_start_is_never_due_earlier(situation, later, minutes):
    working, _, start = situation
    promise = policy(timedelta(minutes=minutes))
    assert due_at(promise, start, working) <= due_at(promise, start + timedelta(minutes=later), working)


@settings(max_examples=100, deadline=None)
@given(situations(), st.integers(1, 100_000))
def test_elapsed_time_never_stops(situation, minutes):
    working, _, start = situation
    assert due_at(policy(timedelta(minutes=minutes), "elapsed"), start, working) == start + timedelta(minutes=minutes)


@sliced
@settings(max_examples=slice_of(60, 8), deadline=None)
@given(situations(), situations(), st.integers(1, 300))
def test_a_team_works_while_anybody_in_it_does(one, other, minutes):
    (first, reads, start), (second, also_reads, _) = one, other
    together = SharedCalendar([first, second])
    assert due_at(policy(timedelta(minutes=minutes)), start, together) == minutes_later(
        start, minutes, lambda moment: reads(moment) or also_reads(moment))


@pytest.mark.parametrize(("start", "within", "due"), [
    ("2026-05-04T10:00", timedelta(hours=4), "2026-05-04T14:00"),
    ("2026-05-04T13:00", timedelta(hours=4), "2026-05-04T17:00"),            # at the end of the day, not the next morning
    ("2026-05-04T13:00:01", timedelta(hours=4), "2026-05-05T09:00:01"),
    ("2026-05-08T16:50", timedelta(minutes=15), "2026-05-11T09:05"),         # over the weekend
    ("2026-05-09T12:00", timedelta(minutes=15), "2026-05-11T09:15"),         # outside hours the clock waits
    ("2026-05-04T09:00", timedelta(days=1), "2026-05-06T17:00"),             # P1D is 24 hours of work, not one working day
])
def test_a_reply_is_due_when_so_much_working_time_has_passed(start, within, due):
    assert due_at(policy(within), at(start), calendar()) == at(due)


def test_the_clock_stands_still_on_a_holiday():
    thursday_before = at("2026-12-24T16:00")
    assert due_at(policy(timedelta(hours=2)), thursday_before, calendar(holidays="DE-BY")) == at("2026-12-28T10:00")


def test_escalations_come_in_the_order_of_time_on_the_same_clock():
    promise = policy(timedelta(minutes=15), "business", Escalation(after=timedelta(minutes=10), do="notify_manager"),
                     Escalation(after=timedelta(minutes=75), do="reoffer"))
    assert escalations(promise, at("2026-05-04T16:50"), calendar()) == (
        DueStep(due_at=at("2026-05-04T17:00"), do="notify_manager"), DueStep(due_at=at("2026-05-05T10:05"), do="reoffer"))
    moments = [step.due_at for step in escalations(promise, at("2026-05-04T16:50"), ALWAYS_AT_WORK)]
    assert moments == [at("2026-05-04T17:00"), at("2026-05-04T18:05")] and all(a < b for a, b in pairwise(moments))


def test_nothing_is_promised_that_ten_years_of_work_do_not_reach():
    once_a_week = calendar("Mon 09:00-09:01")
    assert due_at(policy(timedelta(hours=4)), at("2026-05-04T10:00"), once_a_week) is not None
    assert due_at(policy(timedelta(days=30)), at("2026-05-04T10:00"), once_a_week) is None


OWNERS = """owner_id,kind,time_zone,working_hours
early,person,UTC,Mon-Fri 06:00-10:00
late,person,UTC,Mon-Fri 14:00-18:00
desk,queue,UTC,Mon-Fri 11:00-12:00
always,person,UTC,
"""
MEMBERS = "owner_id,team\nearly,pair\nlate,pair\ndesk,pair\nalways,open\nearly,open\ndesk,watched\n"


@pytest.mark.parametrize(("owner_id", "team", "due"), [
    ("early", "pair", "2026-05-05T07:00"),                                   # the chosen owner's own hours
    ("late", "pair", "2026-05-04T15:00"),
    ("desk", "pair", "2026-05-04T12:00"),                                    # a queue's own row
    (None, "pair", "2026-05-04T15:00"),                                      # waiting in a team: whoever of it is at work
    (None, "open", "2026-05-04T12:00"),
    (None, "watched", "2026-05-04T12:00"),                                   # nobody keeps hours: the clock never stops
    (None, "unknown", "2026-05-04T12:00"),
])
def test_the_business_clock_is_that_of_whoever_has_the_item(owner_id, team, due):
    folk = load_directory({"owners.csv": OWNERS, "memberships.csv": MEMBERS})
    working = business_calendar(folk, owner_id=owner_id, team=team)
    assert due_at(policy(timedelta(hours=1)), at("2026-05-04T11:00"), working) == at(due)
