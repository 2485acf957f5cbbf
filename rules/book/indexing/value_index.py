"""Which cells of a rule are looked up in the index, and which are compared once it has been found.

The cells of the attribute that differs most from rule to rule come first: they tell most rules apart. Lists multiply
the entries of a rule, so what would make the index larger than it is worth is compared instead; of ranges one is looked
up, and the others are compared.
"""
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from rules.book.cell_types import Cell, Range
from rules.book.schema import Rule
from rules.model import Value
from rules.refdata.postal import PostalArea

#: Entries of a stage up to which a rule may stand under many combinations, and how many it always and at most may.
MANY_ENTRIES, ALWAYS, AT_MOST = 2_000_000, 8, 512

#: An attribute of an item, whole (None) or cut to so many letters.
Column = tuple[str, int | None]
#: What an item has to have: a value in a column, or with a range an attribute that lies in it.
Condition = tuple[Column, Value | None] | tuple[str, Range | PostalArea]
#: One way to meet a cell: conditions that are met together.
Way = tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StageShape:
    """What a stage's rules ask: per attribute how many different cells there are and how many values they list in all."""

    rules: int
    variety: Mapping[str, int]
    listed: Mapping[str, int]

    @property
    def most(self) -> int:
        """How many combinations one rule may stand under."""
        return max(ALWAYS, min(AT_MOST, MANY_ENTRIES // max(self.rules, 1)))

    def split(self, cells: Iterable[Cell]) -> tuple[list[list[Way]], tuple[Cell, ...]]:
        """The ways to meet each cell that is looked up, ordered by attribute, and the cells to compare."""
        chosen: list[tuple[str, list[Way]]] = []
        rest: list[Cell] = []
        entries, has_range = 1, False
        for cell in sorted(cells, key=lambda cell: (-self.variety[cell.attribute], _size(cell))):
            size = _size(cell)
            if cell.days:
                rest.append(cell)                         # today is no value of the item's
                continue
            fits = size == 1 or entries * size <= self.most or (not chosen and self._worth_a_long_list(cell))
            spans = cell.spans
            is_endless = any(span.low is None and span.high is None for span in spans)
            if cell.members or not fits or is_endless or (spans and has_range):
                rest.append(cell)
                continue
            chosen.append((cell.attribute, list(_ways(cell))))
            entries, has_range = entries * size, has_range or bool(spans)
        return [ways for _, ways in sorted(chosen, key=itemgetter(0))], tuple(rest)

    def _worth_a_long_list(self, cell: Cell) -> bool:
        return self.listed[cell.attribute] <= max(MANY_ENTRIES, 2 * ALWAYS * self.rules)


def shape_of(rules: Iterable[Rule]) -> StageShape:
    """A look over the rules of a stage."""
    texts: dict[str, set[str]] = {}
    listed: dict[str, int] = {}
    count = 0
    for rule in rules:
        count += 1
        for cell in rule.when:
            texts.setdefault(cell.attribute, set()).add(cell.text)
            listed[cell.attribute] = listed.get(cell.attribute, 0) + _size(cell)
    return StageShape(rules=count, variety={attribute: len(own) for attribute, own in texts.items()}, listed=listed)


def _size(cell: Cell) -> int:
    return len(cell.values) + len(cell.ranges) + len(cell.areas) + len(cell.days) + cell.missing


def _ways(cell: Cell) -> Iterator[Way]:
    whole = (cell.attribute, None)
    for value in cell.values:
        yield ((whole, value),)
    if cell.missing:
        yield ((whole, None),)
    for span in cell.ranges:
        yield ((cell.attribute, span),)
    for area in cell.areas:
        column = (cell.attribute, len(area.low) if area.is_prefix else None)
        code: Condition = (cell.attribute, area) if area.is_range else (column, area.low)
        yield (((cell.country, None), area.country), code) if area.country and cell.country else (code,)


def together(ways: Iterable[Way]) -> dict | None:
    """All the conditions of one way per cell, None where they contradict each other (a code is of one country)."""
    merged: dict = {}
    for way in ways:
        for where, value in way:
            if merged.setdefault(where, value) != value:
                return None
    return merged
