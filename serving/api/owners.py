"""GET /v1/owners/{id}/load: what an owner carries now, against their ceilings."""

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.api.shapes import OwnerLoad, ProblemDocument
from serving.api.waiting import outcome
from serving.decide import now_of
from serving.decision.document import instant
from serving.live import Live
from serving.replay import UnknownOwner
from serving.store.writer import Writing

router = APIRouter()


@router.get("/v1/owners/{owner_id}/load", response_model=OwnerLoad, summary="What an owner carries now",
            responses={404: {"model": ProblemDocument, "description": "there is no such owner"}})
async def owner_load(request: Request, owner_id: str) -> Response:
    """Open items and items assigned on the owner's calendar day; a ceiling of null is none."""
    live: Live = request.app.state.live
    if owner_id not in live.in_force.directory.owners:
        raise UnknownOwner(f"there is no owner `{owner_id}`")
    load = await outcome(live.store.submit(lambda writing: load_of(writing, live, owner_id)))
    return Response(orjson.dumps(load), media_type="application/json")


def load_of(writing: Writing, live: Live, owner_id: str) -> dict[str, object]:
    """The load as the next decision would see it, read where decisions are made."""
    in_force, at = live.in_force, now_of(writing.head)
    owner, load = in_force.directory.owners[owner_id], in_force.view(writing, at).workload(owner_id)
    full = ((owner.max_open is not None and load.open_items >= owner.max_open)
            or (owner.max_per_day is not None and load.assigned_today >= owner.max_per_day))
    return {"owner_id": owner_id, "at": instant(at), "open_items": load.open_items, "max_open": owner.max_open,
            "assigned_today": load.assigned_today, "max_per_day": owner.max_per_day, "has_room": not full}
