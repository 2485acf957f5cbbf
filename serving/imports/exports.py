"""History or items, of a table in our own columns or of another system's export: every row kept or told, nothing half-written."""
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.exports.apply import Applied, apply_mapping
from rules.exports.history import (
    HistoryRow,
    ReadHistory,
    ReadItems,
    ReadRows,
    assignments_in,
    history_table,
    items_in,
    items_table,
)
from rules.exports.mapping import ColumnMapping
from rules.exports.repairs import Repair, short_rows, unwrapped_cells, without_idle
from rules.loading import require_book
from rules.model import Directory
from rules.progress import Progress
from rules.tabular import OpenTable, Table
from serving.imports.keeping import history_report, keep_history, keep_items, without_impossible
from serving.imports.report import ImportReport, doubts_about_ids, refuse_bad
from serving.imports.selection_bias import accounts_unknown, cards_of, warnings_of, with_cards
from serving.imports.unknown import Spelling, unknown_values
from serving.runtime.workspace import Workspace

_EXAMPLES = 8


def import_rows(workspace: Workspace, text: str, mapping: ColumnMapping | None, *, what: str, file: str, dry_run: bool,
                skip_bad: bool, say: Progress) -> ImportReport:
    """Import `history` or `items`; HistoryError with every fault, unless `skip_bad` leaves bad rows out."""
    book = require_book(read_book_files(workspace.rulebook_path))
    directory = load_directory(read_directory_files(workspace.folder))
    say(f"reading {text.count(chr(10)):,} lines of {file}{'' if mapping is None else f' as {mapping.name}'}")
    applied = None if mapping is None else apply_mapping(mapping, text, what=what, file=file, book=book, directory=directory,
                                                         now=datetime.now(UTC), progress=say)
    if what == "history":
        table = applied.table if applied else history_table(text, file=file)
        del text                                          # read row by row from here on
        return _import_history(workspace, table, applied, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad,
                               say=say)
    return _import_items(workspace, applied.table if applied else items_table(text, file=file), applied, book=book,
                         directory=directory, dry_run=dry_run, skip_bad=skip_bad)


def _import_history(workspace: Workspace, table: Table | OpenTable, applied: Applied | None, *, book: RuleBook,
                    directory: Directory, dry_run: bool, skip_bad: bool, say: Progress) -> ImportReport:
    spelling = Spelling(workspace.settings.objectives)
    read = assignments_in(spelling.table(table), book=book, directory=directory, progress=say)
    if applied is None:
        read = _with_hint(read)
    elif applied.record.changes:
        read = replace(read, rows=as_known(read.rows, workspace))
    report, rows, routes = history_report(read, file=table.file, book=book, directory=directory, say=say)
    unknown = unknown_values([row.item for row in rows], book)
    cards = cards_of(rows, workspace.settings.objectives)
    report = replace(_told(report, applied, read, len(rows), "assignments",
                           (*spelling.repairs, *unknown, idle_owners(rows, directory))),
                     cards=cards, warnings=(*with_cards(warnings_of(read, rows, workspace.settings.objectives), cards),
                                            *accounts_unknown(rows, directory),
                                            *doubts_about_ids(read.doubtful)))
    return keep_history(workspace, report, rows, routes, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad,
                        say=say)


def _import_items(workspace: Workspace, table: Table, applied: Applied | None, *, book: RuleBook, directory: Directory,
                  dry_run: bool, skip_bad: bool) -> ImportReport:
    read = items_in(table, book=book, directory=directory)
    read = without_impossible(_with_hint(read) if applied is None else read, table.file)
    if applied is not None and not dry_run:
        refuse_bad(applied.problems, skip_bad)
    report = keep_items(workspace, read, file=table.file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    unknown = unknown_values([row.item for row in read.rows], book)
    return replace(_told(report, applied, read, len(read.rows), "items", unknown), warnings=doubts_about_ids(read.doubtful))


def _told(report: ImportReport, applied: Applied | None, read: ReadRows, kept: int, noun: str,
          repairs: Sequence[Repair]) -> ImportReport:
    """A report with what became of every row, and what was put right on the way."""
    fates = {noun: kept, "cannot be used, told by line": read.row_count - kept}
    report = (replace(report, fates={words: rows for words, rows in fates.items() if rows}) if applied is None
              else told_of(report, applied, kept, noun))
    return replace(report, repairs=without_idle((*(applied.repairs if applied else ()), *repairs, short_rows(read.short_rows),
                                                 unwrapped_cells(read.unwrapped))))


Read = TypeVar("Read", ReadHistory, ReadItems)


def _with_hint(read: Read) -> Read:
    """What was read, where naive times are told what a mapping could do for them."""
    hint = "; or `extends: generic` and a `time_zone` in a mapping, for times without an offset"
    return replace(read, problems=tuple(replace(one, expected=f"{one.expected}{hint}") if one.message == "the time has no offset"
                                        else one for one in read.problems))


def as_known(rows: Sequence[HistoryRow], workspace: Workspace) -> tuple[HistoryRow, ...]:
    """Rows of a file that names items only by their ids, with what the store knows of those."""
    named = {row.item.item_id for row in rows}
    known = {event.item_id: event.item for event in workspace.store.events() if event.item_id in named and event.item is not None}
    return tuple(replace(row, item=known.get(row.item.item_id, row.item)) for row in rows)


def told_of(report: ImportReport, applied: Applied, kept: int, noun: str) -> ImportReport:
    """A report with what became of every row, under the export's own column names."""
    own = {}
    for column in applied.record.columns.values():
        here = [name for name in column.sources if name.casefold() in {cell.casefold() for cell in applied.header}]
        if here and all(way.value is None for way in column.ways):
            own[column.name] = here[0]
    problems = [*applied.problems, *(one for one in report.problems if one not in applied.problems)]
    problems = [replace(one, column_name=own.get(one.column_name or "", one.column_name)) for one in problems]
    fates = {noun: kept}
    for repair in applied.repairs:
        if repair.lines:
            fates[repair.message] = fates.get(repair.message, 0) + len(repair.lines)
    fates["cannot be used, told by line"] = applied.row_count - sum(fates.values())
    return replace(report, rows=applied.row_count, problems=tuple(problems), unmapped=applied.unmapped,
                   undeclared=applied.undeclared, fates={words: count for words, count in fates.items() if count},
                   found={f"kind of record: {applied.record.name}": applied.row_count})


def idle_owners(rows: Sequence[HistoryRow], directory: Directory) -> Repair:
    """People on a team to whom the file gives nothing: nobody knows yet how they do."""
    busy = {row.owner_id for row in rows}
    on_a_team = {member.owner_id for members in directory.members.values() for member in members}
    idle = [owner.owner_id for owner in directory.owners.values()
            if owner.kind == "person" and owner.owner_id in on_a_team and owner.owner_id not in busy]
    more = f" and {len(idle) - _EXAMPLES} more" if len(idle) > _EXAMPLES else ""
    named = ", ".join(idle[:_EXAMPLES]) + more
    return Repair(code="owners_without_items", count=len(idle), message=f"people on a team without an assignment here: {named}")
