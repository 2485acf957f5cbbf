"""Do not contact (`forbid: contact` on a flag): whoever asked to be left alone is left alone.

A flag that is not recorded counts as raised, unless the rule says `if_missing: skip`.
"""
from rules.book.format import ComplianceRule
from rules.compliance.binding import binds, circumstances
from rules.compliance.wording import because
from rules.vocabulary import Moment, Verdict, WorkItem


def judge(rule: ComplianceRule, item: WorkItem, at: Moment) -> Verdict:
    """Not eligible where the person is to be left alone; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at):
        return Verdict(eligible=True)
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"contact is forbidden: {because(seen)}", evidence=seen)
