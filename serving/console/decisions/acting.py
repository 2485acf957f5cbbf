"""POST from the console: the actions that have a form, and the kill switch; the same functions as the API's."""
import asyncio
import math
import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from rules.errors import InputError, Problem
from serving.actions.commands import ANONYMOUS, ActionCommand
from serving.actions.handlers import ActionKind
from serving.actions.registry import ACTIONS
from serving.actions.service import Actions
from serving.console.web.pages import see
from serving.console.web.problem_pages import ConsoleRoute
from serving.console.web.security import read_form
from serving.runtime.live import Live

MOST_SECONDS = 86_400.0
RANKINGS = ("model", "rotation")

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


def _add_form(kind: ActionKind) -> None:
    """Where the form of a kind of action is sent; leads back to the decision, or to the new one that it made."""

    async def act(request: Request, decision_id: str) -> RedirectResponse:
        live: Live = request.app.state.live
        form = await read_form(request, live.key)
        given: dict[str, Any] = {name: form.get(name) or None for name in kind.fields}
        if "seconds" in given:
            given["seconds"] = seconds_spent(form, now=time.time())
        acted = await asyncio.to_thread(Actions(live).act, ActionCommand(
            kind=kind.name, decision_id=decision_id, actor=_actor(form), key=form.get("key") or None,
            if_match=form.get("if_match") or None, **given))
        made = acted.new_decision_id
        return see(f"/console/decisions/{made or decision_id}?done={kind.name}" + ("" if made else "#since"))

    router.add_api_route(f"/console/decisions/{{decision_id}}/{kind.name}", act, methods=["POST"])


for _kind in ACTIONS.values():
    if _kind.notice:
        _add_form(_kind)


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
    shown_at = _number(form.get("shown_at"))
    for spent in (_number(form.get("seconds")), None if shown_at is None else now - shown_at):
        if spent is not None and 0.0 <= spent <= MOST_SECONDS:
            return round(spent, 1)
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _actor(form: Mapping[str, str]) -> str:
    return form.get("actor", "").strip()[:100] or ANONYMOUS
