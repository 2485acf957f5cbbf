"""Checking a rule book: every finding about its text, its sense and its people, and the tests that it carries.

Pure: texts, directory and time come in. A broken book is an answer here and never an exception.
"""
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from rules.analysis.complexity import Complexity
from rules.analysis.lint import lint_book, lint_directory
from rules.analysis.nearest_places import check_nearest
from rules.analysis.proofs import no_proofs, prove
from rules.book.cell_types import SourcePosition
from rules.book.findings import Finding, Findings
from rules.book.reading import BOOK
from rules.book.schema import BookTest, RuleBook
from rules.digests import digest_of_files
from rules.errors import ItemError, Problem
from rules.intake.item import read_item
from rules.loading import load_book
from rules.model import Directory, Span
from rules.progress import Progress, silent
from rules.refdata.postal_places import PostalPlaces
from rules.refdata.times import day_of, format_instant
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """All that `rules check` found; `ok` when no finding is an error.

    `proved` says of gap, shadowed and overlap whether the findings name all there are; `complexity` is None where errors
    kept the proofs from being tried. `exceptions`: the rules that are border cases, expired ones too.
    """

    rulebook: str
    rules: int
    proved: Mapping[str, bool]
    complexity: Complexity | None
    findings: tuple[Finding, ...]
    exceptions: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the book may be used."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_json(self) -> dict[str, object]:
        """The report as `rules check --json` prints it."""
        return {"ok": self.ok, "rulebook": self.rulebook, "rules": self.rules, "proved": dict(self.proved),
                "findings": [finding.as_json() for finding in self.findings],
                "complexity": None if self.complexity is None else self.complexity.as_json(),
                "exceptions": {"rules": len(self.exceptions)}}


def check(
    files: Mapping[str, str], directory: Directory | None = None, *, at: datetime, beside: Collection[str] = (),
    problems: Iterable[Problem] = (), progress: Progress = silent, places: PostalPlaces | None = None,
) -> CheckReport:
    """Everything wrong or doubtful about a book at a moment.

    `beside` are the tables that lie beside the book, to tell which of them nobody names; `problems` are faults already
    met on the way, in files that could not be read or in the directory.
    """
    progress("reading the rule book")
    loaded = load_book(files)
    more = Findings()
    if loaded.book is not None:
        lint_book(loaded.book, at, more)
        for name in sorted({*beside, *(file for file in files if file.endswith(".csv"))} - loaded.tables):
            more.add("unused", f"the book does not name the table `{name}`", SourcePosition(file=name, line=1), given=name,
                     expected="a place in the book that names it, or the file taken out")
        if directory is not None:
            lint_directory(loaded.book, directory, at, more)
            check_nearest(loaded.book, directory, places, more)
    draft = loaded.draft
    proofs = prove(draft, directory, at, more, progress=progress) if draft is not None and draft.stages else no_proofs(more)
    findings = [_from_problem(problem) for problem in problems]
    if files or not findings:
        findings += [_personal(finding, directory) for finding in loaded.findings]
    findings += more.in_order(first_file=BOOK)
    return CheckReport(rulebook=digest_of_files(files), rules=loaded.rule_count, proved=proofs.proved,
                  complexity=proofs.complexity, findings=tuple(findings),
                       exceptions=tuple(rule.id for _, rule in draft.placed_rules if rule.is_exception) if draft else ())


def _personal(finding: Finding, directory: Directory | None) -> Finding:
    """An unknown team that is somebody's id, name or e-mail is a person in a rule."""
    if finding.kind != "unknown_team" or directory is None:
        return finding
    for owner in directory.owners.values():
        if owner.kind == "person" and finding.given and finding.given.casefold() in (
            owner.owner_id.casefold(), owner.name.casefold(), owner.email.casefold()
        ):
            return replace(
                finding, kind="person_in_rule", nearest=None, expected="a team; people reach items through memberships.csv",
                message=f"the rule names the person `{finding.given}`",
            )
    return finding


def _from_problem(problem: Problem) -> Finding:
    message = problem.message if problem.column_name is None else f"{problem.message} (column `{problem.column_name}`)"
    return Finding(
        kind="wrong_type", message=message, file=problem.file, line=problem.line, column=problem.column,
        given=None if problem.given is None else str(problem.given), expected=problem.expected, nearest=problem.nearest,
    )


@dataclass(frozen=True, kw_only=True)
class BookTestResult:
    """One test of the book: what it expected and what came out; `problem` says why it could not be judged."""

    name: str
    passed: bool
    expected: Mapping[str, str]
    got: Mapping[str, str | None]
    problem: str | None = None
    place: SourcePosition | None = None

    def as_json(self) -> dict[str, object]:
        """The result as `rules test --json` prints it."""
        return {"name": self.name, "passed": self.passed, "expected": dict(self.expected), "got": dict(self.got),
                "problem": self.problem, "file": self.place.file if self.place else None,
                "line": self.place.line if self.place else None}


def run_tests(book: RuleBook, directory: Directory, *, now: datetime) -> tuple[BookTestResult, ...]:
    """Every test of the book at its `at`; one without `at` runs now and fails when another moment decides otherwise."""
    return tuple(_run_test(test, book, directory, now) for test in book.tests)


def _run_test(test: BookTest, book: RuleBook, directory: Directory, now: datetime) -> BookTestResult:
    at = test.at or now
    try:
        got = _outcome(test, book, directory, at)
    except ItemError as error:
        return BookTestResult(name=test.name, passed=False, expected=test.expect, got={}, problem=str(error), place=test.place)
    told = {key: got[key] for key in test.expect}
    if test.at is None:
        for other in _other_moments(test, got["rule"], book, directory, now):
            if (changed := _changed(told, _outcome(test, book, directory, other))) is not None:
                return BookTestResult(
                    name=test.name, passed=False, expected=test.expect, got=told, place=test.place,
                    problem=f"the result depends on time: {changed} at {format_instant(other, 'seconds')}; give the test an `at`")
    return BookTestResult(name=test.name, passed=told == dict(test.expect), expected=test.expect, got=told, place=test.place)


def _changed(told: Mapping[str, str | None], other: Mapping[str, str | None]) -> str | None:
    return next((f"{key} is `{other[key]}`" for key in told if other[key] != told[key]), None)


def _outcome(test: BookTest, book: RuleBook, directory: Directory, at: datetime) -> dict[str, str | None]:
    """Where the test's item goes, everyone's desk being empty."""
    item = read_item(test.item, book=book, directory=directory, at=at)
    narrowing = route_and_filter(item, book=book, directory=directory, at=at, workload=EMPTY_DESK)
    route, eligible = narrowing.route, narrowing.eligibility.eligible
    owner = narrowing.queue_owner or (eligible[0] if len(eligible) == 1 else None)
    return {"team": route.team, "rule": route.rule, "stage": route.stage, "reason": route.reason, "owner_id": owner}


def _other_moments(
    test: BookTest, rule_id: str | None, book: RuleBook, directory: Directory, now: datetime,
) -> Iterator[datetime]:
    """Moments that stand for all others: around every date that matters, and hours of a week and a year where they do."""
    nearest = any(rule.target.nearest and rule.id == rule_id for stage in book.stages for rule in stage.rules)
    hours_matter = nearest or "owner_id" in test.expect or "reason" in test.expect
    days = {near for day in _dates(book, directory, people=hours_matter) | _turning_days(test, book, directory, now)
            for near in (day - timedelta(days=1), day, day + timedelta(days=1))}
    for day in sorted(days):
        yield datetime.combine(day, time(12), UTC)
    if hours_matter:
        today = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        yield from (today + timedelta(hours=hour) for hour in range(24 * 7))
        yield from (today.replace(hour=hour) + timedelta(days=day) for day in range(366) for hour in (8, 20))


def _turning_days(test: BookTest, book: RuleBook, directory: Directory, now: datetime) -> set[date]:
    """The days of decision from which on the item's dates lie otherwise to today for some cell."""
    item = read_item(test.item, book=book, directory=directory, at=now)
    cells = [cell for _, rule in book.placed_rules for cell in rule.when]
    cells += [cell for rule in book.compliance for cell in rule.when]
    cells += [] if book.intake.hold is None else book.intake.hold.when
    spans = {(cell.attribute, span) for cell in cells for span in cell.days if span.from_today}
    turns = {date.fromisoformat(str(day)).toordinal() - end for name, span in spans for end in (span.low, span.high)
             if end is not None and (day := item.value(name)) is not None}
    return {date.fromordinal(day) for day in turns if date(1, 1, 3).toordinal() < day < date(9999, 12, 29).toordinal()}


def _dates(book: RuleBook, directory: Directory, *, people: bool) -> set[date]:
    """The days on which something begins or ends; with `people` also their memberships, absences and certificates."""
    ends: list[date | datetime | None] = []
    spans: list[Span] = [row.span for stage in book.stages for row in stage.named]
    ends += [rule.expires for stage in book.stages for rule in stage.rules]
    if people:
        spans += [row.span for rows in directory.members.values() for row in rows]
        spans += [row.span for rows in directory.absences.values() for row in rows]
        spans += [owner.active for owner in directory.owners.values()]
        ends += [last for owner in directory.owners.values() for last in owner.certifications.values()]
    ends += [end for span in spans for end in (span.starts, span.ends)]
    return {day_of(end) for end in ends if end is not None and date(1, 1, 3) < day_of(end) < date(9999, 12, 29)}
