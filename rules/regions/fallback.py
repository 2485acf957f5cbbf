"""Fallback: the last stage covers every item, whatever earlier stages do.

A rule without conditions settles it; without one, what the stage's rules leave of all items is worked out as boxes.
"""
from dataclasses import replace

from rules.book.findings import Findings
from rules.book.schema import RuleBook
from rules.regions.boxes import Cover, NotProved
from rules.regions.space import space_of

EXPECTED = "a rule without `when` in the last stage"


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
    try:
        space = space_of(replace(book, stages=(replace(last, rules=tuple(rules)),)))
        cover = Cover([space.box_of(rule) for rule in rules], space.full)
        left = cover.free(space.full, cover.everyone)
    except NotProved:
        here.add("not_proved", f"whether stage `{last.name}` covers every item was not proved: too many cases", last.place,
                 expected=EXPECTED)
        return
    if left is not None:
        here.add("missing_fallback", f"the last stage `{last.name}` does not cover every item", last.place,
                 expected=EXPECTED, example=next(space.examples(left)).told())
