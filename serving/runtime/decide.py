"""READ FIRST: the shell around a decision. A raw record comes in, one commit goes out.

    raw record -> intake -> item compliance -> territory stages -> pair compliance -> availability -> candidates
       -> features as of now -> score -> rank (explore) -> explain -> fairness checks -> decision document
       -> one commit: decision + inputs + capacity reservation + idempotency record + assigned event -> answer

The first two lines are serving/decision/recommend.py, pure. This file gives it what it needs (the moment, the state of
then, what is in force) inside the store's single-writer transaction, and keeps what came of it.
"""
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from rules.errors import Refused
from serving.decision.document import canonical_bytes
from serving.decision.recommend import Decision, recommend
from serving.decision.request import DecisionRequest
from serving.ranking.bundle import Bundle
from serving.runtime.idempotent import answered_before, digest_of
from serving.runtime.live import ActiveConfig, Live, require_effective
from serving.runtime.version import running_versions
from serving.store import capacity, decision_log, event_log, idempotency
from serving.store.writer import Head, Writing

#: Under which route the idempotency keys of decisions are kept.
ROUTE = "recommendations"


@dataclass(frozen=True, kw_only=True, slots=True)
class DecideCommand:
    """What somebody asks for: one raw item, and how to decide on it.

    `at` None = now. `key`: the idempotency key, under which the same question is answered once.
    """

    item: Mapping[str, object]
    mode: str = "recommend"
    top: int = 5
    current_owner: str | None = None
    exclude: tuple[str, ...] = ()
    at: datetime | None = None
    key: str | None = None

    @property
    def digest(self) -> str:
        """What tells this question from another under the same key."""
        return digest_of([self.item, self.mode, self.top, self.current_owner, list(self.exclude)])


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionResult:
    """The decision's canonical bytes as committed; `replayed` when the key had been answered before."""

    decision_id: str
    canonical: bytes
    replayed: bool = False
    decided_us: int = 0
    finished: float = field(default_factory=time.perf_counter)

    @property
    def document(self) -> dict[str, object]:
        """The decision document."""
        return orjson.loads(self.canonical)

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
        return self._live.running.submit(self._live.store, ROUTE, asked.key, lambda writing: self._decide(writing, asked))

    def _decide(self, writing: Writing, asked: DecideCommand) -> DecisionResult:
        started = time.perf_counter()
        digest = asked.digest if asked.key is not None else ""
        answered = answered_before(writing, ROUTE, asked.key, digest) if asked.key is not None else None
        if answered is not None:
            return DecisionResult(decision_id=answered[0], canonical=answered[1], replayed=True)
        at = moment_of(asked, writing.head)
        in_force = self._live.in_force_at(at)
        require_effective(in_force.book, at)
        decision = self._recommend_with_room(writing, asked, in_force, at)
        canonical = canonical_bytes(decision.document)
        decision_log.put(writing, decision.document, canonical, decision.inputs.to_bytes())
        assigned = None if decision.assigned is None else event_log.append_reserved(writing, decision.assigned)
        decision_id = decision.document["decision_id"]
        if asked.key is not None:
            idempotency.remember(writing, ROUTE, asked.key, body_digest=digest, decision_id=decision_id)
        if assigned is not None:
            in_force.folded.expect(assigned)            # the last step: an error before it would leave no event
        return DecisionResult(decision_id=decision_id, canonical=canonical,
                      decided_us=int((time.perf_counter() - started) * 1e6))

    def _recommend_with_room(self, writing: Writing, asked: DecideCommand, in_force: ActiveConfig, at: datetime) -> Decision:
        """Recommend, and reserve what is assigned; who turns out to be full is left out and the same number drawn again."""
        request = DecisionRequest(decision_id=uuid4().hex, item=asked.item, mode=asked.mode, top=asked.top,
                                  current_owner=asked.current_owner, exclude=asked.exclude)
        view = in_force.view(writing, at)
        full: tuple[str, ...] = ()
        while True:
            decision = recommend(request, at=at, book=in_force.book, directory=in_force.directory, view=view,
                                 bundle=bundle_for(in_force, asked.item), policy=in_force.policy(writing.head.ranking),
                                 key=self._live.key, versions=running_versions(), exclude_full=full)
            if decision.assigned is None:
                return decision
            owner_id = decision.assigned.owner_id
            if capacity.reserve(writing.connection, owner_id, in_force.directory.owners[owner_id].max_open):
                return decision
            full = (*full, owner_id)


def bundle_for(in_force: ActiveConfig, item: Mapping[str, object]) -> Bundle | None:
    """The champion for an item's kind, None where there is none."""
    kind = str(item.get("kind")).strip().casefold()
    return next((bundle for name, bundle in in_force.bundles.items() if name.casefold() == kind), None)


def now_of(head: Head) -> datetime:
    """Now, or the newest known time where this machine's clock runs behind it."""
    now, newest = datetime.now(UTC), head.newest_at
    return now if newest is None else max(now, newest)


def moment_of(asked: DecideCommand, head: Head) -> datetime:
    """The moment of decision: the one asked for, or now; an assignment never lies before what is already known."""
    newest = head.newest_at
    if asked.at is None:
        return now_of(head)
    if asked.mode == "assign" and newest is not None and asked.at < newest:
        raise Refused(f"cannot assign at `{asked.at.isoformat()}`: events are known up to `{newest.isoformat()}` and known "
                      f"times never go back; assign at that moment or later, or recommend instead")
    return asked.at.astimezone(UTC)
