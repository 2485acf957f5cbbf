"""What can happen to a work item, with the time it happened AND the time it became known.

An event is a frozen value. The store numbers events densely (`seq`) in the order they became known: a single writer
sets `known_at` to no earlier than that of the event before. `matured` is never stored: the fold makes it from an
assignment when its label is settled (features/state.py).
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.errors import Refused
from rules.model import WorkItem

EventKind = Literal["assigned", "accepted", "rejected", "responded", "reassigned", "outcome", "closed"]
KINDS: tuple[EventKind, ...] = ("assigned", "accepted", "rejected", "responded", "reassigned", "outcome", "closed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to one assignment.

    `assignment_id` is the decision id live and a hash of item, owner and time for imported history. `rejected`,
    `reassigned` and `closed` end an assignment and free its owner's capacity; `outcome` says what came of it.
    Only `assigned` carries `item`, `expected` (success probability under the item-quality model of then, None where
    none existed), `assigned_by` (rule, rotation, manual, model, exploration), `propensity`, `rotation` (the rotation
    credits of the slate after this pick), `exposure` (share of the slate's probability minus propensity, by owner) and
    `respond_by` (when the SLA asks for a first reply, None where none was promised).
    """

    event_id: str
    kind: EventKind
    assignment_id: str
    item_id: str
    owner_id: str
    occurred_at: datetime
    known_at: datetime
    seq: int = 0
    team: str | None = None
    item: WorkItem | None = None
    expected: float | None = None
    assigned_by: str | None = None
    propensity: float | None = None
    rotation: Mapping[str, float] | None = None
    exposure: Mapping[str, float] | None = None
    outcome: str | None = None
    value: float | None = None
    respond_by: datetime | None = None

    @property
    def assigned_item(self) -> WorkItem:
        """The item of an `assigned` event; Refused where another kind of event is asked for one."""
        if self.item is None:
            raise Refused(f"event `{self.event_id}`: given `{self.kind}` without an item, expected an `assigned` event")
        return self.item
