"""GET /console/rulebook and /console/rulebook/compare: a rule book to read, and two of them side by side."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rules.analysis.check import CheckReport, check, run_tests
from rules.book.schema import RuleBook
from rules.caching import cached_per_instance
from rules.change.comparison import Comparison, compare
from rules.errors import InputError, Problem
from rules.model import Directory
from serving.console.rulebooks import rulebook_view
from serving.console.rulebooks.rulebook_versions import VersionShown, book_of, versions_of
from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute
from serving.rulebooks.compare import Simulated, through
from serving.rulebooks.past_decisions import COUNTED, decided_past, exception_count, stage_counts
from serving.runtime.live import Live
from serving.store.decision_log import DecisionFilter

#: So many of the newest decisions are simulated unless asked otherwise, and at most.
SIMULATED, MOST_SIMULATED = 500, 5000

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class ComparedBooks:
    """Two books side by side, as they are named; `simulation` None where nothing was decided yet."""

    names: tuple[str, str]
    difference: Comparison
    simulation: Simulated | None


@router.get("/console/rulebook")
def rulebook_page(request: Request) -> HTMLResponse:
    """One rule book: the one in force, or the one asked for."""
    live: Live = request.app.state.live
    name, wanted = (request.query_params.get(key, "").strip()[:200] for key in ("book", "q"))
    book, directory, now = book_of(live, name), live.in_force.directory, datetime.now(UTC)
    report, results = _examined(book, directory, now)
    versions = versions_of(live)
    newest = list(live.store.newest_documents(DecisionFilter(), most=COUNTED))
    shown = rulebook_view.show_book(book, directory, at=now, wanted=wanted, counts=stage_counts(newest))
    return page(request, "rulebook.html", shown=shown, report=report, wanted=wanted, name=name, versions=versions,
                exceptions_used=exception_count(newest, report.exceptions)[0],
                own=next((each for each in versions if each.digest == book.digest), None), tests=results,
                is_active=book.digest == live.in_force.book.digest, asked=_asked(request, versions))


@router.get("/console/rulebook/compare")
def compare_page(request: Request) -> HTMLResponse:
    """What changes hands between two books, and what would have gone elsewhere of what was decided last."""
    live: Live = request.app.state.live
    versions = versions_of(live)
    asked = _asked(request, versions)
    books = book_of(live, asked["before"]), book_of(live, asked["after"])
    return page(request, "rulebook_compare.html", versions=versions, asked=asked, most=MOST_SIMULATED,
                shown=_compared(live, books, asked, versions))


def _compared(live: Live, books: tuple[RuleBook, RuleBook], asked: Mapping[str, str],
              versions: tuple[VersionShown, ...]) -> ComparedBooks:
    directory = live.in_force.directory
    names = _name_of(books[0], versions), _name_of(books[1], versions)
    past = decided_past(live.store, before=books[0], after=books[1], directory=directory, last=int(asked["items"]))
    simulation = None
    if past.cases:
        simulation = through(past, books, names, directory, live.workspace, source="the newest decisions", moments="decided on")
    return ComparedBooks(names=names, difference=compare(*books, at=datetime.now(UTC)), simulation=simulation)


def _asked(request: Request, versions: tuple[VersionShown, ...]) -> dict[str, str]:
    """Which books to compare: those named; else the one in force with the newest other one. InputError for no number."""
    given = {key: request.query_params.get(key, "").strip()[:200] for key in ("before", "after", "items")}
    active = next((each.name for each in versions if each.state == "active"), versions[0].name)
    other = next((each.name for each in versions if each.name != active), active)
    items = given["items"] or str(SIMULATED)
    if not (items.isascii() and items.isdigit() and 0 < int(items) <= MOST_SIMULATED):
        raise InputError([Problem(message="cannot simulate so many items", column_name="items", given=items,
                                  expected=f"a number from 1 to {MOST_SIMULATED}")])
    return {"before": given["before"] or active, "after": given["after"] or other, "items": items}


def _name_of(book: RuleBook, versions: tuple[VersionShown, ...]) -> str:
    return next((each.state for each in versions if each.digest == book.digest), "kept")


@cached_per_instance
def _reports(book: RuleBook) -> dict[tuple[str, str], tuple[CheckReport, tuple]]:
    """Per people and day, what checking the book and running its tests found."""
    return {}


def _examined(book: RuleBook, directory: Directory, now: datetime) -> tuple[CheckReport, tuple]:
    key = (directory.digest, f"{now:%Y-%m-%d}")
    known = _reports(book)
    if key not in known:
        known.clear()
        known[key] = check(book.files, directory, at=now), run_tests(book, directory, now=now)
    return known[key]
