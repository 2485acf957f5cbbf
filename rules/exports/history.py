"""Histories and lists of items from CSV: every row that can be read, every row that cannot by its line, and what was not used.

Generic profile. A column that neither the format nor the rule book knows is left unused and named; an empty cell is unknown.
"""
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from rules.book.schema import RuleBook
from rules.directory.columns import RowReader
from rules.errors import ItemError, Problem, nearest_name
from rules.intake.item import read_item
from rules.intake.reader import IDENTITY, item_reader
from rules.model import Directory, WorkItem
from rules.progress import Progress, counting, silent
from rules.spoilt_ids import LongIds, doubts_and_losses, exponents
from rules.tabular import OpenTable, Row, Table, open_table, read_table

UNKNOWN_OWNER = "unknown owner"
ENDS = ("resolved", "reassigned", "rejected", "open")
ASSIGNERS = ("rule", "rotation", "manual", "model", "exploration")
#: What other systems call them; proposed, never taken, for a word may mean something else there.
MEANT_ENDS = {word: end for end, words in {
    "resolved": "closed, closed won, closed lost, close, won, lost, converted, done, completed, complete, finished, solved, "
                "fixed, success, failed, ended, settled",
    "reassigned": "transferred, transfer, handed over, handed on, handover, escalated, moved, passed on, forwarded, rerouted, "
                  "owner changed, delegated",
    "rejected": "declined, refused, denied, returned, bounced, not accepted, turned down, dismissed",
    "open": "new, working, in progress, active, pending, ongoing, on hold, waiting, unresolved, not closed, running, still open",
}.items() for word in words.split(", ")}
MEANT_ASSIGNERS = {word: by for by, words in {
    "rule": "rules, assignment rule, territory, territories, workflow, automation, automatic, auto, policy, queue, system",
    "rotation": "round robin, roundrobin, turns, in turn, rotated, rota, cyclic",
    "manual": "person, human, user, manager, dispatcher, by hand, hand, agent, manually, self, claimed, cherry picked, picked",
    "model": "ml, ai, score, scoring, predicted, prediction, algorithm, ranker, machine learning",
    "exploration": "random, explore, explored, randomized, randomised, experiment, lottery, coin, test, ab test, a/b test",
}.items() for word in words.split(", ")}
#: Columns of an assignment beside the item's own; `value` is an attribute of the item as well.
HISTORY_COLUMNS = ("owner_id", "assigned_at", "accepted_at", "first_response_at", "ended_at", "end", "outcome",
                   "outcome_at", "value", "assigned_by", "propensity")
#: How a row ended: kind, end and outcome as written, empty where it does not say.
Ending = tuple[str, str, str]
OneRow = TypeVar("OneRow")
_LATER = ("accepted_at", "first_response_at", "ended_at", "outcome_at")
#: Past this many problems no near name is looked for.
_SUGGESTIONS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """One assignment of an item to an owner and what came of it; None = unknown."""

    line: int
    item: WorkItem
    owner_id: str
    assigned_at: datetime
    accepted_at: datetime | None = None
    first_response_at: datetime | None = None
    ended_at: datetime | None = None
    end: str | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    value: float | None = None
    assigned_by: str | None = None
    propensity: float | None = None
    team: str | None = None                               # only of a log that names the team itself


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRow:
    """One item to route: as it stands in the file, and as it was read."""

    line: int
    raw: Mapping[str, str]
    item: WorkItem


@dataclass(frozen=True, kw_only=True)
class ReadRows(Generic[OneRow]):
    """What a file holds; `problems` carry the line of the row concerned, `row_count` counts all rows.

    `short_rows` and `unwrapped` as of a table; `doubtful`: ids that a spreadsheet may have spoilt.
    """

    rows: tuple[OneRow, ...]
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()
    missing_share: Mapping[str, float] = field(default_factory=dict)
    row_count: int = 0
    short_rows: tuple[Problem, ...] = ()
    unwrapped: tuple[Problem, ...] = ()
    doubtful: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadHistory(ReadRows[HistoryRow]):
    """Of a history `with_owner`, `without_owner`: of all its rows, also bad ones, how many have each kind, end and outcome."""

    with_owner: Mapping[Ending, int] = field(default_factory=dict)
    without_owner: Mapping[Ending, int] = field(default_factory=dict)


ReadItems = ReadRows[ItemRow]


def history_table(text: str, *, file: str) -> OpenTable:
    """The table of a history in our own columns, to be read row by row."""
    return open_table(text, file=file, required=(*IDENTITY, "owner_id", "assigned_at"))


def assignments_in(table: Table | OpenTable, *, book: RuleBook, directory: Directory, team_column: str | None = None,
                   progress: Progress = silent) -> ReadHistory:
    """Every assignment of a table under our column names; `team_column` names the team that had it, where a log knows.

    The table's rows are gone through once, none of them held.
    """
    attributes, unmapped = _columns(table, book, HISTORY_COLUMNS if team_column is None else (*HISTORY_COLUMNS, team_column))
    rows, lost, problems, count, long = list[HistoryRow](), list[Problem](), list[Problem](), 0, LongIds()
    endings: dict[bool, Counter[Ending]] = {True: Counter(), False: Counter()}
    about = len(table.rows) if isinstance(table, Table) else table.about
    for table_row in counting(table.rows, "understanding rows", progress, of=about) if table.columns else ():
        count += 1
        endings["owner_id" in table_row.cells][_ending(table_row)] += 1
        long.see(table_row)
        if spoilt := exponents((table_row,), file=table.file):
            lost += spoilt
            continue
        row = _history_row(table.file, table_row, attributes, book, directory, problems)
        if row is not None:
            rows.append(row if team_column is None else replace(row, team=table_row.cells.get(team_column)))
    return ReadHistory(rows=tuple(rows), problems=(*table.problems, *lost, *problems), unmapped=unmapped,
                       missing_share=_missing_share([row.item for row in rows], book),
                       row_count=count + len(table.broken_lines), short_rows=tuple(table.short_rows),
                       unwrapped=tuple(table.unwrapped), doubtful=tuple(long.rounded(table.file)),
                       with_owner=endings[True], without_owner=endings[False])


def _ending(row: Row) -> Ending:
    return row.cells.get("kind", ""), row.cells.get("end", ""), row.cells.get("outcome", "")


def read_items(text: str, *, file: str, book: RuleBook, directory: Directory, at: datetime | None = None,
               understand: "Understand | None" = None) -> ReadItems:
    """Every item of a table to route (contract: items.csv), in the file's order."""
    return items_in(items_table(text, file=file), book=book, directory=directory, at=at, understand=understand)


def items_table(text: str, *, file: str) -> Table:
    """The table of items to route in our own columns."""
    return read_table(text, file=file, required=IDENTITY)


def items_in(table: Table, *, book: RuleBook, directory: Directory, at: datetime | None = None,
             understand: "Understand | None" = None) -> ReadItems:
    """Every item of a table under our column names; `understand`: who makes the items of its rows, where others help."""
    doubtful, lost = doubts_and_losses(table.rows, file=table.file)
    spoilt = {one.line for one in lost}
    attributes, unmapped = _columns(table, book, ())
    sound = [row for row in table.rows if row.line not in spoilt] if table.columns else []
    rows, problems = (understand or understood)(sound, file=table.file, attributes=attributes, book=book, directory=directory,
                                                at=at)
    return ReadItems(rows=tuple(rows), problems=(*table.problems, *lost, *problems), unmapped=unmapped,
                     missing_share=_missing_share([row.item for row in rows], book),
                     row_count=len(table.rows) + len(table.broken_lines), short_rows=table.short_rows,
                     unwrapped=table.unwrapped, doubtful=tuple(doubtful))


#: What makes items of rows, as `understood` does.
Understand = Callable[..., tuple[list[ItemRow], list[Problem]]]


def understood(table_rows: Sequence[Row], *, file: str, attributes: Sequence[str], book: RuleBook, directory: Directory,
               at: datetime | None) -> tuple[list[ItemRow], list[Problem]]:
    """The items of some rows, and what is wrong with the others; each row by itself."""
    rows, problems = list[ItemRow](), list[Problem]()
    for table_row in table_rows:
        raw = {name: table_row.cells[name] for name in attributes if name in table_row.cells}
        item = _item(RowReader(file, table_row, problems), raw, book, directory, at)
        if item is not None:
            rows.append(ItemRow(line=table_row.line, raw=raw, item=item))
    return rows, problems


def unreadable_lines(problems: Iterable[Problem]) -> tuple[int, ...]:
    """The lines of the rows with problems, each once."""
    return tuple(sorted({problem.line for problem in problems if problem.line is not None}))


def _columns(table: Table | OpenTable, book: RuleBook, extra: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that are item attributes, and those that nothing uses."""
    readers = item_reader(book).readers
    attributes = tuple(name for name in table.columns if name in readers or name in IDENTITY)
    used = {*attributes, *extra}
    return attributes, tuple(name for name in table.columns if name and name not in used)


def _item(row: RowReader, raw: Mapping[str, str], book: RuleBook, directory: Directory,
          at: datetime | None) -> WorkItem | None:
    try:
        return read_item(raw, book=book, directory=directory, at=at, complete=True)
    except ItemError as error:
        row.problems.extend(replace(found, file=row.file, line=row.row.line) for found in error.problems)
        return None


def _history_row(file: str, table_row: Row, attributes: tuple[str, ...], book: RuleBook, directory: Directory,
                 problems: list[Problem]) -> HistoryRow | None:
    """One assignment; None, with its problems reported, where any cell cannot be used."""
    before = len(problems)
    row = RowReader(file, table_row, problems)
    owner_id = row.required("owner_id")
    if owner_id is not None and owner_id not in directory.owners:
        row.fault("owner_id", UNKNOWN_OWNER, given=owner_id, expected="an owner_id of owners.csv",
                  nearest=nearest_name(owner_id, directory.owners) if before < _SUGGESTIONS else None)
    assigned_at = row.instant("assigned_at") if row.required("assigned_at") else None
    later = {name: row.instant(name) for name in _LATER}
    for name, moment in later.items():
        if moment is not None and assigned_at is not None and moment < assigned_at:
            row.fault(name, "lies before `assigned_at`", given=row.text(name), expected=row.text("assigned_at") + " or later")
    end, assigned_by = row.one_of("end", ENDS, MEANT_ENDS), row.one_of("assigned_by", ASSIGNERS, MEANT_ASSIGNERS)
    value = row.number("value")
    propensity = row.number("propensity", low=1e-12, high=1.0, expected="a probability above 0 and at most 1")
    raw = {name: table_row.cells[name] for name in attributes if name in table_row.cells}
    if value is None:
        raw.pop("value", None)
    item = _item(row, raw, book, directory, assigned_at)
    if len(problems) > before or item is None or owner_id is None or assigned_at is None:
        return None
    return HistoryRow(line=table_row.line, item=item, owner_id=owner_id, assigned_at=assigned_at, end=end, value=value,
                      outcome=row.text("outcome") or None, assigned_by=assigned_by, propensity=propensity, team=None, **later)


def _missing_share(items: list[WorkItem], book: RuleBook) -> dict[str, float]:
    """Per declared attribute the share of items that lack it."""
    if not items:
        return {}
    present = Counter(name for item in items for name, fact in item.facts.items() if fact.value is not None)
    return {name: 1.0 - present[name] / len(items) for name in book.attributes if name != "kind"}
