"""Open items: what everyone holds now, read from the events, and what an owner was given today."""
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from features.clock import micros, moment
from features.events import Event
from rules.model import Directory, local_day
from rules.workload import Workload, Workloads
from serving.store import event_log, tables
from serving.store.assignments import still_open

_E = tables.events.c
_TODAY_REACH_US = 52 * 3600 * 1_000_000


@dataclass(frozen=True, kw_only=True)
class OpenItems(Workloads):
    """The open assignments of everyone by owner id, the ids of those that were answered, and counts of today by owner."""

    by_owner: dict[str, tuple[Event, ...]]
    answered: frozenset[str]
    given_today: dict[str, int]

    def count(self, owner_id: str) -> int:
        """How many items an owner holds."""
        return len(self.by_owner.get(owner_id, ()))

    def of(self, owner_id: str) -> Workload:
        """What an owner carries."""
        return Workload(open_items=self.count(owner_id), by_kind=self.by_kind(owner_id),
                        assigned_today=self.given_today.get(owner_id, 0))

    def by_kind(self, owner_id: str) -> dict[str, int]:
        """How many items of each kind an owner holds."""
        return dict(Counter(event.assigned_item.kind for event in self.by_owner.get(owner_id, ())))


def read_open_items(connection: Connection, directory: Directory, at: datetime) -> OpenItems:
    """Who holds what at a moment of the store."""
    by_owner: dict[str, list[Event]] = {}
    for event in event_log.read(connection, select(tables.events).where(still_open(connection)).order_by(_E.seq)):
        by_owner.setdefault(event.owner_id, []).append(event)
    answered = connection.scalars(select(_E.assignment_id).where(_E.kind == "responded"))
    recent = connection.execute(select(_E.owner_id, _E.occurred_at).where(
        _E.kind == "assigned", _E.occurred_at > micros(at) - _TODAY_REACH_US)).all()
    return OpenItems(by_owner={owner_id: tuple(held) for owner_id, held in by_owner.items()}, answered=frozenset(answered),
                     given_today=_of_today(recent, directory, at))


def _of_today(recent, directory: Directory, at: datetime) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in recent:
        owner = directory.owners.get(row.owner_id)
        if owner is not None and local_day(moment(row.occurred_at), owner.time_zone) == local_day(at, owner.time_zone):
            counts[row.owner_id] = counts.get(row.owner_id, 0) + 1
    return counts
