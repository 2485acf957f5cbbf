"""Who keeps an item: the owner of the item it duplicates, the current one, or the one of the account's last item.

Only an owner who is still eligible keeps it, and only where the book says so; compliance, membership, absence and capacity
have had their say before. A duplicate is told of either way.
"""
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.book.schema import Intake
from rules.refdata.times import format_instant
from rules.routing_result import Exclusion, RoutingResult

#: The rule under which all others are left out when an owner keeps an item.
KEEP_OWNER = "keep_owner"
_SAME = {"email": "the same e-mail", "company": "the same domain and company", "account": "the same account"}


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierItem:
    """An item that somebody was given before; `by`: what it has in common with this one (email, company, account)."""

    item_id: str
    owner_id: str
    assigned_at: datetime
    by: str


def asks_the_past(intake: Intake) -> bool:
    """Whether earlier items matter to this book at all."""
    return intake.duplicates_within is not None or "account" in intake.keep_owner


def continued(
    narrowing: RoutingResult, intake: Intake, *, current_owner: str | None, earlier: Sequence[EarlierItem]
) -> RoutingResult:
    """The narrowing with duplicates named, and with the one owner left who keeps the item, if anybody does."""
    twin = next((found for by in intake.duplicates_by for found in earlier if found.by == by), None)
    relative = next((found for found in earlier if found.by == "account"), None)
    warnings = list(narrowing.warnings)
    if twin is not None:
        warnings.append(f"duplicate: {_SAME[twin.by]} as item `{twin.item_id}`, which {twin.owner_id} was given on "
                        f"{twin.assigned_at.date()}")
    told = replace(narrowing, warnings=tuple(warnings)) if twin is not None else narrowing
    if narrowing.queue is not None or not narrowing.eligibility.eligible:
        return told
    for keeper in intake.keep_owner:
        found = {"duplicate": twin, "account": relative}.get(keeper)
        owner_id = current_owner if keeper == "current" else found.owner_id if found else None
        if owner_id in narrowing.eligibility.eligible:
            return _kept(told, owner_id, found)
    return told


def _kept(narrowing: RoutingResult, owner_id: str, found: EarlierItem | None) -> RoutingResult:
    """All others left out: what is eligible then is the one who keeps the item."""
    eligibility = narrowing.eligibility
    others = tuple(other for other in eligibility.eligible if other != owner_id)
    if not others:
        return narrowing
    if found is None:
        reason, evidence = f"{owner_id} has it now", {"keeps": owner_id}
    else:
        reason = f"{owner_id} has {_SAME[found.by]}: item `{found.item_id}`"
        evidence = {"keeps": owner_id, "item_id": found.item_id, "by": found.by,
                    "since": format_instant(found.assigned_at)}
    left_out = Exclusion(rule=KEEP_OWNER, reason=reason, owners=others, evidence=evidence)
    return replace(narrowing, eligibility=replace(eligibility, eligible=(owner_id,), excluded=(*eligibility.excluded, left_out)))
