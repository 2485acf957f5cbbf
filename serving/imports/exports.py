"""Another system's export by its mapping: history or items; every row kept or told, nothing half-written."""
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rules.book.schema import RuleBook
from rules.exports.apply import Applied, apply_mapping
from rules.exports.history import HistoryRow, assignments_in, items_in
from rules.exports.mapping import ColumnMapping
from rules.exports.repairs import Repair, short_rows, unwrapped_cells, without_idle
from rules.model import Directory
from serving.imports.keeping import history_report, keep_history, keep_items, without_impossible
from serving.imports.report import ImportReport, doubts_about_ids, refuse_bad
from serving.imports.selection_bias import warnings_of
from serving.imports.unknown import known_words, unknown_values
from serving.runtime.workspace import Workspace

_EXAMPLES = 8


def import_history_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, file: str, book: RuleBook, directory: Directory,
                      dry_run: bool, skip_bad: bool, say: Callable[[str], None]) -> ImportReport:
    """Import assignments; HistoryError with every fault, unless `skip_bad` leaves bad rows out."""
    applied = apply_mapping(mapping, text, what="history", file=file, book=book, directory=directory, now=datetime.now(UTC),
                            progress=say)
    table, spelt = known_words(applied.table, workspace.settings.objectives)
    read = assignments_in(table, book=book, directory=directory, progress=say)
    if applied.record.changes:
        read = replace(read, rows=as_known(read.rows, workspace))
    report, rows = history_report(read, file=file, book=book, directory=directory, say=say)
    warnings = (*warnings_of(read, rows, workspace.settings.objectives), *doubts_about_ids(read.doubtful))
    report = replace(told_of(report, applied, len(rows), "assignments"), warnings=warnings, repairs=without_idle((
        *applied.repairs, *spelt, *unknown_values([row.item for row in rows], book), idle_owners(rows, directory),
        short_rows(read.short_rows), unwrapped_cells(read.unwrapped))))
    return keep_history(workspace, report, rows, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad, say=say)


def as_known(rows: Sequence[HistoryRow], workspace: Workspace) -> tuple[HistoryRow, ...]:
    """Rows of a file that names items only by their ids, with what the store knows of those."""
    named = {row.item.item_id for row in rows}
    known = {event.item_id: event.item for event in workspace.store.events() if event.item_id in named and event.item is not None}
    return tuple(replace(row, item=known.get(row.item.item_id, row.item)) for row in rows)


def import_items_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, file: str, book: RuleBook, directory: Directory,
                    dry_run: bool, skip_bad: bool) -> ImportReport:
    """Write items to route into the workspace's items.csv."""
    applied = apply_mapping(mapping, text, what="items", file=file, book=book, directory=directory, now=datetime.now(UTC))
    read = without_impossible(items_in(applied.table, book=book, directory=directory), file)
    if not dry_run:
        refuse_bad(applied.problems, skip_bad)
    report = keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    return replace(
        told_of(report, applied, len(read.rows), "items"), warnings=doubts_about_ids(read.doubtful), repairs=without_idle((
            *applied.repairs, *unknown_values([row.item for row in read.rows], book), short_rows(read.short_rows),
            unwrapped_cells(read.unwrapped))))


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
