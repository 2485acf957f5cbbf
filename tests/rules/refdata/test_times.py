"""Instants and days as text: one reader, strict as RFC 3339 is, and one writer."""
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from rules.refdata.times import NotReadable, format_instant, format_moment, parse_day, parse_day_or_instant, parse_instant

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-21T10:00:00Z", "2026-11-21t10:00:00z", "2026-11-21 11:00:00+01:00",
                                  "2026-11-21T10:00Z", "2026-11-21T10:00:00.000Z"])
def test_an_instant_is_read_in_utc(text):
    assert parse_instant(text) == TEN and parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(("text", "reason"), [
    ("2026-11-21T11:00:00+0100", "the offset has no colon"), ("2026-11-21T10:00:00", "the time has no offset"),
    ("2026-11-21", "not a time"), ("2026-11-21T11:00:00+01", "not a time"), ("2026-02-30T10:00:00Z", "no such time"),
    ("٢٠٢٦-11-21T10:00:00Z", "not a time"), ("0001-01-01T00:00:00+01:00", "no such time"), ("", "not a time")])
def test_what_is_no_instant_is_told_why(text, reason):
    with pytest.raises(NotReadable) as refused:
        parse_instant(text)
    assert refused.value.message == reason


@pytest.mark.parametrize("parse", [parse_instant, parse_day_or_instant])
def test_an_offset_without_its_colon_is_written_out_as_it_should_be(parse):
    with pytest.raises(NotReadable) as refused:
        parse("2026-11-21T11:00:00-0530")
    assert refused.value.expected == "`2026-11-21T11:00:00-05:30`"


def test_a_day_is_read_where_days_may_stand():
    assert parse_day("2026-11-21") == parse_day_or_instant("2026-11-21") == date(2026, 11, 21)
    for text in ("20261121", "2026-W47-6", "2026-02-30"):
        with pytest.raises(NotReadable):
            parse_day(text)


def test_an_instant_is_written_in_utc_with_a_z():
    there = TEN.astimezone(timezone(timedelta(hours=5)))
    assert format_instant(there) == "2026-11-21T10:00:00Z"
    assert format_instant(there.replace(microsecond=5)) == "2026-11-21T10:00:00.000005Z"
    assert format_instant(there.replace(microsecond=5), "seconds") == "2026-11-21T10:00:00Z"


def test_a_day_stays_a_day_and_no_moment_stays_none():
    assert [format_moment(moment) for moment in (TEN, TEN.date(), None)] == ["2026-11-21T10:00:00Z", "2026-11-21", None]
