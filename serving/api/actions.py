"""POST /v1/decisions/{id}/accept, reject and so on: what people do with a decision, a route for each kind."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind
from serving.actions.registry import ACTIONS
from serving.actions.service import Acted, Actions
from serving.api.body import read_bytes, read_model
from serving.api.headers import ACTOR_HEADER, IF_MATCH_HEADER, KEY_HEADER, KEY_NEEDED, actor_of, key_of, takes
from serving.api.shapes.actions import ActionDocument, body_of
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


def _add_route(kind: ActionKind) -> None:
    """The route of a kind of action."""
    shape = body_of(kind)
    headers = [KEY_NEEDED if kind.needs_key else KEY_HEADER, ACTOR_HEADER, *([IF_MATCH_HEADER] if kind.may_match else [])]

    async def act(request: Request, decision_id: str) -> Response:
        key = key_of(request, needed=kind.needs_key)
        body = read_model(await read_bytes(request), shape)
        return await _act(request, ActionCommand(
            kind=kind.name, decision_id=decision_id, actor=actor_of(request), key=key, **dict(body),
            if_match=request.headers.get("if-match") if kind.may_match else None))

    router.add_api_route(
        f"/v1/decisions/{{decision_id}}/{kind.name}", act, methods=["POST"], name=kind.name, summary=kind.summary,
        description=kind.explained, response_model=DecisionDocument if kind.decides else ActionDocument,
        responses=_PROBLEMS | (_STALE if kind.may_match else {}),
        openapi_extra=takes(shape.model_json_schema(), *headers))


async def _act(request: Request, wish: ActionCommand) -> Response:
    actions: Actions = request.app.state.actions
    acted: Acted = await outcome(actions.submit(wish))
    headers = {"ETag": acted.etag}
    if acted.new_decision_id is not None:
        headers["Location"] = f"/v1/decisions/{acted.new_decision_id}"
    if acted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(acted.canonical, media_type="application/json", headers=headers)


for _kind in ACTIONS.values():
    _add_route(_kind)
