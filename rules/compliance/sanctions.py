"""Sanctions (`forbid: item`): an item that nobody may work on, whoever would own it.

An item whose country is unknown cannot be shown to be clear, and is held as well.
"""
from rules.book.format import ComplianceRule
from rules.compliance.binding import binds, circumstances
from rules.compliance.wording import because
from rules.vocabulary import Moment, Verdict, WorkItem


def judge(rule: ComplianceRule, item: WorkItem, at: Moment) -> Verdict:
    """Not eligible where the item itself is forbidden; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at):
        return Verdict(eligible=True)
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"the item may not be worked on: {because(seen)}", evidence=seen)
