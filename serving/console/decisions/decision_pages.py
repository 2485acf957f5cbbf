"""GET /console/decisions and /console/decisions/{id}: the list, one decision, its contrast and its replay."""
import time
from collections.abc import Sequence
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rules.errors import InputError, Problem
from serving.actions.registry import ACTIONS
from serving.console.decisions import listing
from serving.console.decisions.decision_view import Asking, show
from serving.console.decisions.eligible_now import eligible_now
from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute
from serving.runtime.live import Live
from serving.runtime.replay import Replayer

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@router.get("/console/decisions")
def decisions_page(request: Request) -> HTMLResponse:
    """The decisions that fit, newest first; a filter that cannot be read is told above an empty list."""
    live: Live = request.app.state.live
    asked = listing.asked_of(request.query_params)
    problems: Sequence[Problem] = ()
    try:
        found = listing.listed(live.store, asked, live.in_force.directory)
    except InputError as error:
        found, problems = listing.Listed(rows=(), older=None), error.problems
    in_force = live.in_force
    return page(request, "decisions.html", status=400 if problems else 200, asked=asked, listed=found, problems=problems,
                flagged=live.store.flagged(),
                teams=sorted(in_force.book.teams), deciders=listing.DECIDERS, verdicts=listing.VERDICTS)


@router.get("/console/decisions/{decision_id}")
def decision_page(request: Request, decision_id: str) -> HTMLResponse:
    """One decision; `versus` names whom to compare the chosen with, `replay` decides again and compares."""
    live: Live = request.app.state.live
    replayer: Replayer = request.app.state.replayer
    query = request.query_params
    versus = query.get("other", "").strip() or query.get("versus", "").strip() or None
    asking = Asking(versus=versus, replayed=next(replayer.from_log([decision_id])) if query.get("replay") else None,
                    notice=done.notice if (done := ACTIONS.get(query.get("done", ""))) else None)
    return page(request, "decision.html", shown=show(decision_id, store=live.store, replayer=replayer, versus=versus),
                asking=asking, now=eligible_now(live, decision_id), actions=ACTIONS, form_key=uuid4().hex,
                shown_at=time.time(), standalone=False)
