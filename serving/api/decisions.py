"""GET /v1/decisions: the stored decisions, one, and why it chose one owner and not another."""
from datetime import datetime

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rules.errors import Problem, nearest_name
from rules.refdata.times import TIME_EXPECTED, NotReadable, parse_instant
from serving.api.problem import BadRequest
from serving.api.shapes.decisions import DecisionList
from serving.api.shapes.problems import refusals
from serving.decision.explain_against import stored_contrast
from serving.decision.parts import Contrast, DecisionDocument
from serving.runtime.replay import Replayer
from serving.store.decision_log import DecisionFilter
from serving.store.store import Store

_MISSING = refusals({404: "there is no such decision or owner"})
_WRONG = refusals({400: "a filter does not fit"})
_FILTERS = ("item_id", "owner_id", "team", "verdict", "from", "to", "cursor", "limit")

router = APIRouter()


@router.get("/v1/decisions", response_model=DecisionList, responses=_WRONG, summary="Stored decisions, newest first")
def list_decisions(request: Request, item_id: str | None = None, owner_id: str | None = None, team: str | None = None,
                   verdict: str | None = None, cursor: str | None = None,
                   starts: str | None = Query(None, alias="from", description="decided at this time or later"),
                   ends: str | None = Query(None, alias="to", description="decided before this time"),
                   limit: str = Query("50", description="how many on a page, 1 to 200")) -> Response:
    """Decisions that fit every filter given, newest first; `next_cursor` asks for the following page."""
    _refuse_unknown(request)
    store: Store = request.app.state.live.store
    count = _whole("limit", limit, most=200)
    wanted = DecisionFilter(item_id=item_id, owner_id=owner_id, team=team, verdict=verdict,
                            starts=_instant("from", starts), ends=_instant("to", ends))
    before = None if cursor is None else _whole("cursor", cursor, most=2**62)
    found, following = store.decision_page(wanted, before=before, limit=count)
    documents = b",".join(decision.canonical for decision in found)
    return Response(b'{"decisions":[%b],"next_cursor":%b}' % (documents, orjson.dumps(following)),
                    media_type="application/json")


@router.get("/v1/decisions/{decision_id}", response_model=DecisionDocument, responses=_MISSING, summary="One decision")
def one_decision(request: Request, decision_id: str) -> Response:
    """The decision document, byte for byte as it was answered; the ETag changes with whatever happens to it."""
    store: Store = request.app.state.live.store
    stored, standing = store.decision(decision_id), store.standing(decision_id)
    return Response(stored.canonical, media_type="application/json", headers={"ETag": standing.etag})


@router.get("/v1/decisions/{decision_id}/explanation", response_model=Contrast, responses=_MISSING,
            summary="Why the chosen and not another")
def explain_decision(request: Request, decision_id: str, versus: str | None = None) -> Response:
    """Why the chosen and not `versus`, who may also be an excluded owner: then the rule that excluded it."""
    replayer: Replayer = request.app.state.replayer
    document = replayer.document(decision_id)
    answer = stored_contrast(document) if versus is None else replayer.versus(document, versus)
    return Response(answer.to_bytes(), media_type="application/json")


def _refuse_unknown(request: Request) -> None:
    unknown = [name for name in request.query_params if name not in _FILTERS]
    if unknown:
        raise BadRequest(400, [Problem(message=f"unknown filter `{name}`", column_name=name,
                                       expected=f"one of {', '.join(_FILTERS)}", nearest=nearest_name(name, _FILTERS))
                               for name in unknown])


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_instant(text.replace(" ", "+"))      # a `+` that was not escaped arrives as a space
    except NotReadable as fault:
        raise BadRequest(400, [Problem(message=f"`{name}`: {fault.message}", column_name=name, given=text,
                                       expected=TIME_EXPECTED)]) from None


def _whole(name: str, text: str, *, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise BadRequest(400, [Problem(message=f"`{name}` does not fit", column_name=name, given=text,
                                       expected="the `next_cursor` of a page" if name == "cursor"
                                       else f"a whole number from 1 to {most}")])
    return int(text)
