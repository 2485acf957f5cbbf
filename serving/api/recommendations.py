"""POST /v1/recommendations: decide one item."""
from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.api.body import read_bytes, read_model
from serving.api.headers import KEY_HEADER, key_of, takes
from serving.api.shapes.decisions import RecommendationRequest
from serving.api.shapes.problems import refusals
from serving.api.waiting import outcome
from serving.decision.parts import DecisionDocument
from serving.runtime.decide import DecideCommand, Decider

_PROBLEMS = refusals({
    400: "the body is not one JSON object in UTF-8, or the Idempotency-Key is missing",
    409: "the present state does not allow it, or a request under the same key is running",
    413: "the body is above 256 KB", 415: "the body is not JSON",
    422: "a field or attribute does not fit, or the key stood for another request", 503: "try again later"})
_KEY = {**KEY_HEADER, "description": f"required for assign: {KEY_HEADER['description']}"}

router = APIRouter()


@router.post("/v1/recommendations", response_model=DecisionDocument, responses=_PROBLEMS, summary="Decide one item",
             openapi_extra=takes(RecommendationRequest.model_json_schema(), _KEY))
async def recommend(request: Request) -> Response:
    """Who should own the item, among those who may. `assign` reserves capacity and needs an Idempotency-Key."""
    asked_for = read_model(await read_bytes(request), RecommendationRequest)
    decider: Decider = request.app.state.decider
    answer = await outcome(decider.submit(DecideCommand(
        item=asked_for.item, mode=asked_for.mode, top=asked_for.top, current_owner=asked_for.current_owner,
        exclude=tuple(asked_for.exclude), key=key_of(request, needed=asked_for.mode == "assign"))))
    headers = {"Server-Timing": f"decide;dur={answer.decided_us / 1000:.3f}, commit;dur={answer.commit_us() / 1000:.3f}"}
    if answer.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.canonical, media_type="application/json", headers=headers)
