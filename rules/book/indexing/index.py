"""The book as an index: rules found by hash per pattern, so that looking up an item does not scan.

Rules of a stage that constrain the same attributes in the same way share a pattern: a value is looked up as it is, a
prefix by as many of the value's first letters, a range among the stretches under the other cells. What a rule asks
beyond that is compared afterwards. The answer equals a plain scan of all rules, in the same order.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from operator import itemgetter

from rules.book.cell_types import Cell, Range
from rules.book.cells import matches
from rules.book.indexing.interval_index import Stretches
from rules.book.indexing.value_index import Column, shape_of, together
from rules.book.schema import NamedAccount, Rule, RuleBook, Stage
from rules.model import Value, WorkItem
from rules.refdata.postal import PostalArea

#: The values of an item that a pattern asks for, in the order of its columns; of a single column the value itself.
Key = tuple[Value | None, ...] | Value | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """What is asked for, and under each key the positions of rules; with `ranged` the stretches that this attribute meets."""

    key_of: Callable[[list[Value | None]], Key]
    entries: Mapping[Key, tuple[int, ...] | Stretches]
    ranged: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledStage:
    """One stage ready for lookup; `compared` holds the cells that a position's entries leave open."""

    stage: Stage
    columns: tuple[Column, ...]
    patterns: tuple[Pattern, ...]
    compared: Mapping[int, tuple[Cell, ...]]
    named: Mapping[str, tuple[NamedAccount, ...]]

    def matching(self, item: WorkItem, today: date) -> list[Rule]:
        """Every rule that an item matches on its day, exceptions first, in the file's order; expiry is not looked at."""
        values = [_cut(item.value(attribute), length) for attribute, length in self.columns]
        found: set[int] = set()                               # a code may meet several prefixes and ranges of one cell
        for pattern in self.patterns:
            under = pattern.entries.get(pattern.key_of(values))
            if under is not None:
                found.update(under.around(item.value(pattern.ranged or "")) if isinstance(under, Stretches) else under)
        compared, rules = self.compared, self.stage.rules
        return [rules[position] for position in sorted(found)
                if position not in compared or all(matches(cell, item, today) for cell in compared[position])]


def compiled(book: RuleBook) -> tuple[CompiledStage, ...]:
    """The index of a book, built once and kept with it."""
    index = getattr(book, "_compiled", None)
    if index is None:
        index = tuple(_compile(stage) for stage in book.stages)
        object.__setattr__(book, "_compiled", index)          # a cache: the book's content stays as it is
    return index


def _cut(value: Value | None, length: int | None) -> Value | None:
    if length is None:
        return value
    return value[:length] if isinstance(value, str) else None


def _compile(stage: Stage) -> CompiledStage:
    exact: dict[tuple[Column, ...], dict[tuple, list[int]]] = {}
    ranged: dict[tuple[tuple[Column, ...], str], dict[tuple, list[tuple[Range | PostalArea, int]]]] = {}
    compared: dict[int, tuple[Cell, ...]] = {}
    shape = shape_of(stage.rules)
    for position, rule in enumerate(stage.rules):
        looked_up, rest = shape.split(rule.when)
        if rest:
            compared[position] = rest
        for met in map(together, product(*looked_up)):
            if met is None:
                continue
            columns = tuple([where for where in met if type(where) is tuple])
            keys = tuple([key for where, key in met.items() if type(where) is tuple])
            if len(columns) == len(met):
                exact.setdefault(columns, {}).setdefault(keys, []).append(position)
            else:
                attribute, span = next(one for one in met.items() if type(one[0]) is str)
                ranged.setdefault((columns, attribute), {}).setdefault(keys, []).append((span, position))
    named: dict[str, list[NamedAccount]] = {}
    for row in stage.named:
        named.setdefault(row.account_id, []).append(row)
    every = tuple(dict.fromkeys(column for columns in (*exact, *(columns for columns, _ in ranged)) for column in columns))
    patterns = [_pattern(columns, every, {keys: tuple(found) for keys, found in own.items()}) for columns, own in exact.items()]
    patterns += [_pattern(columns, every, {keys: Stretches(found) for keys, found in own.items()}, attribute)
                 for (columns, attribute), own in ranged.items()]
    return CompiledStage(stage=stage, columns=every, patterns=tuple(patterns), compared=compared,
                         named={account: tuple(rows) for account, rows in named.items()})


def _pattern(columns: tuple[Column, ...], every: tuple[Column, ...], entries: dict, ranged: str | None = None) -> Pattern:
    if not columns:
        return Pattern(key_of=lambda values: (), entries=entries, ranged=ranged)
    if len(columns) == 1:
        entries = {keys[0]: found for keys, found in entries.items()}
    return Pattern(key_of=itemgetter(*map(every.index, columns)), entries=entries, ranged=ranged)
