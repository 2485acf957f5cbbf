"""Residency: an owner works in a region where the item's data may be (`owner.data_region`).

An owner whose region is not on record is in none of them.
"""
from rules.book.schema import Requirement
from rules.model import Directory, Moment, Owner, WorkItem
from rules.routing.compliance.applicability import wanted_of
from rules.routing.compliance.wording import listing
from rules.routing_result import ALLOWED, Verdict

SUBJECT = "owner.data_region"


def judge(demand: Requirement, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether the owner's region is among those asked for; evidence `needs` and `found`."""
    wanted = wanted_of(demand, item)
    if owner.data_region in wanted:
        return ALLOWED
    found = f"is in {owner.data_region}" if owner.data_region else "has no region on record"
    return Verdict(eligible=False, reason=f"needs data region {listing(wanted) or 'unknown'}, {found}",
                   evidence={"needs": sorted(wanted), "found": owner.data_region})
