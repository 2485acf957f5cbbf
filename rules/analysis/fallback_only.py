"""Reaches only the fallback: items that no rule but those of the last stage takes; told by kind, with one example."""
from dataclasses import dataclass

from rules.analysis.order import Order
from rules.book.findings import Findings
from rules.regions.boxes import NotProved


@dataclass(frozen=True, kw_only=True)
class _Left:
    """Kinds of items that no rule tells apart, and what of them reaches only the last stage."""

    kinds: tuple[str, ...]
    whole: bool
    example: dict[str, str]


def find_fallback_only(order: Order, findings: Findings) -> None:
    """Warn of items that only the last stage takes, unless the book has no other stage with rules."""
    stages = order.book.stages
    earlier = order.before_stage[-1]
    if not any(stage.rules for stage in stages[:-1]):
        return
    last = stages[-1]
    left: list[_Left] = []
    unproved: list[str] = []
    for kinds, box in _by_kind(order):
        try:
            example, _ = order.example(order.cover.left(box, earlier & order.lasting()), telling=True)
        except NotProved:
            unproved += kinds
            continue
        if example is not None:
            left.append(_Left(kinds=kinds, whole=not order.cover.meeting(box) & earlier & order.lasting(), example=example))
    if left:
        whole = [kind for group in left if group.whole for kind in group.kinds]
        some = [kind for group in left if not group.whole for kind in group.kinds]
        told = [f"{how} items of kind {_listed(kinds)}" for how, kinds in (("all", whole), ("some", some)) if kinds]
        example = next((group.example for group in left if not group.whole), left[0].example)
        findings.within(stage=last.name).add(
            "fallback_only", f"{' and '.join(told)} reach only the last stage `{last.name}`", last.place, example=example,
            expected="a rule of an earlier stage, where they are meant to go elsewhere")
    if unproved:
        findings.within(stage=last.name).add(
            "not_proved", f"fallback_only: whether items of kind {_listed(unproved)} reach only the last stage was not proved: "
            "too many cases", last.place)


def _by_kind(order: Order):
    """The kinds that some rule tells apart, each group with its box."""
    groups: dict[object, list[str]] = {}
    for kind in order.book.kinds:
        groups.setdefault(order.space.having("kind", [kind]), []).append(kind)
    return [(tuple(kinds), box) for box, kinds in groups.items()]


def _listed(kinds) -> str:
    return ", ".join(f"`{kind}`" for kind in kinds)
