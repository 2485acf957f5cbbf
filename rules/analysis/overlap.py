"""Overlap: two rules of one stage that match one item and send it to different places.

An exception may overlap ordinary rules, but no other exception with another target.
"""
from rules.analysis.order import Order
from rules.book.findings import Findings
from rules.book.schema import Rule
from rules.regions.boxes import NotProved, common, positions

#: So many pairs are reported; a book with more has to be mended first.
MOST_PAIRS = 200


def find_overlaps(order: Order, findings: Findings, *, most: int = MOST_PAIRS) -> bool:
    """Report every pair of rules that disagree about an item, at `most` so many; False when of some it could not be told."""
    unproved: list[tuple[int, int]] = []
    found = 0
    for place, rule in enumerate(order.rules):
        box = order.cover.boxes[place]
        stage = order.stage_of[place]
        alike = order.in_stage[stage] & (~order.ordinary if rule.is_exception else order.ordinary)
        others = alike & ((1 << place) - 1) & ~order.same_target(place)
        if not others or not all(box):
            continue
        for other in positions(others & order.cover.meeting(box)):
            if found >= most:
                findings.add("not_proved", f"overlap: more pairs than these {most} may disagree; mend these first",
                             rule.place)
                return False
            shared = common(box, order.cover.boxes[other])
            if shared is None:
                continue
            takers = order.before_stage[stage] & order.lasting(place, other) | order.overruling(place)
            try:
                example, any_part = order.example(order.cover.left(shared, takers))
            except NotProved:
                unproved.append((other, place))
                continue
            if example is not None:
                found += 1
                _report(order, other, place, example, findings)
            elif any_part:
                unproved.append((other, place))
    if unproved:
        first, second = (order.rules[place] for place in unproved[0])
        findings.add("not_proved", f"overlap: whether {len(unproved)} pairs of rules such as `{first.id}` and `{second.id}` "
                     "ever match one item was not proved", second.place, rules=(first.id, second.id))
    return not unproved


def _report(order: Order, first: int, second: int, example: dict[str, str], findings: Findings) -> None:
    earlier, later = order.rules[first], order.rules[second]
    if earlier.place and later.place and (earlier.place.file, earlier.place.line, earlier.place.column) > (
        later.place.file, later.place.line, later.place.column
    ):
        earlier, later = later, earlier
    stage = order.book.stages[order.stage_of[second]].name
    findings.within(stage=stage).add(
        "overlap", f"`{earlier.id}` and `{later.id}` take the same items of stage `{stage}` to different places: "
        f"{_way(earlier, later)} and {_way(later, earlier)}", later.place,
        expected="one of the two made narrower, both with one target, or an exception", rules=(earlier.id, later.id),
        example=example)


def _way(rule: Rule, other: Rule) -> str:
    """Where a rule sends, told so that it differs from the other."""
    if rule.target.team != other.target.team:
        return f"`{rule.target.team}`"
    if rule.target != other.target:
        options = rule.target.nearest
        if rule.target.roles or other.target.roles:
            return f"`{rule.target.team}` " + (f"in the role {' or '.join(sorted(rule.target.roles))}" if rule.target.roles
                                               else "in any role")
        if options is None:
            return f"`{rule.target.team}`, wherever"
        within = f" within {options.max_km:g} km" if options.max_km is not None else ""
        return f"the nearest of `{rule.target.team}`{within}, else `{rule.target.otherwise}`"
    return f"`{rule.target.team}` with service level `{rule.sla or 'none'}`"
