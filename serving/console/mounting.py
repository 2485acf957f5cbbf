"""The console put together: its pages, its two files and icon, and the way in."""
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from serving.console.decisions import acting, decision_pages
from serving.console.fairness import selection_page
from serving.console.models import models_page
from serving.console.rulebooks import rulebook_pages
from serving.console.web import pages, security
from serving.console.web.problem_pages import ConsoleRoute

MEDIA_TYPES = {pages.STYLE: "text/css", pages.SCRIPT: "text/javascript", pages.ICON: "image/svg+xml"}

#: The pages that the navigation names, in its order.
NAVIGATION = (("/console/decisions", "Decisions", decision_pages), ("/console/rulebook", "Rule book", rulebook_pages),
              ("/console/models", "Models", models_page), ("/console/selection", "Selection by group", selection_page))

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)
nothing = APIRouter(route_class=ConsoleRoute, include_in_schema=False)    # added last: what no other route answers


def mount(app: FastAPI) -> None:
    """Add the console to an application."""
    app.state.navigation = tuple((address, name) for address, name, _ in NAVIGATION)
    for part in (router, acting.router, *(module.router for _, _, module in NAVIGATION), nothing):
        app.include_router(part)


@router.get("/")
@router.get("/console")
def front() -> RedirectResponse:
    """The way in: the list of decisions."""
    return pages.see("/console/decisions")


@router.get("/console/static/{name}")
def static(request: Request, name: str) -> Response:
    """One of the console's own files."""
    if name not in MEDIA_TYPES:
        return no_page(request)
    headers = {**security.HEADERS, "Cache-Control": "no-cache"}
    return Response(pages.static_text(name), media_type=MEDIA_TYPES[name], headers=headers)


@nothing.get("/console/{rest:path}")
def no_page(request: Request) -> Response:
    """An address that leads nowhere."""
    return pages.page(request, "problem.html", status=404, title="There is no such thing",
                      said=[f"there is no page `{request.url.path}`"])
