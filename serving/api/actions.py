"""POST /v1/decisions/{id}/accept, reject, override, review: what people do with a decision."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from serving.actions.commands import ActionCommand
from serving.actions.service import Acted, Actions
from serving.api.body import read_bytes, read_model
from serving.api.headers import ACTOR_HEADER, IF_MATCH_HEADER, KEY_HEADER, KEY_NEEDED, actor_of, key_of
from serving.api.shapes.actions import AcceptRequest, ActionDocument, OverrideRequest, RejectRequest, ReviewRequest
from serving.api.shapes.problems import refusals
from serving.api.waiting import outcome
from serving.decision.parts import DecisionDocument

_PROBLEMS = refusals({
    400: "the body is not one JSON object in UTF-8, or the Idempotency-Key is missing", 404: "there is no such decision",
    409: "the decision's present state, or a rule, does not allow it", 413: "the body is above 256 KB",
    415: "the body is not JSON", 422: "a field does not fit, or the key stood for another request",
    503: "try again later"})
_STALE = refusals({412: "the decision has moved on since it was read"})

router = APIRouter()


def _described(shape: type[BaseModel], key: dict[str, object], *more: dict[str, object]) -> dict[str, object]:
    return {"parameters": [key, ACTOR_HEADER, *more], "requestBody": {"required": True, "content": {
        "application/json": {"schema": shape.model_json_schema()}}}}


@router.post("/v1/decisions/{decision_id}/accept", response_model=ActionDocument, responses=_PROBLEMS,
             summary="The owner takes the item on", openapi_extra=_described(AcceptRequest, KEY_NEEDED))
async def accept(request: Request, decision_id: str) -> Response:
    """A decision that only recommended is assigned now: 409 when its owner is full or excluded by now."""
    key = key_of(request, needed=True)
    read_model(await read_bytes(request), AcceptRequest)
    return await _act(request, ActionCommand(kind="accept", decision_id=decision_id, actor=actor_of(request), key=key))


@router.post("/v1/decisions/{decision_id}/reject", response_model=ActionDocument, responses=_PROBLEMS,
             summary="The owner does not take the item on", openapi_extra=_described(RejectRequest, KEY_NEEDED))
async def reject(request: Request, decision_id: str) -> Response:
    """The owner's place is free again. Needs a reason code."""
    key = key_of(request, needed=True)
    body = read_model(await read_bytes(request), RejectRequest)
    return await _act(request, ActionCommand(kind="reject", decision_id=decision_id, actor=actor_of(request), key=key,
                                    reason=body.reason, note=body.note))


@router.post("/v1/decisions/{decision_id}/override", response_model=DecisionDocument, responses=_PROBLEMS | _STALE,
             summary="A person gives the item to another owner",
             openapi_extra=_described(OverrideRequest, KEY_NEEDED, IF_MATCH_HEADER))
async def override(request: Request, decision_id: str) -> Response:
    """A new decision, made by a person: only to an owner eligible now. Needs a reason code."""
    key = key_of(request, needed=True)
    body = read_model(await read_bytes(request), OverrideRequest)
    return await _act(request, ActionCommand(
        kind="override", decision_id=decision_id, actor=actor_of(request), key=key, owner_id=body.owner_id,
        reason=body.reason, note=body.note, if_match=request.headers.get("if-match")))


@router.post("/v1/decisions/{decision_id}/review", response_model=ActionDocument, responses=_PROBLEMS,
             summary="Somebody looked at the decision", openapi_extra=_described(ReviewRequest, KEY_HEADER))
async def review(request: Request, decision_id: str) -> Response:
    """Approve or challenge, with a note and how long the look took; nothing else changes."""
    key = key_of(request, needed=False)
    body = read_model(await read_bytes(request), ReviewRequest)
    return await _act(request, ActionCommand(kind="review", decision_id=decision_id, actor=actor_of(request), key=key,
                                    verdict=body.verdict, note=body.note, seconds=body.seconds))


async def _act(request: Request, wish: ActionCommand) -> Response:
    actions: Actions = request.app.state.actions
    acted: Acted = await outcome(actions.submit(wish))
    headers = {"ETag": acted.etag}
    if acted.new_decision_id is not None:
        headers["Location"] = f"/v1/decisions/{acted.new_decision_id}"
    if acted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(acted.canonical, media_type="application/json", headers=headers)
