"""Where an item is, as precisely as known: its point on the map and the time zones it may be in."""
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rules.book.format import Attribute, RuleBook
from rules.remembered import once_per
from rules.vocabulary import Directory, WorkItem

#: The name an attribute of a type usually has; it is preferred where a book declares several of the type.
_USUAL_NAMES = {"country": "country", "subdivision": "state", "postal": "postal_code", "account_ref": "account"}


@dataclass(frozen=True, kw_only=True, slots=True)
class UsPlace:
    """What a US postal code says."""

    state: str
    latitude: float
    longitude: float
    time_zone: str


def attribute_of_type(book: RuleBook, kind: str) -> str | None:
    """The attribute that says an item's country, subdivision, postal code or account."""
    return named_for(book.attributes, kind)


def named_for(attributes: Mapping[str, Attribute], kind: str) -> str | None:
    """Which of a book's attributes says an item's country, subdivision, postal code or account."""
    names = [name for name, attribute in attributes.items() if attribute.type == kind]
    usual = _USUAL_NAMES[kind]
    return usual if usual in names else names[0] if names else None


@once_per
def knows_places(directory: Directory) -> bool:
    """Whether any owner has a place, so that an item's place matters."""
    return any(owner.latitude is not None for owner in directory.owners.values())


@lru_cache(maxsize=1)
def _us_places() -> dict[str, UsPlace]:
    """US postal code -> place; about a second, once, and only where a postal code must be placed.

    A record whose time zone is none (one names its town) is left out.
    """
    import zipcodes

    places = {
        record["zip_code"]: UsPlace(state=record["state"], latitude=float(record["lat"]),
                                    longitude=float(record["long"]), time_zone=record["timezone"])
        for record in zipcodes.list_all() if record["lat"] and record["long"] and record["timezone"] in _known_zones()
    }
    zipcodes._zips_cache = None                                   # its 42,000 records take 140 MB; four fields stay
    return places


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def us_place(postal: str) -> UsPlace | None:
    """The place of a five-digit US postal code, None for an unknown one."""
    return _us_places().get(postal)


@lru_cache(maxsize=1)
def _zones_by_state() -> dict[str, frozenset[str]]:
    zones: dict[str, set[str]] = {}
    for place in _us_places().values():
        zones.setdefault(place.state, set()).add(place.time_zone)
    return {state: frozenset(names) for state, names in zones.items()}


@lru_cache(maxsize=1)
def _zones_by_country() -> dict[str, frozenset[str]]:
    zones: dict[str, set[str]] = {}
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            zones.setdefault(country, set()).add(name)
    return {country: frozenset(names) for country, names in zones.items()}


@lru_cache(maxsize=1)
def _countries_by_zone() -> dict[str, str]:
    return {name: country for country, names in _zones_by_country().items() for name in names}


def country_of_zone(name: str) -> str | None:
    """The country that a time zone lies in (`US` for `America/New_York`), None for `UTC` and for names of old."""
    return _countries_by_zone().get(name)


def _solid(item: WorkItem, name: str | None) -> str | None:
    """An attribute's text, unless it rests on evidence too weak to decide by."""
    fact = item.facts.get(name) if name else None
    return fact.value if fact is not None and fact.trust != "low" and isinstance(fact.value, str) else None


def time_zones(item: WorkItem, book: RuleBook) -> frozenset[str]:
    """Every time zone the item may be in, by the most precise place known; empty where no place is known."""
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
