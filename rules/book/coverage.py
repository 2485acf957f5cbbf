"""Fallback: the last stage covers every item, whatever earlier stages do.

A rule without conditions settles it. Without one, items are tried that stand for all others: per attribute one value
of each sort that the stage's cells tell apart.
"""
from collections.abc import Iterator
from itertools import product

from rules.book.cells import holds
from rules.book.findings import Findings
from rules.book.format import MISSING, Attribute, Cell, RuleBook, Stage
from rules.intake.country_names import country_codes
from rules.vocabulary import Value

#: Above this many items the stage is declared not proved.
MOST_ITEMS = 20_000


def check_fallback(book: RuleBook, findings: Findings) -> None:
    """Report a last stage that leaves an item out, or one of which that cannot be told."""
    if not book.stages:
        findings.add("missing_fallback", "the book has no stage", expected="a last stage with a rule without conditions")
        return
    last = book.stages[-1]
    here = findings.within(stage=last.name)
    rules = [rule for rule in last.rules if not rule.is_exception]
    if any(not rule.when for rule in rules):
        return
    expected = "a rule without `when` in the last stage"
    sorts = {} if not rules else _sorts(book, last)
    if _count(sorts) > MOST_ITEMS:
        here.add("not_proved", f"whether stage `{last.name}` covers every item was not proved: too many cases", last.place,
                 expected=expected)
        return
    for example in _possible(book, sorts):
        if not any(all(holds(cell, example[cell.attribute]) for cell in rule.when) for rule in rules):
            here.add("missing_fallback", f"the last stage `{last.name}` does not cover every item", last.place,
                     expected=expected, example=_words(book, example))
            return


def _sorts(book: RuleBook, stage: Stage) -> dict[str, list[Value | None]]:
    """Per attribute of the stage's cells, one value of each sort that they tell apart."""
    cells: dict[str, list[Cell]] = {}
    for rule in stage.rules:
        for cell in rule.when:
            cells.setdefault(cell.attribute, []).append(cell)
    return {name: _values(book.attributes[name], own) for name, own in cells.items()}


def _values(attribute: Attribute, cells: list[Cell]) -> list[Value | None]:
    tried: list[Value | None] = [] if attribute.name == "kind" else [None]
    tried += _candidates(attribute, cells)
    by_sort: dict[tuple[bool, ...], Value | None] = {}
    for value in tried:
        by_sort.setdefault(tuple(holds(cell, value) for cell in cells), value)
    return list(by_sort.values())


def _candidates(attribute: Attribute, cells: list[Cell]) -> list[Value]:
    if attribute.values is not None:
        return list(attribute.values)
    named = {value for cell in cells for value in cell.values}
    match attribute.type:
        case "country":
            return sorted(country_codes())
        case "flag":
            return [False, True]
        case "number":
            bounds = {bound for cell in cells for span in cell.ranges for bound in (span.low, span.high) if bound is not None}
            return sorted({near for bound in bounds | named for near in (bound - 0.5, bound, bound + 0.5)} | {0.0})
        case "postal":
            starts = {prefix.text for cell in cells for prefix in cell.prefixes}
            bounds = {bound for cell in cells for span in cell.ranges for bound in (span.low, span.high) if bound}
            return sorted(named | starts | bounds) + ["00000", "99999", "ZZ9 9ZZ"]
    others = {"subdivision": "ZZZ", "language": "zu"}
    return [*sorted(named), others.get(attribute.type, "something else")]


def _count(sorts: dict[str, list[Value | None]]) -> int:
    count = 1
    for values in sorts.values():
        count *= len(values)
    return count


def _possible(book: RuleBook, sorts: dict[str, list[Value | None]]) -> Iterator[dict[str, Value | None]]:
    """Items that can exist: a derived attribute agrees with its source where both are known."""
    for values in product(*sorts.values()):
        item = dict(zip(sorts, values, strict=True))
        if all(_agrees(book.attributes[name], value, item) for name, value in item.items()):
            yield item


def _agrees(attribute: Attribute, value: Value | None, item: dict[str, Value | None]) -> bool:
    source = item.get(attribute.source) if attribute.source else None
    if source is None:
        return True
    derived = attribute.mapping.get(source) if attribute.type == "map" else attribute.band_of(source)
    return derived == value


def _words(book: RuleBook, item: dict[str, Value | None]) -> dict[str, str]:
    """An item in the book's words; it has a kind even where no rule asks."""
    words = {name: MISSING if value is None else _word(value) for name, value in item.items()}
    kinds = book.attributes["kind"].values
    return words if "kind" in words else {"kind": kinds[0], **words}


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"
