"""Bringing a company's own files in: history as events, owners, accounts and items as files of the workspace.

Everything is checked first; a file with a fault changes nothing. A dry run tells what the file holds and what is not used.
"""
import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from rules.book.format import RuleBook
from rules.book.loading import read_book_files, require_book
from rules.directory import load_directory, read_directory_files
from rules.errors import HistoryError, InputError, Problem, Refused, nearest_name
from rules.intake.history import read_history, read_items, unreadable_lines
from rules.territory import find_route
from rules.vocabulary import Directory, Moment, WorkItem
from serving.history_events import check_rows, events_of
from serving.store import event_log
from serving.store.writer import Writing
from serving.workspace import Workspace

KINDS = ("history", "owners", "accounts", "items")
_MOST_EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What a file holds and what came of it.

    `unreached`: how many items only the last stage takes, by reason, with some of their ids; `kept`: what was written
    (events, or rows), 0 in a dry run; `known_before`: events that were there already.
    """

    what: str
    file: str
    rows: int
    kept: int = 0
    known_before: int = 0
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()
    missing_share: Mapping[str, float] = field(default_factory=dict)
    unreached: Mapping[str, int] = field(default_factory=dict)
    unreached_examples: tuple[str, ...] = ()

    @property
    def bad_lines(self) -> tuple[int, ...]:
        """The lines of the rows that cannot be read."""
        return unreadable_lines(self.problems)

    def as_json(self) -> dict[str, object]:
        """The report as data."""
        return {"what": self.what, "file": self.file, "rows": self.rows, "kept": self.kept,
                "known_before": self.known_before, "unmapped": list(self.unmapped), "bad_lines": list(self.bad_lines),
                "problems": [str(problem) for problem in self.problems], "missing_share": dict(self.missing_share),
                "unreached": dict(self.unreached), "unreached_examples": list(self.unreached_examples)}


def import_file(workspace: Workspace, path: Path, *, what: str, mapping: Path | None = None, dry_run: bool = False,
                skip_bad: bool = False, say: Callable[[str], None] = lambda _words: None) -> ImportReport:
    """Import one file; with `dry_run` only tell. InputError with every fault, unless `skip_bad` leaves bad rows out.

    `say` hears what is being done, for it can take a while.
    """
    if what not in KINDS:
        raise Refused(f"cannot import `{what}`; expected one of {', '.join(KINDS)}")
    text = renamed(read_text(path), read_mapping(mapping), file=path.name)
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


def write_whole(path: Path, text: str) -> None:
    """Put a file in place at once: nobody ever reads half of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)


def _import_history(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool,
                    say: Callable[[str], None]) -> ImportReport:
    book, directory = _in_force(workspace)
    say(f"reading {text.count(chr(10)):,} lines of {file}")
    read = read_history(text, file=file, book=book, directory=directory)
    problems = (*read.problems, *check_rows(read.rows, file))
    bad = set(unreadable_lines(problems))
    rows = [row for row in read.rows if row.line not in bad]
    report = _report("history", file, read.row_count, problems, read.unmapped, read.missing_share,
                     [(row.item, row.assigned_at) for row in rows], book, directory)
    if dry_run:
        return report
    _refuse_bad(problems, skip_bad)
    drafts = events_of(rows, book=book, directory=directory)
    say(f"keeping {len(drafts):,} events")

    def keep(writing: Writing) -> int:
        newest = writing.head.newest_at
        if drafts and newest is not None and drafts[0].known_at < newest:
            return event_log.rewrite(writing, drafts)
        return len(event_log.append(writing, drafts))

    kept = workspace.store.write(keep)
    return replace(report, kept=kept, known_before=len(drafts) - kept)


def _import_items(workspace: Workspace, file: str, text: str, dry_run: bool, skip_bad: bool) -> ImportReport:
    book, directory = _in_force(workspace)
    read = read_items(text, file=file, book=book, directory=directory)
    report = _report("items", file, read.row_count, read.problems, read.unmapped, read.missing_share,
                     [(row.item, row.item.received_at) for row in read.rows], book, directory)
    if dry_run:
        return report
    _refuse_bad(read.problems, skip_bad)
    columns = list(dict.fromkeys(name for row in read.rows for name in row.raw))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.raw for row in read.rows)
    write_whole(workspace.folder / "items.csv", out.getvalue())
    return replace(report, kept=len(read.rows))


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


def _report(what: str, file: str, count: int, problems, unmapped, missing_share, items: list[tuple[WorkItem, object]],
            book: RuleBook, directory: Directory) -> ImportReport:
    reasons: Counter[str] = Counter()
    examples: list[str] = []
    for item, at in items:
        route = find_route(book, item, directory, Moment(at=at)).route
        if route.stage == book.stages[-1].name:
            reasons[route.reason or route.rule] += 1
            if len(examples) < _MOST_EXAMPLES:
                examples.append(item.item_id)
    return ImportReport(what=what, file=file, rows=count, problems=tuple(problems), unmapped=tuple(unmapped),
                        missing_share=missing_share, unreached=dict(reasons), unreached_examples=tuple(examples))


def _refuse_bad(problems, skip_bad: bool) -> None:
    unplaced = [problem for problem in problems if problem.line is None or problem.line == 1]
    if problems and (not skip_bad or unplaced):
        raise HistoryError(problems)


def read_text(path: Path) -> str:
    """The text of a file somebody names; refused when it is not there or not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise HistoryError([Problem(message="the file is not UTF-8 text", file=path.name,
                                    given=f"byte 0x{fault.object[fault.start]:02x}", expected="a file saved as UTF-8")]) from None
    except OSError as fault:
        raise Refused(f"`{path}` cannot be read: {(fault.strerror or 'unreadable').lower()}") from None
