"""POST /v1/mode: the kill switch, from the next decision on. GET /v1/models: which model ranks which kind of item."""
import asyncio

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from rules.refdata.times import format_instant
from serving.api.body import read_bytes, read_model
from serving.api.headers import ACTOR_HEADER, takes
from serving.api.shapes.models import Mode, ModelList, ModeRequest
from serving.api.shapes.problems import refusals
from serving.runtime.live import Live

_PROBLEMS = refusals({422: "neither model nor rotation"})

router = APIRouter()


@router.post("/v1/mode", response_model=Mode, responses=_PROBLEMS, summary="The kill switch",
             openapi_extra=takes(ModeRequest.model_json_schema(), ACTOR_HEADER))
async def set_mode(request: Request) -> Response:
    """`rotation`: rules only, free of individual behaviour; `model`: ranked again."""
    wanted = read_model(await read_bytes(request), ModeRequest)
    live: Live = request.app.state.live
    actor = f"{request.headers.get('x-actor', '')[:100]} (unverified)".strip()
    change = await asyncio.to_thread(live.store.set_ranking, wanted.ranking, actor)
    return Response(orjson.dumps({"ranking": change.value, "changed_at": format_instant(change.at), "actor": change.actor}),
                    media_type="application/json")


@router.get("/v1/models", response_model=ModelList, summary="Which model ranks which kind of item")
def list_models(request: Request) -> Response:
    """The champion of every kind of item that is ranked, and whether models rank at all now."""
    live: Live = request.app.state.live
    models = []
    for objective in live.in_force.settings.objectives:
        held = live.store.changes(f"champion:{objective}")
        bundle = live.in_force.bundles.get(objective)
        models.append({"objective": objective, "model": (held[0].value or None) if held else None,
                       "promoted_at": format_instant(held[0].at) if held else None,
                       "promoted_by": held[0].actor if held else None,
                       "signal": bundle.signal if bundle else None,
                       "signal_reason": bundle.signal_reason if bundle else None})
    ranking = live.store.head().ranking or live.in_force.settings.policy.ranking
    return Response(orjson.dumps({"ranking": ranking, "models": models}), media_type="application/json")
