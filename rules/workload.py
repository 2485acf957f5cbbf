"""How much owners carry now: open items and the day's assignments, of one owner or of many at once."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rules.model import EMPTY


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """How much an owner carries now: open items, and items assigned today in the owner's calendar.

    `by_kind`: the open items by their kind, as far as somebody asked for it.
    """

    open_items: int = 0
    assigned_today: int = 0
    by_kind: Mapping[str, int] = EMPTY


class Loads(NamedTuple):
    """What several owners carry now, in the order in which they were asked about."""

    open_items: Sequence[int]
    assigned_today: Sequence[int]


class Workloads(Protocol):
    """What owners carry now; whoever can answer for many at once does so in `many`."""

    def of(self, owner_id: str) -> Workload:
        """What one owner carries."""
        ...

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """What some owners carry, in their order."""
        carried = [self.of(owner_id) for owner_id in owner_ids]
        return Loads([load.open_items for load in carried], [load.assigned_today for load in carried])

    def by_kind(self, owner_id: str) -> Mapping[str, int]:
        """How many open items of each kind an owner has."""
        return self.of(owner_id).by_kind


@dataclass(frozen=True, slots=True)
class CountedWorkloads(Workloads):
    """Workloads counted beforehand, by owner; `others` is what everybody else carries."""

    counted: Mapping[str, Workload] = EMPTY
    others: Workload = Workload()

    def of(self, owner_id: str) -> Workload:
        """What was counted."""
        return self.counted.get(owner_id, self.others)


#: Nobody carries anything: for questions to the rules alone.
EMPTY_DESK = CountedWorkloads()
