"""Complexity: how hard a book is to prove, and so to read: the pieces that the proof had to look at, per rule.

A book whose rules stand apart needs about one piece a rule; every rule that cuts into others adds more.
"""
from dataclasses import dataclass

from rules.analysis.order import Order


@dataclass(frozen=True, kw_only=True)
class Complexity:
    """`pieces` boxes looked at for all proofs of `rules` rules, which ask in `patterns` ways for `attributes`.

    `patterns` are the different sets of attributes that rules ask for; `classes` the values told apart, over all attributes.
    """

    rules: int
    attributes: int
    patterns: int
    classes: int
    pieces: int

    @property
    def figure(self) -> float:
        """Pieces per rule."""
        return round(self.pieces / self.rules, 1) if self.rules else 0.0

    def as_json(self) -> dict[str, float | int]:
        """The figures as `rules check --json` prints them."""
        return {"figure": self.figure, "rules": self.rules, "attributes": self.attributes, "patterns": self.patterns,
                "classes": self.classes, "pieces": self.pieces}


def complexity_of(order: Order) -> Complexity:
    """The figures of a book, after its proofs."""
    return Complexity(
        rules=len(order.rules), attributes=sum(len(dimension.used) for dimension in order.space.dimensions),
        patterns=len({frozenset(cell.attribute for cell in rule.when) for rule in order.rules}),
        classes=order.space.class_count, pieces=order.cover.effort.pieces)
