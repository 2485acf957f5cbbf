"""READ FIRST: the shell around a decision. A raw record comes in, one commit goes out.

    raw record -> intake -> item compliance -> territory stages -> pair compliance -> availability -> candidates
       -> features as of now -> score -> rank (explore) -> explain -> fairness checks -> decision document
       -> one commit: decision + inputs + capacity reservation + idempotency record + assigned event -> answer

The first two lines are serving/decision/recommend.py, pure. context.py beside this file gives it what it needs (the moment,
the state of then, what is in force) inside the store's single-writer transaction and reserves; idempotent.py sees that one
key decides once; this file keeps what came of it.
"""
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from features.clock import PLANNED, runs_ahead
from features.events import Event
from rules.errors import ItemError, Problem, Refused
from rules.refdata.times import NotReadable, format_instant, parse_instant, possible_times, untrusted
from serving.decision.parts import DecisionDocument
from serving.decision.recommend import Decision
from serving.decision.request import DecisionRequest, Mode
from serving.runtime.context import now_of
from serving.runtime.idempotent import Kept, question_digest
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.assignments import OpenAssignment
from serving.store.writer import Head, Writing

#: Under which route the idempotency keys of decisions are kept.
ROUTE = "recommendations"


@dataclass(frozen=True, kw_only=True, slots=True)
class DecideCommand:
    """What somebody asks for: one raw item, and how to decide on it.

    `at` None = now. `key`: the idempotency key, under which the same question is answered once.
    """

    item: Mapping[str, object]
    mode: Mode = "recommend"
    top: int = 5
    current_owner: str | None = None
    exclude: tuple[str, ...] = ()
    at: datetime | None = None
    key: str | None = None

    @property
    def digest(self) -> str:
        """What tells this question from another under the same key."""
        return question_digest([self.item, self.mode, self.top, self.current_owner, list(self.exclude)])

    def request(self) -> DecisionRequest:
        """The same as the decision takes it, under an id of its own. ItemError where it was received at a time that cannot be."""
        _require_possible(self)
        return DecisionRequest(decision_id=uuid4().hex, item=self.item, mode=self.mode, top=self.top,
                               current_owner=self.current_owner, exclude=self.exclude)


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionResult:
    """The decision's canonical bytes as committed; `replayed` when the key had been answered before."""

    canonical: bytes
    replayed: bool = False
    decided_us: int = 0
    finished: float = field(default_factory=time.perf_counter)

    @property
    def document(self) -> DecisionDocument:
        """The decision document."""
        return DecisionDocument.from_bytes(self.canonical)

    @property
    def decision_id(self) -> str:
        """The decision's id."""
        return self.document.decision_id

    def commit_us(self) -> int:
        """How long the commit took, asked by whoever has just received the answer."""
        return int((time.perf_counter() - self.finished) * 1e6)


class Decider:
    """Decides items of one workspace, one after the other, each in the same commit as its consequences."""

    def __init__(self, live: Live):
        self._live = live

    def decide(self, asked: DecideCommand) -> DecisionResult:
        """Decide and wait for the commit. ItemError for a bad item, Refused for a moment that cannot be."""
        return self.submit(asked).result()

    def submit(self, asked: DecideCommand) -> "Future[DecisionResult]":
        """Queue the decision; those that wait share a commit. KeyRunning while one with the same key is under way."""
        return self._live.idempotent.submit(
            ROUTE, asked, lambda writing: self._decide(writing, asked),
            lambda _writing, _decision_id, canonical: DecisionResult(canonical=canonical, replayed=True))

    def _decide(self, writing: Writing, asked: DecideCommand) -> Kept[DecisionResult]:
        started = time.perf_counter()
        request = asked.request()
        decision, ended = self._live.context(writing, moment_of(asked, writing.head)).assign(request)
        canonical = keep(writing, decision)
        self._live.unknown_fields.update(decision.inputs.request.left_out)
        events = () if decision.assigned is None else hand_over(writing, ended, decision.assigned)
        result = DecisionResult(canonical=canonical, decided_us=int((time.perf_counter() - started) * 1e6))
        return Kept(answer=result, events=events, decision_id=decision.document.decision_id)


def latest_receipt(asked: DecideCommand) -> datetime:
    """Up to when an item of this question can have been received.

    A moment asked for may lie ahead, and the item with it. An item's own time taken for that moment is a plan's alone: what
    is assigned rests on what has happened, and one bad date never moves it.
    """
    now = datetime.now(UTC)
    if asked.at is None:
        return now
    return min(max(now, asked.at), now if asked.mode == "assign" else now + PLANNED)


def _require_possible(asked: DecideCommand) -> None:
    """Refuse a time of receipt that cannot be; one that is no time at all is the reader's to tell."""
    given = asked.item.get("received_at")
    try:
        received = parse_instant(given.strip()) if isinstance(given, str) else given
    except NotReadable:
        return
    if not isinstance(received, datetime) or received.tzinfo is None:
        return
    latest = latest_receipt(asked)
    if (why := untrusted(received, now=latest)) is not None:
        raise ItemError([Problem(message=f"`received_at` {why}", column_name="received_at", given=format_instant(received),
                                 expected=possible_times(latest))])


def keep(writing: Writing, decision: Decision) -> bytes:
    """Put a decision into the log with its inputs; its canonical bytes."""
    canonical = decision.document.to_bytes()
    decision_log.put(writing, decision.document, canonical, decision.inputs.to_bytes())
    return canonical


def hand_over(writing: Writing, before: OpenAssignment | None, assigned: Event) -> tuple[Event, ...]:
    """An assignment whose place is reserved, after the end of the one that held the item, in one transaction."""
    ended = () if before is None else event_log.append(writing, [before.handed_on(assigned)])
    return (*ended, event_log.append_reserved(writing, assigned))


def moment_of(asked: DecideCommand, head: Head) -> datetime:
    """The moment of decision: the one asked for, or now; an assignment never lies before what is already known."""
    if asked.at is None:
        return now_of(head)
    now = datetime.now(UTC)
    if asked.mode == "assign" and runs_ahead(asked.at, now=now):
        raise Refused(f"cannot assign at `{format_instant(asked.at)}`: that has not come yet, it is `{format_instant(now)}`; "
                      f"assign now, or recommend instead")
    newest = now_of(head) if runs_ahead(head.newest_at, now=now) else head.newest_at
    if asked.mode == "assign" and newest is not None and asked.at < newest:
        raise Refused(f"cannot assign at `{format_instant(asked.at)}`: events are known up to `{format_instant(newest)}` and "
                      f"known times never go back; assign at that moment or later, or recommend instead")
    return asked.at.astimezone(UTC)
