"""GET /v1/owners/{id}/load: what an owner carries now; GET and PUT /v1/owners/{id}/absence: when an owner is away."""
import asyncio

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from rules.errors import Problem
from rules.model import Directory
from rules.refdata.times import NotReadable, format_instant, parse_day_or_instant
from rules.routing import availability
from serving.api.body import read_bytes, read_model
from serving.api.headers import ACTOR_HEADER, IF_MATCH_HEADER, actor_of, takes
from serving.api.problem import BadRequest
from serving.api.shapes.owners import AbsencePart, AbsencesRequest, OwnerAbsences, OwnerLoad
from serving.api.shapes.problems import refusals
from serving.api.waiting import outcome
from serving.runtime.absences import absence_rows, put_absences
from serving.runtime.context import now_of
from serving.runtime.live import Live
from serving.runtime.replay import UnknownOwner
from serving.store.writer import Writing

_UNKNOWN = refusals({404: "there is no such owner"})
_PROBLEMS = refusals({
    400: "the body is not one JSON object in UTF-8", 409: "the directory files keep changing",
    412: "the absences have changed since they were read", 413: "the body is above 256 KB", 415: "the body is not JSON",
    422: "a field does not fit, or the directory files are broken", 503: "try again later"})
_MATCH = {**IF_MATCH_HEADER, "description": "the ETag under which the absences were read"}

router = APIRouter()


@router.get("/v1/owners/{owner_id}/load", response_model=OwnerLoad, summary="What an owner carries now",
            responses=_UNKNOWN)
async def owner_load(request: Request, owner_id: str) -> Response:
    """Open items and items assigned on the owner's calendar day; a ceiling of null is none."""
    live: Live = request.app.state.live
    if owner_id not in live.in_force.directory.owners:
        raise UnknownOwner(f"there is no owner `{owner_id}`")
    load = await outcome(live.store.submit(lambda writing: load_of(writing, live, owner_id)))
    return Response(orjson.dumps(load), media_type="application/json")


@router.get("/v1/owners/{owner_id}/absence", response_model=OwnerAbsences, responses=_UNKNOWN, summary="When an owner is away")
def absences(request: Request, owner_id: str) -> Response:
    """Every absence on record, past ones too."""
    return _absences(request.app.state.live.in_force.directory, owner_id)


@router.put("/v1/owners/{owner_id}/absence", response_model=OwnerAbsences, responses=_UNKNOWN | _PROBLEMS,
            summary="Say when an owner is away", openapi_extra=takes(AbsencesRequest.model_json_schema(), ACTOR_HEADER, _MATCH))
async def put_absence(request: Request, owner_id: str) -> Response:
    """In place of all on record, from the next decision on; kept in the store and in absences.csv."""
    body = read_model(await read_bytes(request), AbsencesRequest)
    rows = [{"from": part.starts or "", "to": part.ends or "", "reason": part.reason or ""} for part in body.absences]
    for number, row in enumerate(rows):
        _check_days(row, number)
    live: Live = request.app.state.live
    directory = await asyncio.to_thread(put_absences, live, owner_id, rows, actor=actor_of(request),
                                        if_match=request.headers.get("if-match"))
    return _absences(directory, owner_id)


def _check_days(row: dict[str, str], number: int) -> None:
    """Refuse an absence without days, and days that are none."""
    if not row["from"] and not row["to"]:
        raise BadRequest(422, [Problem(message="the absence has no days", column_name=f"absences.{number}",
                                       expected="a first day, a last day, or both")])
    for name in ("from", "to"):
        try:
            if row[name]:
                parse_day_or_instant(row[name])
        except NotReadable as fault:
            raise BadRequest(422, [Problem(message=fault.message, column_name=f"absences.{number}.{name}", given=row[name],
                                           expected=fault.expected)]) from None


def _absences(directory: Directory, owner_id: str) -> Response:
    if owner_id not in directory.owners:
        raise UnknownOwner(f"there is no owner `{owner_id}`")
    rows, tag = absence_rows(directory, owner_id)
    told = [AbsencePart.model_validate(row).model_dump(by_alias=True) for row in rows]
    return Response(orjson.dumps({"owner_id": owner_id, "absences": told, "directory": directory.digest}),
                    media_type="application/json", headers={"ETag": tag})


def load_of(writing: Writing, live: Live, owner_id: str) -> dict[str, object]:
    """The load as the next decision would see it, read where decisions are made; room is room for some kind of item."""
    in_force, at = live.in_force, now_of(writing.head)
    owner, load = in_force.directory.owners[owner_id], in_force.view(writing, at).of(owner_id)
    weights, kinds = in_force.book.availability.weights, in_force.book.kinds
    carried = availability.load_of(load.by_kind, weights)
    has_room = availability.judge_capacity(owner, load).eligible and any(
        availability.fits(owner, carried, kind, weights) for kind in kinds)
    return {"owner_id": owner_id, "at": format_instant(at), "open_items": load.open_items, "max_open": owner.max_open,
            "assigned_today": load.assigned_today, "max_per_day": owner.max_per_day, "load": carried,
            "max_load": owner.max_load, "has_room": has_room}
