"""Conflict of interest: an owner stays away from the accounts in `owner.conflicts`, and from all accounts below them.

A conflict may end with a day (`globex:2027-05-31`): it holds through it where the owner is, and no longer.
"""
from rules.book.schema import Requirement
from rules.model import Directory, Moment, Owner, WorkItem
from rules.routing.compliance.owner_columns import held_by
from rules.routing_result import Verdict

SUBJECT = "owner.conflicts"
_NONE = Verdict(eligible=False, reason="no conflict")


def judge(demand: Requirement, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether the conflict exists (eligible = it does, as the rule forbids it); evidence `account` and `conflicts`."""
    if SUBJECT.removeprefix("owner.") not in owner.attributes:
        return _NONE
    account_id = item.value(demand.contains) if demand.contains else None
    wanted = demand.any_of if demand.contains is None else directory.ancestors(str(account_id)) if account_id else ()
    held = held_by(owner, SUBJECT, at)
    found = [account for account in wanted if account in held]
    if not found:
        return _NONE
    reason = f"conflict of interest with account {found[0]}"
    return Verdict(eligible=True, reason=reason, evidence={"account": account_id, "conflicts": found})
