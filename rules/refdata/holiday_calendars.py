"""Holiday calendars by code: `US`, `DE-BY`, `HK+optional`; and the ordinary days off that a calendar lacks."""
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rules.refdata.times import NotReadable

_EXPECTED = "a country code, country and region such as `DE-BY`, or with further days off such as `HK+optional`"
#: Kinds of days that many have off although no law gives them to everybody.
_USUAL = ("bank", "de_facto", "optional")
#: A kind with more days a year is a list that each employer picks from.
_MOST_A_YEAR = 10


@lru_cache(maxsize=256)
def holiday_calendar(code: str):
    """The days off of a calendar code such as `DE-BY`, `US` or `HK+optional`; NotReadable for an unknown one."""
    import holidays  # about 0.1 s: only where a calendar is named

    place, *further = code.split("+")
    country, _, subdivision = place.partition("-")
    try:
        public = holidays.country_holidays(country, subdiv=subdivision or None)
        unknown = sorted(set(further).difference(public.supported_categories))
        if unknown:
            raise NotReadable("unknown kind of holidays", f"one of {', '.join(sorted(public.supported_categories))}")
        return public if not further else holidays.country_holidays(
            country, subdiv=subdivision or None, categories=(*public.categories, *further))
    except NotImplementedError:
        raise NotReadable("unknown holiday calendar", _EXPECTED) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarGap:
    """Days off that a calendar lacks, the first by its name, and a code that has them."""

    better: str
    days: tuple[date, ...]
    name: str


@lru_cache(maxsize=256)
def gaps_of(code: str, years: tuple[int, ...]) -> tuple[CalendarGap, ...]:
    """What a calendar leaves out that most regions of its country, or one of its kinds of usual days, have off.

    A code that says its further days (`HK+optional`, `HK+public`) is meant as it is.

    >>> [(gap.better, gap.name) for gap in gaps_of("HK", (2026,))]
    [('HK+optional', 'Good Friday')]
    """
    if "+" in code:
        return ()
    return tuple(filter(None, (_of_regions(code, years), *_of_kinds(code, years))))


def _of_regions(code: str, years: tuple[int, ...]) -> CalendarGap | None:
    own = holiday_calendar(code)
    regions = [region for region in own.subdivisions if "-" not in code]
    days: Counter[date] = Counter()
    having: dict[date, str] = {}
    for region in regions:
        for day in _days_of(f"{code}-{region}", years):
            if day not in own:
                days[day] += 1
                having.setdefault(day, region)
    usual = [day for day in sorted(days) if 2 * days[day] >= len(regions)]
    return _gap(usual, f"{code}-{having[usual[0]]}") if usual else None


def _of_kinds(code: str, years: tuple[int, ...]) -> Iterator[CalendarGap | None]:
    own = holiday_calendar(code)
    for kind in sorted(set(_USUAL).intersection(own.supported_categories) - set(own.categories)):
        days = [day for day in _days_of(f"{code}+{kind}", years) if day not in own]
        if 0 < len(days) <= _MOST_A_YEAR * len(years):
            yield _gap(days, f"{code}+{kind}")


def _gap(days: list[date], better: str) -> CalendarGap:
    return CalendarGap(better=better, days=tuple(days), name=holiday_calendar(better)[days[0]])


def _days_of(code: str, years: Iterable[int]) -> list[date]:
    calendar = holiday_calendar(code)
    return [day for year in years for day in sorted(calendar[f"{year}-01-01":f"{year}-12-31"])]
