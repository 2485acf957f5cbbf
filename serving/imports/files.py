"""Bringing a company's own files in: history as events, owners, accounts and items as files of the workspace.

Everything is checked first; a file with a fault changes nothing. A dry run tells what the file holds and what is not used.
"""
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.exports.history import ReadHistory, ReadItems, assignments_in, history_table, read_items
from rules.exports.repairs import short_rows, unwrapped_cells, without_idle
from rules.exports.shipped import GENERIC
from rules.files import read_text
from rules.loading import require_book
from rules.model import Directory
from serving.imports.directory import Wish, import_directory_by, import_directory_table
from serving.imports.exports import idle_owners, import_history_by, import_items_by
from serving.imports.incident_log import import_log
from serving.imports.keeping import history_report, keep_history, keep_items, without_impossible
from serving.imports.mapping_choice import Chosen, chosen, fitted, log_in, plain_table_in
from serving.imports.report import ImportReport, doubts_about_ids
from serving.imports.selection_bias import warnings_of
from serving.imports.unknown import known_words, unknown_values
from serving.runtime.workspace import Workspace

KINDS = ("history", "owners", "accounts", "items")
DIRECTORY = ("owners", "accounts")


def import_file(workspace: Workspace, path: Path, *, what: str, profile: str = GENERIC, mapping: Path | None = None,
                dry_run: bool = False, skip_bad: bool = False, replace_all: bool = False,
                say: Callable[[str], None] = lambda _words: None) -> ImportReport:
    """Import one file; with `dry_run` only tell. InputError with every fault, unless `skip_bad` leaves bad rows out.

    `profile` says whose columns they are; `replace_all`: owners or accounts that the file does not name end; `say` hears
    what is being done, for it can take a while.
    """
    if what not in KINDS:
        raise Refused(f"cannot import `{what}`; expected one of {', '.join(KINDS)}")
    if replace_all and what not in DIRECTORY:
        raise Refused(f"given `--replace` for {what}; expected owners or accounts, history and items are added row by row")
    how = chosen(profile, mapping)
    if how.mapping.shape == "audit-log" and not how.own and what not in ("history", "items"):
        raise Refused(f"the profile `{profile}` reads history and items, given `{what}`; import {what} with `--profile generic`")
    text = read_text(path, encoding=how.mapping.encoding)
    if (log := log_in(text, how, file=path.name)) is not None:
        return import_log(workspace, path.name, log, what=what, dry_run=dry_run, skip_bad=skip_bad, say=say)
    wish = Wish(dry_run=dry_run, skip_bad=skip_bad, replace=replace_all, say=say)
    if (plain := plain_table_in(text, how, file=path.name)) is not None:
        if what in DIRECTORY:
            return import_directory_table(workspace, plain, what=what, file=path.name, wish=wish)
        return _import_plain(workspace, path.name, plain, what, dry_run, skip_bad, say)
    if what in DIRECTORY:
        return import_directory_by(workspace, fitted(how, text, file=path.name), text, what=what, file=path.name, wish=wish)
    return _import_mapped(workspace, path.name, text, how, what, dry_run, skip_bad, say)


def _import_plain(workspace: Workspace, file: str, text: str, what: str, dry_run: bool, skip_bad: bool,
                  say: Callable[[str], None]) -> ImportReport:
    if what == "history":
        return _import_history(workspace, file, text, dry_run, skip_bad, say)
    return _import_items(workspace, file, text, dry_run, skip_bad)


def _import_mapped(workspace: Workspace, file: str, text: str, how: Chosen, what: str, dry_run: bool, skip_bad: bool,
                   say: Callable[[str], None]) -> ImportReport:
    mapping = fitted(how, text, file=file)
    say(f"reading {text.count(chr(10)):,} lines of {file} as {mapping.name}")
    book, directory = _in_force(workspace)
    if what == "history":
        return import_history_by(workspace, mapping, text, file=file, book=book, directory=directory, dry_run=dry_run,
                                 skip_bad=skip_bad, say=say)
    return import_items_by(workspace, mapping, text, file=file, book=book, directory=directory, dry_run=dry_run,
                           skip_bad=skip_bad)


def import_history(workspace: Workspace, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Import a history file in the generic profile."""
    return import_file(workspace, path, what="history", dry_run=dry_run)


def _import_history(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool,
                    say: Callable[[str], None]) -> ImportReport:
    book, directory = _in_force(workspace)
    say(f"reading {text.count(chr(10)):,} lines of {file}")
    table, spelt = known_words(history_table(text, file=file), workspace.settings.objectives)
    read = _with_hint(assignments_in(table, book=book, directory=directory, progress=say))
    report, rows = history_report(read, file=file, book=book, directory=directory, say=say)
    warnings = (*warnings_of(read, rows, workspace.settings.objectives), *doubts_about_ids(read.doubtful))
    repairs = (*spelt, *unknown_values([row.item for row in rows], book), idle_owners(rows, directory),
               short_rows(read.short_rows), unwrapped_cells(read.unwrapped))
    report = replace(report, warnings=warnings, fates=fates_of(read.row_count, len(rows), "assignments"),
                     repairs=without_idle(repairs))
    return keep_history(workspace, report, rows, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad, say=say)


def _import_items(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool) -> ImportReport:
    book, directory = _in_force(workspace)
    read = without_impossible(_with_hint(read_items(text, file=file, book=book, directory=directory)), file)
    report = keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    repairs = (*unknown_values([row.item for row in read.rows], book), short_rows(read.short_rows),
               unwrapped_cells(read.unwrapped))
    return replace(report, warnings=doubts_about_ids(read.doubtful), fates=fates_of(read.row_count, len(read.rows), "items"),
                   repairs=without_idle(repairs))


Read = TypeVar("Read", ReadHistory, ReadItems)


def _with_hint(read: Read) -> Read:
    """What was read, where naive times are told what a mapping could do for them."""
    hint = "; or `extends: generic` and a `time_zone` in a mapping, for times without an offset"
    return replace(read, problems=tuple(replace(one, expected=f"{one.expected}{hint}") if one.message == "the time has no offset"
                                        else one for one in read.problems))


def fates_of(count: int, kept: int, noun: str) -> dict[str, int]:
    """What became of every row of a table without a mapping."""
    return {words: rows for words, rows in ((noun, kept), ("cannot be used, told by line", count - kept)) if rows}


def _in_force(workspace: Workspace) -> tuple[RuleBook, Directory]:
    """The workspace's book and people as their files say."""
    return (require_book(read_book_files(workspace.rulebook_path)), load_directory(read_directory_files(workspace.folder)))
