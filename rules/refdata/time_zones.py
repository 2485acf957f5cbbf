"""Time zones of places: of a US postal code, a state, a country; and the country of a zone."""
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, kw_only=True, slots=True)
class UsPlace:
    """What a US postal code says."""

    state: str
    latitude: float
    longitude: float
    time_zone: str


@cache
def _us_places() -> dict[str, UsPlace]:
    """US postal code -> place; about a second, once, and only where a postal code must be placed.

    A record whose time zone is none (one names its town) is left out.
    """
    import zipcodes

    places = {
        record["zip_code"]: UsPlace(state=record["state"], latitude=float(record["lat"]),
                                    longitude=float(record["long"]), time_zone=record["timezone"])
        for record in zipcodes.list_all() if record["lat"] and record["long"] and record["timezone"] in known_zones()
    }
    zipcodes._zips_cache = None                                   # its 42,000 records take 140 MB; four fields stay
    return places


@cache
def known_zones() -> frozenset[str]:
    """Every name of a time zone, aliases too."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def is_zone(name: str) -> bool:
    """Whether a name is one of an IANA time zone."""
    return name in known_zones()


def zone_name(text: str) -> str | None:
    """The IANA name that a spelling stands for: in any case, and for an alias of old (`US/Pacific`, `Asia/Calcutta`) today's.

    A country's own zone keeps its name, be its clock another's (`Europe/Oslo`); None for what is no zone.
    """
    name = _zones_by_folded_name().get(text.casefold())
    meant = _zone_links().get(name or "")
    return meant if meant in _countries_by_zone() and name not in _countries_by_zone() else name


@cache
def _zones_by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in known_zones()}


@cache
def _zone_links() -> dict[str, str]:
    """Alias -> the zone that it is another name of."""
    lines = (files("tzdata.zoneinfo") / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    return {alias: name for _, name, alias in (line.split(" ") for line in lines if line.startswith("L "))}


def us_place(postal: str) -> UsPlace | None:
    """The place of a five-digit US postal code, None for an unknown one."""
    return _us_places().get(postal)


@cache
def _zones_by_state() -> dict[str, frozenset[str]]:
    zones: dict[str, set[str]] = {}
    for place in _us_places().values():
        zones.setdefault(place.state, set()).add(place.time_zone)
    return {state: frozenset(names) for state, names in zones.items()}


@cache
def _zones_by_country() -> dict[str, frozenset[str]]:
    zones: dict[str, set[str]] = {}
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            zones.setdefault(country, set()).add(name)
    return {country: frozenset(names) for country, names in zones.items()}


@cache
def _countries_by_zone() -> dict[str, str]:
    return {name: country for country, names in _zones_by_country().items() for name in names}


def country_of_zone(name: str) -> str | None:
    """The country that a time zone lies in (`US` for `America/New_York`), None for `UTC` and for names of old."""
    return _countries_by_zone().get(name)
