"""Where an item is, as precisely as known: its point on the map and the time zones it may be in."""

from rules.book.schema import RuleBook, attribute_of_type
from rules.caching import cached_per_instance
from rules.model import Directory, WorkItem
from rules.refdata.time_zones import _zones_by_country, _zones_by_state, is_zone, us_place


@cached_per_instance
def knows_places(directory: Directory) -> bool:
    """Whether any owner has a place, so that an item's place matters."""
    return any(owner.latitude is not None for owner in directory.owners.values())


def _solid(item: WorkItem, name: str | None) -> str | None:
    """An attribute's text, unless it rests on evidence too weak to decide by."""
    fact = item.facts.get(name) if name else None
    return fact.value if fact is not None and fact.trust != "low" and isinstance(fact.value, str) else None


def time_zones(item: WorkItem, book: RuleBook) -> frozenset[str]:
    """Every time zone the item may be in: its own, else by the most precise place known; empty where no place is known."""
    for name in (attribute_of_type(book, "time_zone"), "time_zone"):
        own = _solid(item, name)
        if own is not None and is_zone(own):
            return frozenset({own})
    country = _solid(item, attribute_of_type(book, "country"))
    if country is None:
        return frozenset()
    if country == "US":
        postal = _solid(item, attribute_of_type(book, "postal"))
        place = us_place(postal) if postal else None
        if place is not None:
            return frozenset({place.time_zone})
        state = _solid(item, attribute_of_type(book, "subdivision"))
        if state is not None and state in _zones_by_state():
            return _zones_by_state()[state]
    return _zones_by_country().get(country, frozenset())


def point_of(item: WorkItem) -> tuple[float, float] | None:
    """Latitude and longitude of the item, None where not both are known."""
    latitude, longitude = item.number("latitude"), item.number("longitude")
    return None if latitude is None or longitude is None else (latitude, longitude)
