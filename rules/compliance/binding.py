"""Whether a compliance rule binds on an item: unknown means it does, unless the rule says `if_missing: skip`.

A value that rests on weak evidence alone (a phone number's country) counts as unknown: it never acquits an item.
"""
from rules.book.cells import matches
from rules.book.format import ComplianceRule
from rules.vocabulary import WorkItem


def is_unknown(item: WorkItem, attribute: str) -> bool:
    """Whether compliance has nothing to rely on for an attribute."""
    if attribute == "kind":
        return False
    fact = item.facts.get(attribute)
    return fact is None or fact.value is None or fact.trust == "low"


def binds(rule: ComplianceRule, item: WorkItem) -> bool:
    """Whether the rule's `when` is met: unknown cells count as met, all the others must match."""
    for cell in rule.when:
        if is_unknown(item, cell.attribute):
            if rule.if_missing_skip and not cell.missing:
                return False
        elif not matches(cell, item):
            return False
    return True


def circumstances(rule: ComplianceRule, item: WorkItem) -> dict[str, object]:
    """The item's values that made the rule bind, None where unknown."""
    return {cell.attribute: None if is_unknown(item, cell.attribute) else item.value(cell.attribute)
            for cell in rule.when}
