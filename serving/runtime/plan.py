"""A plan: several items decided one after the other, each as if those before it had been given to whom they were recommended.

Turns turn and ceilings hold, as they would with `assign`; nothing of it is kept but the decisions. They read a state of the
plan's own (docs/decisions/0015), which its decisions and nobody else's move on, and log their place for a refold.
"""
import time
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import uuid4

from rules.errors import Refused
from rules.refdata.record_ids import record_key
from serving.decision.request import PlanPlace
from serving.runtime.context import Context, now_of
from serving.runtime.decide import DecideCommand, DecisionResult, keep, moment_of
from serving.runtime.live import Live
from serving.store.assignments import OpenAssignment, holder_of
from serving.store.writer import Writing


class Plan:
    """Plans items from a moment on, in the order in which they are handed in; their moments only move on."""

    def __init__(self, live: Live, first_at: datetime | None):
        self._live, self._now = live, live.in_force
        self._next = PlanPlace(plan=uuid4().hex, place=0)
        head = live.store.head()
        at = first_at or now_of(head)
        self._begins_after = None if head.newest_at is None else min(head.newest_at, now_of(head))
        self._given: dict[str, OpenAssignment] = {}
        self._lost_commits = live.store.lost_commits
        self._folded = live.store.write(lambda writing: self._now.folded.scratch(writing, at))
        self._folded.warm_until(at, live.store)

    def submit(self, asked: DecideCommand) -> "Future[DecisionResult]":
        """Queue the decision of an item; other writers come between."""
        return self._live.store.submit(lambda writing: self._decide(writing, asked))

    def _decide(self, writing: Writing, asked: DecideCommand) -> DecisionResult:
        if writing.lost_commits != self._lost_commits:
            raise Refused("the store lost a commit while this was planned; plan again from the first row that is refused")
        started, request, at = time.perf_counter(), asked.request(), moment_of(asked, writing.head)
        if asked.at is None and self._folded.state.clock is not None:
            at = max(at, self._folded.state.clock)
        in_force = replace(self._live.in_force_at(at, self._now), folded=self._folded)
        context = replace(Context.of(writing, at, in_force, self._live.key), planned=partial(self._holder, writing, at))
        decision, ended = context.assign(replace(request, decision_id=self._next.decision_id, plan=self._next))
        canonical = keep(writing, decision)
        self._live.unknown_fields.update(decision.inputs.request.left_out)
        if decision.given is not None:
            self._folded.give(decision.given, None if ended is None else ended.handed_on(decision.given))
            given = OpenAssignment.of(decision.given)
            self._given[given.key] = given
        self._next = self._next.following
        return DecisionResult(canonical=canonical, decided_us=int((time.perf_counter() - started) * 1e6))

    def _holder(self, writing: Writing, at: datetime, item_id: str) -> OpenAssignment | None:
        """Who has an item: by this plan, else by what was kept when it began; a plan that looks back knows its own alone."""
        given = self._given.get(record_key(item_id))
        if given is not None or (self._begins_after is not None and at < self._begins_after):
            return given
        kept = holder_of(writing.connection, item_id)
        return kept if kept is not None and kept.seq <= self._folded.until else None
