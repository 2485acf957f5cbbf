"""Joint effects: all that an owner's results say of the owner in general and of each kind of item, in one solve.

An owner's effects b (one for the owner, one per value of each attribute) are normal with the covariance of a learned prior.
From the sums of settled assignments, information A = sum d q (1 - q) z z' and score s = sum d (y - q) z, follow

    b = prior mean + covariance (I + A covariance)^-1 (s - A prior mean)        spread = covariance (I + A covariance)^-1

The prior mean is that of the team's newcomers in the owner's own column, 0 elsewhere. The decay is that of the day's beginning
(UTC), so that what is solved holds until the owner's sums change or the day ends. What is solved is rounded to GRID, far above
what linear algebra differs by between machines and far below what matters: a fold read elsewhere gives the same bytes.
"""
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from features.clock import DAY, Decay
from features.plan import OwnerPrior
from features.tables import N, S, Slots, Sums, V, widened
from rules.caching import cached_per_instance
from rules.model import WorkItem

#: Log-odds between two effects that differ, a power of two.
GRID = 2.0**-20


@dataclass(frozen=True, eq=False)
class PriorColumns:
    """A prior as arrays: its covariance, and by attribute the column of each value and the one of all others."""

    covariance: np.ndarray
    column_of: tuple[Mapping[object, int], ...]
    others: tuple[int, ...]

    @property
    def none(self) -> int:
        """The column of an attribute that an item lacks: one beyond the last, always zero."""
        return len(self.covariance)

    @cached_property
    def identity(self) -> np.ndarray:
        """One on the diagonal, as wide as the covariance."""
        return np.eye(self.none)

    def of(self, item: WorkItem, dimensions: Sequence[str]) -> np.ndarray:
        """The columns of an item: the owner's own, then one by attribute."""
        found = [0]
        for name, columns, other in zip(dimensions, self.column_of, self.others, strict=True):
            value = item.value(name)
            found.append(self.none if value is None else columns.get(value, other))
        return np.array(found, dtype=np.intp)

    def by_code(self, values: Slots, attribute: int) -> np.ndarray:
        """The column of each code that an attribute's values have in a fold."""
        columns, other = self.column_of[attribute], self.others[attribute]
        return np.array([self.none, *(columns.get(value, other) for value in values.as_dict())], dtype=np.intp)


@cached_per_instance
def columns_of(prior: OwnerPrior) -> PriorColumns:
    """The arrays of a prior, made at first use."""
    column_of, others, at = [], [], 1
    for values in prior.values:
        column_of.append({value: at + place for place, value in enumerate(values)})
        at += len(values) + 1
        others.append(at - 1)
    return PriorColumns(np.array(prior.covariance), tuple(column_of), tuple(others))


def posterior(prior: OwnerPrior, information: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effects of owners from their decayed information (n x columns x columns) and score (n x columns), both n x columns.

    An owner's effects are the first plus the second times the mean that is expected of a newcomer.
    """
    columns = columns_of(prior)
    sides = np.empty((*score.shape, 2))
    sides[:, :, 0], sides[:, :, 1] = score, -information[:, :, 0]
    effects = columns.covariance @ np.linalg.solve(columns.identity + information @ columns.covariance, sides)
    np.rint(effects / GRID, out=effects)
    effects *= GRID
    pull = effects[:, :, 1]
    pull[:, 0] += 1.0
    return effects[:, :, 0], pull


class Asked(NamedTuple):
    """By which prior the sums are read, with its attributes' places among the fold's, and on which day."""

    prior: OwnerPrior
    places: tuple[int, ...]
    day: int


class JointTables(Sums):
    """Sums by owner and combination of codes, one column per combination met, and what was last solved from them.

    `general` and `pull` (owners x prior's columns and one of zeros): an owner's effects are general + prior mean * pull.
    """

    __slots__ = ("_values", "_decay", "numbers", "codes", "owner_of", "of_owner", "solved")

    def __init__(self, values: tuple[Slots, ...], decay: Decay):
        super().__init__(1, 1)
        self._values, self._decay = values, decay
        self.numbers: dict[tuple[int, tuple[int, ...]], int] = {}
        self.codes, self.owner_of = np.zeros((1, len(values)), dtype=np.intp), np.zeros(1, dtype=np.intp)
        self.of_owner: dict[int, list[int]] = {}
        self.solved = Solved()

    def __deepcopy__(self, memo: dict) -> "JointTables":
        other = JointTables(copy.deepcopy(self._values, memo), self._decay)
        other.array, other.codes, other.owner_of = self.array.copy(), self.codes.copy(), self.owner_of.copy()
        other.numbers, other.of_owner = self.numbers.copy(), {owner: cells.copy() for owner, cells in self.of_owner.items()}
        return other

    def enter(self, owner: int, codes: tuple[int, ...]) -> int:
        """The cell of an owner's items of these codes, given out now if it is new."""
        cell = self.numbers.get((owner, codes))
        if cell is None:
            cell = self.numbers[owner, codes] = len(self.numbers) + 1
            if cell >= len(self.owner_of):
                self.widen(1, 2 * cell)
                self.codes = widened(self.codes, (2 * cell, len(codes)))
                self.owner_of = widened(self.owner_of, (2 * cell,))
            self.codes[cell], self.owner_of[cell] = codes, owner
            self.of_owner.setdefault(owner, []).append(cell)
        return cell

    def add(self, code: int, column: int, s: float, v: float, n: float = 1.0) -> None:
        """One more settled assignment in a cell, and its owner to be solved anew."""
        super().add(code, column, s, v, n)
        self.solved.forget(int(self.owner_of[column]))

    def put(self, code: int, column: int, content: np.ndarray) -> None:
        """Give a cell back what it held."""
        super().put(code, column, content)
        self.solved.forget(int(self.owner_of[column]))

    def solve(self, prior: OwnerPrior, places: tuple[int, ...], owners: np.ndarray, us: int) -> "Solved":
        """The effects of these owners as of the day of a moment; each owner's are the same whoever else is asked about."""
        solved = self.solved.standing(Asked(prior, places, us // DAY), int(owners.max(initial=0)) + 1)
        stale = owners[~solved.fresh.take(owners)]
        if len(stale):
            stale = np.unique(stale) if len(stale) > 1 else stale
            factor = self._decay.factor(us // DAY * DAY)
            information, score = (sums * factor for sums in self._gathered(prior, places, stale))
            solved.general[stale, :-1], solved.pull[stale, :-1] = posterior(prior, information, score)
            solved.fresh[stale] = True
        return solved

    def spread(self, prior: OwnerPrior, places: tuple[int, ...], owners: np.ndarray, us: int) -> np.ndarray:
        """How unsure the effects are: each owner's covariance after what is known (owners x columns and one of zeros, twice)."""
        known = self.solve(prior, places, owners, us).spread
        asked = owners.tolist()
        unknown = sorted({owner for owner in asked if owner not in known})
        if unknown:
            columns, factor = columns_of(prior), self._decay.factor(us // DAY * DAY)
            information = self._gathered(prior, places, np.array(unknown, dtype=np.intp))[0] * factor
            found = columns.covariance @ np.linalg.inv(columns.identity + information @ columns.covariance)
            known.update(zip(unknown, np.pad(np.round(found / GRID) * GRID, ((0, 0), (0, 1), (0, 1))), strict=True))
        return np.stack([known[owner] for owner in asked])

    def mix(self, prior: OwnerPrior, places: tuple[int, ...]) -> np.ndarray:
        """What share of all settled assignments falls to each of the prior's columns."""
        columns, cells = columns_of(prior), slice(1, len(self.numbers) + 1)
        n = self.array[N, 0, cells]
        shares = np.zeros(columns.none + 1)
        shares[0] = n.sum()
        for number, place in enumerate(places):
            shares += np.bincount(columns.by_code(self._values[place], number).take(self.codes[cells, place]), n, len(shares))
        return shares[:-1] / max(shares[0], 1.0)

    def _gathered(self, prior: OwnerPrior, places: tuple[int, ...], owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Undecayed information (owners x columns x columns) and score (owners x columns) of the prior's columns."""
        columns = columns_of(prior)
        cells = [self.of_owner.get(owner, ()) for owner in owners.tolist()]
        at = np.array([cell for each in cells for cell in each], dtype=np.intp)
        row, width = np.repeat(np.arange(len(owners)), [len(each) for each in cells]), columns.none + 1
        codes = self.codes.take(at, axis=0)
        z = np.zeros((len(at), 1 + len(places)), dtype=np.intp)
        for number, place in enumerate(places):
            z[:, 1 + number] = self.solved.map_of(columns, self._values[place], number).take(codes[:, place])
        first = row[:, np.newaxis] * width + z
        score = np.bincount(first.ravel(), np.repeat(self.array[S, 0].take(at), z.shape[1]), len(owners) * width)
        both = first[:, :, np.newaxis] * width + z[:, np.newaxis, :]
        information = np.bincount(both.ravel(), np.repeat(self.array[V, 0].take(at), z.shape[1] ** 2), len(owners) * width**2)
        return (information.reshape(len(owners), width, width)[:, :-1, :-1], score.reshape(len(owners), width)[:, :-1])


class Solved:
    """What was solved last by owner column; a copy of a state begins with nothing of it."""

    __slots__ = ("_asked", "_maps", "fresh", "general", "pull", "spread")

    def __init__(self):
        self._asked: Asked | None = None
        self._maps: dict[int, np.ndarray] = {}
        self.fresh = np.zeros(0, dtype=bool)
        self.general = self.pull = np.zeros((0, 0))
        self.spread: dict[int, np.ndarray] = {}

    def forget(self, owner: int) -> None:
        """An owner's sums have changed."""
        if owner < len(self.fresh):
            self.fresh[owner] = False
            self.spread.pop(owner, None)

    def standing(self, asked: Asked, owners: int) -> "Solved":
        """This with room for so many owners, none of them solved where something else was asked last."""
        if asked != self._asked or owners > len(self.fresh):
            capacity = max(2 * owners, len(self.fresh))
            shape = capacity, columns_of(asked.prior).none + 1
            self._asked, self.fresh = asked, np.zeros(capacity, dtype=bool)
            self.general, self.pull, self.spread = np.zeros(shape), np.zeros(shape), {}
            self._maps = {}
        return self

    def map_of(self, columns: PriorColumns, values: Slots, attribute: int) -> np.ndarray:
        """The column of each code of an attribute of the prior that is asked, made anew where a value is new to the fold."""
        known = self._maps.get(attribute)
        if known is None or len(known) != len(values) + 1:
            known = self._maps[attribute] = columns.by_code(values, attribute)
        return known
