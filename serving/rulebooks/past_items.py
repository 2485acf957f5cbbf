"""Past items for a simulation: what a history or a list of items holds, as either book reads it, and past results."""
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from features.plan import Objective
from rules.book.schema import RuleBook
from rules.change.impact import SettledOutcome
from rules.change.simulation import Case
from rules.errors import HistoryError, of_whole_file
from rules.exports.apply import apply_mapping
from rules.exports.history import HistoryRow, assignments_in, items_in, unreadable_lines
from rules.exports.repairs import short_rows
from rules.exports.servicenow.audit_log import read_log
from rules.exports.servicenow.rows import history_table
from rules.intake.reader import IDENTITY
from rules.model import Directory, Moment, WorkItem
from rules.refdata.times import untrusted
from rules.routing.territory import find_route
from rules.tabular import Table, read_table
from serving.imports.history_events import impossible_times, team_of
from serving.imports.mapping_choice import Chosen, fitted, log_in, plain_table_in

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PastItems:
    """The items of a file in the order of their time, those that neither book can read counted, and past results."""

    cases: tuple[Case, ...]
    unreadable: int
    handled: tuple[SettledOutcome, ...]


def read_past(text: str, *, file: str, how: Chosen, before: RuleBook, after: RuleBook, directory: Directory,
              objectives: Mapping[str, Objective], last: int | None = None) -> PastItems:
    """The newest `last` items of a history.csv or items.csv, each once as it first came; all where `last` is None.

    An item's time is when it was received. Past results come from the whole file. HistoryError for a file of another shape.
    """
    every = replace(after, attributes={**before.attributes, **after.attributes})
    table = _table(text, file, how, every, directory)
    unusable = of_whole_file(table.problems)
    if unusable or not table.columns:
        raise HistoryError(unusable or table.problems)
    if table.short_rows:
        _log.warning("%s: %s", file, short_rows(table.short_rows).message)
    by_book = [{row.line: row.item for row in items_in(table, book=book, directory=directory).rows}
               for book in (before, after)]
    first: dict[str, Case] = {}
    unreadable, now = len(table.broken_lines), datetime.now(UTC)
    for line in (row.line for row in table.rows):
        case = _case(by_book[0].get(line), by_book[1].get(line), objectives)
        if case is None or untrusted(case.at, now=now):
            unreadable += 1
        elif case.item_id not in first or case.at < first[case.item_id].at:
            first[case.item_id] = case
    cases = sorted(first.values(), key=lambda case: case.at)
    return PastItems(cases=tuple(cases[-last:] if last else cases), unreadable=unreadable,
                handled=_handled(table, before, directory, objectives))


def _table(text: str, file: str, how: Chosen, book: RuleBook, directory: Directory) -> Table:
    """The file's rows under our column names, whoever's export it is."""
    if (incidents := log_in(text, how, file=file)) is not None:
        log = read_log(incidents, file=file, now=datetime.now(UTC))
        if not log.row_count:
            raise HistoryError(log.problems)
        return history_table(log.incidents, file=file)
    if (plain := plain_table_in(text, how, file=file)) is not None:
        return read_table(plain, file=file, required=IDENTITY)
    applied = apply_mapping(fitted(how, text, file=file), text, what="history", file=file, book=book, directory=directory,
                            now=datetime.now(UTC))
    bad = set(unreadable_lines(applied.problems)) - {row.line for row in applied.table.rows}
    return replace(applied.table, problems=applied.problems, broken_lines=tuple(bad))


def _case(before: WorkItem | None, after: WorkItem | None, objectives: Mapping[str, Objective]) -> Case | None:
    item = before or after
    if item is None:
        return None
    worth = objectives[item.kind].value if item.kind in objectives else "value"
    return Case(item_id=item.item_id, kind=item.kind, at=item.received_at, before=before, after=after,
                value=item.number(worth))


def _handled(table: Table, book: RuleBook, directory: Directory,
             objectives: Mapping[str, Objective]) -> tuple[SettledOutcome, ...]:
    """The settled assignments; none where the file records no outcome or no setting says which outcome is a success."""
    if not {"owner_id", "assigned_at", "outcome"} <= set(table.columns) or not any(each.positive for each in objectives.values()):
        return ()
    read, now = assignments_in(table, book=book, directory=directory).rows, datetime.now(UTC)
    rows = [row for row in read if not impossible_times(row, table.file, now)]
    newest = max((moment for row in rows for moment in (row.assigned_at, row.ended_at, row.outcome_at) if moment), default=None)
    found = []
    for row in rows:
        objective = objectives.get(row.item.kind)
        success = None if objective is None else success_of(row, objective, known_until=newest or row.assigned_at)
        team = None if success is None else _team_of(row, book, directory)
        if team is not None and success is not None:
            found.append(SettledOutcome(kind=row.item.kind, team=team, success=success))
    return tuple(found)


def _team_of(row: HistoryRow, book: RuleBook, directory: Directory) -> str | None:
    """The team of the book that an owner had the item in: the route's, if the owner was on it, else the first."""
    route = find_route(book, row.item, directory, Moment(at=row.assigned_at)).route
    return team_of(route, row.owner_id, row.assigned_at, directory=directory)


def success_of(row: HistoryRow, objective: Objective, *, known_until: datetime) -> bool | None:
    """Whether an assignment succeeded by the objective's measure; None while that is not settled."""
    if not objective.positive or objective.learn != "outcome":
        return None
    positive, at = row.outcome in objective.positive, row.outcome_at or row.ended_at
    if objective.horizon is None:
        settled = row.end not in (None, "open") or at is not None
        return positive if settled else None
    due = row.assigned_at + objective.horizon
    if positive and at is not None and at <= due:
        return True
    return False if known_until >= due else None

