"""Bringing a company's own files in: history as events, owners, accounts and items as files of the workspace.

Everything is checked first; a file with a fault changes nothing. A dry run tells what the file holds and what is not used.
"""
import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import HistoryError, InputError, Problem, Refused, nearest_name
from rules.exports.history import ReadHistory, ReadItems, read_history, read_items
from rules.exports.repairs import without_idle
from rules.exports.shipped import GENERIC, SERVICENOW
from rules.files import read_text, write_whole
from rules.loading import require_book
from rules.model import Directory
from rules.tabular import read_table
from serving.imports.exports import idle_owners, import_directory_by, import_history_by, import_items_by
from serving.imports.incident_log import import_log
from serving.imports.keeping import history_report, keep_history, keep_items
from serving.imports.mapping_choice import Chosen, chosen, header_of, renamed_in
from serving.imports.report import ImportReport
from serving.imports.selection_bias import warnings_of
from serving.imports.unknown import unknown_countries, unknown_values
from serving.runtime.workspace import Workspace

KINDS = ("history", "owners", "accounts", "items")


def import_file(workspace: Workspace, path: Path, *, what: str, profile: str = GENERIC, mapping: Path | None = None,
                dry_run: bool = False, skip_bad: bool = False,
                say: Callable[[str], None] = lambda _words: None) -> ImportReport:
    """Import one file; with `dry_run` only tell. InputError with every fault, unless `skip_bad` leaves bad rows out.

    `profile` says whose columns they are; `say` hears what is being done, for it can take a while.
    """
    if what not in KINDS:
        raise Refused(f"cannot import `{what}`; expected one of {', '.join(KINDS)}")
    how = chosen(profile, mapping)
    if profile == SERVICENOW and not how.own and what not in ("history", "items"):
        raise Refused(f"the profile `servicenow` reads history and items, given `{what}`; import {what} with `--profile generic`")
    text = read_text(path, encoding=how.mapping.encoding)
    if how.mapping.shape == "audit-log":
        log = renamed(text, how.renames, file=path.name)
        if is_audit_log(log):
            return import_log(workspace, path.name, log, what=what, dry_run=dry_run, skip_bad=skip_bad, say=say)
    elif profile == GENERIC and not how.own and has_commas(text):
        return _import_plain(workspace, path.name, renamed(text, how.renames, file=path.name), what, dry_run, skip_bad, say)
    return _import_mapped(workspace, path.name, text, how, what, dry_run, skip_bad, say)


def _import_plain(workspace: Workspace, file: str, text: str, what: str, dry_run: bool, skip_bad: bool,
                  say: Callable[[str], None]) -> ImportReport:
    if what in ("owners", "accounts"):
        return _import_directory_file(workspace, file, text, what, dry_run)
    if what == "history":
        return _import_history(workspace, file, text, dry_run, skip_bad, say)
    return _import_items(workspace, file, text, dry_run, skip_bad)


def _import_mapped(workspace: Workspace, file: str, text: str, how: Chosen, what: str, dry_run: bool, skip_bad: bool,
                   say: Callable[[str], None]) -> ImportReport:
    mapping = how.mapping
    if how.renames:
        mapping = renamed_in(mapping, how.renames, header_of(text, mapping, file=file), file=file)
    say(f"reading {text.count(chr(10)):,} lines of {file} as {mapping.name}")
    if what in ("owners", "accounts"):
        return import_directory_by(workspace, mapping, text, what=what, file=file, dry_run=dry_run, skip_bad=skip_bad)
    book, directory = _in_force(workspace)
    if what == "history":
        return import_history_by(workspace, mapping, text, file=file, book=book, directory=directory, dry_run=dry_run,
                                 skip_bad=skip_bad, say=say)
    return import_items_by(workspace, mapping, text, file=file, book=book, directory=directory, dry_run=dry_run,
                           skip_bad=skip_bad)


def is_audit_log(text: str) -> bool:
    """Whether a ServiceNow table has a row per change of an incident rather than one per incident."""
    header = {name.strip() for name in next(csv.reader(io.StringIO(text[:20_000].removeprefix("\ufeff"))), [])}
    return bool(header & {"sys_mod_count", "sys_updated_at", "sys_created_at"}) or "opened_at" not in header and not (
        header & {"Number", "Opened", "number"})


def has_commas(text: str) -> bool:
    """Whether the header of a table in our own columns is parted by commas, so that it can be read as it stands."""
    lines = (line for line in text.removeprefix("\ufeff").splitlines() if line.strip() and not line.startswith("#"))
    header = next(lines, "")
    return not header.lower().startswith("sep=") and ("," in header or not any(sign in header for sign in ";\t|"))


def import_history(workspace: Workspace, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Import a history file in the generic profile."""
    return import_file(workspace, path, what="history", dry_run=dry_run)


def renamed(text: str, mapping: Mapping[str, str], *, file: str) -> str:
    """The table with its columns under our names."""
    if not mapping:
        return text
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    header = [name.strip() for name in rows[0]] if rows else []
    absent = [name for name in mapping if name not in header]
    if absent:
        raise HistoryError([Problem(message=f"the mapping names a column `{name}` that the table lacks", file=file,
                                    expected=f"one of {', '.join(header)}", nearest=nearest_name(name, header))
                            for name in absent])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[mapping.get(name, name) for name in header], *rows[1:]])
    return out.getvalue()


def _import_history(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool,
                    say: Callable[[str], None]) -> ImportReport:
    book, directory = _in_force(workspace)
    say(f"reading {text.count(chr(10)):,} lines of {file}")
    read = _with_hint(read_history(text, file=file, book=book, directory=directory))
    report, rows = history_report(read, file=file, book=book, directory=directory)
    warnings = warnings_of(read, rows, workspace.settings.objectives)
    report = replace(report, warnings=warnings, fates=fates_of(read.row_count, len(rows), "assignments"), repairs=without_idle(
        (*unknown_values([row.item for row in rows], book), idle_owners(rows, directory))))
    return keep_history(workspace, report, rows, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad, say=say)


def _import_items(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool) -> ImportReport:
    book, directory = _in_force(workspace)
    read = _with_hint(read_items(text, file=file, book=book, directory=directory))
    report = keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    return replace(report, fates=fates_of(read.row_count, len(read.rows), "items"),
                   repairs=without_idle(unknown_values([row.item for row in read.rows], book)))


def _with_hint(read: ReadHistory | ReadItems) -> ReadHistory | ReadItems:
    """What was read, where naive times are told what a mapping could do for them."""
    hint = "; or `extends: generic` and a `time_zone` in a mapping, for times without an offset"
    return replace(read, problems=tuple(replace(one, expected=f"{one.expected}{hint}") if one.message == "the time has no offset"
                                        else one for one in read.problems))


def fates_of(count: int, kept: int, noun: str) -> dict[str, int]:
    """What became of every row of a table without a mapping."""
    return {words: rows for words, rows in ((noun, kept), ("cannot be used, told by line", count - kept)) if rows}


def _import_directory_file(workspace: Workspace, file: str, text: str, what: str, dry_run: bool) -> ImportReport:
    name = f"{what}.csv"
    files = read_directory_files(workspace.folder) if workspace.owners_path.exists() else {}
    files = {**files, name: text}
    rows = max(sum(1 for row in csv.reader(io.StringIO(text)) if any(row)) - 1, 0)
    try:
        directory = load_directory(files)
    except InputError as error:
        if dry_run:
            return ImportReport(what=what, file=file, rows=rows, problems=error.problems)
        raise
    countries = [row.cells.get("country", "") for row in read_table(text, file=file).rows] if what == "accounts" else ()
    report = ImportReport(what=what, file=file, rows=rows, repairs=tuple(unknown_countries(countries)))
    if dry_run:
        return report
    write_whole(workspace.folder / name, text)
    workspace.store.activate("directory", directory.digest, files, actor="import")
    return replace(report, kept=rows)


def _in_force(workspace: Workspace) -> tuple[RuleBook, Directory]:
    """The workspace's book and people as their files say."""
    return (require_book(read_book_files(workspace.rulebook_path)), load_directory(read_directory_files(workspace.folder)))
