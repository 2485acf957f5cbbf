"""Compliance on the item itself: rules that take it, or the contact, from people; one table, a kind -> its phrase and meaning.

All of them judge alike: a rule that binds takes the item, and what is not known to be harmless is not harmless.
"""
from dataclasses import dataclass

from rules.book.schema import ComplianceRule
from rules.model import Moment, Verdict, WorkItem
from rules.routing.compliance.applicability import binds, circumstances
from rules.routing.compliance.wording import because


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRuleKind:
    """A kind of rule that takes the item: how its reason begins, and what the reference says of it."""

    phrase: str
    meaning: str


KINDS = {
    "consent": ItemRuleKind(
        phrase="contact is forbidden",
        meaning="Consent (`forbid: contact`): nobody contacts whoever did not agree. What is not known to be agreed is not "
                "agreed. The item leaves people's hands and goes where the rule sends it."),
    "do_not_contact": ItemRuleKind(
        phrase="contact is forbidden",
        meaning="Do not contact (`forbid: contact` on a flag): whoever asked to be left alone is left alone. A flag that is "
                "not recorded counts as raised, unless the rule says `if_missing: skip`."),
    "sanctions": ItemRuleKind(
        phrase="the item may not be worked on",
        meaning="Sanctions (`forbid: item`): an item that nobody may work on, whoever would own it. An item whose country is "
                "unknown cannot be shown to be clear, and is held as well."),
    "unsupported_country": ItemRuleKind(
        phrase="not served there",
        meaning="Unsupported country (`forbid: item, kind: unsupported_country`): nobody works where the company does not do "
                "business. A country that is unknown cannot be shown to be served, unless the rule says `if_missing: skip`."),
}


def judge_item(rule: ComplianceRule, item: WorkItem, at: Moment) -> Verdict:
    """Not eligible where the rule takes the item; evidence: the item's values the rule looked at, None = unknown."""
    if not binds(rule, item, at):
        return Verdict(eligible=True)
    seen = circumstances(rule, item)
    return Verdict(eligible=False, reason=f"{KINDS[rule.kind].phrase}: {because(seen)}", evidence=seen)
