"""Dates: items whose days rules tell apart, at every moment that a proof is about.

What is asked from today and what is asked of the calendar are two coordinates of a date: at some moment they go together
in any way. Attributes of which rules ask both are one family, as there is one today for all of them; each of its records
says on which day it is decided.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import inf

from rules.book.cell_types import Attribute, Cell, Range
from rules.model import Value
from rules.refdata.days import Days
from rules.regions.boxes import NotProved, mask_of
from rules.regions.records import Family, Record
from rules.regions.values import masks_of

#: Under this name a record says the day of its decision.
TODAY = "today?"
#: Past so many records of dates that are bound together nothing is claimed.
MOST_RECORDS = 50_000
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """The days on which decisions are looked at; None = without end. Examples are of `shown` where they may be."""

    first: date | None = None
    last: date | None = None
    shown: date = date(2030, 1, 1)

    @property
    def span(self) -> tuple[float, float]:
        """Both ends as numbers of days."""
        return (_FIRST if self.first is None else self.first.toordinal(), _LAST if self.last is None else self.last.toordinal())


class FromToday(int):
    """A date as so many days from the day of the decision, whichever it is."""


@dataclass(frozen=True, kw_only=True)
class DateFamily(Family):
    """Dates with their records."""

    drawn: Sequence[Record]

    def records(self) -> list[Record]:
        """Every sort, those that say little first."""
        return sorted(self.drawn, key=len)

    def read(self, record: Record, name: str, book: int) -> Value | None:
        """The day that a record says."""
        return record.get(name) if name in self.declared[book] else None


#: A stretch of days, both ends in.
_Stretch = tuple[float, float]
#: The stretches of a date from today, and those of the calendar.
_Ways = tuple[list[_Stretch], list[_Stretch]]


def date_families(
    names: Iterable[str], declared: tuple[Mapping[str, Attribute], ...], cells: Mapping[str, Iterable[Cell]], moments: Moments,
    ends: Iterable[date],
) -> Iterator[DateFamily]:
    """The families of the attributes that are dates; NotProved where too many are bound together.

    `ends`: the last days of exceptions, which tell the days of decision apart.
    """
    bound: dict[str, _Ways] = {}
    for name in names:
        spans = [span for cell in cells[name] for span in cell.days]
        from_today, of_calendar = ([span for span in spans if span.from_today is own] for own in (True, False))
        offsets, days = _stretches(from_today), _stretches(of_calendar, (_FIRST, _LAST))
        if from_today and moments.first == moments.last is not None:
            yield _family([name], declared, list(_bound({name: (offsets, days)}, [moments.span], moments)))
        elif from_today and of_calendar:
            bound[name] = (offsets, days)
        elif from_today:
            yield _family([name], declared, [{}, *({name: FromToday(_near(0, each))} for each in offsets)])
        else:
            shown = moments.shown.toordinal()
            yield _family([name], declared, [{}, *({name: _day(_near(shown, each))} for each in days)])
    if bound:
        todays = _stretches([Days(high=end.toordinal()) for end in ends], moments.span)
        yield _family(list(bound), declared, list(_bound(bound, todays, moments)))


def _family(names: Sequence[str], declared: tuple[Mapping[str, Attribute], ...], drawn: Sequence[Record]) -> DateFamily:
    return DateFamily(root=names[0], names=frozenset(names), declared=declared, values={}, codes={}, drawn=drawn)


def _stretches(spans: Sequence[Days], within: _Stretch = (-inf, inf)) -> list[_Stretch]:
    """Days that no span tells apart, in order, without an empty stretch."""
    starts = sorted({within[0], *(span.low for span in spans if span.low is not None and within[0] < span.low <= within[1]),
                     *(span.high + 1 for span in spans if span.high is not None and within[0] <= span.high < within[1])})
    return [(low, after - 1) for low, after in pairwise([*starts, within[1] + 1])]


def _near(wanted: float, stretch: _Stretch) -> int:
    return int(min(max(wanted, stretch[0]), stretch[1]))


def _day(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _bound(names: Mapping[str, _Ways], days: Sequence[_Stretch], moments: Moments) -> Iterator[Record]:
    """Every way in which dates may lie to today and in the calendar at once."""
    found: list[tuple[dict[str, tuple[_Stretch, _Stretch] | None], _Stretch]] = [({}, each) for each in days]
    for name, (from_today, of_calendar) in names.items():
        ways = [(offset, day) for offset in from_today for day in of_calendar]
        found = [({**chosen, name: way}, todays) for chosen, before in found for way in (None, *ways)
                 if (todays := before if way is None else _meet(before, _todays(*way)))]
        if len(found) > MOST_RECORDS:
            raise NotProved(f"rules tell more than {MOST_RECORDS:,} items apart by days from today and of the calendar")
    for chosen, todays in found:
        today = _near(moments.shown.toordinal(), todays)
        yield {TODAY: _day(today), **{
            name: _day(_near(_near(today, (today + low, today + high)), day)) for name, way in chosen.items() if way
            for (low, high), day in [way]}}


def _todays(offset: _Stretch, day: _Stretch) -> _Stretch:
    """The days from which some day of the calendar lies so far."""
    return day[0] - offset[1], day[1] - offset[0]


def _meet(one: _Stretch, other: _Stretch) -> _Stretch | None:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def masks_of_days(records: Sequence[Record], family: Family, name: str, book: int, cells: Sequence[Cell]) -> list[int]:
    """Per cell the records that it admits, as bits."""
    of_calendar: dict[Value | None, list[int]] = {}
    from_today: dict[Value | None, list[int]] = {}
    for place, record in enumerate(records):
        value = family.read(record, name, book)
        if isinstance(value, FromToday):
            from_today.setdefault(int(value), []).append(place)
        elif value is None:
            of_calendar.setdefault(None, []).append(place)
        else:
            number = date.fromisoformat(str(value)).toordinal()
            of_calendar.setdefault(number, []).append(place)
            if TODAY in record:
                from_today.setdefault(number - date.fromisoformat(str(record[TODAY])).toordinal(), []).append(place)
    dated, counted = ({value: mask_of(places) for value, places in own.items()} for own in (of_calendar, from_today))
    on_days = masks_of(dated, "number", [_ranges(cell, from_today=False) for cell in cells], {})
    in_days = masks_of(counted, "number", [_ranges(cell, from_today=True) for cell in cells], {})
    return [one | other for one, other in zip(on_days, in_days, strict=True)]


def decided_by(records: Sequence[Record], last: date) -> int:
    """The records that are decided on a day or before, as bits; all that do not say when."""
    return mask_of([place for place, record in enumerate(records) if str(record.get(TODAY, "")) <= last.isoformat()])


def _ranges(cell: Cell, *, from_today: bool) -> Cell:
    """What a cell asks of one of the two coordinates, as numbers."""
    return Cell(attribute=cell.attribute, missing=cell.missing, ranges=tuple(
        Range(low=span.low, high=span.high) for span in cell.days if span.from_today is from_today))
