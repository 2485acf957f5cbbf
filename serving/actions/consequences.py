"""What follows from a reported event: the event itself and those that it brings about, and what is to be said of them."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from features.clock import micros, moment
from features.events import EVENTS, Event, EventKind
from rules.digests import letters
from rules.errors import Problem
from rules.model import Fact, Moment
from rules.refdata.record_ids import record_key
from rules.refdata.times import format_instant
from rules.routing.compliance.engine import blocking_rule
from rules.routing.territory import find_route
from serving.actions.item_story import ItemStories
from serving.decision.due_time import respond_by
from serving.imports.history_events import team_of, why_excluded
from serving.runtime.context import ActiveConfig
from serving.store.assignments import Held

#: The item's attribute that says whether the customer consented, and the word for no.
CONSENT, DENIED = "consent", "denied"
#: What may be taken back, besides an assignment.
RETRACTABLE = ("outcome", "corrected", "closed", "rejected", "lapsed", "reassigned", "merged")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """One thing that happened, as reported: to the assignment `decision_id`, or to whoever had `item_id` when it occurred.

    `outcome` and `value` come with an outcome or a closing; `owner_id` is who has the item after `reassigned`; `into` the
    record that `merged` leaves; `retracts` the event that `retracted` takes back.
    """

    event_id: str
    kind: EventKind
    occurred_at: datetime
    decision_id: str | None = None
    item_id: str | None = None
    outcome: str | None = None
    value: float | None = None
    owner_id: str | None = None
    into: str | None = None
    retracts: str | None = None


class Unfit(ValueError):
    """An event that does not fit what is known; carries the problem."""

    def __init__(self, message: str, column_name: str, expected: str, **more: Any):
        super().__init__(message)
        self.problem = Problem(message=message, column_name=column_name, expected=expected, **more)


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """Finds what follows; `events_of` gives the events of an assignment, `is_taken` says whether an event's id is."""

    stories: ItemStories
    in_force: ActiveConfig
    now: datetime
    events_of: Callable[[str], Sequence[Event]]
    is_taken: Callable[[str], bool]

    def of(self, told: Reported, held: Held) -> tuple[list[Event], list[str]]:
        """The events to keep, the told one first, and warnings."""
        own = Event(event_id=told.event_id, kind=told.kind, assignment_id=held.assignment_id, item_id=held.item_id,
                    owner_id=held.owner_id, occurred_at=told.occurred_at, known_at=self.now, outcome=told.outcome,
                    value=told.value, about=told.into or told.retracts)
        follow = {"reassigned": self._reassigned, "reopened": self._reopened, "merged": self._merged,
                  "consent_revoked": self._consent_revoked, "retracted": self._retracted}.get(told.kind, self._plain)
        return follow(told, held, own)

    def _plain(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        later = self.stories.after(held, told.occurred_at)
        return [own], [] if later is None else [_history(later)]

    def _reassigned(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        """The new owner's assignment: open, unless somebody got the item later; then it lies in the past."""
        owner_id = told.owner_id
        if owner_id is None:
            return self._plain(told, held, own)
        holder, later = self.stories.holder(held.item_id), self.stories.after(held, told.occurred_at)
        if later is None and (holder is None or holder is held) and held.ended in ("closed", "merged"):
            return [own], [f"the item is {held.ended}: `{owner_id}` was given nothing to do"]
        if (later or holder or held).owner_id == owner_id and (later or holder) is not held:
            return [own], [_history(later)] if later else []
        given = self._given(told, held, owner_id)
        now = self.in_force
        said = why_excluded(given.assigned_item, owner_id, told.occurred_at, book=now.book, directory=now.directory)
        own, given, warnings = replace(own, note=said), replace(given, note=said), [said] if said else []
        if later is not None:
            ended = _end(given, told, moment(later.began))
            return [own, given, ended], [*warnings, _history(later)]
        if holder is not None and holder.assignment_id != held.assignment_id:
            return [own, _end(self.stories.made(holder), told, given.occurred_at, known_at=self.now), given], warnings
        return [own, given], warnings

    def _reopened(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        """Another assignment of the same owner, after the closed one."""
        self._require_free(held)
        if held.ended is None or not EVENTS[held.ended].settles:                    # type: ignore[index]
            raise Unfit("the item was not closed", "item_id", "an item that was closed; ask for a decision on any other",
                        given=held.item_id)
        if micros(told.occurred_at) < (held.ended_at or 0):
            raise Unfit("the item was closed after that", "occurred_at", "a time after the closing, "
                        f"`{format_instant(moment(held.ended_at or 0))}`", given=format_instant(told.occurred_at))
        return [own, self._given(told, held, held.owner_id)], []

    def _merged(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        if told.into is None or record_key(told.into) == record_key(held.item_id):
            raise Unfit("a record is merged into another", "into", "the id of the record that survives", given=told.into)
        known = self.stories.of(self.stories.survivor(told.into))
        return [own], [] if known else [f"nobody was given `{told.into}` yet: later events of either are refused until then"]

    def _consent_revoked(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        """Taken from its owner where a rule on the item itself does so once consent is denied."""
        holder, now = self.stories.holder(held.item_id), self.in_force
        if holder is None:
            return [own], ["nobody has the item"]
        item = self.stories.made(holder).assigned_item
        item = replace(item, facts={**item.facts, CONSENT: Fact(value=DENIED)})
        block = blocking_rule(item, Moment(at=self.now), now.book)
        if block is None:
            return [own], [f"no compliance rule takes such an item from people: `{holder.owner_id}` keeps it"]
        said = f"rule `{block.rule.id}` takes the item from `{holder.owner_id}`" + (
            f": it goes to `{block.rule.send_to}`" if block.rule.send_to else "")
        own = replace(own, assignment_id=holder.assignment_id, owner_id=holder.owner_id, note=said)
        return [own, _end(self.stories.made(holder), told, told.occurred_at, known_at=self.now)], [said]

    def _retracted(self, told: Reported, held: Held, own: Event) -> tuple[list[Event], list[str]]:
        """Undo an event: its outcome gives way to the one before, what it ended begins again, whom it gave the item loses it."""
        events = self.events_of(held.assignment_id)
        wrong = next(event for event in events if event.event_id == told.retracts)
        if wrong.kind == "assigned":
            return [own, _end(wrong, told, told.occurred_at, known_at=self.now)], []
        if wrong.kind not in RETRACTABLE:
            raise Unfit(f"`{wrong.kind}` cannot be taken back", "retracts", f"one of {', '.join(RETRACTABLE)}, or an assignment",
                        given=told.retracts)
        gone = {event.about for event in events if event.kind == "retracted"} | {told.retracts}
        if wrong.outcome is not None:
            said = [event for event in events if event.outcome and event.event_id not in gone and event.kind != "retracted"]
            own = replace(own, outcome=max(said, key=lambda event: event.occurred_at).outcome if said else "")
        if not EVENTS[wrong.kind].over or held.ended != wrong.kind:
            return [own], []
        drafts, holder = [own], self.stories.holder(held.item_id)
        if holder is not None and self.stories.made(holder).event_id == f"{wrong.event_id}:assigned":
            drafts.append(_end(self.stories.made(holder), told, told.occurred_at, known_at=self.now))
        elif holder is not None:
            return drafts, [f"`{holder.owner_id}` has the item by now and keeps it"]
        if wrong.kind == "closed":
            drafts.append(replace(own, event_id=f"{told.event_id}:reopened", kind="reopened", outcome=None, about=None))
        return [*drafts, self._given(told, held, held.owner_id)], []

    def _require_free(self, held: Held) -> None:
        holder = self.stories.holder(held.item_id)
        if holder is not None:
            raise Unfit(f"`{holder.owner_id}` has the item", "item_id", "an item that nobody has", given=held.item_id)

    def _given(self, told: Reported, held: Held, owner_id: str) -> Event:
        """The assignment that an owner got; whom the CRM chose is no choice of ours, so it has no propensity."""
        event_id = f"{told.event_id}:assigned"
        if self.is_taken(event_id):
            raise Unfit(f"the id `{event_id}` is taken, which the new assignment would get", "event_id", "another id",
                        given=told.event_id)
        first, book, directory = self.stories.made(held), self.in_force.book, self.in_force.directory
        if owner_id not in directory.owners:
            raise Unfit(f"`{owner_id}` is not in the directory any more", "item_id", "an item of an owner who is there; ask for "
                        "a decision", given=held.item_id)
        at = max(told.occurred_at, first.occurred_at)
        route = find_route(book, first.assigned_item, directory, Moment(at=told.occurred_at)).route
        team = team_of(route, owner_id, told.occurred_at, directory=directory)
        due = respond_by(route.sla, book=book, directory=directory, owner_id=owner_id, team=team, at=at)
        return Event(event_id=event_id, kind="assigned", assignment_id="r-" + letters(told.event_id)[:32], item_id=held.item_id,
                     owner_id=owner_id, occurred_at=at, known_at=self.now, team=team, item=first.item, assigned_by="manual",
                     value=first.value, respond_by=due)


def _end(of: Event, told: Reported, at: datetime, known_at: datetime | None = None) -> Event:
    """The end of an assignment that an event brings about."""
    return Event(event_id=f"{told.event_id}:ends:{of.assignment_id}"[:128], kind="reassigned", assignment_id=of.assignment_id,
                 item_id=of.item_id, owner_id=of.owner_id, occurred_at=at, known_at=known_at or of.known_at)


def _history(later: Held) -> str:
    return (f"kept as history: `{later.owner_id}` got the item after that, at "
            f"`{format_instant(moment(later.began))}`, and what is newer stands")
