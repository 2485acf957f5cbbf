"""GET /console/models: who ranks now, and with what."""
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serving.console.models.models_view import models
from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@router.get("/console/models")
def models_page(request: Request) -> HTMLResponse:
    """The champions, what each is made of, and the mode switch."""
    return page(request, "models.html", shown=models(request.app.state.live))
