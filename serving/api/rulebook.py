"""GET /v1/rulebook, the book in force; POST /v1/rulebooks and what brings a draft into force; every version and its life."""
import asyncio
from collections.abc import Callable

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from rules.digests import letters
from rules.errors import Problem
from rules.refdata.times import format_moment
from serving.api.body import read_bytes, read_model
from serving.api.headers import ACTOR_HEADER, actor_of, takes
from serving.api.problem import BadRequest
from serving.api.shapes.problems import refusals
from serving.api.shapes.rulebooks import ApprovalRequest, BookList, BookVersion, DraftRequest, PublishedBook, RuleBookPart
from serving.rulebooks.lifecycle import NoSuchBook, Published, Publisher, StaleBook
from serving.runtime.context import now_of
from serving.runtime.live import Live

_MATCH = {"name": "If-Match", "in": "header", "schema": {"type": "string"},
          "description": "the ETag of GET /v1/rulebook as it was read; 412 where another book is in force by now"}
_PROBLEMS = refusals({
    400: "the body is not one JSON object in UTF-8", 409: "the book has errors, or its state does not allow it",
    412: "another rule book is in force than the one read", 413: "the body is above 256 KB", 415: "the body is not JSON",
    422: "a field does not fit", 503: "try again later"})
_UNKNOWN = refusals({404: "the store keeps no such rule book"})
_NEEDS_MATCH = refusals({428: "If-Match is missing"})

router = APIRouter()


@router.get("/v1/rulebook", response_model=RuleBookPart, summary="The rule book in force")
def rulebook(request: Request) -> Response:
    """The book's files, its digest, which stands in every decision, and when it took effect."""
    live: Live = request.app.state.live
    book = live.in_force_at(now_of(live.store.head())).book
    return _json({"digest": book.digest, "version": book.version, "owner": book.owner,
                  "effective_from": format_moment(book.effective_from), "rules": book.rule_count, "files": dict(book.files)},
                 etag=f'"{book.digest}"')


@router.get("/v1/rulebooks", response_model=BookList, summary="Every rule book and its life")
def rulebooks(request: Request) -> Response:
    """Drafts, what waits, what is in force and what was, each with its steps."""
    versions = request.app.state.live.store.rulebook_versions()
    return _json({"rulebooks": [version.as_json() for version in versions]})


@router.get("/v1/rulebooks/{digest}", response_model=BookVersion, responses=_UNKNOWN, summary="One rule book and its life")
def rulebook_life(request: Request, digest: str) -> Response:
    """Who drafted, checked, approved and activated it, when, on what evidence."""
    version = request.app.state.live.store.rulebook_version(digest)
    if version is None:
        raise NoSuchBook(f"the store keeps no rule book `{digest[:100]}`; `GET /v1/rulebooks` lists those it does")
    tag = letters(f"{version.digest}.{version.steps[-1].number}")[:24]
    return _json(version.as_json(), etag=f'"{tag}"')


@router.post("/v1/rulebooks", response_model=PublishedBook, status_code=201, responses=_PROBLEMS | _NEEDS_MATCH,
             summary="Propose a rule book",
             openapi_extra=takes(DraftRequest.model_json_schema(), {**_MATCH, "required": True}, ACTOR_HEADER))
async def propose(request: Request) -> Response:
    """A draft, kept and checked; nothing comes into force. If-Match names the book that it was made from."""
    matched = _matched(request)
    if matched is None:
        raise BadRequest(428, [Problem(message="the header `If-Match` is missing", column_name="If-Match",
                                       expected="the ETag of GET /v1/rulebook that this draft was made from")])
    body = read_model(await read_bytes(request), DraftRequest)
    published = await _published(request, lambda publisher, active: publisher.propose(
        body.files, actor=actor_of(request), source="api", note=body.note, based_on=_one_of(matched, active)))
    return _json(published.as_json(), status=201, headers={"Location": f"/v1/rulebooks/{published.version.digest}"})


@router.post("/v1/rulebooks/{digest}/approve", response_model=PublishedBook, responses=_PROBLEMS | _UNKNOWN,
             summary="Somebody stands for a draft", openapi_extra=takes(ApprovalRequest.model_json_schema(), ACTOR_HEADER))
async def approve(request: Request, digest: str) -> Response:
    """Only a draft without errors can be approved; who drafted it is no second person."""
    body = read_model(await read_bytes(request), ApprovalRequest)
    published = await _published(request, lambda publisher, _active: publisher.approve(
        digest, actor=actor_of(request), source="api", note=body.note))
    return _json(published.as_json())


@router.post("/v1/rulebooks/{digest}/activate", response_model=PublishedBook, responses=_PROBLEMS | _UNKNOWN,
             summary="Bring a rule book into force", openapi_extra={"parameters": [{**_MATCH, "required": False}, ACTOR_HEADER]})
async def activate(request: Request, digest: str) -> Response:
    """Now, or at its `effective_from`. A book that was in force before comes back as it was."""
    matched = _matched(request)

    def run(publisher: Publisher, active: str | None) -> Published:
        version = request.app.state.live.store.rulebook_version(digest)
        if_active = None if matched is None else _one_of(matched, active)
        if version is not None and version.state == "archived":
            return publisher.roll_back(digest, actor=actor_of(request), if_active=if_active)
        return publisher.activate(digest, actor=actor_of(request), source="api", if_active=if_active)

    return _json((await _published(request, run)).as_json())


async def _published(request: Request, run: Callable[[Publisher, str | None], Published]) -> Published:
    """What publishing came to, done beside the event loop; this process follows before it answers."""
    live: Live = request.app.state.live

    def work() -> Published:
        publisher = Publisher(live.store, live.in_force.directory, two_people=live.in_force.settings.two_people)
        published = run(publisher, live.in_force_at(now_of(live.store.head())).book.digest)
        live.refresh()
        return published

    return await asyncio.to_thread(work)


def _matched(request: Request) -> list[str] | None:
    """The digests that If-Match names, None where it is missing."""
    given = request.headers.get("if-match")
    return None if given is None else [tag.strip().strip('"') for tag in given.split(",")]


def _one_of(matched: list[str], active: str | None) -> str | None:
    """The book that the caller read, which is the one in force; StaleBook where it is another one."""
    if "*" in matched or active in matched:
        return active
    raise StaleBook(f"given If-Match `{', '.join(matched)[:200]}`, but `{active}` is in force; read it again, take over what "
                    f"changed, and send the draft made from it")


def _json(tree: object, *, status: int = 200, etag: str | None = None, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(tree), status_code=status, media_type="application/json",
                    headers={**(headers or {}), **({"ETag": etag} if etag else {})})
