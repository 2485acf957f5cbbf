"""The fold: everything known of owners after the events so far; the same code builds history row by row and runs live.

Bi-temporal: events enter in the order they became known, never by when they happened. Nothing here computes a model:
the expectation comes with the assignment (or from a bundle's generation of expectations).

A label is settled by the clock, not by an event: between two events, assignments that fall due are entered in the
order of their due times. One that is open then has not succeeded; one that was closed, or left untold by its history,
without a word of its outcome goes without a label until that word is known. What is due at an instant enters after the
events of that instant. Looking ahead (`advance_to`) enters them provisionally and is taken back, bit for bit, should an
earlier event still come.
"""
import copy
import heapq
import pickle
from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from features.affinity import AffinityTables, account_of
from features.assignments import Assignment, Label
from features.capacity import LoadTables, TodayCounts
from features.clock import NEVER, Decay, micros, moment
from features.earlier import EarlierTables
from features.effects import BAND_ENDS, EffectTables, Where
from features.events import GAVE_BACK, GIVEN_AWAY, HANDLED, KINDS, Event
from features.exposure import ExposureTables, Rotation, ShareTables
from features.plan import FoldPlan
from features.responsiveness import ResponseTables
from features.standing import StandingTables
from features.tables import Slots
from rules.errors import Refused, nearest_name


class State:
    """State = the events so far, folded. Read it through `features.view.view`.

    `expectations` (by assignment id) replace what assigned events carry: a bundle's own generation.
    """

    def __init__(self, plan: FoldPlan, *, expectations: Mapping[str, float] | None = None):
        self.plan = plan
        self.seq = 0
        self.version = 0
        self.owners, self.teams = Slots(), Slots()
        self._expectations = expectations or {}
        self._objectives = {objective.kind: objective for objective in plan.objectives}
        self._horizons = {kind: None if objective.horizon is None else micros(moment(0) + objective.horizon)
                          for kind, objective in self._objectives.items()}
        self._set_aside = dict(plan.set_aside)
        columns = self._columns = self.owners.capacity
        self._team_columns = self.teams.capacity
        decay = Decay(plan.half_life_days)
        self.effects = {kind: EffectTables(plan.dimensions_of(kind), Decay(plan.half_life_of(kind)), owners=columns,
                                           teams=self._team_columns) for kind in self._objectives}
        self.responses, self.load = ResponseTables(owners=columns), LoadTables(owners=columns)
        self.today = TodayCounts(self.load)
        self.affinity, self.standing = AffinityTables(decay, owners=columns), StandingTables(owners=columns)
        self.exposure, self.rotation, self.shares = ExposureTables(owners=columns), Rotation(), ShareTables()
        self.earlier = EarlierTables()
        self._assignments: dict[str, Assignment] = {}
        self._own: set[str] | None = None                     # those that no copy of this state shares, None = all
        self._labels: dict[str, Label] = {}
        self._due: list[tuple[int, int, str]] = []
        self._due_count = 0
        self._provisional: list[tuple[tuple[int, int, str], list | None]] = []
        self._known_us: int | None = None
        self._newest_us: int | None = None
        self.was_corrected = False                        # whether an outcome gave way to another that made the label differ
        self.unrecorded = 0                               # labels due before anybody recorded an outcome, and blank outcomes
        self._handlers = {"assigned": self._assigned, "accepted": self._accepted, "rejected": self._given_away,
                          "responded": self._responded, "reassigned": self._given_away, "outcome": self._outcome,
                          "lapsed": self._given_away, "merged": self._given_away,
                          "reopened": self._reopened, "consent_revoked": self._noted, "retracted": self._noted,
                          "closed": self._closed, "corrected": self._corrected}

    @property
    def clock(self) -> datetime | None:
        """When the last event became known."""
        return None if self._known_us is None else moment(self._known_us)

    @property
    def newest_event_at(self) -> datetime | None:
        """The newest moment of which anything is known."""
        return None if self._newest_us is None else moment(self._newest_us)

    def was_given_away(self, assignment_id: str) -> bool:
        """Whether its owner refused the item or handed it over."""
        return self._assignments[assignment_id].ended in GIVEN_AWAY

    def label(self, assignment_id: str) -> Label | None:
        """What came of an assignment, None while that is not settled."""
        return self._labels.get(assignment_id)

    def entered(self, assignment_id: str) -> tuple[Where, int] | None:
        """The cells that an assignment enters and when its label is due (microseconds); None where it has neither."""
        one = self._assignments[assignment_id]
        return None if one.where is None or one.due_us is None else (one.where, one.due_us)

    def reading_us(self, at: datetime) -> int:
        """The moment a reader at `at` stands in: never before the last known event."""
        us = micros(at)
        return us if self._known_us is None else max(us, self._known_us)

    def copy(self) -> "State":
        """A state of its own that holds the same; assignments are shared until either changes one."""
        self._take_back(-NEVER)
        self._own = set()
        shared = (self.plan, self._expectations)
        apart = (self._assignments, self._labels, self._due, self.earlier)
        return copy.deepcopy(self, {id(each): each for each in shared} | {id(each): copy.copy(each) for each in apart})

    def apply(self, event: Event) -> None:
        """Fold one more event; Refused, with nothing changed, when it is out of order or makes no sense."""
        known_us = self._checked(event)
        self._take_back(known_us)
        self._provisional.clear()
        self._settle_before(known_us, provisional=False)
        occurred_us = min(micros(event.occurred_at), known_us)
        self._handlers[event.kind](event, occurred_us, known_us)
        if event.kind in HANDLED:
            self._handle(self._mine(event.assignment_id), occurred_us)
        self._known_us = known_us
        self._newest_us = occurred_us if self._newest_us is None else max(self._newest_us, occurred_us)
        self.seq = event.seq or self.seq + 1
        self.version += 1

    def follow(self, event: Event) -> None:
        """Fold one more event as the store numbered it; where its known time goes back, the clock before it ran ahead."""
        self.set_back(event.known_at)
        self.apply(event)

    def snapshot(self) -> bytes:
        """All that was folded so far, for another process to go on from; without the expectations of what is still to come."""
        expectations, self._expectations = self._expectations, {}
        try:
            return pickle.dumps(self, protocol=5)
        finally:
            self._expectations = expectations

    def expected_of(self, assignment_ids: Iterable[str]) -> dict[str, float]:
        """The expectations of some assignments, where there are any."""
        return {name: self._expectations[name] for name in assignment_ids if name in self._expectations}

    @staticmethod
    def resumed(snapshot: bytes, expectations: Mapping[str, float]) -> "State":
        """The state of a snapshot that this program made, with the expectations of what is still to come."""
        state: State = pickle.loads(snapshot)
        state._expectations = expectations
        return state

    def set_back(self, at: datetime) -> None:
        """Read and go on from a moment that lies before the last known time, which a clock that ran ahead had stamped."""
        if self._known_us is not None:
            self._known_us = min(self._known_us, micros(at))

    def advance_to(self, at: datetime) -> None:
        """Enter what falls due before a moment, provisionally; never changes what the fold becomes."""
        us = self.reading_us(at)
        self._take_back(us)
        if self._due and self._due[0][0] < us:
            self._settle_before(us, provisional=True)

    def _checked(self, event: Event) -> int:
        if event.kind not in KINDS:
            nearest = nearest_name(event.kind, KINDS)
            raise Refused(f"event `{event.event_id}`: given the kind `{event.kind}`, expected one of {', '.join(KINDS)}"
                          + (f"; did you mean `{nearest}`?" if nearest else ""))
        known_us = micros(event.known_at)
        for at in (event.occurred_at, event.respond_by or event.occurred_at):
            micros(at)                                    # refuses a naive time before anything is changed
        if self._known_us is not None and known_us < self._known_us:
            raise Refused(f"event `{event.event_id}`: known at `{event.known_at}`, expected no earlier than the event before, "
                          f"`{self.clock}`; fold events in the order in which they became known")
        if event.seq and event.seq <= self.seq:
            raise Refused(f"event `{event.event_id}`: given seq `{event.seq}`, expected above `{self.seq}`; "
                          "fold each event once, in the store's order")
        there = event.assignment_id in self._assignments
        if event.kind == "assigned" and (there or event.item is None):
            raise Refused(f"event `{event.event_id}`: given " + (f"the assignment `{event.assignment_id}` twice"
                          if there else "no item") + ", expected each assignment once and with its item")
        if event.kind != "assigned" and not there:
            raise Refused(f"event `{event.event_id}`: given `{event.kind}` of the unknown assignment "
                          f"`{event.assignment_id}`, expected its `assigned` event first")
        return known_us

    def _mine(self, assignment_id: str) -> Assignment:
        """An assignment for a handler to change; what a copy shares is never changed in place."""
        if self._own is not None and assignment_id not in self._own:
            self._assignments[assignment_id] = copy.copy(self._assignments[assignment_id])
            self._own.add(assignment_id)
        return self._assignments[assignment_id]

    # what each kind of event changes

    def _assigned(self, event: Event, occurred_us: int, known_us: int) -> None:
        item, kind = event.assigned_item, event.assigned_item.kind
        owner, slate = self._enter_owners(event)
        effects = None if event.owner_id in self._set_aside.get(kind, ()) else self.effects.get(kind)
        where = due_us = None
        if effects is not None:
            team = 0 if event.team is None else self.teams.number(event.team)
            band = int(BAND_ENDS.searchsorted(occurred_us - int(self.standing.first_us[owner]), side="right"))
            if team:
                effects.last_team[owner] = team
            where = effects.where(item, owner=owner, team=team, band=band)
            horizon = self._horizons[kind]
            due_us = None if horizon is None else occurred_us + horizon
        first = next(iter(self.plan.dimensions_of(kind)), None)
        expected = self._expectations.get(event.assignment_id, event.expected)
        promised = None if event.respond_by is None else micros(event.respond_by)
        account = account_of(item)
        self._assignments[event.assignment_id] = Assignment(
            kind=kind, owner=owner, assigned_us=occurred_us, account=account, where=where, expected=expected,
            like=self.affinity.enter_like(kind, None if first is None else item.value(first)), due_us=due_us,
            promised_us=promised, untold=event.untold)
        if self._own is not None:
            self._own.add(event.assignment_id)
        if due_us is not None:
            self._fall_due(event.assignment_id, max(due_us, known_us))
        self.load.assigned(owner, kind, assigned_us=occurred_us, known_us=known_us)
        self.today.assigned(owner, assigned_us=occurred_us)
        self.standing.assigned(owner, occurred_us)
        self.earlier.given(item, event.assignment_id, event.owner_id, account, occurred_us)
        if account is not None:
            self.affinity.relate(owner, account)
        if event.rotation and event.team is not None:
            self.rotation.picked(event.team, event.rotation)
        if slate is not None and event.exposure is not None:
            self.exposure.add(slate, np.fromiter(event.exposure.values(), np.float64, len(slate)), occurred_us)
        if slate is not None and len(slate) > 1 and event.team is not None:
            self.shares.add(event.counted_as or event.team, slate, owner, occurred_us)

    def _accepted(self, event: Event, occurred_us: int, known_us: int) -> None:
        assignment = self._mine(event.assignment_id)
        self._answer(assignment, True, occurred_us)

    def _responded(self, event: Event, occurred_us: int, known_us: int) -> None:
        assignment = self._mine(event.assignment_id)
        self._answer(assignment, True, occurred_us)
        if not assignment.replied:
            assignment.replied = True
            self._done(event, assignment, occurred_us, known_us)
            self.responses.replied(assignment.owner, assigned_us=assignment.assigned_us, replied_us=occurred_us)
            if assignment.promised_us is not None:
                self.responses.timed(assignment.owner, kept=occurred_us <= assignment.promised_us, us=occurred_us)

    def _given_away(self, event: Event, occurred_us: int, known_us: int) -> None:
        assignment = self._mine(event.assignment_id)
        if event.kind in GAVE_BACK:
            self._answer(assignment, False, occurred_us)
            if assignment.account is not None and assignment.ended is None:
                self.affinity.unrelate(assignment.owner, assignment.account)
        self._end(assignment, event.kind)

    def _outcome(self, event: Event, occurred_us: int, known_us: int) -> None:
        """The outcome that occurred last stands, of those that occurred before the label is due."""
        assignment = self._mine(event.assignment_id)
        if self._times(assignment) or not self._says(event.outcome) or self._is_late(assignment, occurred_us, known_us):
            return
        won = event.outcome in self._positive(assignment)
        stands = assignment.said_us is None or occurred_us >= assignment.said_us
        before = assignment.won
        if stands:
            assignment.won, assignment.said_us = won, occurred_us
        if assignment.won != (before or won):
            assignment.won = self.plan.wins_stay
            self.was_corrected = not self.plan.wins_stay
        self._turn_round(event.assignment_id, assignment, known_us)   # settled already where a clock had run ahead

    def _says(self, outcome: str | None) -> bool:
        """Whether a word was told; a blank one says nothing."""
        if outcome is None or outcome.strip() or self.plan.blank_fails:
            return outcome is not None
        self.unrecorded += 1
        return False

    def _is_late(self, assignment: Assignment, occurred_us: int, known_us: int) -> bool:
        """Whether an outcome comes too late for the label; after a closing without one, the first that is told is its."""
        if assignment.due_us is None or (assignment.waits and self._horizons[assignment.kind] is None):
            return False
        return occurred_us > assignment.due_us or (assignment.settled and known_us > assignment.due_us)

    def _corrected(self, event: Event, occurred_us: int, known_us: int) -> None:
        """The outcome that stands from now on; a label that is settled is turned round where it differs."""
        assignment = self._mine(event.assignment_id)
        stale = assignment.said_us is not None and occurred_us < assignment.said_us
        if self._times(assignment) or not self._says(event.outcome) or stale:
            return
        assignment.won, assignment.said_us = event.outcome in self._positive(assignment), occurred_us
        self._turn_round(event.assignment_id, assignment, known_us)

    def _turn_round(self, assignment_id: str, assignment: Assignment, known_us: int) -> None:
        """Let a label that is settled say what stands now, and one that waited for it be settled."""
        label, where, due_us = self._labels.get(assignment_id), assignment.where, assignment.due_us
        if assignment.waits and assignment.ended not in GIVEN_AWAY:
            self._settle(assignment_id, assignment, known_us)
            return
        if label is None or where is None or due_us is None or self._objectives[assignment.kind].learn == "agreement":
            return
        if label.success != assignment.won:
            self.effects[assignment.kind].correct(where, success=assignment.won, expected=assignment.expected, settled_us=due_us)
            self._labels[assignment_id] = Label(success=assignment.won, settled_us=known_us)

    def _times(self, assignment: Assignment) -> str | None:
        """The kind of event that a time is measured to, where that is what its objective learns."""
        objective = self._objectives.get(assignment.kind)
        return None if objective is None else objective.done_by

    def _done(self, event: Event, assignment: Assignment, occurred_us: int, known_us: int) -> None:
        """Where a time is measured to such an event: a success if it came before the label is due."""
        if self._times(assignment) != event.kind or assignment.settled or assignment.said_us is not None:
            return
        assignment.said_us = occurred_us
        assignment.won = assignment.due_us is None or occurred_us <= assignment.due_us
        if assignment.waits and assignment.ended not in GIVEN_AWAY:
            self._settle(event.assignment_id, assignment, known_us)

    def _reopened(self, event: Event, occurred_us: int, known_us: int) -> None:
        """What was closed goes on as another assignment: unless its label is settled, it never is."""
        assignment = self._mine(event.assignment_id)
        if not assignment.settled:
            assignment.ended = event.kind

    def _noted(self, event: Event, occurred_us: int, known_us: int) -> None:
        """Nothing: what follows from it has events of its own, or other events no longer stand."""

    def _positive(self, assignment: Assignment) -> tuple[str, ...]:
        objective = self._objectives.get(assignment.kind)
        return () if objective is None else objective.positive

    def _closed(self, event: Event, occurred_us: int, known_us: int) -> None:
        assignment = self._mine(event.assignment_id)
        self._outcome(event, occurred_us, known_us)
        self._done(event, assignment, occurred_us, known_us)
        if assignment.ended is None and assignment.where is not None and assignment.due_us is None:
            assignment.due_us = occurred_us
            self._fall_due(event.assignment_id, known_us)
        self._end(assignment, "closed")

    def _answer(self, assignment: Assignment, accepted: bool, us: int) -> None:
        if not assignment.answered:
            assignment.answered = True
            self.responses.answered(assignment.owner, accepted=accepted, us=us)

    def _handle(self, assignment: Assignment, us: int) -> None:
        if not assignment.handled:
            assignment.handled = True
            self.affinity.handle(assignment.owner, assignment.like, us)

    def _end(self, assignment: Assignment, how: str) -> None:
        if assignment.ended is None:
            assignment.ended = how
            self.load.ended(assignment.owner, assignment.kind)

    # settling labels

    def _fall_due(self, assignment_id: str, us: int) -> None:
        self._due_count += 1
        heapq.heappush(self._due, (us, self._due_count, assignment_id))

    def _settle_before(self, us: int, *, provisional: bool) -> None:
        due = self._due
        while due and due[0][0] < us:
            entry = heapq.heappop(due)
            assignment = self._mine(entry[2])
            where = assignment.where
            if where is None or assignment.due_us is None or assignment.settled or assignment.ended in GIVEN_AWAY:
                continue
            waits = self._waits(assignment)
            if provisional:
                self._provisional.append((entry, None if waits else self.effects[assignment.kind].remember(where)))
            if waits:
                assignment.waits = True
                self.unrecorded += 1
            else:
                self._settle(entry[2], assignment, entry[0])

    def _waits(self, assignment: Assignment) -> bool:
        """Whether nobody recorded what came of it: closed, or left untold, without a word; or over before its time was taken."""
        if self._times(assignment):
            return assignment.ended is not None and assignment.said_us is None
        over = assignment.untold or assignment.ended is not None
        learns = self._objectives[assignment.kind].learn == "outcome"
        return over and learns and assignment.said_us is None and not self.plan.blank_fails

    def _settle(self, assignment_id: str, assignment: Assignment, us: int) -> None:
        where, due_us = assignment.where, assignment.due_us
        if where is None or due_us is None:
            return
        success = assignment.won or self._objectives[assignment.kind].learn == "agreement"
        self.effects[assignment.kind].add(where, success=success, expected=assignment.expected, settled_us=due_us)
        assignment.settled, assignment.waits = True, False
        self._labels[assignment_id] = Label(success=success, settled_us=us)

    def _take_back(self, us: int) -> None:
        """Undo provisional settlements due at or after a moment, the last first."""
        while self._provisional and self._provisional[-1][0][0] >= us:
            entry, remembered = self._provisional.pop()
            assignment = self._mine(entry[2])
            if remembered is None:
                assignment.waits = False
                self.unrecorded -= 1
            else:
                EffectTables.restore(remembered)
                assignment.settled = False
                del self._labels[entry[2]]
            heapq.heappush(self._due, entry)

    def _enter_owners(self, event: Event) -> tuple[int, np.ndarray | None]:
        """The columns of the owner and of the slate that it tells, with room for all of them."""
        owner, slate = self.owners.enter(event.owner_id), None
        told = event.exposure or event.rotation
        if told:
            slate = self.owners.numbers(told)
            if not slate.all():
                slate = np.array([self.owners.enter(other) for other in told], dtype=np.intp)
        if event.team is not None:
            self.teams.enter(event.team)
        if self.owners.capacity > self._columns or self.teams.capacity > self._team_columns:
            self._columns, self._team_columns = self.owners.capacity, self.teams.capacity
            for effects in self.effects.values():
                effects.widen(owners=self._columns, teams=self._team_columns)
            for tables in (self.responses, self.load, self.affinity, self.standing, self.exposure):
                tables.widen(owners=self._columns)
        return owner, slate
