"""Assignments with their labels, as settled at a cut: what the log lets us learn from.

Settling follows the fold (features/state.py): with a horizon an assignment settles at `assigned + horizon`, a success
if a positive outcome was KNOWN by then; with `closed` it settles when the closing became known. An assignment that was
rejected or handed on before it settled never settles. Times inside the table are days since 1970 (float, UTC).
"""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.events import Event
from features.plan import Objective
from rules.vocabulary import WorkItem

#: How an assignment came about when it may be taken for as good as random: nobody looked at the item's hidden side.
QUASI_RANDOM = frozenset({"rotation", "exploration"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """One item given to one owner; `label` is None and `settled_at` None where nothing is settled by the cut."""

    assignment_id: str
    item: WorkItem
    owner_id: str
    team: str | None
    assigned_by: str | None
    assigned_at: datetime
    known_at: datetime
    settled_at: datetime | None
    label: bool | None
    outcome: str | None


def days(moment: datetime) -> float:
    """Days since 1970 in UTC."""
    return moment.timestamp() / 86400.0


def moment_of(day: float) -> datetime:
    """The moment a number of days since 1970 stands for, to the second."""
    return datetime.fromtimestamp(round(day * 86400.0), tz=UTC)


class _Open:
    """What is known so far of one assignment."""

    __slots__ = ("assigned", "success_known_at", "ended_at", "closed_at", "outcome")

    def __init__(self, assigned: Event):
        self.assigned = assigned
        self.success_known_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.outcome: str | None = None

    def note(self, event: Event, objective: Objective) -> None:
        if event.outcome is not None:
            self.outcome = event.outcome
            if event.outcome in objective.positive and self.success_known_at is None:
                self.success_known_at = event.known_at
        if event.kind in ("rejected", "reassigned"):
            self.ended_at = self.ended_at or event.known_at
        elif event.kind == "closed":
            self.closed_at = self.closed_at or event.known_at

    def settle(self, objective: Objective, as_of: datetime) -> Assignment:
        settled_at, label = None, None
        if objective.horizon is not None:
            due = self.assigned.occurred_at + objective.horizon
            settles = max(due, self.assigned.known_at)
        else:
            due = settles = self.closed_at
        if settles is not None and settles < as_of and not (self.ended_at is not None and self.ended_at <= settles):
            settled_at, label = settles, self.success_known_at is not None and self.success_known_at <= settles
        event = self.assigned
        return Assignment(assignment_id=event.assignment_id, item=event.item, owner_id=event.owner_id, team=event.team,
                          assigned_by=event.assigned_by, assigned_at=event.occurred_at, known_at=event.known_at,
                          settled_at=settled_at, label=label, outcome=self.outcome)


def read_assignments(events: Iterable[Event], objective: Objective, as_of: datetime) -> tuple[Assignment, ...]:
    """Every assignment of the objective's kind, in the order they became known, settled as of the cut."""
    by_id: dict[str, _Open] = {}
    for event in events:
        if event.kind == "assigned":
            if event.item is not None and event.item.kind == objective.kind:
                by_id[event.assignment_id] = _Open(event)
        elif (known := by_id.get(event.assignment_id)) is not None:
            known.note(event, objective)
    return tuple(known.settle(objective, as_of) for known in by_id.values())


@dataclass(frozen=True, kw_only=True)
class Table:
    """Assignments as columns, in the order they became known (n rows).

    `day` and `settled_day` in days (inf = not settled); `y` 0/1, NaN where not settled; `owner` and `team` codes into
    `owners` and `teams` (-1 = none); `quasi_random` where the owner was not picked by hand.
    """

    assignments: tuple[Assignment, ...]
    day: np.ndarray
    settled_day: np.ndarray
    y: np.ndarray
    owner: np.ndarray
    team: np.ndarray
    owners: tuple[str, ...]
    teams: tuple[str, ...]
    quasi_random: np.ndarray

    def __len__(self) -> int:
        return len(self.assignments)

    @property
    def settled(self) -> np.ndarray:
        """Which rows have a label."""
        return np.isfinite(self.settled_day)


def tabulate(assignments: tuple[Assignment, ...]) -> Table:
    """The columns of a list of assignments."""
    owners = tuple(sorted({one.owner_id for one in assignments}))
    teams = tuple(sorted({one.team for one in assignments if one.team is not None}))
    owner_code = {name: code for code, name in enumerate(owners)}
    team_code = {name: code for code, name in enumerate(teams)}
    return Table(
        assignments=assignments,
        day=np.array([days(one.assigned_at) for one in assignments]),
        settled_day=np.array([np.inf if one.settled_at is None else days(one.settled_at) for one in assignments]),
        y=np.array([np.nan if one.label is None else float(one.label) for one in assignments]),
        owner=np.array([owner_code[one.owner_id] for one in assignments], dtype=np.int64),
        team=np.array([team_code.get(one.team, -1) for one in assignments], dtype=np.int64),
        owners=owners, teams=teams,
        quasi_random=np.array([one.assigned_by in QUASI_RANDOM for one in assignments], dtype=bool),
    )
