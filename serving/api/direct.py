"""Routes answered ahead of the framework's layers: documented like any other, refused in the same words, called at once."""
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from rules.errors import RightfulError
from serving.api.problem import internal, problem_of


class DirectFirst(FastAPI):
    """An application some of whose routes meet no middleware: their functions take the request and answer themselves."""

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self._direct: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {}

    def include_direct(self, router: APIRouter) -> None:
        """Document a router's routes and answer them directly: functions of the request alone, at paths without parameters."""
        self.include_router(router)
        self._direct |= {(method, route.path): route.endpoint for route in router.routes if isinstance(route, APIRoute)
                         for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._direct.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if answer is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        try:
            response = await answer(Request(scope, receive))
        except RightfulError as error:
            response = problem_of(error)
        except Exception:
            await internal()(scope, receive, send)
            raise                                         # for the server's log
        await response(scope, receive, send)
