"""Events that others report: each is checked against what is known, and all that fit are kept in one commit.

What happened outside is a fact: it may be late, and an owner who got an item in the CRM carries it even beyond their
ceiling. It became known now, whenever it happened; the state moves on in the same transaction.
"""
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from features.events import EVENTS, KINDS, Event
from rules.errors import Problem, nearest_name
from rules.plain_json import plain
from rules.refdata.record_ids import record_key
from rules.refdata.times import format_instant, possible_times, untrusted
from serving.actions.consequences import Consequences, Reported, Unfit
from serving.actions.item_story import ItemStories
from serving.runtime.context import ActiveConfig, now_of
from serving.runtime.idempotent import Kept
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.assignments import Held
from serving.store.writer import Writing

#: What others may report; `assigned` is only ever decided, imported, or what follows from `reassigned`.
REPORTED = tuple(kind for kind in KINDS if kind != "assigned")
ROUTE = "events"
#: What a kind cannot be told without, with what was expected.
NEEDS = (("outcome", "outcome", "`outcome`, such as `converted`"), ("corrected", "outcome", "`outcome`, such as `converted`"),
         ("merged", "into", "the id of the record that survives"),
         ("retracted", "retracts", "the `event_id` of the event to take back"))
#: Kinds that say how an item stands, whoever had it when they occurred.
STANDS_NOW = ("reopened", "merged", "consent_revoked")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one reported event: stored, known (reported before), or refused with the problem; what to look at."""

    event_id: str | None
    status: str
    problem: Problem | None = None
    warnings: tuple[str, ...] = ()


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


def retract(live: Live, event_id: str) -> Result:
    """Take an event back, now; what became of that."""
    told = Reported(event_id=f"retract-{uuid4().hex}", kind="retracted", retracts=event_id, occurred_at=datetime.now(UTC))
    [result] = Reporter(live).submit(ReportCommand(told=[told])).result().results
    return result


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
        named = [each.retracts for each in told if each.retracts]
        self._known = event_log.by_ids(connection, [*ids, *map(_follow_up_id, ids), *named])
        named_ids = [self._known[name].assignment_id for name in named if name in self._known]
        self._stories = ItemStories(connection, item_ids=[name for each in told for name in (each.item_id, each.into) if name],
                                    assignment_ids=[*(each.decision_id for each in told if each.decision_id), *named_ids])
        self.drafts: list[Event] = []
        self._consequences = Consequences(stories=self._stories, in_force=in_force, now=self._now, events_of=self._events_of,
                                          is_taken=self._known.__contains__)

    def sort(self, told: Reported) -> Result:
        """What becomes of one event."""
        before = self._known.get(told.event_id)
        try:
            if before is not None:
                self._require_same(told, before)
                return Result(event_id=told.event_id, status="known")
            self._require_fit(told)
            drafts, warnings = self._consequences.of(told, self._assignment(told))
        except Unfit as unfit:
            return Result(event_id=told.event_id, status="refused", problem=unfit.problem)
        for draft in drafts:
            self.drafts.append(draft)
            self._known[draft.event_id] = draft
            self._stories.note(draft)
        return Result(event_id=told.event_id, status="stored", warnings=tuple(warnings))

    def _events_of(self, assignment_id: str) -> list[Event]:
        return [*event_log.of_assignment(self._writing.connection, assignment_id),
                *(draft for draft in self.drafts if draft.assignment_id == assignment_id)]

    def _require_same(self, told: Reported, before: Event) -> None:
        """Refuse another event under an id that is taken."""
        follow_up = self._known.get(_follow_up_id(told.event_id))
        given_to = None if follow_up is None else follow_up.owner_id
        same = (before.kind == told.kind and before.occurred_at == told.occurred_at and before.value == told.value
                and before.outcome == told.outcome and before.about == (told.into or told.retracts)
                and told.decision_id in (None, before.assignment_id)
                and (told.item_id is None or record_key(self._stories.survivor(told.item_id)) == record_key(before.item_id)
                     or record_key(told.item_id) == record_key(before.item_id))
                and (told.owner_id in (None, given_to) or follow_up is None))
        if not same:
            raise Unfit("another event was reported under this `event_id`", "event_id",
                        "the same event again, or an id of its own", given=told.event_id)

    def _require_fit(self, told: Reported) -> None:
        """What can be told without knowing the assignment: the time, and fields that go with the kind."""
        wrong = untrusted(told.occurred_at, now=self._now)
        if wrong is not None:
            raise Unfit(f"`occurred_at` {wrong}", "occurred_at", possible_times(self._now),
                        given=format_instant(told.occurred_at))
        for kind, name, words in NEEDS:
            if told.kind == kind and getattr(told, name) is None:
                raise Unfit(f"`{kind}` without its `{name}`", name, words)
        for name in ("outcome", "value", "owner_id", "into", "retracts"):
            kinds = [kind for kind, about in EVENTS.items() if name in about.takes]
            if getattr(told, name) is not None and told.kind not in kinds:
                raise Unfit(f"`{told.kind}` takes no `{name}`", name, f"it with {' or '.join(kinds)} alone",
                            given=getattr(told, name))
        if told.owner_id is not None and told.owner_id not in self._in_force.directory.owners:
            raise Unfit("there is no such owner", "owner_id", "the id of an owner in the directory", given=told.owner_id,
                        nearest=nearest_name(told.owner_id, self._in_force.directory.owners))

    def _assignment(self, told: Reported) -> Held:
        """The assignment that an event is about."""
        if told.retracts is not None:
            return self._of_retracted(told.retracts)
        if told.decision_id is None and told.item_id is None:
            raise Unfit("neither `decision_id` nor `item_id` is given", "decision_id", "the decision that assigned, or the item")
        held = self._by_item(told) if told.decision_id is None else self._by_decision(told.decision_id)
        if told.item_id is not None and record_key(self._stories.survivor(told.item_id)) != record_key(
                self._stories.survivor(held.item_id)):
            raise Unfit(f"decision `{told.decision_id}` is about another item", "item_id", f"`{held.item_id}`, or no `item_id`",
                        given=told.item_id)
        if told.owner_id is not None and told.owner_id == held.owner_id and held.ended is None:
            raise Unfit("the owner has the item already", "owner_id", "who has it after the reassignment", given=told.owner_id)
        return held

    def _of_retracted(self, event_id: str) -> Held:
        wrong = self._known.get(event_id)
        held = None if wrong is None else self._stories.assignment(wrong.assignment_id)
        if held is None:
            raise Unfit("there is no such event", "retracts", "the `event_id` of an event that was told before", given=event_id)
        if any(event.about == event_id and event.kind == "retracted" for event in self._events_of(held.assignment_id)):
            raise Unfit("the event was taken back before", "retracts", "another event", given=event_id)
        return held

    def _by_decision(self, decision_id: str) -> Held:
        held = self._stories.assignment(decision_id)
        if held is not None and held.never:
            raise Unfit("the assignment was taken back", "decision_id", "a decision that gave somebody the item",
                        given=decision_id)
        if held is not None:
            return held
        outcome = decision_log.outcome_of(self._writing.connection, decision_id)
        if outcome is None:
            raise Unfit("there is no such decision", "decision_id", "the id of a decision that assigned, or of an imported "
                        "assignment", given=decision_id)
        advice = "accept it first" if outcome == "recommended" else "nobody got the item"
        raise Unfit(f"the decision assigned nobody: it stands at `{outcome}`", "decision_id",
                    f"a decision that assigned; {advice}", given=decision_id)

    def _by_item(self, told: Reported) -> Held:
        """Whose the item was when it occurred; of what says how things stand, whose it was last."""
        item_id = self._stories.survivor(told.item_id or "")
        story = self._stories.of(item_id)
        held = story[-1] if story and told.kind in STANDS_NOW else self._stories.at(item_id, told.occurred_at)
        if held is None:
            raise Unfit("nobody was given such an item", "item_id", "the id of an item that was assigned", given=told.item_id)
        return held


def _follow_up_id(event_id: str) -> str:
    return f"{event_id}:assigned"


def _as_json(result: Result) -> Mapping[str, object]:
    told: dict[str, object] = {"event_id": result.event_id, "status": result.status}
    if result.warnings:
        told["warnings"] = list(result.warnings)
    problem = result.problem
    return told if problem is None else {**told, "problem": {
        "message": problem.message, "field": problem.column_name, "given": plain(problem.given),
        "expected": problem.expected, "nearest": problem.nearest}}
