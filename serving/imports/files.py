"""Bringing a company's own files in: history as events, owners, accounts and items as files of the workspace.

Everything is checked first; a file with a fault changes nothing. A dry run tells what the file holds and what is not used.
"""
import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from rules.book.format import RuleBook
from rules.book.loading import read_book_files, require_book
from rules.directory import load_directory, read_directory_files
from rules.errors import HistoryError, InputError, Problem, Refused, nearest_name
from rules.intake.history import read_history, read_items
from rules.vocabulary import Directory
from serving.imports.history_events import events_of
from serving.imports.incident_log import import_log
from serving.imports.keeping import history_report, keep_events, keep_items
from serving.imports.report import ImportReport, refuse_bad
from serving.imports.whole_files import read_text, write_whole
from serving.workspace import Workspace

KINDS = ("history", "owners", "accounts", "items")
GENERIC, SERVICENOW = "generic", "servicenow"
PROFILES = (GENERIC, SERVICENOW)


def import_file(workspace: Workspace, path: Path, *, what: str, profile: str = GENERIC, mapping: Path | None = None,
                dry_run: bool = False, skip_bad: bool = False,
                say: Callable[[str], None] = lambda _words: None) -> ImportReport:
    """Import one file; with `dry_run` only tell. InputError with every fault, unless `skip_bad` leaves bad rows out.

    `profile` says whose columns they are; `say` hears what is being done, for it can take a while.
    """
    if what not in KINDS:
        raise Refused(f"cannot import `{what}`; expected one of {', '.join(KINDS)}")
    if profile not in PROFILES:
        raise Refused(f"unknown profile `{profile}`; this version reads `generic`, with --mapping for other column names, "
                      "and `servicenow`")
    if profile == SERVICENOW and what not in ("history", "items"):
        raise Refused(f"the profile `servicenow` reads history and items, given `{what}`; import {what} with `--profile generic`")
    text = renamed(read_text(path), read_mapping(mapping), file=path.name)
    if profile == SERVICENOW:
        return import_log(workspace, path.name, text, what=what, dry_run=dry_run, skip_bad=skip_bad, say=say)
    if what in ("owners", "accounts"):
        return _import_directory_file(workspace, path.name, text, what, dry_run)
    if what == "history":
        return _import_history(workspace, path.name, text, dry_run, skip_bad, say)
    return _import_items(workspace, path.name, text, dry_run, skip_bad)


def import_history(workspace: Workspace, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Import a history file in the generic profile."""
    return import_file(workspace, path, what="history", dry_run=dry_run)


def read_mapping(path: Path | None) -> dict[str, str]:
    """A mapping file: the file's column name, a colon, our column name, one a line."""
    if path is None:
        return {}
    try:
        tree = yaml.load(read_text(path), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise HistoryError([Problem(message=f"is not YAML: {error}", file=path.name)]) from None
    if not isinstance(tree, dict) or not all(isinstance(ours, str) and ours for ours in tree.values()):
        raise HistoryError([Problem(message="is no mapping", file=path.name,
                                    expected="lines such as `Lead ID: item_id`: the file's column, then ours")])
    return tree


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
    read = read_history(text, file=file, book=book, directory=directory)
    report, rows = history_report(read, file=file, book=book, directory=directory)
    if dry_run:
        return report
    refuse_bad(report.problems, skip_bad)
    drafts = events_of(rows, book=book, directory=directory)
    say(f"keeping {len(drafts):,} events")
    return keep_events(workspace, report, drafts)


def _import_items(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool) -> ImportReport:
    book, directory = _in_force(workspace)
    read = read_items(text, file=file, book=book, directory=directory)
    return keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)


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
    if dry_run:
        return ImportReport(what=what, file=file, rows=rows)
    write_whole(workspace.folder / name, text)
    workspace.store.activate("directory", directory.digest, files, actor="import")
    return ImportReport(what=what, file=file, rows=rows, kept=rows)


def _in_force(workspace: Workspace) -> tuple[RuleBook, Directory]:
    """The workspace's book and people as their files say."""
    return (require_book(read_book_files(workspace.rulebook_path)), load_directory(read_directory_files(workspace.folder)))
