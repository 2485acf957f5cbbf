"""From the rows of a history to events, each with the time it happened, which for a history is when it became known."""
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from features.clock import micros
from features.events import Event, EventKind
from rules.book.schema import RuleBook
from rules.caching import cached_per_instance
from rules.digests import letters
from rules.errors import Problem
from rules.exports.history import HistoryRow
from rules.model import EMPTY, Directory, Membership, WorkItem
from rules.progress import Progress, counting, silent
from rules.refdata.record_ids import record_key
from rules.refdata.times import format_instant, impossible
from rules.routing.eligibility import is_allowed
from rules.routing_result import Route
from serving.admission.dates import far_apart
from serving.decision.due_time import respond_by

_END_EVENTS: dict[str, EventKind] = {"resolved": "closed", "reassigned": "reassigned", "rejected": "rejected"}
#: So many events pass between two words of progress.
_TOGETHER = 100_000
#: The times of a row, each of something that has happened.
TIMES = ("assigned_at", "accepted_at", "first_response_at", "outcome_at", "ended_at")


def assignment_id_of(item_id: str, owner_id: str, assigned_at: datetime) -> str:
    """The id of an imported assignment: a hash of item, owner and time, so that importing again adds nothing."""
    named = "\x1f".join((item_id, owner_id, assigned_at.isoformat()))
    return "h-" + letters(named)[:32]


def impossible_times(row: HistoryRow, file: str, now: datetime) -> list[Problem]:
    """The times of a row that cannot be."""
    times = {"received_at": row.item.received_at, **{name: getattr(row, name) for name in TIMES}}
    return [one for name, at in times.items() for one in impossible(name, at, now=now, file=file, line=row.line)]


def check_rows(rows: Sequence[HistoryRow], file: str) -> list[Problem]:
    """What keeps a row from becoming events: an outcome or end without a time, the same assignment twice, another age."""
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    now = datetime.now(UTC)
    for row in rows:
        problems += impossible_times(row, file, now)
        made = assignment_id_of(row.item.item_id, row.owner_id, row.assigned_at)
        first = seen.setdefault(made, row.line)
        if first != row.line:
            problems.append(Problem(message=f"the same item, owner and time stand on line {first} already", file=file,
                                    line=row.line, column_name="assigned_at", expected="each assignment once"))
        if row.outcome is not None and row.outcome_at is None and row.ended_at is None:
            problems.append(Problem(message="an outcome without a time", file=file, line=row.line, given=row.outcome,
                                    column_name="outcome_at", expected="`outcome_at`, or `ended_at`"))
        if row.end in _END_EVENTS and _ended_at(row) is None:
            problems.append(Problem(message="an end without a time", file=file, line=row.line, given=row.end,
                                    column_name="ended_at", expected="when it ended"))
    return problems + _years_ahead([row for row in rows if row.assigned_at <= now], file)


def _years_ahead(rows: Sequence[HistoryRow], file: str) -> list[Problem]:
    """The few rows that lie years after all others: by them everything before would count as long settled."""
    _early, late = far_apart(np.array([row.assigned_at.timestamp() / 86400.0 for row in rows]))
    last = max((row.assigned_at for row, far in zip(rows, late, strict=True) if not far), default=None)
    return [Problem(message="lies more than a year after every other row but a few", file=file, line=row.line,
                    column_name="assigned_at", given=format_instant(row.assigned_at), expected=f"a year that is not mistyped; "
                    f"the others end at {format_instant(last)}")
            for row, far in zip(rows, late, strict=True) if far and last is not None]


@dataclass(frozen=True, kw_only=True, eq=False)
class HistoryEvents:
    """All events of a history in the order they became known, at one moment in the file's order; made one by one, never held.

    `routes`: where the rules send each row. With `own_teams` the log itself says in which team an assignment was, and where it
    does not nobody knows. `notes`: what was noticed of an assignment, by the line of its row.
    """

    rows: Sequence[HistoryRow]
    routes: Sequence[Route]
    book: RuleBook
    directory: Directory
    own_teams: bool = False
    notes: Mapping[int, str] = EMPTY
    progress: Progress = silent

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        """By event the place of its row, and which of the row's events it is."""
        known, count = array("q"), array("B")
        for row in counting(self.rows, "making events", self.progress):
            told = [micros(at) for _kind, at in _happened(row)]
            known.extend(told)
            count.append(len(told))
        place = np.repeat(np.arange(len(count), dtype=np.int32), count)
        rank = (np.arange(len(place)) - np.repeat(np.cumsum(count, dtype=np.int64) - count, count)).astype(np.int8)
        line = np.array([row.line for row in self.rows], dtype=np.int32)[place]
        order = np.lexsort((rank, line, np.frombuffer(known, np.int64) if known else np.zeros(0)))
        return place[order], rank[order]

    def __len__(self) -> int:
        return len(self._order[0])

    def __iter__(self) -> Iterator[Event]:
        ids = [assignment_id_of(row.item.item_id, row.owner_id, row.assigned_at) for row in self.rows]
        for start in range(0, len(self), _TOGETHER):
            some = zip(*(part[start:start + _TOGETHER].tolist() for part in self._order), strict=True)
            for place, rank in some:
                yield self._event(self.rows[place], self.routes[place], ids[place], rank)
            self.progress(f"keeping events: {min(start + _TOGETHER, len(self)):,} of {len(self):,}")

    def _event(self, row: HistoryRow, route: Route, assignment_id: str, rank: int) -> Event:
        kind, at = _happened(row)[rank]
        more = self._assignment(row, route) if kind == "assigned" else (
            {"outcome": row.outcome, "value": row.value} if kind == "outcome" else {})
        return Event(event_id=f"{assignment_id}:{kind}", kind=kind, assignment_id=assignment_id, item_id=row.item.item_id,
                     owner_id=row.owner_id, occurred_at=at, known_at=at, **more)

    def _assignment(self, row: HistoryRow, route: Route) -> dict[str, Any]:
        team = row.team if self.own_teams else team_of(route, row.owner_id, row.assigned_at, directory=self.directory)
        due = respond_by(route.sla, book=self.book, directory=self.directory, owner_id=row.owner_id, team=team,
                         at=row.assigned_at)
        return {"item": row.item, "team": team, "assigned_by": row.assigned_by, "propensity": row.propensity, "value": row.value,
                "respond_by": due, "note": self.notes.get(row.line),
                "untold": row.end is None and row.outcome is None and row.ended_at is None}


def _happened(row: HistoryRow) -> list[tuple[EventKind, datetime]]:
    """What happened to an assignment, and when, in the order that counts at one moment."""
    told: list[tuple[EventKind, datetime]] = [("assigned", row.assigned_at)]
    if row.accepted_at is not None:
        told.append(("accepted", row.accepted_at))
    if row.first_response_at is not None:
        told.append(("responded", row.first_response_at))
    if row.outcome is not None:
        told.append(("outcome", row.outcome_at or row.ended_at or row.assigned_at))
    if (ended_at := _ended_at(row)) is not None:
        told.append((_END_EVENTS.get(row.end or "", "closed"), ended_at))
    return told


def _ended_at(row: HistoryRow) -> datetime | None:
    """When the assignment ended: a resolved one without a time of its own ended with its outcome; an open one did not."""
    if row.end == "open":
        return None
    return row.ended_at or (row.outcome_at if row.end == "resolved" else None)


def open_rows(rows: Iterable[HistoryRow]) -> dict[str, HistoryRow]:
    """Who has which item after a history, by the key of the item: its newest assignment, where nothing ended that."""
    newest: dict[str, HistoryRow] = {}
    for row in rows:
        before = newest.setdefault(record_key(row.item.item_id), row)
        if row.assigned_at >= before.assigned_at:
            newest[record_key(row.item.item_id)] = row
    return {key: row for key, row in newest.items() if row.end in (None, "open") and row.ended_at is None}


def why_excluded(item: WorkItem, owner_id: str, at: datetime, *, book: RuleBook, directory: Directory) -> str | None:
    """What compliance says against an owner who was given the item elsewhere, which is a fact all the same."""
    verdict = is_allowed(item, owner_id, book=book, directory=directory, at=at)
    return None if verdict.eligible else f"compliance excludes {owner_id}: {verdict.reason} (rule {verdict.evidence.get('rule')})"


def team_of(route: Route, owner_id: str, at: datetime, *, directory: Directory) -> str | None:
    """The team an owner had an item in: the route's, if the owner was on it then, else the first the owner was on."""
    held = _memberships(directory).get(owner_id, ())
    zone = directory.owners[owner_id].time_zone
    teams = [membership.team for membership in held if membership.span.covers(at, zone)]
    if not teams:
        return None
    return route.team if route.team in teams else teams[0]


@cached_per_instance
def _memberships(directory: Directory) -> dict[str, tuple[Membership, ...]]:
    """Every membership by owner, in file order."""
    found: dict[str, list[Membership]] = {}
    for members in directory.members.values():
        for membership in members:
            found.setdefault(membership.owner_id, []).append(membership)
    return {owner_id: tuple(held) for owner_id, held in found.items()}
