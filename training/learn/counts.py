"""Who had such items before: counts by item attributes, each combination shrunk to the coarser one behind it.

p(target | first k attributes) = (count + strength * p(target | first k - 1)) / (n + strength), down to plain frequency.
Which attributes, in which order, is found by trying: the one by which the true target of every fifth row ranks highest
(mean reciprocal rank, counted on the other rows) is taken, then the next, while it helps. What agreement is compared with.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rules.book.schema import RuleBook
from rules.model import EMPTY, WorkItem
from training.learn.planning import CLOSED_TYPES

STRENGTH, FOLDS, MOST_ATTRIBUTES = 2.0, 5, 4
#: Another attribute must raise the mean reciprocal rank by this much.
WORTH = 0.002


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Target shares of an item by its attributes; `tables[k]`: values of the first k attributes -> counts by target."""

    attributes: tuple[str, ...]
    tables: tuple[dict[tuple[object, ...], np.ndarray], ...]
    size: int
    _known: dict[tuple[object, ...], np.ndarray] = field(default_factory=dict)

    def shares(self, item: WorkItem) -> np.ndarray:
        """p of every target (codes 0 .. size - 1) for an item."""
        return self.of_values(tuple(item.value(name) for name in self.attributes))

    def of_values(self, key: tuple[object, ...]) -> np.ndarray:
        """The same for the values of the first attributes."""
        if key not in self._known:
            own = self.tables[len(key)].get(key)
            behind = np.zeros(self.size) if not key else self.of_values(key[:-1])
            strength = STRENGTH if key else 0.0
            self._known[key] = behind if own is None else (own + strength * behind) / (own.sum() + strength)
        return self._known[key]


def most_frequent(target: np.ndarray, size: int) -> np.ndarray:
    """The share of every target."""
    return np.bincount(target, minlength=size) / max(len(target), 1)


def fit_counts(items: Sequence[WorkItem], target: np.ndarray, book: RuleBook, given: Mapping[str, np.ndarray] = EMPTY) -> Counts:
    """Counts by what is `given` of each item and then the attributes that tell most of the target; rows in time order."""
    names = [name for name, attribute in book.attributes.items() if name != "kind" and attribute.type in CLOSED_TYPES]
    values = {name: np.array([item.value(name) for item in items], dtype=object) for name in names}
    values |= given
    size = int(target.max(initial=-1)) + 1
    taken = tuple(given)
    best = _mean_reciprocal_rank(values, taken, target, size)
    while len(taken) < MOST_ATTRIBUTES + len(given) and len(names) + len(given) > len(taken):
        tried = {name: _mean_reciprocal_rank(values, (*taken, name), target, size) for name in names if name not in taken}
        name = max(tried, key=tried.__getitem__)
        if tried[name] < best + WORTH:
            break
        taken, best = (*taken, name), tried[name]
    return _count(values, taken, target, np.arange(len(target)), size)


def _mean_reciprocal_rank(values: dict[str, np.ndarray], names: tuple[str, ...], target: np.ndarray, size: int) -> float:
    """Of every fifth row's true target, by the counts of the other rows."""
    held_out = np.arange(len(target)) % FOLDS == 0
    counts = _count(values, names, target, np.flatnonzero(~held_out), size)
    rows = np.flatnonzero(held_out)
    keys = zip(*(values[name][rows] for name in names), strict=True) if names else [()] * len(rows)
    ranks = [1.0 + np.sum((told := counts.of_values(key)) > told[code])
             for key, code in zip(keys, target[rows].tolist(), strict=True)]
    return float(np.mean(1.0 / np.array(ranks))) if ranks else 0.0


def _count(values: dict[str, np.ndarray], names: tuple[str, ...], target: np.ndarray, rows: np.ndarray, size: int) -> Counts:
    tables: list[dict[tuple[object, ...], np.ndarray]] = []
    codes = target[rows].tolist()
    for depth in range(len(names) + 1):
        table: dict[tuple[object, ...], np.ndarray] = {}
        keys = zip(*(values[name][rows] for name in names[:depth]), strict=True) if depth else [()] * len(codes)
        for key, code in zip(keys, codes, strict=True):
            if key not in table:
                table[key] = np.zeros(size)
            table[key][code] += 1.0
        tables.append(table)
    return Counts(attributes=names, tables=tuple(tables), size=size)
