"""Another system's audit log as a whole workspace: the assignments it records, and the people and pools that it shows.

Profile `servicenow`. A log comes without a rule book: `history` writes owners.csv, memberships.csv, the book's tables and
the teams between its two marks, all of them from incidents closed before the cut (`[import] cut` in rightful.toml, empty
= every closed incident), besides the events of every assignment. `items` writes what came in from the cut on, to be
routed. Resolvers seen only after the cut are in owners.csv, since they own assignments, but on no team: nothing is ever
routed to them. With `[import] until` the log is kept as it stood then: what became known later is left out, and counted.
"""
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import HistoryError, Problem
from rules.exports.history import ReadHistory, assignments_in, items_in
from rules.exports.repairs import Repair, without_idle
from rules.exports.servicenow.audit_log import ReadLog, read_log
from rules.exports.servicenow.groups import (
    Handling,
    book_files,
    directory_files,
    groups_table,
    handling_before,
)
from rules.exports.servicenow.rows import KIND, TEAM, history_table, items_table, outcome_of
from rules.files import write_whole
from rules.loading import require_book
from rules.model import Directory
from rules.refdata.times import format_instant
from serving.imports.history_events import HistoryEvents
from serving.imports.keeping import history_report, keep_events, keep_items
from serving.imports.report import ImportReport, refuse_bad, refuse_blocking
from serving.imports.selection_bias import cards_of, warnings_of, with_cards
from serving.runtime.workspace import Workspace

GROUPS = "groups_by_category.csv"
ACTOR = "import"


def import_log(workspace: Workspace, file: str, text: str, *, what: str, dry_run: bool, skip_bad: bool,
               say: Callable[[str], None]) -> ImportReport:
    """Import the assignments of an audit log with everything they need, or what came in after the cut."""
    say(f"reading {text.count(chr(10)):,} lines of {file}")
    log = read_log(text, file=file, now=datetime.now(UTC))
    if not log.row_count:
        raise HistoryError(log.problems)
    if what == "items":
        return _items(workspace, log, file, dry_run, skip_bad)
    return _history(workspace, log, file, dry_run, skip_bad, say)


def _history(workspace: Workspace, log: ReadLog, file: str, dry_run: bool, skip_bad: bool,
             say: Callable[[str], None]) -> ImportReport:
    cut, until = workspace.settings.import_cut, workspace.settings.import_until
    handling = handling_before(log.incidents, cut)
    _require_any(handling, file, cut)
    say(f"{len(log.incidents):,} incidents; people and pools from {handling.incidents:,} of them"
        + (f" closed before {format_instant(cut)}" if cut else ""))
    files, book, directory = _made(workspace, handling)
    read = assignments_in(history_table(log.incidents, file=file), book=book, directory=directory, team_column=TEAM)
    report, rows, routes = history_report(read, file=file, book=book, directory=directory)
    drafts = HistoryEvents(rows=rows, routes=routes, book=book, directory=directory, own_teams=True)
    kept = [draft for draft in drafts if until is None or draft.known_at < until]
    cards = cards_of(rows, workspace.settings.objectives)
    repairs = (*log.repairs, *_left_out(log, handling, rows), _cut_off(len(drafts) - len(kept), until))
    report = replace(report, rows=log.row_count, unmapped=log.unused, problems=(*log.problems, *report.problems),
                     repairs=without_idle(repairs), fates=_fates(log), found=_found(log, handling, len(rows)), cards=cards,
                     warnings=with_cards(warnings_of(_with_endings(read, log), rows, workspace.settings.objectives), cards))
    if dry_run:
        return report
    refuse_bad(report.problems, skip_bad)
    refuse_blocking(report.warnings, file)
    say(f"keeping {len(kept):,} events")
    report = keep_events(workspace, report, kept)
    for name, text in files.items():
        (workspace.folder / name).parent.mkdir(exist_ok=True)
        write_whole(workspace.folder / name, text)
    texts = read_directory_files(workspace.folder)
    workspace.store.activate("directory", load_directory(texts).digest, texts, actor=ACTOR)
    return report


def _items(workspace: Workspace, log: ReadLog, file: str, dry_run: bool, skip_bad: bool) -> ImportReport:
    cut = workspace.settings.import_cut
    refuse_bad(log.problems, skip_bad or dry_run)
    later = [one for one in log.incidents if cut is None or one.opened_at >= cut]
    book = require_book(read_book_files(workspace.rulebook_path))
    directory = load_directory(read_directory_files(workspace.folder))
    read = items_in(items_table(later, file=file), book=book, directory=directory)
    report = keep_items(workspace, read, file=file, book=book, directory=directory, dry_run=dry_run, skip_bad=skip_bad)
    return replace(report, rows=log.row_count, unmapped=log.unused, problems=(*log.problems, *report.problems),
                   repairs=log.repairs, fates=_fates(log),
                   found={"incidents": len(log.incidents), "incidents from the cut on": len(later)})


def _require_any(handling: Handling, file: str, cut: datetime | None) -> None:
    if not handling.people:
        given = f" before `{format_instant(cut)}`" if cut else ""
        raise HistoryError([Problem(message=f"no incident with a resolver was closed{given}", file=file,
                                    expected="some, to learn from them who handles what; `cut` under [import] in "
                                             "rightful.toml names the moment")])


def _made(workspace: Workspace, handling: Handling) -> tuple[dict[str, str], RuleBook, Directory]:
    """The files to write, and the book and the directory that they will be."""
    main = workspace.rulebook_path.name
    present = read_book_files(workspace.rulebook_path)
    of_book = book_files(handling, present[main], file=main)
    of_directory = directory_files(handling)
    book = require_book({**present, **of_book})
    directory = load_directory({**read_directory_files(workspace.folder), **of_directory})
    return {**of_book, **of_directory, GROUPS: groups_table(handling)}, book, directory


def _left_out(log: ReadLog, handling: Handling, rows) -> list[Repair]:
    """What the log holds and the workspace does not, or not as it stands."""
    nobody = sum(1 for one in log.incidents if one.resolver is None)
    no_group = sum(1 for one in log.incidents if one.resolver is not None and one.group is None)
    unknown = Counter(words.partition(":")[0] for row in rows for words in row.item.warnings)
    return [
        Repair(code="no_resolver", count=nobody, message="incidents without `resolved_by`: no owner, so no assignment"),
        Repair(code="no_group", count=no_group, message="assignments without an assignment group: their team is not known"),
        Repair(code="later_resolvers", count=len(handling.later),
               message="resolvers seen only after the cut: in owners.csv, on no team"),
        Repair(code="later_values", count=sum(unknown.values()),
               message="values not seen before the cut taken as missing: "
                       + ", ".join(f"{name} {count:,}" for name, count in unknown.most_common())),
    ]


def _with_endings(read: ReadHistory, log: ReadLog) -> ReadHistory:
    """A history that also knows how the incidents without a resolver ended, which are no assignments."""
    def endings(has_resolver: bool) -> Counter[tuple[str, str, str]]:
        return Counter((KIND, "resolved" if one.settled_at else "open", outcome_of(one) or "")
                       for one in log.incidents if (one.resolver is not None) is has_resolver)

    return replace(read, with_owner=endings(True), without_owner=endings(False))


def _fates(log: ReadLog) -> dict[str, int]:
    """What became of every row of the log."""
    fates = {f"rows of {len(log.incidents):,} incidents": log.used_count, "rows that stand twice counted once": log.twice_count,
             "cannot be used, told by line": log.row_count - log.used_count - log.twice_count}
    return {words: count for words, count in fates.items() if count}


def _cut_off(count: int, until: datetime | None) -> Repair:
    at = "" if until is None else f" `{format_instant(until)}`"
    return Repair(code="after_until", count=count, message=f"events known only from{at} on left out, as `until` asks")


def _found(log: ReadLog, handling: Handling, assignments: int) -> Mapping[str, int]:
    groups = {one.group for one in log.incidents if one.group is not None}
    sizes = [len(people) for people in handling.pools.values()]
    return {"incidents": len(log.incidents), "assignments": assignments,
            "outcomes met": sum(1 for one in log.incidents if one.resolver is not None and one.made_sla is True),
            "outcomes missed": sum(1 for one in log.incidents if one.resolver is not None and one.made_sla is False),
            "owners": len(handling.people) + len(handling.later), "owners on a team": len(handling.people),
            "assignment groups": len(groups), "pools": len(sizes), "least people in a pool": min(sizes),
            "most people in a pool": max(sizes)}
