"""GET /console/selection: slots and selections by group, over the newest decisions of a period."""
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serving.console.web.days import day_after, day_of
from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute
from serving.fairness import selection_rates
from serving.fairness.limits import LEAST_OWNERS
from serving.runtime.live import Live
from serving.store.decision_log import DecisionFilter

#: So many decisions are read at most, newest first; the page says so.
MOST_READ = 5000

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionShown:
    """The page's content; `columns` None where the workspace has no groups file."""

    columns: tuple[selection_rates.GroupColumn, ...] | None = None
    decisions: int = 0


@router.get("/console/selection")
def selection_page(request: Request) -> HTMLResponse:
    """How often each group was chosen when it could have been."""
    live: Live = request.app.state.live
    asked = {name: request.query_params.get(name, "").strip()[:40] for name in ("from", "to", "decided_by")}
    return page(request, "selection.html", shown=show(live, asked), asked=asked, least_owners=LEAST_OWNERS,
                file=selection_rates.FILE, most_read=MOST_READ)


def show(live: Live, asked: Mapping[str, str]) -> SelectionShown:
    """The groups with their counts."""
    path = live.workspace.folder / selection_rates.FILE
    wanted = DecisionFilter(starts=day_of("from", asked["from"]), ends=day_after("to", asked["to"]),
                            decided_by=asked["decided_by"] or None)
    if not path.is_file():
        return SelectionShown()
    groups = selection_rates.read_groups(path)
    counted = selection_rates.count_slots(live.store.newest_documents(wanted, most=MOST_READ))
    return SelectionShown(columns=tuple(selection_rates.by_group(name, group_of, counted.owners)
                                        for name, group_of in groups.items()), decisions=counted.decisions)
