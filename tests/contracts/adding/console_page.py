"""A page of the console: there, and in the navigation of every other page."""
from pathlib import Path

from tests.serving import small_company
from tests.serving.api.conftest import Api

CHANGES = {
    "serving/console/owners_page.py": '''\
"""GET /console/owners: who can be given items."""
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@router.get("/console/owners")
def owners_page(request: Request) -> HTMLResponse:
    """Every owner."""
    return page(request, "owners.html", owners=request.app.state.live.in_force.directory.owners)
''',
    "serving/console/templates/owners.html":
        '{% extends "base.html" %}{% block title %}Owners{% endblock %}{% block main %}{{ owners|join(" ") }}{% endblock %}',
    "serving/console/mounting.py": [
        ("from serving.console.models import models_page", "\nfrom serving.console import owners_page"),
        ("NAVIGATION = (", '("/console/owners", "Owners", owners_page), ')]}


def check(folder: Path) -> None:
    """The owners are listed, and the list of decisions leads there."""
    api = Api(small_company.build(folder))
    assert "ann bob cleo dan eve" in api.get("/console/owners").text
    assert '<a href="/console/owners">Owners</a>' in api.get("/console/decisions").text
