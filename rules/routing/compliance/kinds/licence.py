"""Licence: an owner holds the certification that the item or the rule needs, valid where the item is and on the day.

A certification that ends on 2 May holds through 2 May in the owner's time zone and no longer. One bound to a place
(`gas@US-CA`, `gas@DE`) covers items that are known to be there; a place known by weak evidence alone is not.
"""
from rules.book.schema import Requirement
from rules.model import Directory, Moment, Owner, WorkItem
from rules.routing.compliance.applicability import is_unknown, wanted_of
from rules.routing.compliance.wording import listing
from rules.routing_result import ALLOWED, Verdict

SUBJECT = "owner.certifications"


def judge(demand: Requirement, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether a certification asked for is held, valid and covers the place.

    Evidence: `needs`, `found` (those lapsed: name -> last day) and, where some hold elsewhere only, `elsewhere`.
    """
    wanted = wanted_of(demand, item)
    lapsed, elsewhere = {}, []
    for name, last_day in owner.certifications.items():
        plain, bound, where = name.partition("@")
        if plain not in wanted:
            continue
        if bound and not _is_there(where, demand, item):
            elsewhere.append(name)
        elif last_day is None or at.day_for(owner) <= last_day:
            return ALLOWED
        else:
            lapsed[name] = last_day.isoformat()
    evidence = {"needs": sorted(wanted), "found": dict(sorted(lapsed.items()))}
    if elsewhere:
        evidence["elsewhere"] = sorted(elsewhere)
    return Verdict(eligible=False, reason=_reason(demand, wanted, lapsed, elsewhere), evidence=evidence)


def _is_there(where: str, demand: Requirement, item: WorkItem) -> bool:
    """Whether the item is known to be in a country (`DE`) or a part of one (`US-CA`)."""
    parts = where.split("-", 1)
    known = [None if name is None or is_unknown(item, name) else item.value(name) for name in demand.places]
    return len(parts) <= len(known) and all(value == part for value, part in zip(known, parts, strict=False))


def _reason(demand: Requirement, wanted: frozenset[str], lapsed: dict[str, str], elsewhere: list[str]) -> str:
    if not wanted:
        return f"`{demand.contains}` of the item is unknown, so no certification can be shown to cover it"
    if lapsed:
        return "certification lapsed: " + ", ".join(f"{name} on {day}" for name, day in sorted(lapsed.items()))
    if elsewhere:
        return f"needs certification {listing(wanted)} where the item is, has {', '.join(sorted(elsewhere))}"
    return f"needs certification {listing(wanted)}"
