"""Nearest branch: great-circle distance, service areas by radius and postal code.

An area that a branch declares always binds; with `service_area` a branch must declare one that covers the place.
"""
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from rules.book.indexing.postal_index import PostalIndex
from rules.book.schema import Nearest
from rules.model import Owner
from rules.refdata.postal import everywhere, postal_area
from rules.refdata.time_zones import country_of_zone
from rules.routing_result import ALLOWED, Verdict

#: The mean radius of the earth in kilometres (IUGG).
EARTH_RADIUS_KM = 6371.0088


def great_circle_km(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Kilometres along the surface between two points in degrees (haversine)."""
    low, high = radians(from_latitude), radians(to_latitude)
    half = sin((high - low) / 2) ** 2 + cos(low) * cos(high) * sin(radians(to_longitude - from_longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def distance_km(point: tuple[float, float] | None, owner: Owner) -> float | None:
    """Kilometres from an item's point to an owner, None where either has no place."""
    if point is None or owner.latitude is None or owner.longitude is None:
        return None
    return great_circle_km(*point, owner.latitude, owner.longitude)


def serves_postal(owner: Owner, postal: str | None, country: str | None = None) -> bool:
    """Whether a postal code is among the owner's: whole codes, prefixes (`941*`) and ranges (`94100-94199`).

    Each is of the country written before it (`US:941*`), else of the one that the owner's time zone lies in.
    """
    if postal is None or not owner.service_postals:
        return False
    home = country_of_zone(owner.time_zone)
    return any(_areas(owner.service_postals, home).around(postal, country, home=home))


@lru_cache(maxsize=65536)
def _areas(written: tuple[str, ...], home: str | None) -> PostalIndex[None]:
    return PostalIndex((part, None) for area in map(postal_area, written) if area is not None for part in everywhere(area, home))


def judge_reach(nearest: Nearest, owner: Owner, point: tuple[float, float] | None, postal: str | None,
                country: str | None = None) -> Verdict:
    """Whether the place lies within the rule's reach and the branch's own area; evidence `km` and the limit.

    `country` is where the postal code belongs, None where unknown.
    """
    away = distance_km(point, owner)
    limits = [limit for limit in (nearest.max_km, owner.radius_km) if limit is not None]
    evidence = {"km": None if away is None else round(away, 1), "max_km": min(limits) if limits else None}
    if limits and (away is None or away > min(limits)):
        found = "has no place on record" if away is None else f"is {away:.1f} km away"
        return Verdict(eligible=False, reason=f"{found}, at most {min(limits):g} km", evidence=evidence)
    if owner.service_postals and not serves_postal(owner, postal, country):
        code = "unknown" if postal is None else f"{country}:{postal}" if country else postal
        return Verdict(eligible=False, reason=f"does not serve postal code {code}", evidence=evidence)
    if nearest.service_area and not owner.service_postals and owner.radius_km is None:
        return Verdict(eligible=False, reason="has no service area on record", evidence=evidence)
    if away is None and not owner.service_postals:
        return Verdict(eligible=False, reason="has no place on record", evidence=evidence)
    return ALLOWED
