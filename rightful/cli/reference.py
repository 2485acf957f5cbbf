"""Every page of the generated reference, by name: each is written from the tables that the code reads."""
from collections.abc import Callable
from functools import partial
from typing import Any

from rightful.cli import reference_pages
from rightful.cli.errors_page import errors_page
from rules.reference.pages import findings_page, keys_page


def pages_of(front_door: Any) -> dict[str, Callable[[], str]]:
    """Who writes which page; `front_door`: the whole command line, as click has it."""
    return {"rulebook": keys_page, "findings": findings_page, "errors": errors_page,
            "settings": reference_pages.settings_page, "csv-files": reference_pages.files_page,
            "http-api": reference_pages.routes_page, "events": reference_pages.events_page,
            "decision": reference_pages.document_page, "commands": partial(reference_pages.commands_page, front_door),
            "python": reference_pages.python_page}
