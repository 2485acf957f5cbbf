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

EventKind = Literal["assigned", "accepted", "rejected", "responded", "reassigned", "outcome", "closed", "corrected", "lapsed",
                    "reopened", "merged", "consent_revoked", "retracted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KindOfEvent:
    """What every reader asks of a kind; what it does to the state stands in features/state.py.

    `told` goes before the owner's name where people read what happened. `takes`: what a report of it may carry besides
    its time. `over`: why nothing more can be done with an assignment that it ended, None where it ends none.
    `settles`: the label is settled all the same, though it ended. `overridable`: a person may still give the item away.
    `gave_back`: what its owner did who is not offered the item again, in words, "" where they may be. `handled`: by it the
    owner took the item on.
    """

    meaning: str
    told: str
    takes: tuple[str, ...] = ()
    over: str | None = None
    settles: bool = False
    overridable: bool = False
    gave_back: str = ""
    handled: bool = False


EVENTS: Mapping[EventKind, KindOfEvent] = {
    "assigned": KindOfEvent(told="given to", meaning="an owner got the item; only decided, imported, or what follows from "
                                                     "`reassigned`, never reported"),
    "accepted": KindOfEvent(told="accepted by", handled=True, meaning="the owner took the item on"),
    "rejected": KindOfEvent(told="rejected by", meaning="the owner did not take it on; their place is free again",
                            over="was rejected; ask for another decision, or override it", overridable=True,
                            gave_back="rejected it"),
    "lapsed": KindOfEvent(told="let lapse by", meaning="the owner let the time to take it on run out; their place is free",
                          over="has lapsed; ask for another decision, or override it", overridable=True,
                          gave_back="let it lapse"),
    "responded": KindOfEvent(told="answered by", handled=True, meaning="the customer heard from the owner"),
    "reassigned": KindOfEvent(told="taken from", takes=("owner_id",), over="was handed on; act on the item's present assignment",
                              meaning="somebody else has the item now, whom `owner_id` names; the first owner's place is free"),
    "outcome": KindOfEvent(told="outcome with", takes=("outcome", "value"),
                           meaning="what came of the item: `outcome`, and `value` where it is known"),
    "closed": KindOfEvent(told="closed with", takes=("outcome", "value"), over="is closed", settles=True,
                          handled=True, meaning="the item is done; the owner's place is free; may carry `outcome` and `value`"),
    "corrected": KindOfEvent(told="outcome corrected with", takes=("outcome", "value"),
                             meaning="the outcome told before was wrong, this one is right; also after the label is settled"),
    "reopened": KindOfEvent(told="opened again with", over="was opened again; act on the item's present assignment",
                            meaning="the item was closed and is open again, with the owner who had it"),
    "merged": KindOfEvent(told="merged, taken from", takes=("into",), over="was merged into another record; act on that one",
                          meaning="`into` names the record that survives: later events of this one reach it"),
    "consent_revoked": KindOfEvent(told="consent withdrawn from", meaning="the customer withdrew consent: the owner loses the "
                                                                          "item where a compliance rule then sends it elsewhere"),
    "retracted": KindOfEvent(told="taken back of", takes=("retracts",),
                             meaning="the event that `retracts` names was wrong: from now on neither it stands nor what "
                                     "followed from it; decisions made before replay as they were"),
}
KINDS = tuple(EVENTS)
#: What ends an assignment and frees its owner's capacity; and what ends it so that it never settles.
ENDS = tuple(kind for kind, about in EVENTS.items() if about.over)
GAVE_BACK = tuple(kind for kind, about in EVENTS.items() if about.gave_back)
HANDLED = tuple(kind for kind, about in EVENTS.items() if about.handled)
GIVEN_AWAY = tuple(kind for kind in ENDS if not EVENTS[kind].settles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to one assignment.

    `assignment_id` is the decision id live and a hash of item, owner and time for imported history. One of `ENDS`
    ends an assignment and frees its owner's capacity; `outcome` says what came of it, of several the one that occurred last.
    Only `assigned` carries `item`, `expected` (success probability under the item-quality model of then, None where
    none existed), `assigned_by` (rule, rotation, manual, model, exploration), `propensity`, `rotation` (the rotation
    credits of the slate after this pick), `exposure` (share of the slate's probability minus propensity, by owner),
    `counted_as` (what shares count it under, where that is not the team),
    `respond_by` (when the SLA asks for a first reply, None where none was promised), `untold` (the history it comes from says
    neither what came of it nor whether it is open still). `about`: the item or the event that it names, of `merged` and
    `retracted`; `note`: what was noticed when it was told.
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
    about: str | None = None
    note: str | None = None
    untold: bool = False
    counted_as: str | None = None

    @property
    def assigned_item(self) -> WorkItem:
        """The item of an `assigned` event; Refused where another kind of event is asked for one."""
        if self.item is None:
            raise Refused(f"event `{self.event_id}`: given `{self.kind}` without an item, expected an `assigned` event")
        return self.item
