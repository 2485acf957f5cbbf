"""The API put together: one file per noun, problem responses, and a watch on the workspace's files."""
import gc
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from rules.errors import RightfulError
from serving.actions.reported_events import Reporter
from serving.actions.service import Actions
from serving.api import actions, decisions, docs_page, events, health, mode, owners, problem, recommendations, rulebook
from serving.api.direct import DirectFirst
from serving.api.local_only import LocalOnly
from serving.console import mounting
from serving.runtime.decide import Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.version import VERSION
from serving.runtime.workspace import Workspace

#: Where worker processes find the workspace.
WORKSPACE_VARIABLE = "RIGHTFUL_WORKSPACE"
LOOK_EVERY_SECONDS = 1.0
#: So many new objects before the garbage collector looks at them; some ten decisions.
YOUNG_OBJECTS = 20_000


def create_app(workspace: Workspace) -> FastAPI:
    """The application of one workspace. Files are watched while the server runs, once a second."""
    app, live = with_routes(), Live(workspace)
    live.keep_warm()
    app.state.live, app.state.decider, app.state.replayer = live, Decider(live), Replayer(workspace)
    app.state.actions, app.state.reporter = Actions(live), Reporter(live)
    return app


def with_routes() -> DirectFirst:
    """Every route, of no workspace yet: enough to describe the API."""
    app = DirectFirst(title="Rightful", version=VERSION, lifespan=_watching, docs_url=None, redoc_url=None,
                      summary="Who may own a work item, who should, and why.")
    problem.install(app)
    app.include_direct(recommendations.router)
    for noun in (decisions, actions, events, owners, mode, rulebook, health, docs_page):
        app.include_router(noun.router)
    mounting.mount(app)
    return app


def from_environment() -> LocalOnly:
    """The application of the workspace named in the environment: how each worker process starts."""
    app = LocalOnly(create_app(Workspace.at(os.environ[WORKSPACE_VARIABLE])))
    spare_what_stays()
    return app


def spare_what_stays() -> None:
    """Keep the garbage collector from going through the book, the directory and the state again and again.

    All that a server has loaded stays for as long as it runs; a decision leaves some thousands of objects behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


@asynccontextmanager
async def _watching(app: FastAPI) -> AsyncIterator[None]:
    """Look at the workspace's files once a second, beside the requests; let go of the store at the end."""
    ended = threading.Event()
    live: Live = app.state.live

    def watch() -> None:
        while not ended.wait(LOOK_EVERY_SECONDS):
            try:
                live.refresh()
                live.problems.pop("refresh", None)
            except RightfulError as error:                # told by /readyz; the next look may find it mended
                live.problems["refresh"] = str(error)

    watcher = threading.Thread(target=watch, name="file-watch", daemon=True)
    watcher.start()
    yield
    ended.set()
    watcher.join(LOOK_EVERY_SECONDS * 5)
    live.workspace.close()
