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
#: What rests on the assignment that it is told of, which is not taken back under it.
_RESTING = ("outcome", "corrected", "closed", "rejected", "lapsed", "merged")


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
        """Let an event stand no more, and what followed from it: whom it gave the item loses it, whose time it ended goes on."""
        story = [event for one in self.stories.of(held.item_id, every=True) for event in self.events_of(one.assignment_id)]
        gone = {event.about for event in story if event.kind == "retracted"}
        standing = [event for event in story if event.event_id not in gone]
        wrong = next(event for event in story if event.event_id == told.retracts)
        followed = [event for event in standing if event.event_id in _followers(wrong.event_id, event.assignment_id)]
        given = next((event for event in (wrong, *followed) if event.kind == "assigned"), None)
        self._require_last(wrong, given, standing)
        also = [event for event in followed if event is given or given is None or event.assignment_id != given.assignment_id]
        drafts = [own, *(_taken_back(event, told, number, self.now) for number, event in enumerate(also))]
        lost = None if given is None else self.stories.assignment(given.assignment_id)
        if given is not None and lost is not None and lost.ended is None:
            drafts.append(_end(given, told, told.occurred_at, known_at=self.now))
        return self._going_on(told, [wrong, *also], lost, drafts)

    def _going_on(self, told: Reported, gone: Sequence[Event], lost: Held | None,
                  drafts: list[Event]) -> tuple[list[Event], list[str]]:
        """With the end of each assignment that begins again without these events, where somebody got the item since."""
        holder, warnings = self.stories.holder(gone[0].item_id), []
        for one in filter(None, (self.stories.assignment(name) for name in {event.assignment_id for event in gone})):
            if one is lost or one.ended is None or one.without([event.event_id for event in gone]).ended is not None:
                continue
            if holder is not None and holder is not lost:
                warnings.append(f"`{holder.owner_id}` has the item by now and keeps it")
                drafts.append(_end(self.stories.made(one), told, moment(holder.began), known_at=self.now))
        return drafts, warnings

    def _require_last(self, wrong: Event, given: Event | None, standing: Sequence[Event]) -> None:
        """What rests on an event is taken back before it; and what followed from another one goes with that."""
        source = wrong.event_id.removesuffix(":assigned").partition(":ends:")[0]
        if source != wrong.event_id and any(event.event_id == source for event in standing):
            raise Unfit("the event only followed from another one", "retracts", f"`{source}`", given=wrong.event_id)
        if wrong.kind == "retracted":
            raise Unfit("what takes an event back cannot be taken back", "retracts", "another event; tell the first one again "
                        "under an id of its own", given=wrong.event_id)
        of, kinds = (wrong, ("reopened",)) if wrong.kind == "closed" else (given, _RESTING)
        kinds = (*kinds, "reassigned") if wrong.kind == "reopened" else kinds
        resting = next((event for event in reversed(standing) if of is not None and event.assignment_id == of.assignment_id
                        and event.kind in kinds and event is not wrong), None)
        if resting is not None:
            raise Unfit(f"`{resting.kind}` was told of what it brought about", "retracts",
                        f"`{resting.event_id}` taken back before", given=wrong.event_id)

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


def _followers(event_id: str, assignment_id: str) -> tuple[str, str]:
    """The ids of what an event brought about for an assignment."""
    return f"{event_id}:assigned", f"{event_id}:ends:{assignment_id}"[:128]


def _taken_back(event: Event, told: Reported, number: int, now: datetime) -> Event:
    """What takes back one more event together with the one told."""
    return Event(event_id=f"{told.event_id[:100]}:also:{number}", kind="retracted", assignment_id=event.assignment_id,
                 item_id=event.item_id, owner_id=event.owner_id, occurred_at=told.occurred_at, known_at=now, about=event.event_id)


def _end(of: Event, told: Reported, at: datetime, known_at: datetime | None = None) -> Event:
    """The end of an assignment that an event brings about."""
    return Event(event_id=f"{told.event_id}:ends:{of.assignment_id}"[:128], kind="reassigned", assignment_id=of.assignment_id,
                 item_id=of.item_id, owner_id=of.owner_id, occurred_at=at, known_at=known_at or of.known_at)


def _history(later: Held) -> str:
    return (f"kept as history: `{later.owner_id}` got the item after that, at "
            f"`{format_instant(moment(later.began))}`, and what is newer stands")
