"""The forward run: every past item through the real rule book and the real state, to an owner, a reply and an outcome.

Nothing is known before it happens: each assignment sees the absences, ceilings and open items of its own moment, and
what the cutoff leaves unfinished stays open.
"""
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from features.events import Event, EventKind
from features.plan import FoldPlan
from features.state import State
from features.view import view
from rules.book.schema import RuleBook
from rules.intake.item import read_item
from rules.model import Directory, WorkItem
from rules.routing.eligibility import route_and_filter
from rules.routing_result import RoutingResult
from rules.workload import Workloads
from training.worlds.arrivals import Arrival
from training.worlds.logging_policy import LoggingPolicy, Pick
from training.worlds.spec import WorldSpec
from training.worlds.truth import Truth

#: kind of item -> the words for success and failure
OUTCOMES = {"lead": ("converted", "lost"), "quote_request": ("ordered", "declined"), "churn_risk": ("retained", "churned")}
RETRY = timedelta(hours=4)
ATTEMPTS = 12


@dataclass(kw_only=True, slots=True)
class WorldAssignment:
    """One row of history.csv in the making; None = has not happened by the cutoff."""

    assignment_id: str
    arrival: Arrival
    item: WorkItem
    owner_id: str
    team: str | None
    assigned_at: datetime
    assigned_by: str
    propensity: float | None
    chance: float                             # true probability of success
    eligible: int
    accepted_at: datetime | None = None
    first_response_at: datetime | None = None
    ended_at: datetime | None = None
    end: str = "open"
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorldPast:
    """What came of the forward run: assignments in order of time, the state at the cutoff, who knows which account."""

    assignments: tuple[WorldAssignment, ...]
    state: State
    known: frozenset[tuple[str, str]]         # (owner, account)
    unassigned: int


def load_ratio(owner_ids: Sequence[str], directory: Directory, workload: Workloads) -> np.ndarray:
    """Open items / ceiling per owner before the item in question; 0 where there is no ceiling."""
    ceilings = [directory.owners[owner_id].max_open for owner_id in owner_ids]
    return np.array([workload.of(owner_id).open_items / ceiling if ceiling else 0.0
                     for owner_id, ceiling in zip(owner_ids, ceilings, strict=True)])


@dataclass(kw_only=True)
class _Run:
    """The clock of the simulated company: a heap of what happens next."""

    book: RuleBook
    directory: Directory
    truth: Truth
    policy: LoggingPolicy
    rng: np.random.Generator
    state: State
    agenda: list = field(default_factory=list)
    assignments: list[WorldAssignment] = field(default_factory=list)
    open_by_owner: dict[str, dict[str, WorldAssignment]] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    unassigned: int = 0
    turn: int = 0
    seq: int = 0

    @property
    def spec(self) -> WorldSpec:
        return self.truth.spec

    def later(self, at: datetime, step, *what: object) -> None:
        self.turn += 1
        heapq.heappush(self.agenda, (at, self.turn, step, what))

    def until(self, cutoff: datetime) -> None:
        while self.agenda and self.agenda[0][0] < cutoff:
            at, _, step, what = heapq.heappop(self.agenda)
            step(at, *what)

    def tell(self, kind: EventKind, row: WorldAssignment, at: datetime, **more: Any) -> None:
        self.seq += 1
        self.state.apply(Event(
            event_id=f"e-{self.seq}", kind=kind, assignment_id=row.assignment_id, item_id=row.item.item_id,
            owner_id=row.owner_id, occurred_at=at, known_at=at, seq=self.seq, **more,
        ))

    # ---- steps ------------------------------------------------------------------------------------------------------

    def arrive(self, at: datetime, arrival: Arrival, item: WorkItem, exclude: tuple[str, ...], attempt: int) -> None:
        now = view(self.state, directory=self.directory, at=at, seq=self.seq)
        found = route_and_filter(item, book=self.book, directory=self.directory, at=at, workload=now, exclude=exclude)
        pick = self.choose(arrival, found)
        if pick is None:
            if attempt < ATTEMPTS:
                self.later(at + RETRY, self.arrive, arrival, item, exclude, attempt + 1)
            else:
                self.unassigned += 1
            return
        account = arrival.truth.account_id
        load = load_ratio((pick.owner_id,), self.directory, now)
        related = np.array([account is not None and (pick.owner_id, account) in self.known])
        chance = float(self.truth.probability(arrival.truth, (pick.owner_id,), at=at, load=load, related=related)[0])
        row = WorldAssignment(
            assignment_id=f"a-{len(self.assignments) + 1}", arrival=arrival, item=item, owner_id=pick.owner_id,
            team=found.route.team, assigned_at=at, assigned_by=pick.assigned_by, propensity=pick.propensity, chance=chance,
            eligible=len(found.eligibility.eligible),
        )
        self.assignments.append(row)
        self.open_by_owner.setdefault(pick.owner_id, {})[row.assignment_id] = row
        self.tell("assigned", row, at, team=found.route.team, item=item, assigned_by=pick.assigned_by,
                  propensity=pick.propensity, value=item.number("value"))
        self.plan_ahead(row, exclude)

    def choose(self, arrival: Arrival, found: RoutingResult) -> Pick | None:
        eligible = found.eligibility.eligible
        if found.queue is not None:
            return Pick(owner_id=found.queue_owner, assigned_by="rule") if found.queue_owner else None
        team = found.route.team
        if len(eligible) == 1:
            return Pick(owner_id=eligible[0], assigned_by="rule")      # a named owner comes without a team
        if not eligible or team is None:
            return None
        if arrival.kind == "lead":
            return self.policy.choose(arrival.truth, team, eligible)
        return Pick(owner_id=self.policy.in_turn(team, eligible), assigned_by="rotation")

    def plan_ahead(self, row: WorldAssignment, exclude: tuple[str, ...]) -> None:
        spec, rng, at = self.spec, self.rng, row.assigned_at
        owner = self.truth.owners.index[row.owner_id]
        fate = rng.random(2)
        normal = rng.standard_normal(3)
        ends = at + timedelta(seconds=int(86400 * self.delay_days(owner, normal[0])))
        hours = spec.reply_hours_median * float(np.exp(
            spec.reply_owner_sd * self.truth.owners.reply[owner] + spec.reply_noise_sd * normal[1]))
        replies = min(at + timedelta(seconds=int(3600 * hours)), ends - timedelta(minutes=2))
        accepts = at + (replies - at) * float(0.2 + 0.6 * fate[1])
        accepts = accepts.replace(microsecond=0)
        if self.truth.owners.person[owner] > 0 and row.assigned_by != "rule" and fate[0] < spec.rejected:
            self.later(max(accepts, at), self.reject, row, exclude)
            return
        if self.truth.owners.person[owner] > 0:
            self.later(max(accepts, at), self.accept, row)
            self.later(max(replies, at), self.respond, row)
        self.later(ends, self.close, row, OUTCOMES[row.item.kind][0 if rng.random() < row.chance else 1])

    def delay_days(self, owner: int, normal: float) -> float:
        """Days until the outcome is known; where owners differ in it, drawn again below the limit rather than cut there."""
        spec = self.spec
        median = np.log(spec.outcome_median_days) + spec.outcome_owner_sd * self.truth.owners.delay[owner]
        if spec.outcome_owner_sd:
            normal = ndtri(ndtr(normal) * ndtr((np.log(spec.outcome_within_days) - median) / spec.outcome_spread))
            return float(np.exp(median + spec.outcome_spread * normal))
        return min(spec.outcome_median_days * float(np.exp(spec.outcome_spread * normal)), spec.outcome_within_days)

    def accept(self, at: datetime, row: WorldAssignment) -> None:
        if row.end == "open":
            row.accepted_at = at
            if row.arrival.truth.account_id is not None:
                self.known.add((row.owner_id, row.arrival.truth.account_id))
            self.tell("accepted", row, at)

    def respond(self, at: datetime, row: WorldAssignment) -> None:
        if row.end == "open":
            row.first_response_at = at
            self.tell("responded", row, at)

    def close(self, at: datetime, row: WorldAssignment, outcome: str) -> None:
        if row.end == "open":
            row.outcome = outcome
            self.tell("outcome", row, at, outcome=outcome, value=row.item.number("value"))
            self.end(at, row, "resolved", "closed")

    def reject(self, at: datetime, row: WorldAssignment, exclude: tuple[str, ...]) -> None:
        if row.end == "open":
            self.end(at, row, "rejected", "rejected")
            self.later(at + timedelta(minutes=5), self.arrive, row.arrival, row.item, (*exclude, row.owner_id), 1)

    def leave(self, at: datetime, owner_id: str) -> None:
        for row in list(self.open_by_owner.get(owner_id, {}).values()):
            self.end(at, row, "reassigned", "reassigned")
            self.later(at + timedelta(minutes=5), self.arrive, row.arrival, row.item, (), 1)

    def end(self, at: datetime, row: WorldAssignment, how: str, kind: EventKind) -> None:
        row.end, row.ended_at = how, at
        del self.open_by_owner[row.owner_id][row.assignment_id]
        self.tell(kind, row, at)


def run_forward(
    arrivals: Iterable[Arrival], *, book: RuleBook, directory: Directory, truth: Truth, policy: LoggingPolicy,
    rng: np.random.Generator, leavers: Mapping[str, datetime], plan: FoldPlan, cutoff: datetime,
) -> WorldPast:
    """Run the arrivals through the company until the cutoff; `leavers` are owners with the moment they are gone."""
    run = _Run(book=book, directory=directory, truth=truth, policy=policy, rng=rng, state=State(plan))
    for owner_id, gone in leavers.items():
        run.later(gone, run.leave, owner_id)
    for arrival in arrivals:
        item = read_item(arrival.raw_item(), book=book, directory=directory, at=arrival.received_at)
        run.later(arrival.received_at, run.arrive, arrival, item, (), 1)
    run.until(cutoff)
    return WorldPast(assignments=tuple(run.assignments), state=run.state, known=frozenset(run.known), unassigned=run.unassigned)
