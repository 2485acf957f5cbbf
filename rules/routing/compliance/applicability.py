"""Whether a compliance rule binds on an item: unknown means it does, unless the rule says `if_missing: skip`.

A value that rests on weak evidence alone (a phone number's country) counts as unknown: it never acquits an item.
A rule with `from` and `to` binds between them only, its plain days being days in UTC.
"""
from rules.book.cell_types import Cell
from rules.book.cells import holds, matches
from rules.book.schema import ComplianceRule, Requirement, RuleBook
from rules.intake.days import today_of
from rules.model import ALWAYS, Moment, WorkItem
from rules.routing.compliance.wording import word


def is_unknown(item: WorkItem, attribute: str) -> bool:
    """Whether compliance has nothing to rely on for an attribute."""
    if attribute == "kind":
        return False
    fact = item.facts.get(attribute)
    return fact is None or fact.value is None or fact.trust == "low"


def is_in_force(rule: ComplianceRule, at: Moment) -> bool:
    """Whether the rule holds at the moment."""
    return rule.span is ALWAYS or rule.span.covers(at.at)


def binds(rule: ComplianceRule, item: WorkItem, at: Moment, book: RuleBook) -> bool:
    """Whether the rule is in force and its `when` is met: unknown cells count as met, all the others must match."""
    if not is_in_force(rule, at):
        return False
    today = today_of(item, book, at)
    for cell in rule.when:
        if cell.members and matches(cell, item, today):
            continue                                          # a list with words that nobody knows may still be as asked
        if is_unknown(item, cell.attribute) or _is_open(cell, item):
            if rule.if_missing_skip and not cell.missing:
                return False
        elif not matches(cell, item, today):
            return False
    return True


def _is_open(cell: Cell, item: WorkItem) -> bool:
    """Whether it depends on the item's unknown country that the cell admits its postal code."""
    if cell.country is None or not is_unknown(item, cell.country):
        return False
    code = item.value(cell.attribute)
    return not holds(cell, code) and isinstance(code, str) and any(area.covers(code, None) for area in cell.areas)


def wanted_of(demand: Requirement, item: WorkItem) -> frozenset[str]:
    """What an owner must have one of: the rule's own words, or the item's value as owners.csv would write it.

    Empty where the item's value is unknown.
    """
    if demand.contains is None:
        return demand.any_of
    value = None if is_unknown(item, demand.contains) else item.value(demand.contains)
    return frozenset() if value is None else frozenset({word(value)})


def circumstances(rule: ComplianceRule, item: WorkItem) -> dict[str, object]:
    """The item's values that made the rule bind, None where unknown."""
    return {cell.attribute: None if is_unknown(item, cell.attribute) else item.value(cell.attribute)
            for cell in rule.when}
