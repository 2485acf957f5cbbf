"""Compliance on the item itself: rules that take it, or the contact, from people.

All of them judge alike: a rule that binds takes the item, and what is not known to be harmless is not harmless.
"""
from rules.book.compliance_rules import ITEM_KINDS
from rules.book.schema import ComplianceRule, RuleBook
from rules.model import Moment, WorkItem
from rules.routing.compliance.applicability import binds, circumstances
from rules.routing.compliance.wording import because
from rules.routing_result import ALLOWED, Verdict


def judge_item(rule: ComplianceRule, item: WorkItem, at: Moment, book: RuleBook) -> Verdict:
    """Not eligible where the rule takes the item; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at, book):
        return ALLOWED
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"{ITEM_KINDS[rule.kind].phrase}: {because(seen)}", evidence=seen)
