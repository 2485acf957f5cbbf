"""Problem responses (RFC 9457): what was wrong, everything at once, in words that say what to do."""
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from rules.errors import InputError, Problem, RightfulError

MEDIA_TYPE = "application/problem+json"
_LONGEST = 200


class BadRequest(InputError):
    """A request that cannot be understood; each is answered with a status of its own: 400, 413, 415, 422 or 428."""

    code, status = "bad-request", 400

    def __init__(self, status: int, problems: Iterable[Problem]):
        self.status = status
        super().__init__(problems)


def problem_response(status: int, *, name: str, detail: str, problems: Iterable[Problem] = (),
                     headers: dict[str, str] | None = None) -> Response:
    """A problem document; `name` ends its `type`, `problems` lists each fault with its field."""
    body = {"type": f"urn:rightful:problem:{name}", "title": HTTPStatus(status).phrase, "status": status,
            "detail": detail, "problems": [problem_part(problem) for problem in problems]}
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Let every refusal of the house leave as a problem response."""
    app.add_exception_handler(RightfulError, _of_ours)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(Exception, _of_nobody)


def problem_of(error: RightfulError) -> Response:
    """A refusal of the house as a problem response: its class says the code, the status and when to ask again."""
    return problem_response(error.status, name=error.code, detail=_first(error) if isinstance(error, InputError) else str(error),
                            problems=error.problems,
                            headers=None if error.retry_after is None else {"Retry-After": str(error.retry_after)})


def internal() -> Response:
    """The answer to what nobody foresaw."""
    return problem_response(500, name="internal", detail="an error of ours, logged on the server; nothing was decided")


async def _of_ours(_request: Request, error: Exception) -> Response:
    return problem_of(error) if isinstance(error, RightfulError) else internal()


async def _of_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return internal()
    said = {404: f"there is no `{request.url.path}`; `/openapi.json` lists what there is",
            405: f"`{request.url.path}` does not take {request.method}"}.get(error.status_code, str(error.detail))
    return problem_response(error.status_code, name="http", detail=said, headers=dict(error.headers or {}))


async def _of_nobody(_request: Request, _error: Exception) -> Response:
    return internal()


def _first(error: InputError) -> str:
    more = len(error.problems) - 1
    said = str(replace(error.problems[0], given=shown(error.problems[0].given)))
    return said + (f" (and {more} more)" if more > 0 else "")


def problem_part(problem: Problem) -> dict[str, Any]:
    """A problem as data, what was given cut to a length that is safe to send back."""
    return {"message": problem.message, "field": problem.column_name, "given": shown(problem.given),
            "expected": problem.expected, "nearest": problem.nearest}


def shown(given: object) -> object:
    """What was given, cut to a length that is safe to send back."""
    if given is None or isinstance(given, bool | int):
        return given if not isinstance(given, int) or abs(given) < 2**53 else str(given)[:_LONGEST]
    text = str(given).encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
