"""The state in memory, as of the moment of each decision: folded from the store's events inside the writer's transaction.

Only the store's writer thread moves it on. It looks back by starting anew, and forgets what a failed commit took back.
"""
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from features.events import Event
from features.plan import FoldPlan, Objective
from features.state import State
from serving.ranking.bundle import Bundle
from serving.store import event_log
from serving.store.writer import Writing


def fold_plan(objectives: Iterable[Objective], bundles: Iterable[Bundle]) -> FoldPlan:
    """The plan of a fold that these bundles read from."""
    bundles = tuple(bundles)
    plan = FoldPlan(objectives=tuple(objectives),
                    dimensions=tuple((bundle.objective, bundle.plan.dimensions) for bundle in bundles))
    return replace(plan, half_life_days=bundles[0].plan.effects.half_life_days) if bundles else plan


class FoldedState:
    """The state as of a moment, folded from the store's events; it moves on, and starts anew to look back."""

    def __init__(self, plan: FoldPlan, expectations: Mapping[str, float], lost_commits: int = 0):
        self._plan = plan
        self._expectations = expectations
        self._lost_commits = lost_commits
        self._reached: datetime | None = None
        self._forget()

    def _forget(self) -> None:
        self.state = State(self._plan, expectations=self._expectations)
        self._ahead: deque[Event] = deque()                      # events read but not yet known at the last moment

    def warm(self, committed: Iterable[Event]) -> None:
        """Fold what is committed ahead of the first decision; before anybody else holds this fold."""
        for event in committed:
            self.state.apply(event)

    def expect(self, event: Event) -> None:
        """An event just appended in the open transaction; saves reading it back, where nothing lies between."""
        read = self._ahead[-1].seq if self._ahead else self.state.seq
        if event.seq == read + 1:
            self._ahead.append(event)

    def catch_up(self, lost_commits: int) -> None:
        """Fold what was expected and is committed by now, so that the next decision need not.

        For an idle moment of the writer's thread. As far as the last moment asked for and no further: what is known only
        later would have to be forgotten again by whoever asks for that moment once more.
        """
        if lost_commits == self._lost_commits and self._reached is not None:
            self._fold_until(self._reached)

    def reach(self, writing: Writing, at: datetime) -> State:
        """The state of all that is known at a moment, and of nothing else."""
        if writing.lost_commits != self._lost_commits or (self.state.clock is not None and self.state.clock > at):
            self._lost_commits = writing.lost_commits
            self._forget()
        self._reached = at
        while True:
            self._fold_until(at)
            read = self._ahead[-1].seq if self._ahead else self.state.seq
            if self._ahead or read >= writing.head.last_seq:
                break
            self._ahead.extend(event_log.some(writing.connection, after=read))
        self.state.advance_to(at)
        return self.state

    def _fold_until(self, at: datetime) -> None:
        while self._ahead and self._ahead[0].known_at <= at:
            self.state.apply(self._ahead.popleft())
