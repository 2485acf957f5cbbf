"""People and accounts of a file merged into the workspace's own: by id, what it does not say stays, the files before are kept."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rules.directory.files import DIRECTORY_FILES, load_directory, near_misses, read_directory_files
from rules.directory.merge import MergedTable
from rules.directory.update import DirectoryUpdate, Incoming, gone_parents, unplanned_rows, update_of
from rules.errors import DirectoryError, HistoryError, InputError, Problem, of_whole_file
from rules.exports.apply import Applied, apply_mapping
from rules.exports.history import unreadable_lines
from rules.exports.mapping import ColumnMapping
from rules.exports.repairs import Repair, short_rows, unwrapped_cells, without_idle
from rules.files import write_whole
from rules.model import Directory
from rules.refdata.record_ids import long_id
from rules.spoilt_ids import exponents, rounded
from rules.tabular import Row, Table, read_table
from serving.imports.effects import carried_with, effects_of, open_items_of, over_capacity
from serving.imports.exports import told_of
from serving.imports.report import ImportReport, doubts_about_ids, refuse_bad
from serving.imports.unknown import unknown_countries
from serving.runtime.directory_changes import change_directory
from serving.runtime.workspace import Workspace

#: Rounds of leaving out bad rows: a row may be bad because another one is left out.
_ROUNDS = 50
_KEYS = {"owners": "owner_id", "accounts": "account_id"}
_NAMING = ("owner_id", "account_id", "manager_id", "parent_id")
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How to import: only tell, leave bad rows out, end what the file does not name; `say` hears what is being done."""

    dry_run: bool
    skip_bad: bool
    replace: bool
    say: Say


def import_directory_by(workspace: Workspace, mapping: ColumnMapping, text: str, *, what: str, file: str,
                        wish: Wish) -> ImportReport:
    """Merge owners with their memberships, or accounts, of another system's export."""
    files, before = _present(workspace)
    applied = apply_mapping(mapping, text, what=what, file=file, book=None, directory=before if what == "accounts" else None,
                            now=datetime.now(UTC), progress=wish.say)
    incoming = Incoming(what=what, columns=applied.table.columns, rows=applied.table.rows, memberships=applied.memberships,
                        superiors=applied.superiors)
    report = ImportReport(what=what, file=file, rows=applied.row_count, problems=applied.problems, repairs=applied.repairs)
    report, incoming = _merged(workspace, report, incoming, files, before, applied.gone, wish, applied.table)
    report = told_of(report, applied, len(incoming.rows), what)
    return replace(report, found={**report.found, **_found(applied, incoming)},
                   missing_share={} if not incoming.rows else {
                       name: 1.0 - sum(name in row.cells for row in incoming.rows) / len(incoming.rows)
                       for name in incoming.columns})


def import_directory_table(workspace: Workspace, text: str, *, what: str, file: str, wish: Wish) -> ImportReport:
    """Merge owners or accounts of a table in our own columns; those that the file lacks stay as they are."""
    files, before = _present(workspace)
    table = read_table(text, file=file, required=(_KEYS[what],) if before else (_KEYS[what], *(
        ("kind",) if what == "owners" else ())))
    problems = [*table.problems, *(near_misses(table) if what == "owners" else ())]
    rows = len(table.rows) + len(table.broken_lines)
    report = ImportReport(what=what, file=file, rows=rows, problems=tuple(problems))
    if of_whole_file(problems):
        if wish.dry_run:
            return report
        raise DirectoryError(problems)
    incoming = Incoming(what=what, columns=table.columns, rows=table.rows)
    report, incoming = _merged(workspace, report, incoming, files, before, frozenset(), wish, table, DirectoryError)
    kept = len(incoming.rows)
    return replace(report, fates={words: count for words, count in (
        (what, kept), ("cannot be used, told by line", rows - kept)) if count})


def _present(workspace: Workspace) -> tuple[dict[str, str], Directory | None]:
    files = read_directory_files(workspace.folder) if workspace.owners_path.exists() else {}
    return files, load_directory(files) if files else None


def _merged(workspace: Workspace, report: ImportReport, incoming: Incoming, files: dict[str, str], before: Directory | None,
            gone: frozenset[str], wish: Wish, table: Table,
            refusal: type[InputError] = HistoryError) -> tuple[ImportReport, Incoming]:
    """The report of what a file does to the directory, with what of it can be used; done unless only told."""
    at = datetime.now(UTC).replace(microsecond=0)
    lost = [*exponents(incoming.rows, file=report.file), *unplanned_rows(incoming.rows, file=report.file, now=at)]
    spoilt = {one.line for one in lost}
    usable = [row for row in incoming.rows if row.line not in spoilt]
    report = replace(report, problems=(*report.problems, *lost),
                     warnings=doubts_about_ids(rounded(usable, file=report.file)))
    incoming = _spelt_as_known(replace(incoming, rows=usable), before)
    wish.say(f"merging {len(incoming.rows):,} {incoming.what}")
    incoming, update, repairs, faults = _without_faults(files, before, incoming, gone, report.file, wish, at)
    whole = {**files, **update.texts}
    if incoming.what == "accounts":
        repairs = [*repairs, *unknown_countries(row.cells.get("country", "") for row in incoming.rows)]
    report = replace(report, problems=(*report.problems, *faults), update=update,
                     repairs=without_idle((*report.repairs, *repairs, _kept_others(incoming, before),
                                           short_rows(table.short_rows), unwrapped_cells(table.unwrapped))))
    if not wish.dry_run:
        refuse_bad(report.problems, wish.skip_bad, refusal)
    elif of_whole_file(faults):
        return report, incoming
    after = load_directory(whole)
    if before is not None:
        held = open_items_of(workspace, after, at)
        report = replace(report, files_before=before.digest, over_capacity=over_capacity(after, carried_with(held)),
                         effects=effects_of(workspace, before, after, held, at, wish.say))
    if wish.dry_run:
        return report, incoming
    _write(workspace, incoming, update, whole, after, before, wish, at)
    return replace(report, kept=len(incoming.rows)), incoming


def _write(workspace: Workspace, incoming: Incoming, update: DirectoryUpdate, whole: dict[str, str], after: Directory,
           before: Directory | None, wish: Wish, at: datetime) -> None:
    if before is not None:
        change_directory(workspace, lambda texts, now: {**texts, **update_of(
            texts, now, incoming, replace=wish.replace, at=at).texts}, actor="import")
        return
    for name, content in update.texts.items():
        write_whole(workspace.folder / name, content)
    workspace.store.activate("directory", after.digest, whole, actor="import")


def _without_faults(files: dict[str, str], before: Directory | None, incoming: Incoming, gone: frozenset[str], file: str,
                    wish: Wish, at: datetime) -> tuple[Incoming, DirectoryUpdate, list[Repair], list[Problem]]:
    """The rows that a directory can be loaded from, what they make of it, and the faults of the others."""
    faults: list[Problem] = []
    orphans: list[int] = []
    for _round in range(_ROUNDS):
        if incoming.what == "accounts":
            known = incoming.ids | (before.accounts.keys() if before else set())
            rows, lines = gone_parents(incoming.rows, known, gone)
            incoming, orphans = replace(incoming, rows=rows), [*orphans, *lines]
        update = update_of(files, before, incoming, replace=wish.replace, at=at)
        found = _faults({**files, **update.texts}, update.tables, file)
        faults += found
        bad = set(unreadable_lines(found))
        if not bad:
            break
        out = {row.cells[incoming.key] for row in incoming.rows if row.line in bad and incoming.key in row.cells}
        rows = [row for row in incoming.rows if row.line not in bad]
        gone |= out - {row.cells[incoming.key] for row in rows if incoming.key in row.cells}
        incoming = replace(incoming, rows=rows, memberships=[one for one in incoming.memberships if one[0] not in gone])
    told = Repair(code="parent_left_out", count=len(orphans), message="accounts whose parent is left out of the file stand "
                  "without one", lines=())
    return incoming, update, [told], faults


def _faults(files: dict[str, str], tables: Mapping[str, MergedTable], file: str) -> list[Problem]:
    """What keeps a directory from loading, on the lines of the file that was given."""
    try:
        load_directory({key: text for key, text in files.items() if key in DIRECTORY_FILES})
    except InputError as error:
        return [_placed(one, tables, file) for one in error.problems]
    return []


def _placed(problem: Problem, tables: Mapping[str, MergedTable], file: str) -> Problem:
    """A problem of a table as it would be written, on the line of the file that it comes from."""
    table = tables.get(problem.file or "")
    line = table.lines.get(problem.line or 0) if table else None
    return replace(problem, file=file, line=line) if line else replace(problem, line=None)


def _spelt_as_known(incoming: Incoming, before: Directory | None) -> Incoming:
    """The file with ids as the directory spells them: a record id of 15 letters and of 18 is one."""
    known = {} if before is None else before.owners if incoming.what == "owners" else before.accounts
    spelling = {long_id(known_id)[0]: known_id for known_id in known}

    def spelt(row_id: str) -> str:
        return row_id if row_id in known else spelling.get(long_id(row_id)[0], row_id)

    rows = [Row(line=row.line, cells={name: spelt(cell) if name in _NAMING else cell for name, cell in row.cells.items()})
            for row in incoming.rows]
    return replace(incoming, rows=rows, memberships=[(spelt(owner), team, role) for owner, team, role in incoming.memberships],
                   superiors=[(spelt(owner), kind) for owner, kind in incoming.superiors])


def _kept_others(incoming: Incoming, before: Directory | None) -> Repair:
    others = [owner for owner in (before.owners.values() if before else ()) if owner.kind != "person"
              and owner.owner_id not in incoming.ids] if incoming.what == "owners" else []
    return Repair(code="kept_owners", count=len(others),
                  message="queues, branches and partners of owners.csv kept beside the file's people")


def _found(applied: Applied, incoming: Incoming) -> dict[str, int]:
    if not applied.record.memberships:
        return {}
    joined = {owner for owner, _team, _role in incoming.memberships}
    return {"memberships": len(incoming.memberships), "teams": len({team for _owner, team, _role in incoming.memberships}),
            "owners on a team": len(joined), "owners on no team": len(incoming.ids - joined)}
