"""Placing: who takes which item, as few as possible left over, then with the least disruption; proved by an optimiser.

A mixed-integer programme (HiGHS through scipy.optimize.milp); where it is not proved in time, the better of what it found
and of a plain transport plan, which is exact but for accounts and shares of value. Pure: eligibility and room come in.
The cost of a placing is `cost_of`; nobody gets an item they may not have, or more items than they have room for.
"""
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rules.errors import Refused

#: An account meets an owner who has none of its open items; once per account and owner.
NEW_FACE = 10.0
#: An item goes to another team than it was in.
OTHER_TEAM = 3.0
#: All of the value that is handed over goes to one owner; a part of it costs that part.
ONE_SIDED = 1.0
SECONDS = 10.0
#: Sums of weights such as 0.1 are no exact numbers.
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One item to hand over: who may have it, each with whether that keeps it in its team; `weight` counts against loads."""

    assignment_id: str
    may: Mapping[str, bool]
    account: str | None = None
    value: float = 1.0
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Taker:
    """Somebody who may take items: places left, load left (None = no ceiling), and the accounts they have open items of."""

    owner_id: str
    room: int | None = None
    load: float | None = None
    knows: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Placing:
    """Who takes what, None where nobody does. `cost` as of `cost_of`; `proved`: no placing costs less."""

    taken: Mapping[str, str | None]
    cost: float
    proved: bool


def cost_of(parcels: Sequence[Parcel], takers: Mapping[str, Taker], taken: Mapping[str, str | None]) -> float:
    """What a placing costs: items left over first of all, then new faces, other teams and a one-sided share of value."""
    placed = [(parcel, owner_id) for parcel in parcels if (owner_id := taken[parcel.assignment_id]) is not None]
    faces = {(parcel.account, owner_id) for parcel, owner_id in placed
             if parcel.account is not None and parcel.account not in takers[owner_id].knows}
    worth: dict[str, float] = {}
    for parcel, owner_id in placed:
        worth[owner_id] = worth.get(owner_id, 0.0) + parcel.value
    whole = sum(parcel.value for parcel in parcels) or 1.0
    return (left_over_cost(parcels) * (len(parcels) - len(placed)) + NEW_FACE * len(faces)
            + OTHER_TEAM * sum(not parcel.may[owner_id] for parcel, owner_id in placed)
            + ONE_SIDED * max(worth.values(), default=0.0) / whole)


def left_over_cost(parcels: Sequence[Parcel]) -> float:
    """More than all else could cost together, so that as few as possible are left over."""
    return 1.0 + ONE_SIDED + (NEW_FACE + OTHER_TEAM) * len(parcels)


def place(parcels: Sequence[Parcel], takers: Mapping[str, Taker], *, seconds: float = SECONDS) -> Placing:
    """The cheapest placing; Refused where none is found in time."""
    if not any(parcel.may for parcel in parcels):
        taken = {parcel.assignment_id: None for parcel in parcels}
        return Placing(taken=taken, cost=cost_of(parcels, takers, taken), proved=True)
    exact = _Programme(parcels, takers).solve(seconds)
    plain = None if exact is not None and exact.proved else _Programme(parcels, takers, plain=True).solve(seconds)
    found = [placing for placing in (exact, plain) if placing is not None]
    if not found:
        raise Refused(f"no plan was found in {seconds:g} seconds for {len(parcels)} items; hand some over before")
    return min(found, key=lambda placing: placing.cost)


class _Programme:
    """The columns and rows of the programme. `takes`: the column of each parcel and owner who may have it.

    `plain`: every new face counts for itself, no share of value does, and every item weighs as the heaviest, so that whole
    numbers come of themselves.
    """

    def __init__(self, parcels: Sequence[Parcel], takers: Mapping[str, Taker], *, plain: bool = False):
        self._parcels, self._takers, self._plain = parcels, takers, plain
        self._costs: list[float] = []
        self._entries: list[tuple[int, int, float]] = []
        self._low: list[float] = []
        self._high: list[float] = []
        self.takes = {(number, owner_id): self._column((0.0 if same_team else OTHER_TEAM) + (
                          NEW_FACE if plain and self._is_new(parcel, owner_id) else 0.0))
                      for number, parcel in enumerate(parcels) for owner_id, same_team in parcel.may.items()}
        self._whole_numbers = len(self._costs)
        self._give_each_once()
        self._keep_within_room()
        if not plain:
            self._count_new_faces()
            self._share_value()

    def _is_new(self, parcel: Parcel, owner_id: str) -> bool:
        return parcel.account is not None and parcel.account not in self._takers[owner_id].knows

    def _column(self, cost: float) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def _row(self, low: float, high: float, *entries: tuple[int, float]) -> None:
        self._entries += [(len(self._low), column, factor) for column, factor in entries]
        self._low.append(low)
        self._high.append(high)

    def _give_each_once(self) -> None:
        left_over = left_over_cost(self._parcels)
        for number, parcel in enumerate(self._parcels):
            columns = [(self.takes[number, owner_id], 1.0) for owner_id in parcel.may]
            self._row(1.0, 1.0, (self._column(left_over), 1.0), *columns)

    def _keep_within_room(self) -> None:
        for owner_id, columns in self._by_owner().items():
            taker = self._takers[owner_id]
            if taker.room is not None:
                self._row(0.0, float(max(0, taker.room)), *((column, 1.0) for _, column in columns))
            if taker.load is not None and not self._plain:
                self._row(0.0, max(0.0, taker.load), *((column, self._parcels[number].weight) for number, column in columns))
            elif taker.load is not None:
                heaviest = max(self._parcels[number].weight for number, _ in columns)
                most = math.floor(max(0.0, taker.load) / heaviest + ROUNDING) if heaviest > 0 else len(columns)
                self._row(0.0, float(most), *((column, 1.0) for _, column in columns))

    def _count_new_faces(self) -> None:
        faces: dict[tuple[str, str], int] = {}
        for (number, owner_id), column in self.takes.items():
            account = self._parcels[number].account
            if account is not None and self._is_new(self._parcels[number], owner_id):
                face = faces.get((account, owner_id))
                if face is None:
                    face = faces[account, owner_id] = self._column(NEW_FACE)
                self._row(-np.inf, 0.0, (column, 1.0), (face, -1.0))

    def _share_value(self) -> None:
        whole, most = sum(parcel.value for parcel in self._parcels) or 1.0, self._column(ONE_SIDED)
        for columns in self._by_owner().values():
            self._row(-np.inf, 0.0, (most, -1.0), *((column, self._parcels[number].value / whole) for number, column in columns))

    def _by_owner(self) -> dict[str, list[tuple[int, int]]]:
        grouped: dict[str, list[tuple[int, int]]] = {}
        for (number, owner_id), column in self.takes.items():
            grouped.setdefault(owner_id, []).append((number, column))
        return grouped

    def solve(self, seconds: float) -> Placing | None:
        """The placing found, None where there was no time for any."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        rows, columns, factors = zip(*self._entries, strict=True)
        matrix = csr_array((factors, (rows, columns)), shape=(len(self._low), len(self._costs)))
        whole = np.zeros(len(self._costs))
        whole[:0 if self._plain else self._whole_numbers] = 1
        options = {} if self._plain else {"time_limit": seconds, "mip_rel_gap": 0.0}
        found = milp(np.array(self._costs), integrality=whole, bounds=Bounds(0.0, 1.0),
                     constraints=LinearConstraint(matrix, self._low, self._high), options=options)
        if found.x is None:
            return None
        taken: dict[str, str | None] = {parcel.assignment_id: None for parcel in self._parcels}
        taken |= {self._parcels[number].assignment_id: owner_id for (number, owner_id), column in self.takes.items()
                  if found.x[column] > 0.5}
        return Placing(taken=taken, cost=cost_of(self._parcels, self._takers, taken),
                       proved=bool(found.status == 0) and not self._plain)
