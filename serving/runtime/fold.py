"""The state in memory, as of the moment of each decision: folded from the store's events inside the writer's transaction.

Only the store's writer thread moves it on. It looks back by starting anew, and forgets what a failed commit took back.
"""
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from features.clock import runs_ahead
from features.events import Event
from features.plan import FoldPlan, Objective
from features.state import State
from serving.ranking.bundle import Bundle
from serving.store import event_log, standing_events
from serving.store.standing_events import changes_the_past
from serving.store.store import Store
from serving.store.writer import Writing


def fold_plan(objectives: Iterable[Objective], bundles: Iterable[Bundle]) -> FoldPlan:
    """The plan of a fold that these bundles read from."""
    bundles = tuple(bundles)
    plan = FoldPlan(objectives=tuple(objectives),
                    dimensions=tuple((bundle.objective, bundle.plan.dimensions) for bundle in bundles),
                    half_lives=tuple((bundle.objective, bundle.plan.effects.half_life_days) for bundle in bundles))
    return replace(plan, set_aside=tuple(each for bundle in bundles for each in bundle.plan.set_aside_of))


class LogFold:
    """A state on its way through the log; it begins anew where an event changes what stands of those before it.

    `last`: the last event taken.
    """

    def __init__(self, new: Callable[[], State]):
        self._new = new
        self.state, self.seq = new(), 0
        self.last: Event | None = None
        self._stale = False
        self._planned: list[tuple[Event, Event | None]] = []

    def copy(self) -> "LogFold":
        """A fold of its own that holds the same."""
        copied = LogFold(self._new)
        copied.state, copied.seq, copied.last = self.state.copy(), self.seq, self.last
        return copied

    def take(self, event: Event) -> None:
        """The next event of the log; `settle` before the state is read."""
        before = None if self.last is None else self.last.known_at
        self._stale = self._stale or changes_the_past(event, before)
        if not self._stale:
            self.state.follow(event)
        self.seq, self.last = event.seq, event

    def settle(self, standing: Callable[[int], Iterable[Event]]) -> None:
        """Fold what stands by now, where that has changed, and what is planned over it."""
        if self._stale:
            self._stale, self.state = False, self._new()
            for event in standing(self.seq):
                self.state.follow(event)
            self.state.seq = self.seq
            for assigned, ended in self._planned:
                give(self.state, assigned, ended)

    def give(self, assigned: Event, ended: Event | None) -> None:
        """Let an assignment count here, and the end of the one before. They have no number, for no event is kept."""
        self._planned.append((assigned, ended))
        give(self.state, assigned, ended)


class FoldedState:
    """The state as of a moment, folded from the store's events; it moves on, and starts anew to look back."""

    def __init__(self, plan: FoldPlan, expectations: Mapping[str, float], lost_commits: int = 0):
        self._plan = plan
        self._expectations = expectations
        self._lost_commits = lost_commits
        self._reached: datetime | None = None
        self._numbered_for_good = False
        self._forget()

    def _forget(self) -> None:
        self._fold = LogFold(partial(State, self._plan, expectations=self._expectations))
        self._ahead: deque[Event] = deque()                      # events read but not yet known at the last moment

    @property
    def state(self) -> State:
        """The state reached."""
        return self._fold.state

    def warm(self, store: Store) -> None:
        """Fold what is committed ahead of the first decision; before anybody else holds this fold."""
        for event in store.events():
            self._fold.take(event)
        self._fold.settle(store.standing_events)

    def expect(self, event: Event) -> None:
        """An event just appended in the open transaction; saves reading it back, where nothing lies between."""
        if event.seq == self._read + 1:
            self._ahead.append(event)

    @property
    def _read(self) -> int:
        return self._ahead[-1].seq if self._ahead else self._fold.seq

    def catch_up(self, lost_commits: int) -> None:
        """Fold what was expected and is committed by now, so that the next decision need not.

        For an idle moment of the writer's thread. As far as the last moment asked for and no further: what is known only
        later would have to be forgotten again by whoever asks for that moment once more.
        """
        if lost_commits == self._lost_commits and self._reached is not None:
            self._fold_until(self._reached)

    def reach(self, writing: Writing, at: datetime) -> State:
        """The state of all that is known at a moment, and of nothing else.

        What is kept is known now, whatever time a clock that ran ahead stamped on it.
        """
        self._fold.settle(partial(standing_events.events, writing.connection))
        clock = self.state.clock
        looks_back = clock is not None and clock > at and not _everything(writing, at)
        if writing.lost_commits != self._lost_commits or looks_back or self._numbered_anew(writing):
            self._lost_commits = writing.lost_commits
            self._forget()
        self._reached = at
        return self._read_on(writing, at, until=writing.head.last_seq)

    def _numbered_anew(self, writing: Writing) -> bool:
        """Whether what was read got other numbers since: a history that lies before it, imported before the first decision."""
        if self._numbered_for_good:
            return False
        self._numbered_for_good = writing.head.last_decision > 0
        last = self._ahead[-1] if self._ahead else self._fold.last
        kept = None if last is None else event_log.by_ids(writing.connection, [last.event_id]).get(last.event_id)
        return last is not None and (kept is None or kept.seq != last.seq)

    def _read_on(self, writing: Writing, at: datetime, until: int) -> State:
        everything = _everything(writing, at)
        while True:
            self._fold_until(at, everything=everything)
            if self._ahead or self._read >= until:
                break
            self._ahead.extend(event_log.some(writing.connection, after=self._read, until=until))
        self._fold.settle(partial(standing_events.events, writing.connection))
        if everything:
            self.state.set_back(at)
        self.state.advance_to(at)
        return self.state

    def scratch(self, writing: Writing, at: datetime) -> "ScratchState":
        """The same to go on from a moment by itself; empty where this one is far behind, or ahead of it."""
        behind = writing.head.last_seq - self._fold.seq > event_log.CHUNK
        usable = not behind and (self.state.clock is None or self.state.clock <= at)
        if usable:
            self.reach(writing, at)
        return ScratchState(self._plan, self._expectations, self._fold if usable else None, until=writing.head.last_seq)

    def _fold_until(self, at: datetime, *, everything: bool = False) -> None:
        while self._ahead and (everything or self._ahead[0].known_at <= at):
            self._fold.take(self._ahead.popleft())


class ScratchState(FoldedState):
    """A state that nobody else sees: the store's events up to the one it began with, and over them what is given in it alone."""

    def __init__(self, plan: FoldPlan, expectations: Mapping[str, float], begun: LogFold | None, until: int):
        super().__init__(plan, expectations)
        self._fold = self._fold if begun is None else begun.copy()
        self.until = until

    def warm_until(self, at: datetime, store: Store) -> None:
        """Fold what was known at a moment, outside the writer's transaction; nobody waits for it."""
        for event in store.events(after=self._fold.seq, until=self.until):
            if event.known_at > at:
                break
            self._fold.take(event)
        self._fold.settle(store.standing_events)

    def reach(self, writing: Writing, at: datetime) -> State:
        """The state of all that was known at a moment and that is given in it; moments only move on."""
        return self._read_on(writing, at, until=self.until)

    def give(self, assigned: Event, ended: Event | None) -> None:
        """Let an assignment count here, and the end of the one before. They have no number, for no event is kept."""
        self._fold.give(assigned, ended)


def give(state: State, assigned: Event, ended: Event | None) -> None:
    """Fold an assignment that is planned and kept nowhere; the state still names the last event kept."""
    seq = state.seq
    for event in (assigned,) if ended is None else (ended, assigned):
        state.apply(event)
    state.seq = seq


def _everything(writing: Writing, at: datetime) -> bool:
    """Whether all that is kept was known at a moment: also what a clock that ran ahead stamped, if the moment is now."""
    newest = writing.head.newest_at
    return newest is None or newest <= at or (runs_ahead(newest, now=writing.opened_at) and at >= writing.opened_at)
