"""Bringing a company's own files in: history as events, owners, accounts and items as files of the workspace.

Everything is checked first; a file with a fault changes nothing. A dry run tells what the file holds and what is not used.
"""
from collections.abc import Callable
from pathlib import Path

from rules.errors import Refused
from rules.exports.shipped import GENERIC
from rules.files import read_text
from serving.imports.directory import Wish, import_directory_by, import_directory_table
from serving.imports.exports import import_rows
from serving.imports.incident_log import import_log
from serving.imports.mapping_choice import chosen, fitted, log_in, plain_table_in
from serving.imports.report import ImportReport
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
    plain = plain_table_in(text, how, file=path.name)
    fitting = fitted(how, text, file=path.name) if plain is None else None
    text = text if plain is None else plain
    if what not in DIRECTORY:
        handed_over = [text]
        del text, plain                                   # a long file is held by whoever reads it, and no longer than that
        return import_rows(workspace, handed_over.pop(), fitting, what=what, file=path.name, dry_run=dry_run, skip_bad=skip_bad,
                           say=say)
    if fitting is None:
        return import_directory_table(workspace, text, what=what, file=path.name, wish=wish)
    return import_directory_by(workspace, fitting, text, what=what, file=path.name, wish=wish)


def import_history(workspace: Workspace, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Import a history file in the generic profile."""
    return import_file(workspace, path, what="history", dry_run=dry_run)
