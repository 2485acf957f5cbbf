"""The calendar day where an item is: of the moment it is decided at, and of instants that its dates were given as."""
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from rules.book.schema import RuleBook
from rules.caching import cached_per_instance
from rules.intake.location import time_zones
from rules.model import Moment, WorkItem, local_day
from rules.refdata.times import parse_local_day


@cached_per_instance
def dates_of(book: RuleBook) -> tuple[str, ...]:
    """The attributes that hold days."""
    return tuple(name for name, attribute in book.attributes.items() if attribute.type == "date")


def today_of(item: WorkItem, book: RuleBook, at: Moment) -> date:
    """The day of a moment where the item is; in UTC for a book that asks no day of its items."""
    return _day_at(at.at, time_zones(item, book)) if dates_of(book) else at.at.date()


def with_local_days(item: WorkItem, book: RuleBook) -> WorkItem:
    """The item with each date that was given as an instant as the day of that instant where the item is."""
    instants = {name: moment for name in dates_of(book) if (fact := item.facts.get(name)) and isinstance(fact.raw, str)
                and isinstance(moment := parse_local_day(fact.raw.strip()), datetime)}
    if not instants:
        return item
    zones = time_zones(item, book)
    days = {name: replace(item.facts[name], value=_day_at(moment, zones).isoformat()) for name, moment in instants.items()}
    return replace(item, facts={**item.facts, **days})


def _day_at(at: datetime, zones: Iterable[str]) -> date:
    """Where the zones that an item may be in do not agree, or none is known, it is the day in UTC."""
    if not date.min < at.date() < date.max:
        return at.date()
    days = {local_day(at, name) for name in zones}
    return days.pop() if len(days) == 1 else local_day(at, "UTC")
