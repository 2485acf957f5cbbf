"""The assignments of one kind of item as columns, whether they come from a file or from the store: what every check reads."""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from features.plan import Objective
from rules.exports.history import HistoryRow
from rules.model import WorkItem

#: How an assignment came about when it may be taken for as good as random: nobody looked at the item's hidden side.
QUASI_RANDOM = frozenset({"rotation", "exploration"})
_GIVEN_AWAY = ("reassigned", "rejected")
_DAY = 86400.0


class Observed(Protocol):
    """One assignment as a check sees it; `over_at`: when anything was first heard of its end or its outcome."""

    @property
    def item(self) -> WorkItem: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def assigned_by(self) -> str | None: ...
    @property
    def assigned_at(self) -> datetime: ...
    @property
    def over_at(self) -> datetime | None: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def label(self) -> bool | None: ...
    @property
    def unrecorded(self) -> bool: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class AssignmentLog:
    """Assignments as columns (n rows), in the order of their days.

    `day`, `over_day`, `won_day` in days since 1970 (NaN = nothing heard of an end or outcome, of a success); `y` 1, 0 or NaN
    where nothing is known, also by an outcome before the label is `due`; `owner` codes into `owners`; `unrecorded`: the label
    was due and nobody had recorded what came of it.
    """

    items: tuple[WorkItem, ...]
    owners: tuple[str, ...]
    owner: np.ndarray
    day: np.ndarray
    over_day: np.ndarray
    won_day: np.ndarray
    y: np.ndarray
    due: np.ndarray
    unrecorded: np.ndarray
    quasi_random: np.ndarray
    told_how: bool

    @property
    def settled(self) -> np.ndarray:
        """Of which rows it is known what came of them."""
        return ~np.isnan(self.y)

    def __len__(self) -> int:
        return len(self.items)


def assignment_log(found: Iterable[Observed], objective: Objective) -> AssignmentLog:
    """The columns of assignments in any order."""
    rows = sorted(found, key=lambda one: one.assigned_at)
    owners = tuple(sorted({one.owner_id for one in rows}))
    code = {name: place for place, name in enumerate(owners)}
    over = np.array([np.nan if one.over_at is None else one.over_at.timestamp() / _DAY for one in rows])
    won = np.array([one.label is True if objective.done_by else one.outcome in objective.positive for one in rows], dtype=bool)
    return AssignmentLog(
        items=tuple(one.item for one in rows), owners=owners, owner=np.array([code[one.owner_id] for one in rows], dtype=np.intp),
        day=np.array([one.assigned_at.timestamp() / _DAY for one in rows]),
        over_day=over, won_day=np.where(won, over, np.nan),
        y=np.array([_known(one, objective) for one in rows]), due=np.array([one.label is not None for one in rows], dtype=bool),
        unrecorded=np.array([one.unrecorded for one in rows], dtype=bool),
        quasi_random=np.array([one.assigned_by in QUASI_RANDOM for one in rows], dtype=bool),
        told_how=any(one.assigned_by for one in rows))


def _known(one: Observed, objective: Objective) -> float:
    if one.label is not None or objective.done_by is not None:
        return np.nan if one.label is None else float(one.label)
    return float(one.outcome in objective.positive) if one.outcome and not one.unrecorded else np.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedRow:
    """A row of a history with the label that it will have."""

    item: WorkItem
    owner_id: str
    assigned_by: str | None
    assigned_at: datetime
    over_at: datetime | None
    outcome: str | None
    label: bool | None
    unrecorded: bool


def observed_rows(rows: Sequence[HistoryRow], objective: Objective) -> list[ObservedRow]:
    """The rows with the labels that learning will find, as of the last moment that the file knows of."""
    heard = (at for row in rows for at in (row.assigned_at, row.ended_at, row.outcome_at) if at is not None)
    until = max(heard, default=datetime.min)
    return [_observed(row, objective, until) for row in rows]


def _observed(row: HistoryRow, objective: Objective, until: datetime) -> ObservedRow:
    said_at = (row.outcome_at or row.ended_at or row.assigned_at) if row.outcome else None
    ended_at = None if row.end == "open" else row.ended_at or (row.outcome_at if row.end == "resolved" else None)
    due = ended_at if objective.horizon is None else row.assigned_at + objective.horizon
    in_time = said_at is not None and due is not None and (said_at <= due or objective.horizon is None)
    over = ended_at is not None and due is not None and ended_at <= due
    untold = row.end is None and row.outcome is None and ended_at is None
    succeeds = row.outcome in objective.positive
    if objective.done_by is not None:
        done_at = row.first_response_at if objective.learn == "reply" else None if row.end in _GIVEN_AWAY else ended_at
        succeeds = in_time = done_at is not None and due is not None and done_at <= due
        untold = False
    settled = due is not None and due < until and not (over and row.end in _GIVEN_AWAY)
    told = in_time or not (over or untold)
    return ObservedRow(item=row.item, owner_id=row.owner_id, assigned_by=row.assigned_by, assigned_at=row.assigned_at,
                       over_at=min((at for at in (said_at, ended_at) if at is not None), default=None),
                       outcome=row.outcome, label=in_time and succeeds if settled and told else None,
                       unrecorded=settled and not told)
