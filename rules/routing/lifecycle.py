"""Lifecycle: does what an item says of its own stage fit its kind and the team that it is sent to?

A contradiction warns and stops nothing: the route follows the rules, and somebody mends the record. What an item does not
say contradicts nothing.
"""
from collections.abc import Iterator

from rules.book.cell_types import Cell
from rules.book.cells import matches
from rules.book.findings import Findings
from rules.book.schema import LifecycleRule, Rule, RuleBook
from rules.intake.days import today_of
from rules.model import Moment, WorkItem
from rules.routing_result import Route


def contradictions(item: WorkItem, route: Route, book: RuleBook, at: Moment) -> tuple[str, ...]:
    """What of an item contradicts its kind or route, in words."""
    found = []
    today = today_of(item, book, at) if book.lifecycle else at.at.date()
    for expected in book.lifecycle:
        if expected.to in (None, route.team) and all(matches(cell, item, today) for cell in expected.when):
            found += [f"{expected.id}: {cell.attribute} is `{item.value(cell.attribute)}`, expected {cell.text}"
                      for cell in expected.must if item.value(cell.attribute) is not None and not matches(cell, item, today)]
    return tuple(found)


def check_lifecycle(book: RuleBook, findings: Findings) -> None:
    """Report every rule whose items must all contradict what the book expects of them."""
    for stage, rule in book.placed_rules:
        for expected, cell in _against(rule, book.lifecycle):
            findings.within(rule=rule.id, stage=stage.name).add(
                "lifecycle_mismatch", f"`{rule.id}` takes only items that contradict `{expected.id}`: {cell.attribute}",
                rule.place, given=cell.text,
                expected=next(must.text for must in expected.must if must.attribute == cell.attribute))


def _against(rule: Rule, lifecycle: tuple[LifecycleRule, ...]) -> Iterator[tuple[LifecycleRule, Cell]]:
    """The expectations that all items of a rule fall under, each with the rule's cell that meets nothing of them."""
    cells = {cell.attribute: cell for cell in rule.when}
    for expected in lifecycle:
        if expected.to not in (None, rule.target.team) or not all(_within(cells.get(cell.attribute), cell)
                                                                  for cell in expected.when):
            continue
        for must in expected.must:
            cell = cells.get(must.attribute)
            if cell is not None and cell.only_values and must.only_values and not cell.values & must.values:
                yield expected, cell


def _within(cell: Cell | None, other: Cell) -> bool:
    """Whether a rule's cell lets through only what the other does."""
    return cell is not None and cell.only_values and cell.values <= other.values
