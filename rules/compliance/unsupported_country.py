"""Unsupported country (`forbid: item, kind: unsupported_country`): nobody works where the company does not do business.

A country that is unknown cannot be shown to be served, unless the rule says `if_missing: skip`.
"""
from rules.book.format import ComplianceRule
from rules.compliance.binding import binds, circumstances
from rules.compliance.wording import because
from rules.vocabulary import Moment, Verdict, WorkItem


def judge(rule: ComplianceRule, item: WorkItem, at: Moment) -> Verdict:
    """Not eligible where the country is not served; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at):
        return Verdict(eligible=True)
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"not served there: {because(seen)}", evidence=seen)
