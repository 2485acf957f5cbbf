"""Qualification: any other column of an owner (skills, languages, clearance...) holds what the rule or the item asks for.

A blank column holds nothing.
"""
from rules.book.format import Demand
from rules.compliance.wording import listing
from rules.vocabulary import Directory, Moment, Owner, Verdict, WorkItem

_HOLDS = Verdict(eligible=True)
_SINGLE = ("kind", "time_zone", "holidays")
_SEVERAL = ("languages", "skills", "service_postals")


def held_by(owner: Owner, subject: str) -> tuple[str, ...]:
    """What an owner has in the column that a subject such as `owner.skills` names; further columns split at `;`."""
    column = subject.removeprefix("owner.")
    if column in _SINGLE:
        value = getattr(owner, column)
        return (value,) if value else ()
    if column in _SEVERAL:
        return tuple(getattr(owner, column))
    return tuple(part.strip() for part in owner.attributes.get(column, "").split(";") if part.strip())


def judge(demand: Demand, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether the owner's column holds one of the values asked for; evidence `needs` and `found`."""
    if demand.contains is not None:
        asked = item.value(demand.contains)
        wanted = frozenset() if asked is None else frozenset({str(asked)})
    else:
        wanted = demand.any_of
    held = held_by(owner, demand.subject)
    if not wanted.isdisjoint(held):
        return _HOLDS
    column = demand.subject.removeprefix("owner.")
    reason = (f"needs {column} {listing(wanted)}, " + (f"has {', '.join(held)}" if held else "has none on record")
              if wanted else f"`{demand.contains}` of the item is unknown, so {column} cannot be shown to cover it")
    return Verdict(eligible=False, reason=reason, evidence={"needs": sorted(wanted), "found": list(held)})
