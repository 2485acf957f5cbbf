"""The book as an index: rules found by hash per wildcard pattern, so that looking up an item does not scan.

Rules of a stage that constrain the same attributes share a pattern; each is entered under every combination of its
values, and cells that cannot be enumerated (ranges, prefixes, very long lists) are compared afterwards. The answer
equals a plain scan of all rules, in the same order.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from rules.book.cells import matches
from rules.book.format import Cell, NamedAccount, Rule, RuleBook, Stage
from rules.vocabulary import Value, WorkItem

#: A rule is entered under at most so many combinations; further cells are compared instead.
MOST_ENTRIES = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """The attributes asked for, and under their values the positions of rules with the cells left to compare."""

    attributes: tuple[str, ...]
    entries: Mapping[tuple[Value | None, ...], tuple[tuple[int, tuple[Cell, ...]], ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledStage:
    """One stage ready for lookup."""

    stage: Stage
    patterns: tuple[Pattern, ...]
    named: Mapping[str, tuple[NamedAccount, ...]]

    def matching(self, item: WorkItem) -> list[Rule]:
        """Every rule that an item matches, exceptions first, in the file's order; expiry is not looked at."""
        found: list[int] = []
        for pattern in self.patterns:
            for position, rest in pattern.entries.get(tuple(map(item.value, pattern.attributes)), ()):
                if all(matches(cell, item) for cell in rest):
                    found.append(position)
        found.sort()
        return [self.stage.rules[position] for position in found]


def compiled(book: RuleBook) -> tuple[CompiledStage, ...]:
    """The index of a book, built once and kept with it."""
    index = getattr(book, "_compiled", None)
    if index is None:
        index = tuple(_compile(stage) for stage in book.stages)
        object.__setattr__(book, "_compiled", index)          # a cache: the book's content stays as it is
    return index


def _compile(stage: Stage) -> CompiledStage:
    patterns: dict[tuple[str, ...], dict[tuple[Value | None, ...], list[tuple[int, tuple[Cell, ...]]]]] = {}
    for position, rule in enumerate(stage.rules):
        hashed, rest = _split(rule.when)
        entries = patterns.setdefault(tuple(cell.attribute for cell in hashed), {})
        for key in product(*(_keys(cell) for cell in hashed)):
            entries.setdefault(key, []).append((position, rest))
    named: dict[str, list[NamedAccount]] = {}
    for row in stage.named:
        named.setdefault(row.account_id, []).append(row)
    return CompiledStage(
        stage=stage, named={account: tuple(rows) for account, rows in named.items()},
        patterns=tuple(
            Pattern(attributes=attributes, entries={key: tuple(found) for key, found in entries.items()})
            for attributes, entries in patterns.items()
        ),
    )


def _split(cells: Iterable[Cell]) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Cells to look up, ordered by attribute, and cells to compare; the shortest lists are looked up first."""
    hashed: list[Cell] = []
    rest: list[Cell] = []
    entries = 1
    for cell in sorted(cells, key=lambda cell: len(cell.values)):
        size = len(cell.values) + cell.missing
        if cell.ranges or cell.prefixes or entries * size > MOST_ENTRIES:
            rest.append(cell)
        else:
            hashed.append(cell)
            entries *= size
    return tuple(sorted(hashed, key=lambda cell: cell.attribute)), tuple(rest)


def _keys(cell: Cell) -> list[Value | None]:
    return [*cell.values, None] if cell.missing else list(cell.values)
