"""What was read of a history or of items to route: reported, and kept in the store or the workspace unless it is a dry run."""
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from features.events import Event
from rules.book.schema import RuleBook
from rules.exports.history import HistoryRow, ReadHistory, ReadItems, unreadable_lines
from rules.files import write_whole
from rules.model import Directory
from rules.progress import Progress, silent
from rules.refdata.record_ids import record_key
from rules.refdata.times import impossible
from rules.routing_result import Route
from rules.spreadsheet import csv_text
from serving.imports.effects import carried_with, open_items_of, over_capacity
from serving.imports.history_events import HistoryEvents, check_rows, open_rows, why_excluded
from serving.imports.report import ImportReport, against_compliance, refuse_bad, refuse_blocking, report_of, routes_of
from serving.runtime.context import now_of
from serving.runtime.workspace import Workspace
from serving.store import assignments, event_log
from serving.store.succession import in_turn, one_after_the_other, told_late
from serving.store.writer import Writing


def history_report(read: ReadHistory, *, file: str, book: RuleBook, directory: Directory,
                   say: Progress = silent) -> tuple[ImportReport, tuple[HistoryRow, ...], tuple[Route, ...]]:
    """What a history holds, its rows that can become events, and where the rules send each."""
    problems = (*read.problems, *check_rows(read.rows, file))
    bad = set(unreadable_lines(problems))
    rows = tuple(row for row in read.rows if row.line not in bad)
    routes = routes_of([(row.item, row.assigned_at) for row in rows], book, directory, say)
    return report_of("history", file, read.row_count, problems, read.unmapped, read.missing_share,
                     ((row.item.item_id, route) for row, route in zip(rows, routes, strict=True))), rows, routes


def keep_events(workspace: Workspace, report: ImportReport, drafts: Iterable[Event]) -> ImportReport:
    """Add events to the store, in between where they are older than what it knows; who gets an item ends whoever had it.

    After the first decision, what is told anew of an item that the store knows became known now, whenever it happened.
    """
    kept, known_before = workspace.store.write(
        lambda writing: _kept_among(writing, list(drafts)) if writing.head.last_seq
        else (event_log.append_all(writing, in_turn(drafts)), 0))
    return replace(report, kept=kept, known_before=known_before)


def _kept_among(writing: Writing, drafts: Sequence[Event]) -> tuple[int, int]:
    """How many events were added to those that the store holds, and how many it held already."""
    known, newest = event_log.known_ids(writing.connection, drafts), writing.head.newest_at
    fresh = [draft for draft in drafts if draft.event_id not in known]
    items = {draft.item_id for draft in fresh}
    before = assignments.holders(writing.connection, items)
    if not fresh or newest is None or fresh[0].known_at >= newest:
        return len(event_log.append(writing, one_after_the_other(fresh, before))), len(known)
    given = assignments.given(writing.connection, items)
    if not writing.head.last_decision or any(draft.known_at < newest and record_key(draft.item_id) not in given
                                             for draft in fresh):
        return event_log.rewrite(writing, fresh), len(known)
    now = now_of(writing.head)
    late = [replace(draft, known_at=max(draft.known_at, now)) for draft in fresh]
    return len(event_log.append(writing, told_late(late, given, before))), len(known)


def keep_history(workspace: Workspace, report: ImportReport, rows: Sequence[HistoryRow], routes: Sequence[Route], *,
                 book: RuleBook, directory: Directory, dry_run: bool, skip_bad: bool,
                 say: Callable[[str], None]) -> ImportReport:
    """Keep a reported history's rows as events, unless it is a dry run or the report forbids it."""
    notes = {row.line: said for row in open_rows(rows).values()
             if (said := why_excluded(row.item, row.owner_id, row.assigned_at, book=book, directory=directory))}
    report = replace(report, warnings=(*report.warnings, *against_compliance(notes)))
    if not dry_run:
        refuse_bad(report.problems, skip_bad)
        refuse_blocking(report.warnings, report.file)
        drafts = HistoryEvents(rows=rows, routes=routes, book=book, directory=directory, notes=notes, progress=say)
        say(f"keeping {len(drafts):,} events")
        report, rows = keep_events(workspace, report, drafts), ()
    held = open_items_of(workspace, directory, datetime.now(UTC))
    return replace(report, over_capacity=over_capacity(directory, carried_with(held, rows)))


def without_impossible(read: ReadItems, file: str) -> ReadItems:
    """Items without those received at a time that cannot be, which are told."""
    now = datetime.now(UTC)
    late = [one for row in read.rows
            for one in impossible("received_at", row.item.received_at, now=now, file=file, line=row.line)]
    bad = set(unreadable_lines(late))
    return replace(read, rows=tuple(row for row in read.rows if row.line not in bad), problems=(*read.problems, *late))


def keep_items(workspace: Workspace, read: ReadItems, *, file: str, book: RuleBook, directory: Directory, dry_run: bool,
               skip_bad: bool) -> ImportReport:
    """Report items to route and write them to the workspace's items.csv."""
    routes = routes_of([(row.item, row.item.received_at) for row in read.rows], book, directory)
    report = report_of("items", file, read.row_count, read.problems, read.unmapped, read.missing_share,
                       ((row.item.item_id, route) for row, route in zip(read.rows, routes, strict=True)))
    if dry_run:
        return report
    refuse_bad(read.problems, skip_bad)
    columns = list(dict.fromkeys(name for row in read.rows for name in row.raw))
    content = csv_text(columns, ([row.raw.get(name) for name in columns] for row in read.rows))
    write_whole(workspace.folder / "items.csv", content)
    return replace(report, kept=len(read.rows))
