"""Licence: an owner holds the certification that the item or the rule needs, valid on the day of the decision.

A certification that ends on 2 May holds through 2 May in the owner's time zone and no longer.
"""
from rules.book.format import Demand
from rules.compliance.wording import listing
from rules.vocabulary import Directory, Moment, Owner, Verdict, WorkItem

SUBJECT = "owner.certifications"
_HOLDS = Verdict(eligible=True)


def judge(demand: Demand, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether a certification asked for is held and valid; evidence `needs` and `found` (name -> last day or null)."""
    if demand.contains is not None:
        asked = item.value(demand.contains)
        wanted = () if asked is None else (str(asked),)
    else:
        wanted = demand.any_of
    held = owner.certifications
    for name in wanted:
        if name in held:
            last_day = held[name]
            if last_day is None or at.day_for(owner) <= last_day:
                return _HOLDS
    lapsed = {name: held[name].isoformat() for name in sorted(wanted) if name in held}
    if not wanted:
        reason = f"`{demand.contains}` of the item is unknown, so no certification can be shown to cover it"
    elif lapsed:
        reason = "certification lapsed: " + ", ".join(f"{name} on {day}" for name, day in lapsed.items())
    else:
        reason = f"needs certification {listing(wanted)}"
    return Verdict(eligible=False, reason=reason, evidence={"needs": sorted(wanted), "found": lapsed})
