"""Which cells of a rule are looked up in the index, and which are compared once it has been found.

The cells of the attribute that differs most from rule to rule come first: they tell most rules apart. Lists multiply
the entries of a rule, so what would make the index larger than it is worth is compared instead; of ranges one is looked
up, and the others are compared.
"""
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from rules.book.schema import Cell, Range, Rule
from rules.model import Value

#: Entries of a stage up to which a rule may stand under many combinations, and how many it always and at most may.
MANY_ENTRIES, ALWAYS, AT_MOST = 2_000_000, 8, 512

#: An attribute of an item, whole (None) or cut to so many letters.
Column = tuple[str, int | None]
#: One way to meet a cell: the column and its value, or with a range the attribute that has to lie in it.
Way = tuple[Column, Value | None] | tuple[str, Range]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
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
            fits = size == 1 or entries * size <= self.most or (not chosen and self._worth_a_long_list(cell))
            if not fits or (cell.ranges and (has_range or not all(map(_has_bound, cell.ranges)))):
                rest.append(cell)
                continue
            chosen.append((cell.attribute, list(_ways(cell))))
            entries, has_range = entries * size, has_range or bool(cell.ranges)
        return [ways for _, ways in sorted(chosen, key=itemgetter(0))], tuple(rest)

    def _worth_a_long_list(self, cell: Cell) -> bool:
        return self.listed[cell.attribute] <= max(MANY_ENTRIES, 2 * ALWAYS * self.rules)


def plan_of(rules: Iterable[Rule]) -> Plan:
    """A look over the rules of a stage."""
    texts: dict[str, set[str]] = {}
    listed: dict[str, int] = {}
    count = 0
    for rule in rules:
        count += 1
        for cell in rule.when:
            texts.setdefault(cell.attribute, set()).add(cell.text)
            listed[cell.attribute] = listed.get(cell.attribute, 0) + _size(cell)
    return Plan(rules=count, variety={attribute: len(own) for attribute, own in texts.items()}, listed=listed)


def _size(cell: Cell) -> int:
    return len(cell.values) + len(cell.ranges) + len(cell.prefixes) + cell.missing


def _has_bound(span: Range) -> bool:
    return span.low is not None or span.high is not None


def _ways(cell: Cell) -> Iterator[Way]:
    whole = (cell.attribute, None)
    for value in cell.values:
        yield whole, value
    if cell.missing:
        yield whole, None
    for prefix in cell.prefixes:
        yield (cell.attribute, len(prefix.text)), prefix.text
    for span in cell.ranges:
        yield cell.attribute, span
