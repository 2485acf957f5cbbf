"""Who had an item when: the assignments that reported events are about, in the order in which their owners got them.

An event belongs to whoever had the item when it occurred, so that what is told late never undoes what is newer. A merged
record's story goes on in that of the record which survived.
"""
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from features.clock import SECOND, micros
from features.events import ENDS, Event
from rules.refdata.record_ids import record_key, spellings
from serving.store import assignments, event_log, tables
from serving.store.assignments import Held

#: A record merged into a record, and so on: no further than this.
_MOST_MERGES = 20
_E = tables.events.c


class ItemStories:
    """What is known of some items and their assignments; follows what is noted of them."""

    def __init__(self, connection: Connection, *, assignment_ids: Iterable[str], item_ids: Iterable[str]):
        self._connection = connection
        self._held: dict[str, Held] = {}
        self._of_item: dict[str, list[str]] = {}
        self._into: dict[str, str] = {}
        self._merged_by: dict[str, str] = {}
        self._made: dict[str, Event] = {}
        known = assignments.held(connection, assignment_ids=sorted(set(assignment_ids)))
        wanted = {record_key(name) for name in (*item_ids, *(held.item_id for held in known.values()))}
        self._read(wanted)

    def _read(self, keys: set[str]) -> None:
        """Read items, and the records that they were merged into."""
        asked: set[str] = set()
        while keys:
            asked |= keys
            names = sorted({name for key in keys for name in (key, *spellings(key))})
            found = assignments.held(self._connection, item_ids=names)
            for held in sorted(found.values(), key=lambda one: one.seq):
                self._keep(held)
            told = list(event_log.read(self._connection, select(tables.events).where(
                _E.kind.in_(("merged", "retracted")), _E.item_id.in_(names)).order_by(_E.seq)))
            taken_back = {event.about for event in told if event.kind == "retracted"}
            keys = {record_key(self._note_merge(event)) for event in told
                    if event.kind == "merged" and event.event_id not in taken_back} - asked

    def _note_merge(self, event: Event) -> str:
        key = self._merged_by[event.event_id] = record_key(event.item_id)
        self._into[key] = event.about or ""
        return event.about or ""

    def _keep(self, held: Held) -> None:
        if held.assignment_id not in self._held:
            self._of_item.setdefault(record_key(held.item_id), []).append(held.assignment_id)
        self._held[held.assignment_id] = held

    def note(self, draft: Event) -> None:
        """One more event about an item of these."""
        if draft.kind == "assigned":
            self._made[draft.assignment_id] = draft
            self._keep(Held(assignment_id=draft.assignment_id, item_id=draft.item_id, owner_id=draft.owner_id, seq=2**62,
                            began=micros(draft.occurred_at), made_by=draft.event_id))
        elif (held := self._held.get(draft.assignment_id)) is not None and draft.kind in ENDS:
            self._held[draft.assignment_id] = held.ended_by(draft.event_id, draft.kind, micros(draft.occurred_at))
        elif held is not None and draft.kind == "retracted":
            self._held[draft.assignment_id] = held.without((draft.about or "",))
            self._into.pop(self._merged_by.pop(draft.about or "", ""), None)
        if draft.kind == "merged":
            self._note_merge(draft)

    def assignment(self, assignment_id: str) -> Held | None:
        """One assignment, None for an id of none."""
        return self._held.get(assignment_id)

    def survivor(self, item_id: str) -> str:
        """The record that an item is by now, however often it was merged."""
        for _ in range(_MOST_MERGES):
            into = self._into.get(record_key(item_id))
            if into is None:
                return item_id
            item_id = into
        return item_id

    def of(self, item_id: str, *, every: bool = False) -> list[Held]:
        """An item's assignments in the order in which their owners got it; `every`: also those that were taken back."""
        found = (self._held[name] for name in self._of_item.get(record_key(item_id), ()))
        return sorted((one for one in found if every or not one.never), key=lambda one: one.began)

    def holder(self, item_id: str) -> Held | None:
        """Who has an item now."""
        return next((held for held in reversed(self.of(item_id)) if held.ended is None), None)

    def at(self, item_id: str, moment: datetime) -> Held | None:
        """Whose an item was at a moment: the last who got it by then, else the first of all; None where nobody ever was."""
        story = self.of(item_id)
        return next((held for held in reversed(story) if _by(held, moment)), story[0] if story else None)

    def after(self, held: Held, moment: datetime) -> Held | None:
        """Who got the item next after a moment, of those after an assignment; None where nobody did."""
        return next((one for one in self.of(held.item_id) if one.assignment_id != held.assignment_id
                     and one.began >= held.began and not _by(one, moment)), None)

    def made(self, held: Held) -> Event:
        """The event that made an assignment."""
        made = self._made.get(held.assignment_id)
        if made is None:
            made = self._made[held.assignment_id] = event_log.assigned(self._connection, held.assignment_id)
        return made


def _by(held: Held, moment: datetime) -> bool:
    """Whether the owner had got the item by a moment; one told in whole seconds means any time in its second."""
    began = held.began if moment.microsecond else held.began // SECOND * SECOND
    return began <= micros(moment)
