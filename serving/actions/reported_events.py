"""Events that others report: each is checked against what is known, and all that fit are kept in one commit.

What happened outside is a fact: it may be late, and an owner who got an item in the CRM carries it even beyond their
ceiling. It became known now, whenever it happened; the state moves on in the same transaction.
"""
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson

from features.events import ENDS, EVENTS, KINDS, Event, EventKind
from rules.digests import letters
from rules.errors import Problem, nearest_name
from rules.model import Moment
from rules.plain_json import plain
from rules.refdata.record_ids import record_key
from rules.refdata.times import format_instant
from rules.routing.territory import find_route
from serving.decision.due_time import respond_by
from serving.imports.history_events import team_of
from serving.runtime.context import ActiveConfig, now_of
from serving.runtime.idempotent import Kept
from serving.runtime.live import Live
from serving.store import assignments, decision_log, event_log
from serving.store.assignments import Held, OpenAssignment
from serving.store.writer import Writing

#: What others may report; `assigned` is only ever decided, imported, or what follows from `reassigned`.
REPORTED = tuple(kind for kind in KINDS if kind != "assigned")
ROUTE = "events"
#: How far the reporter's clock may run ahead of ours.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """One thing that happened, as reported: to the assignment `decision_id`, or to the present one of `item_id`.

    `outcome` and `value` come with an outcome or a closing; `owner_id` is who has the item after `reassigned`.
    """

    event_id: str
    kind: EventKind
    occurred_at: datetime
    decision_id: str | None = None
    item_id: str | None = None
    outcome: str | None = None
    value: float | None = None
    owner_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one reported event: stored, known (reported before), or refused with the problem."""

    event_id: str | None
    status: str
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventReport:
    """The results in the order of the events; `canonical` is the answer's bytes."""

    results: tuple[Result, ...]
    canonical: bytes
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCommand:
    """Events as reported, a Result for each that could not be read; `digest` tells this body from another under its key."""

    told: Sequence[Reported | Result]
    key: str | None = None
    digest: str = ""


class _Unfit(ValueError):
    """An event that does not fit what is known; carries the problem."""

    def __init__(self, problem: Problem):
        super().__init__(str(problem))
        self.problem = problem


class Reporter:
    """Keeps reported events of one workspace."""

    def __init__(self, live: Live):
        self._live = live

    def submit(self, asked: ReportCommand) -> "Future[EventReport]":
        """Queue events; those that wait share a commit."""
        return self._live.idempotent.submit(
            ROUTE, asked, lambda writing: self._keep(writing, asked.told),
            lambda _writing, _decision_id, canonical: EventReport(results=(), canonical=canonical, replayed=True))

    def _keep(self, writing: Writing, told: Sequence[Reported | Result]) -> Kept[EventReport]:
        told = _by_what_holds(writing, told)
        sorting = _Sorting(writing, self._live.in_force, [each for each in told if isinstance(each, Reported)])
        results = tuple(each if isinstance(each, Result) else sorting.sort(each) for each in told)
        canonical = orjson.dumps({"results": [_as_json(result) for result in results]})
        return Kept(answer=EventReport(results=results, canonical=canonical), canonical=canonical,
                    events=tuple(event_log.append(writing, sorting.drafts)))


def _by_what_holds(writing: Writing, told: Sequence[Reported | Result]) -> list[Reported | Result]:
    """Reports of a decision that found the item held are of the assignment that held it."""
    ids = {each.decision_id for each in told if isinstance(each, Reported) and each.decision_id}
    holding = decision_log.holding(writing.connection, ids) if ids else {}
    return [replace(each, decision_id=holding[each.decision_id])
            if isinstance(each, Reported) and each.decision_id in holding else each for each in told]


class _Sorting:
    """Sorts reported events into those kept (`drafts`), known before, and refused; later ones see the earlier."""

    def __init__(self, writing: Writing, in_force: ActiveConfig, told: Sequence[Reported]):
        self._writing, self._in_force = writing, in_force
        self._now = now_of(writing.head)
        connection = writing.connection
        ids = list({each.event_id for each in told})
        self._known = event_log.by_ids(connection, [*ids, *map(_follow_up_id, ids)])
        self._held = assignments.held(connection, assignment_ids=list({each.decision_id for each in told if each.decision_id}),
                                    item_ids=list({each.item_id for each in told if each.item_id}))
        self._of_item: dict[str, list[str]] = {}
        for one in sorted(self._held.values(), key=lambda held: held.seq):
            self._of_item.setdefault(one.item_id, []).append(one.assignment_id)
        self._holders = assignments.holders(connection, {one.item_id for one in self._held.values()})
        self.drafts: list[Event] = []

    def sort(self, told: Reported) -> Result:
        """What becomes of one event."""
        before = self._known.get(told.event_id)
        try:
            if before is not None:
                self._require_same(told, before)
                return Result(event_id=told.event_id, status="known")
            self._require_fit(told)
            held = self._assignment(told)
            drafts = [self._draft(told, held)]
            if told.owner_id is not None and held.ended in (None, "rejected"):
                drafts += self._given_to(told, held, told.owner_id)
        except _Unfit as unfit:
            return Result(event_id=told.event_id, status="refused", problem=unfit.problem)
        for draft in drafts:
            self._note(draft)
        return Result(event_id=told.event_id, status="stored")

    def _note(self, draft: Event) -> None:
        self.drafts.append(draft)
        self._known[draft.event_id] = draft
        if draft.kind == "assigned":
            self._held[draft.assignment_id] = Held(assignment_id=draft.assignment_id, item_id=draft.item_id,
                                                   owner_id=draft.owner_id, seq=self._writing.head.last_seq)
            self._of_item.setdefault(draft.item_id, []).append(draft.assignment_id)
            self._holders[record_key(draft.item_id)] = OpenAssignment.of(draft)
        elif draft.kind in ENDS:
            held = self._held.get(draft.assignment_id)
            if held is not None and held.ended is None:
                self._held[draft.assignment_id] = replace(held, ended=draft.kind)
            holder = self._holders.get(record_key(draft.item_id))
            if holder is not None and holder.assignment_id == draft.assignment_id:
                del self._holders[record_key(draft.item_id)]

    def _require_same(self, told: Reported, before: Event) -> None:
        """Refuse another event under an id that is taken."""
        follow_up = self._known.get(_follow_up_id(told.event_id))
        given_to = None if follow_up is None else follow_up.owner_id
        same = (before.kind == told.kind and before.occurred_at == told.occurred_at and before.outcome == told.outcome
                and before.value == told.value and told.decision_id in (None, before.assignment_id)
                and told.item_id in (None, before.item_id) and told.owner_id in (None, given_to))
        if not same:
            raise _Unfit(Problem(message="another event was reported under this `event_id`", column_name="event_id",
                                 given=told.event_id, expected="the same event again, or an id of its own"))

    def _require_fit(self, told: Reported) -> None:
        """What can be told without knowing the assignment: the time, and fields that go with the kind."""
        if told.occurred_at > self._now + AHEAD:
            raise _Unfit(Problem(message="`occurred_at` has not come yet", column_name="occurred_at",
                                 given=format_instant(told.occurred_at),
                                 expected=f"a time up to now, `{format_instant(self._now)}`"))
        if told.kind in ("outcome", "corrected") and told.outcome is None:
            raise _Unfit(Problem(message="an outcome without its word", column_name="outcome",
                                 expected="`outcome`, such as `converted`"))
        for name in ("outcome", "value", "owner_id"):
            kinds = [kind for kind, about in EVENTS.items() if name in about.takes]
            if getattr(told, name) is not None and told.kind not in kinds:
                raise _Unfit(Problem(message=f"`{told.kind}` takes no `{name}`", column_name=name,
                                     given=getattr(told, name), expected=f"it with {' or '.join(kinds)} alone"))
        if told.owner_id is not None and told.owner_id not in self._in_force.directory.owners:
            raise _Unfit(Problem(message="there is no such owner", column_name="owner_id", given=told.owner_id,
                                 expected="the id of an owner in the directory",
                                 nearest=nearest_name(told.owner_id, self._in_force.directory.owners)))

    def _assignment(self, told: Reported) -> Held:
        """The assignment that an event is about."""
        if told.decision_id is None and told.item_id is None:
            raise _Unfit(Problem(message="neither `decision_id` nor `item_id` is given", column_name="decision_id",
                                 expected="the decision that assigned, or the item"))
        held = self._by_item(told.item_id) if told.decision_id is None else self._by_decision(told.decision_id)
        if told.item_id not in (None, held.item_id):
            raise _Unfit(Problem(message=f"decision `{told.decision_id}` is about another item", column_name="item_id",
                                 given=told.item_id, expected=f"`{held.item_id}`, or no `item_id`"))
        if told.owner_id is not None and told.owner_id == held.owner_id and held.ended is None:
            raise _Unfit(Problem(message="the owner has the item already", column_name="owner_id", given=told.owner_id,
                                 expected="who has it after the reassignment"))
        return held

    def _by_decision(self, decision_id: str) -> Held:
        held = self._held.get(decision_id)
        if held is not None:
            return held
        outcome = decision_log.outcome_of(self._writing.connection, decision_id)
        if outcome is None:
            raise _Unfit(Problem(message="there is no such decision", column_name="decision_id", given=decision_id,
                                 expected="the id of a decision that assigned, or of an imported assignment"))
        advice = "accept it first" if outcome == "recommended" else "nobody got the item"
        raise _Unfit(Problem(message=f"the decision assigned nobody: it stands at `{outcome}`", column_name="decision_id",
                             given=decision_id, expected=f"a decision that assigned; {advice}"))

    def _by_item(self, item_id: str | None) -> Held:
        ids = self._of_item.get(item_id or "", [])
        if not ids:
            raise _Unfit(Problem(message="nobody was given such an item", column_name="item_id", given=item_id,
                                 expected="the id of an item that was assigned"))
        still_open = [each for each in ids if self._held[each].ended is None]
        if len(still_open) > 1:
            raise _Unfit(Problem(message=f"the item has {len(still_open)} open assignments", column_name="item_id",
                                 given=item_id, expected=f"`decision_id`, one of {', '.join(still_open[:5])}"))
        return self._held[(still_open or ids)[-1]]

    def _draft(self, told: Reported, held: Held) -> Event:
        return Event(event_id=told.event_id, kind=told.kind, assignment_id=held.assignment_id, item_id=held.item_id,
                     owner_id=held.owner_id, occurred_at=told.occurred_at, known_at=self._now, outcome=told.outcome,
                     value=told.value)

    def _given_to(self, told: Reported, held: Held, owner_id: str) -> list[Event]:
        """The new owner's assignment, after the end of whichever other one holds the item; none where it is theirs already."""
        holder = self._holders.get(record_key(held.item_id))
        if holder is None or holder.assignment_id == held.assignment_id:
            return [self._follow_up(told, held, owner_id)]
        if holder.owner_id == owner_id:
            return []
        given = self._follow_up(told, held, owner_id)
        return [holder.handed_on(given), given]

    def _follow_up(self, told: Reported, held: Held, owner_id: str) -> Event:
        """The assignment that the new owner got; whom the CRM chose is no choice of ours, so it has no propensity."""
        event_id = _follow_up_id(told.event_id)
        if event_id in self._known:
            raise _Unfit(Problem(message=f"the id `{event_id}` is taken, which the new assignment would get",
                                 column_name="event_id", given=told.event_id, expected="another id"))
        first, book, directory = self._first(held), self._in_force.book, self._in_force.directory
        at = max(told.occurred_at, first.occurred_at)
        route = find_route(book, first.assigned_item, directory, Moment(at=told.occurred_at)).route
        team = team_of(route, owner_id, told.occurred_at, directory=directory)
        due = respond_by(route.sla, book=book, directory=directory, owner_id=owner_id, team=team, at=at)
        made = "r-" + letters(told.event_id)[:32]
        return Event(event_id=event_id, kind="assigned", assignment_id=made, item_id=held.item_id, owner_id=owner_id,
                     occurred_at=at, known_at=self._now, team=team, item=first.item, assigned_by="manual",
                     value=first.value, respond_by=due)

    def _first(self, held: Held) -> Event:
        """The event that made an assignment, perhaps a moment ago in this very report."""
        for draft in self.drafts:
            if draft.kind == "assigned" and draft.assignment_id == held.assignment_id:
                return draft
        return event_log.assigned(self._writing.connection, held.assignment_id)


def _follow_up_id(event_id: str) -> str:
    return f"{event_id}:assigned"


def _as_json(result: Result) -> Mapping[str, object]:
    told = {"event_id": result.event_id, "status": result.status}
    problem = result.problem
    return told if problem is None else {**told, "problem": {
        "message": problem.message, "field": problem.column_name, "given": plain(problem.given),
        "expected": problem.expected, "nearest": problem.nearest}}
