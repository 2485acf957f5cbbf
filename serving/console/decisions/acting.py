"""POST from the console: review, override, and the kill switch; the same functions as the API's, from a form."""
import asyncio
import math
import time
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from rules.errors import InputError, Problem
from serving.actions.commands import ANONYMOUS
from serving.actions.service import Actions
from serving.console.web.pages import see
from serving.console.web.problem_pages import ConsoleRoute
from serving.console.web.security import read_form
from serving.runtime.live import Live

MOST_SECONDS = 86_400.0
RANKINGS = ("model", "rotation")

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@router.post("/console/decisions/{decision_id}/review")
async def review(request: Request, decision_id: str) -> RedirectResponse:
    """Approve or challenge, with a note and the time spent looking."""
    live: Live = request.app.state.live
    form = await read_form(request, live.key)
    await asyncio.to_thread(
        Actions(live).review, decision_id, verdict=form.get("verdict", ""), note=form.get("note") or None,
        seconds=seconds_spent(form, now=time.time()), actor=_actor(form), key=form.get("key") or None)
    return see(f"/console/decisions/{decision_id}?done=review#since")


@router.post("/console/decisions/{decision_id}/override")
async def override(request: Request, decision_id: str) -> RedirectResponse:
    """Give the item to another eligible owner; leads to the new decision."""
    live: Live = request.app.state.live
    form = await read_form(request, live.key)
    acted = await asyncio.to_thread(
        Actions(live).override, decision_id, owner_id=form.get("owner_id", ""), reason=form.get("reason", ""),
        note=form.get("note") or None, actor=_actor(form), key=form.get("key") or None,
        if_match=form.get("if_match") or None)
    return see(f"/console/decisions/{acted.new_decision_id}?done=override")


@router.post("/console/mode")
async def set_mode(request: Request) -> RedirectResponse:
    """The kill switch, from the next decision on."""
    live: Live = request.app.state.live
    form = await read_form(request, live.key)
    ranking = form.get("ranking", "")
    if ranking not in RANKINGS:
        raise InputError([Problem(message="there is no such mode", column_name="ranking", given=ranking,
                                  expected="`model` or `rotation`")])
    await asyncio.to_thread(live.store.set_ranking, ranking, f"{_actor(form)} (unverified)")
    return see("/console/models")


def seconds_spent(form: Mapping[str, str], *, now: float) -> float | None:
    """How long the page was looked at: as the page measured it, else since it was made; None where neither is a time."""
    for spent in (_number(form.get("seconds")), _since(_number(form.get("shown_at")), now)):
        if spent is not None and 0.0 <= spent <= MOST_SECONDS:
            return round(spent, 1)
    return None


def _since(shown_at: float | None, now: float) -> float | None:
    return None if shown_at is None else now - shown_at


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _actor(form: Mapping[str, str]) -> str:
    return form.get("actor", "").strip()[:100] or ANONYMOUS
