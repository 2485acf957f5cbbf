"""Refusals for people: every error of the house leaves the console as a page that says what to do."""
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from rules.errors import InputError, Refused, RightfulError
from serving.console.web.pages import page
from serving.console.web.security import FormTooLarge, NotFromHere
from serving.runtime.replay import UnknownOwner
from serving.store.decision_log import NoSuchDecision

_TITLES = {400: "This cannot be read", 403: "Not sent from this console", 404: "There is no such thing",
           409: "Refused", 413: "Too much at once", 503: "Not available now"}


class ConsoleRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with refusals turned into pages."""
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except RightfulError as refused:
                return problem_page(request, refused)

        return handle_or_refuse


def problem_page(request: Request, refused: RightfulError) -> Response:
    """What was refused, and what to do."""
    status = _status(refused)
    return page(request, "problem.html", status=status, title=_TITLES[status], said=str(refused).splitlines())


def _status(refused: RightfulError) -> int:
    match refused:
        case NotFromHere():
            return 403
        case FormTooLarge():
            return 413
        case NoSuchDecision() | UnknownOwner():
            return 404
        case InputError():
            return 400
        case Refused():
            return 409
    return 503
