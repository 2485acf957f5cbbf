"""Another system's export by its mapping: history, items, owners or accounts; every row kept or told, nothing half-written."""
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rules.book.schema import RuleBook
from rules.directory.files import DIRECTORY_FILES, load_directory, read_directory_files
from rules.errors import InputError, Problem
from rules.exports.apply import Applied, apply_mapping
from rules.exports.history import HistoryRow, assignments_in, items_in, unreadable_lines
from rules.exports.mapping import ColumnMapping
from rules.exports.repairs import Repair, short_rows, unwrapped_cells, without_idle
from rules.files import write_whole
from rules.model import Directory
from rules.tabular import Row, read_table
from serving.imports.keeping import history_report, keep_history, keep_items
from serving.imports.report import ImportReport, doubts_about_ids, refuse_bad
from serving.imports.selection_bias import warnings_of
from serving.imports.unknown import unknown_countries, unknown_values
from serving.runtime.workspace import Workspace

_EXAMPLES = 8
#: Rounds of leaving out bad rows of a directory: a row may be bad because another one is left out.
_ROUNDS = 50


def import_history_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, file: str, book: RuleBook, directory: Directory,
                      dry_run: bool, skip_bad: bool, say: Callable[[str], None]) -> ImportReport:
    """Import assignments; HistoryError with every fault, unless `skip_bad` leaves bad rows out."""
    applied = apply_mapping(mapping, text, what="history", file=file, book=book, directory=directory)
    read = assignments_in(applied.table, book=book, directory=directory)
    report, rows = history_report(read, file=file, book=book, directory=directory)
    warnings = (*warnings_of(read, rows, workspace.settings.objectives), *doubts_about_ids(read.doubtful))
    report = replace(_told(report, applied, len(rows), "assignments"), warnings=warnings, repairs=without_idle((
        *applied.repairs, *unknown_values([row.item for row in rows], book), idle_owners(rows, directory),
        short_rows(read.short_rows), unwrapped_cells(read.unwrapped))))
    return keep_history(workspace, report, rows, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad, say=say)


def import_items_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, file: str, book: RuleBook, directory: Directory,
                    dry_run: bool, skip_bad: bool) -> ImportReport:
    """Write items to route into the workspace's items.csv."""
    applied = apply_mapping(mapping, text, what="items", file=file, book=book, directory=directory)
    read = items_in(applied.table, book=book, directory=directory)
    if not dry_run:
        refuse_bad(applied.problems, skip_bad)
    report = keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    return replace(
        _told(report, applied, len(read.rows), "items"), warnings=doubts_about_ids(read.doubtful), repairs=without_idle((
            *applied.repairs, *unknown_values([row.item for row in read.rows], book), short_rows(read.short_rows),
            unwrapped_cells(read.unwrapped))))


def import_directory_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, what: str, file: str, dry_run: bool,
                        skip_bad: bool) -> ImportReport:
    """Write owners with their memberships, or accounts; queues, branches and partners that the file does not name stay."""
    files = read_directory_files(workspace.folder) if workspace.owners_path.exists() else {}
    directory = load_directory(files) if files and what == "accounts" else None
    applied = apply_mapping(mapping, text, what=what, file=file, book=None, directory=directory)
    rows, problems = list(applied.table.rows), list(applied.problems)
    kept_others = 0
    for _round in range(_ROUNDS):
        made, kept_others = _directory_files(applied, rows, what, files)
        faults = _faults({**files, **made}, f"{what}.csv", rows, file)
        problems += faults
        bad = set(unreadable_lines(faults))
        if not bad:
            break
        rows = [row for row in rows if row.line not in bad]
    report = _told(ImportReport(what=what, file=file, rows=applied.row_count, problems=tuple(problems), repairs=applied.repairs),
                   applied, len(rows), what)
    unknown = unknown_countries(row.cells.get("country", "") for row in rows) if what == "accounts" else ()
    report = replace(report, repairs=without_idle((*report.repairs, *unknown, short_rows(applied.table.short_rows))))
    if kept_others:
        report = replace(report, repairs=(*report.repairs, Repair(
            code="kept_owners", count=kept_others,
            message="queues, branches and partners of owners.csv kept beside the file's people")))
    report = replace(report, found={**report.found, **_directory_found(applied, rows, made)},
                     missing_share=_empty_shares(applied, rows))
    if dry_run:
        return report
    refuse_bad(report.problems, skip_bad)
    whole = {**files, **made}
    directory = load_directory(whole)
    for name, content in made.items():
        write_whole(workspace.folder / name, content)
    workspace.store.activate("directory", directory.digest, whole, actor="import")
    return replace(report, kept=len(rows))


def _told(report: ImportReport, applied: Applied, kept: int, noun: str) -> ImportReport:
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


def _directory_files(applied: Applied, rows: Sequence[Row], what: str, files: dict[str, str]) -> tuple[dict[str, str], int]:
    """The directory's files as they would be, and how many owners of other kinds stay."""
    columns = applied.table.columns
    if what == "accounts":
        return {"accounts.csv": _csv(columns, [[row.cells.get(name, "") for name in columns] for row in rows])}, 0
    named = {row.cells["owner_id"] for row in rows if "owner_id" in row.cells}
    records = [row.cells for row in rows]
    records += [{"owner_id": owner, "name": owner, "kind": kind} for owner, kind in applied.superiors if owner not in named]
    named |= {owner for owner, _kind in applied.superiors}
    others = [cells for cells in _rows_of(files.get("owners.csv", "")) if cells.get("kind") in ("queue", "branch", "partner")
              and cells.get("owner_id") not in named]
    records += others
    header = list(dict.fromkeys((*columns, *(name for cells in records for name in cells))))
    made = {"owners.csv": _csv(header, [[cells.get(name, "") for name in header] for cells in records])}
    if applied.record.memberships:
        kept = {cells["owner_id"] for cells in others}
        stay = [tuple(cells.get(name, "") for name in ("owner_id", "team", "role", "from", "to"))
                for cells in _rows_of(files.get("memberships.csv", "")) if cells.get("owner_id") in kept]
        here = {row.cells.get("owner_id") for row in rows}
        made["memberships.csv"] = _csv(("owner_id", "team", "role", "from", "to"), [
            *((owner, team, role, "", "") for owner, team, role in applied.memberships if owner in here), *stay])
    return made, len(others)


def _faults(files: dict[str, str], name: str, rows: Sequence[Row], file: str) -> list[Problem]:
    """What keeps a directory from loading, on the lines of the file that was given."""
    try:
        load_directory({key: text for key, text in files.items() if key in DIRECTORY_FILES})
    except InputError as error:
        return [_placed(one, rows, file) if one.file == name else replace(one, line=None) for one in error.problems]
    return []


def _placed(problem: Problem, rows: Sequence[Row], file: str) -> Problem:
    """A problem of the table as it would be written, on the line of the export that it comes from."""
    at = (problem.line or 0) - 2
    return replace(problem, file=file, line=rows[at].line if 0 <= at < len(rows) else None)


def _directory_found(applied: Applied, rows: Sequence[Row], made: dict[str, str]) -> dict[str, int]:
    if "memberships.csv" not in made:
        return {}
    teams = {team for _owner, team, _role in applied.memberships}
    joined = {owner for owner, _team, _role in applied.memberships}
    return {"memberships": len(applied.memberships), "teams": len(teams), "owners on a team": len(joined),
            "owners on no team": len({row.cells["owner_id"] for row in rows} - joined)}


def _empty_shares(applied: Applied, rows: Sequence[Row]) -> dict[str, float]:
    return {name: 1.0 - sum(name in row.cells for row in rows) / len(rows) for name in applied.table.columns} if rows else {}


def _rows_of(text: str) -> list[dict[str, str]]:
    return [row.cells for row in read_table(text, file="").rows]


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV, each on one line whatever its cells hold."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([" ".join(cell.split()) for cell in row] for row in rows)
    return out.getvalue()
