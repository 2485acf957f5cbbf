"""POST /v1/recommendations: decide one item."""
import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rules.errors import Problem
from serving.api.body import read_bytes, read_model
from serving.api.problem import BadRequest
from serving.api.shapes import DecisionDocument, ProblemDocument, RecommendationRequest
from serving.decide import Asked, Decider

_LONGEST_KEY = 255
_PROBLEMS = {status: {"model": ProblemDocument, "description": words} for status, words in {
    400: "the body is not one JSON object in UTF-8, or the Idempotency-Key is missing",
    409: "the present state does not allow it", 413: "the body is above 256 KB", 415: "the body is not JSON",
    422: "a field or attribute does not fit, or the key stood for another request", 503: "try again later"}.items()}
_KEY = {"name": "Idempotency-Key", "in": "header", "required": False,
        "description": "required for assign: under one key the same body is answered once, for seven days",
        "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_KEY}}

router = APIRouter()


@router.post("/v1/recommendations", response_model=DecisionDocument, responses=_PROBLEMS, summary="Decide one item",
             openapi_extra={"parameters": [_KEY], "requestBody": {"required": True, "content": {
                 "application/json": {"schema": RecommendationRequest.model_json_schema()}}}})
async def recommend(request: Request) -> Response:
    """Who should own the item, among those who may. `assign` reserves capacity and needs an Idempotency-Key."""
    asked_for = read_model(await read_bytes(request), RecommendationRequest)
    decider: Decider = request.app.state.decider
    answer = await asyncio.wrap_future(decider.submit(Asked(
        item=asked_for.item, mode=asked_for.mode, top=asked_for.top, current_owner=asked_for.current_owner,
        exclude=tuple(asked_for.exclude), key=_key(request, needed=asked_for.mode == "assign"))))
    headers = {"Server-Timing": f"decide;dur={answer.decided_us / 1000:.3f}, commit;dur={answer.commit_us() / 1000:.3f}"}
    if answer.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.canonical, media_type="application/json", headers=headers)


def _key(request: Request, *, needed: bool) -> str | None:
    """The idempotency key, refused where it is needed and missing, or no key."""
    key = request.headers.get("idempotency-key")
    if key is None and needed:
        raise BadRequest(400, [Problem(message="the header `Idempotency-Key` is missing", column_name="Idempotency-Key",
                                       expected="a key of your own, one per assignment, so that a retry cannot assign twice")])
    if key is not None and not (1 <= len(key) <= _LONGEST_KEY and key.isprintable()):
        raise BadRequest(400, [Problem(message="the header `Idempotency-Key` is no key", column_name="Idempotency-Key",
                                       given=key, expected=f"1 to {_LONGEST_KEY} printable characters")])
    return key
