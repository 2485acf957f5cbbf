"""Shadowed: a rule that no item reaches, because rules before it take every item that it matches.

The last stage's rule without conditions is a safety net and may catch nothing.
"""
from itertools import islice

from rules.analysis.order import Order
from rules.book.findings import Findings
from rules.regions.boxes import NotProved, positions

#: So many of the rules that take the items are named.
_NAMED = 3


def find_shadowed(order: Order, findings: Findings) -> bool:
    """Report every rule that no item reaches; False when of some it could not be told."""
    unproved: list[int] = []
    last = len(order.book.stages) - 1
    for place, rule in enumerate(order.rules):
        box, takers = order.cover.boxes[place], order.takers_before(place)
        if not rule.when and order.stage_of[place] == last:
            takers &= order.in_stage[last]
        here = findings.within(rule=rule.id, stage=order.book.stages[order.stage_of[place]].name)
        if not all(box):
            here.add("shadowed", f"no item can match `{rule.id}`: what its cells ask for does not go together", rule.place,
                     given=", ".join(f"{cell.attribute}: {cell.text}" for cell in rule.when),
                     expected="cells that one item can meet")
            continue
        takers &= order.cover.meeting(box)
        try:
            shadowed = order.cover.free(box, takers) is None
        except NotProved:
            unproved.append(place)
            continue
        if shadowed:
            _report(order, place, takers, here)
    if unproved:
        names = ", ".join(f"`{order.rules[place].id}`" for place in unproved[:_NAMED])
        findings.add("not_proved", f"shadowed: whether any item reaches {names}{_more(len(unproved))} was not proved: "
                     "too many cases", order.rules[unproved[0]].place,
                     rules=[order.rules[place].id for place in unproved[:_NAMED]])
    return not unproved


def _report(order: Order, place: int, takers: int, here: Findings) -> None:
    rule = order.rules[place]
    holding = order.cover.holding(order.cover.boxes[place]) & takers
    takers = holding & -holding or takers
    by = [order.rules[other].id for other in islice(positions(takers), _NAMED)]
    example, _ = order.example(iter([order.cover.boxes[place]]))
    here.add("shadowed", f"no item reaches `{rule.id}`: {', '.join(f'`{name}`' for name in by)}{_more(takers.bit_count())} "
             f"{'takes' if len(by) == 1 else 'take'} all that it matches", rule.place,
             expected="a rule that stands earlier or asks for something else, or the rule taken out", example=example)


def _more(count: int) -> str:
    return f" and {count - _NAMED} more" if count > _NAMED else ""
