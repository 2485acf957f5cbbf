"""Whom of a team a rule on owners refuses, remembered for items that say the same on the same day.

A verdict on a pair hangs on the rule, on what the item says under the attributes that the rule's demands name, on the
owner, and on the calendar day where the owner is; on nothing else. So a team of ten thousand is gone through once a day
for each different answer, and not for each item.
"""
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from rules.book.schema import ComplianceRule
from rules.model import Directory, Moment, Owner, WorkItem
from rules.routing.compliance.applicability import is_unknown
from rules.routing.compliance.engine import may_be_refused, pair_judge
from rules.routing_result import Verdict

#: So many different answers of one rule are remembered, the oldest given up first.
MOST_REMEMBERED = 64

Refused = Sequence[tuple[Owner, Verdict]]


@dataclass(slots=True)
class _OfRule:
    """One rule's answers about a team; the rule is kept, so that its identity stays its own."""

    rule: ComplianceRule
    asked: tuple[Owner, ...]
    known: dict[Hashable, Refused] = field(default_factory=dict)


class RefusalCache:
    """The answers of rules about the owners of one team, in the team's order.

    It is kept for as long as the directory of the team is, and so does not hold it.
    """

    def __init__(self, owners: Sequence[Owner]):
        self._owners = owners
        self._zones = tuple(dict.fromkeys(owner.time_zone for owner in owners))
        self._by_rule: dict[int, _OfRule] = {}

    def of(self, rule: ComplianceRule, item: WorkItem, at: Moment, directory: Directory) -> Refused:
        """Everyone whom a rule that binds on the item refuses, with the verdict."""
        kept = self._by_rule.get(id(rule))
        if kept is None:
            kept = self._by_rule[id(rule)] = _OfRule(rule, may_be_refused(rule, self._owners, directory))
        if not kept.asked:
            return ()
        key = (_said(rule, item), tuple([at.day_in(zone) for zone in self._zones]))
        found = kept.known.get(key)
        if found is None:
            judge = pair_judge(rule, item, at, directory)
            verdicts = [(owner, judge(owner)) for owner in kept.asked]
            found = tuple([pair for pair in verdicts if not pair[1].eligible])
            if len(kept.known) >= MOST_REMEMBERED:
                kept.known.pop(next(iter(kept.known)), None)
            kept.known[key] = found
        return found


def _said(rule: ComplianceRule, item: WorkItem) -> Hashable:
    """What the item says under each attribute that the rule's demands name, and whether it can be relied on."""
    names = [name for demand in (*rule.require, *rule.forbid) for name in (demand.contains, *demand.places) if name is not None]
    return tuple([(item.value(name), is_unknown(item, name)) for name in names])
