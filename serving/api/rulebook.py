"""GET /v1/rulebook: the rule book in force, as its authors wrote it."""
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.api.shapes import RuleBookPart
from serving.decision.document import instant
from serving.live import Live

router = APIRouter()


@router.get("/v1/rulebook", response_model=RuleBookPart, summary="The rule book in force")
def rulebook(request: Request) -> Response:
    """The book's files, its digest, which stands in every decision, and when it took effect."""
    live: Live = request.app.state.live
    book = live.in_force.book
    return Response(orjson.dumps({"digest": book.digest, "version": book.version, "owner": book.owner,
                                  "effective_from": instant(book.effective_from), "rules": book.rule_count,
                                  "files": dict(book.files)}),
                    media_type="application/json", headers={"ETag": f'"{book.digest}"'})
