"""Consent (`forbid: contact`): nobody contacts whoever did not agree.

What is not known to be agreed is not agreed. The item leaves people's hands and goes where the rule sends it.
"""
from rules.book.format import ComplianceRule
from rules.compliance.binding import binds, circumstances
from rules.compliance.wording import because
from rules.vocabulary import Moment, Verdict, WorkItem


def judge(rule: ComplianceRule, item: WorkItem, at: Moment) -> Verdict:
    """Not eligible where contact is forbidden; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at):
        return Verdict(eligible=True)
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"contact is forbidden: {because(seen)}", evidence=seen)
