"""Availability: dates turned into seconds say the same as the calendar, and teams are gone through by them."""
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.model import Moment, Owner, Span
from rules.refdata.working_time import calendar_of
from rules.routing.availability import inside, judge_absence, judge_active, outside, overloaded, presence_of, resting, stretch_of
from rules.workload import CountedWorkloads, Workload
from tests.rules.example import MONDAY, directory, the_directory

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns")
#: Around the days on which clocks change, also at midnight (Cairo) and across the date line (Apia).
DAYS = st.sampled_from([date(2011, 12, 29), date(2011, 12, 30), date(2026, 3, 29), date(2026, 4, 24), date(2026, 10, 25),
                        date(2026, 10, 29), date(2026, 11, 1), date(2026, 6, 1)])
INSTANTS = st.builds(lambda day, minute: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
                     DAYS, st.integers(-1500, 2900))
BOUNDS = st.one_of(st.none(), DAYS, INSTANTS)


@settings(max_examples=400, deadline=None)
@given(BOUNDS, BOUNDS, INSTANTS, st.sampled_from(ZONES))
def test_a_span_in_seconds_covers_what_the_span_covers(starts, ends, at, zone_name):
    span = Span(starts=starts, ends=ends)
    start, end = stretch_of(span, zone_name)
    assert (start <= at.timestamp() < end) == span.covers(at, zone_name)


def test_a_team_is_split_by_dates_as_its_members_one_by_one():
    folk = the_directory()
    owners, presence = list(folk.owners.values()), presence_of(folk)
    for days in range(-60, 60):
        at = Moment(at=MONDAY + timedelta(days=days, hours=days))
        second = at.at.timestamp()
        assert outside(owners, presence.active, second) == [o for o in owners if not judge_active(o, at).eligible]
        assert inside(owners, presence.absent, second) == [
            o for o in owners if not judge_absence(folk.absences.get(o.owner_id, ()), o, at).eligible]
        assert resting(owners, presence.calendars, at.at) == [o for o in owners if not calendar_of(o).is_working(at.at)]


def test_what_is_kept_of_a_directory_goes_with_it():
    first, second = directory(), directory(absences="owner_id,from\n")
    assert "eve" in presence_of(first).absent and "eve" not in presence_of(second).absent
    assert presence_of(first) is presence_of(first)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["lead", "case", "renewal"]), st.integers(0, 40)),
       st.dictionaries(st.sampled_from(["lead", "case", "renewal"]), st.integers(0, 50)), st.integers(0, 400))
def test_what_items_weigh_in_tenths_is_held_against_the_ceiling_exactly(carried, tenths, ceiling):
    weights = {kind: weight / 10 for kind, weight in tenths.items()}
    owner = Owner(owner_id="o", kind="person", max_load=ceiling / 10)
    exactly = sum(tenths.get(kind, 10) * count for kind, count in carried.items())
    for kind in ("lead", "case", "renewal"):
        over = overloaded([owner], kind, weights, CountedWorkloads(others=Workload(by_kind=carried)))
        assert ("o" in over) == (exactly + tenths.get(kind, 10) > ceiling)
