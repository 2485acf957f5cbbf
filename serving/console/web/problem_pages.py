"""Refusals for people: every error of the house leaves the console as a page that says what to do."""
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from rules.errors import BundleError, InputError, RightfulError
from serving.console.web.pages import page

_TITLES = {400: "This cannot be read", 403: "Not sent from this console", 404: "There is no such thing",
           413: "Too much at once", 503: "Not available now"}
#: A form sends no If-Match header, so what has moved on since is a conflict.
_AS_PAGE = {412: 409}
#: What a reader can mend is a bad request; a bundle that is gone comes back without anything they do.
_BY_KIND = ((InputError, 400), (BundleError, 503))


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
    by_kind = (status for kind, status in _BY_KIND if isinstance(refused, kind))
    status = next(by_kind, _AS_PAGE.get(refused.status, refused.status))
    return page(request, "problem.html", status=status, title=_TITLES.get(status, "Refused"), said=str(refused).splitlines())
