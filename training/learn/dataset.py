"""Assignments with their labels, as settled at a cut: what the log lets us learn from.

Settling follows the fold (features/state.py): with a horizon an assignment settles at `assigned + horizon`, a success
if a positive outcome was KNOWN by then; with `closed` it settles when the closing became known. An assignment that was
rejected or handed on before it settled never settles. One that was closed, or left untold by its history, without a word of
its outcome is not a failure: nobody recorded what came of it, and it settles when that word becomes known. One that is known
to be open past its horizon has not succeeded, by what a horizon means. Of several outcomes the one that occurred last stands;
a correction counts after settling too, from when it became known. Times inside the table are days since 1970 (float, UTC).
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.events import ENDS, EVENTS, GIVEN_AWAY, Event
from features.matrix import ItemField, item_vector
from features.plan import Objective
from rules.model import WorkItem
from serving.admission.assignment_log import QUASI_RANDOM

#: What changes a label that is settled.
CORRECTS = ("corrected",)


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledAssignment:
    """One item given to one owner; `label` is None and `settled_at` None where nothing is settled by the cut.

    `unrecorded`: the label was due by then, and nobody had recorded what came of it. `over_at`: when its end or its outcome was
    first heard of. `done_at`: when what a time is measured to came about, None while it has not.
    """

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
    unrecorded: bool = False
    over_at: datetime | None = None
    done_at: datetime | None = None


def days(moment: datetime) -> float:
    """Days since 1970 in UTC."""
    return moment.timestamp() / 86400.0


def moment_of(day: float) -> datetime:
    """The moment a number of days since 1970 stands for, to the second."""
    return datetime.fromtimestamp(round(day * 86400.0), tz=UTC)


class _Open:
    """What is known so far of one assignment; it knows its own end, as the fold does."""

    __slots__ = ("assigned", "due", "settles", "success", "ended", "outcome", "said", "corrected", "heard", "over_at",
                 "done_at")

    def __init__(self, assigned: Event, objective: Objective):
        self.assigned = assigned
        self.due = None if objective.horizon is None else assigned.occurred_at + objective.horizon
        self.settles = None if self.due is None else max(self.due, assigned.known_at)
        self.success = False
        self.ended: str | None = None
        self.outcome: str | None = None
        self.said: datetime | None = None
        self.corrected: datetime | None = None
        self.heard: datetime | None = None
        self.over_at: datetime | None = None
        self.done_at: datetime | None = None

    def note(self, event: Event, objective: Objective) -> None:
        """One more event about it, in known-at order; after it settled only a correction changes anything."""
        waits = False
        if self.over_at is None and (event.kind in ENDS or (event.outcome or "").strip()):
            self.over_at = min(event.occurred_at, event.known_at)
        if objective.done_by is not None:
            self._note_time(event, objective)
            return
        if self.settles is not None and event.known_at > self.settles:
            if not self._waits(objective):
                if event.kind in CORRECTS and self._stands(event, objective):
                    self.corrected = event.known_at
                return
            waits = True
        self._stands(event, objective, waits=waits)
        if waits and self.said is not None and self.ended not in GIVEN_AWAY:
            self.heard = event.known_at
        elif event.kind == "reopened":
            self.ended = event.kind
        elif self.ended is None and event.kind in ENDS:
            self.ended = event.kind
            if self.settles is None and EVENTS[event.kind].settles:
                self.due, self.settles = event.occurred_at, event.known_at

    def _note_time(self, event: Event, objective: Objective) -> None:
        """The same where a time is learnt: a success if what it is measured to came before the label is due."""
        past = self.settles is not None and event.known_at > self.settles
        waited = past and self._waits(objective)
        if event.kind == objective.done_by and self.done_at is None:
            self.done_at = min(event.occurred_at, event.known_at)
            if not past or waited:
                self.success = self.due is None or self.done_at <= self.due
                self.heard = event.known_at if waited else None
        if event.kind == "reopened" and (not past or waited):
            self.ended = event.kind
        elif self.ended is None and not past and event.kind in ENDS:
            self.ended = event.kind
            if self.settles is None and EVENTS[event.kind].settles:
                self.due, self.settles = event.occurred_at, event.known_at

    def _waits(self, objective: Objective) -> bool:
        """Whether nobody recorded what came of it: closed, or left untold, without a word; or over before its time was taken."""
        if objective.done_by is not None:
            return self.ended is not None and self.ended not in GIVEN_AWAY and self.done_at is None
        over = self.assigned.untold or self.ended is not None
        return over and objective.learn == "outcome" and self.said is None and self.ended not in GIVEN_AWAY

    def _stands(self, event: Event, objective: Objective, *, waits: bool = False) -> bool:
        """Take over an outcome, unless a newer one is known; whether that changed the label."""
        at = min(event.occurred_at, event.known_at)
        late = event.kind not in CORRECTS and self.due is not None and at > self.due
        late = late and not (waits and objective.horizon is None)
        older = self.said is not None and at < self.said
        if not (event.outcome or "").strip() or older or (late and self.outcome is not None):
            return False
        before, self.outcome = self.success, event.outcome or None
        if not late:
            self.said, self.success = at, event.outcome in objective.positive
        return before != self.success

    def settle(self, as_of: datetime, objective: Objective) -> LabelledAssignment:
        """As of a cut; the label stays None where nothing is settled by then."""
        event = self.assigned
        due = self.settles is not None and self.settles < as_of and (self.heard is not None or self.ended not in GIVEN_AWAY)
        settled = due and not self._waits(objective)
        return LabelledAssignment(assignment_id=event.assignment_id, item=event.assigned_item, owner_id=event.owner_id,
                          team=event.team, assigned_by=event.assigned_by, assigned_at=event.occurred_at, known_at=event.known_at,
                          settled_at=(self.corrected or self.heard or self.settles) if settled else None,
                          label=self.success if settled else None, outcome=self.outcome, unrecorded=due and not settled,
                          over_at=self.over_at, done_at=self.done_at)


def read_assignments(events: Iterable[Event], objective: Objective, as_of: datetime) -> tuple[LabelledAssignment, ...]:
    """Every assignment of the objective's kind, in the order they became known, settled as of the cut."""
    by_id: dict[str, _Open] = {}
    for event in events:
        if event.kind == "assigned":
            if event.item is not None and event.item.kind == objective.kind:
                by_id[event.assignment_id] = _Open(event, objective)
        elif (known := by_id.get(event.assignment_id)) is not None and event.known_at <= as_of:
            known.note(event, objective)
    return tuple(known.settle(as_of, objective) for known in by_id.values())


class ItemColumns:
    """The items of a log as columns, each read once: every origin of a backtest asks for the same ones again."""

    def __init__(self, assignments: Sequence[LabelledAssignment]):
        self._items = tuple(one.item for one in assignments)
        self._row = {one.assignment_id: row for row, one in enumerate(assignments)}
        self._vectors: dict[ItemField, np.ndarray] = {}
        self._codes: dict[str, tuple[np.ndarray, list[object]]] = {}

    def vectors(self, assignments: Sequence[LabelledAssignment], fields: Sequence[ItemField]) -> np.ndarray:
        """The item vectors of some assignments of the log (n x fields)."""
        new = tuple(field for field in fields if field not in self._vectors)
        if new:
            read = np.array([item_vector(item, new) for item in self._items]).reshape(-1, len(new))
            self._vectors |= dict(zip(new, read.T, strict=True))
        rows = self._rows(assignments)
        return np.array([self._vectors[field][rows] for field in fields]).T.reshape(len(rows), len(fields)).copy()

    def codes(self, assignments: Sequence[LabelledAssignment], name: str) -> tuple[np.ndarray, list[object]]:
        """An attribute of some assignments as codes, -1 = missing, and the values they stand for, in the order of their text."""
        if name not in self._codes:
            values = [item.value(name) for item in self._items]
            known: list[object] = sorted({value for value in values if value is not None}, key=str)
            code: dict[object, int] = {value: index for index, value in enumerate(known)}
            self._codes[name] = np.array([code.get(value, -1) for value in values], dtype=np.int64), known
        every, told = self._codes[name]
        codes = every[self._rows(assignments)]
        met = np.unique(codes[codes >= 0])
        return np.where(codes >= 0, np.searchsorted(met, codes), -1), [told[code] for code in met]

    def _rows(self, assignments: Sequence[LabelledAssignment]) -> np.ndarray:
        return np.array([self._row[one.assignment_id] for one in assignments], dtype=np.intp)


@dataclass(frozen=True, kw_only=True)
class TrainingTable:
    """Assignments as columns, in the order they became known (n rows).

    `day` and `settled_day` in days (inf = not settled); `y` 0/1, NaN where not settled; `owner` and `team` codes into
    `owners` and `teams` (-1 = none); `quasi_random` where the owner was not picked by hand. `columns` read their items.
    """

    assignments: tuple[LabelledAssignment, ...]
    day: np.ndarray
    settled_day: np.ndarray
    y: np.ndarray
    owner: np.ndarray
    team: np.ndarray
    owners: tuple[str, ...]
    teams: tuple[str, ...]
    quasi_random: np.ndarray
    columns: ItemColumns

    def __len__(self) -> int:
        return len(self.assignments)

    @property
    def settled(self) -> np.ndarray:
        """Which rows have a label."""
        return np.isfinite(self.settled_day)


def tabulate(assignments: tuple[LabelledAssignment, ...], columns: ItemColumns | None = None) -> TrainingTable:
    """The columns of a list of assignments; `columns` of the log that they are part of, where it was read before."""
    owners = tuple(sorted({one.owner_id for one in assignments}))
    teams = tuple(sorted({one.team for one in assignments if one.team is not None}))
    owner_code = {name: code for code, name in enumerate(owners)}
    team_code: dict[str | None, int] = {name: code for code, name in enumerate(teams)}
    return TrainingTable(
        assignments=assignments,
        day=np.array([days(one.assigned_at) for one in assignments]),
        settled_day=np.array([np.inf if one.settled_at is None else days(one.settled_at) for one in assignments]),
        y=np.array([np.nan if one.label is None else float(one.label) for one in assignments]),
        owner=np.array([owner_code[one.owner_id] for one in assignments], dtype=np.int64),
        team=np.array([team_code.get(one.team, -1) for one in assignments], dtype=np.int64),
        owners=owners, teams=teams,
        quasi_random=np.array([one.assigned_by in QUASI_RANDOM for one in assignments], dtype=bool),
        columns=columns or ItemColumns(assignments),
    )
