"""Running the API: uvicorn on a loopback address, one or more worker processes on one store."""
import os
from pathlib import Path
from typing import Any

import typer

from rules.errors import Refused
from serving.api.app import WORKSPACE_VARIABLE, create_app, spare_what_stays
from serving.api.local_only import LocalOnly, is_loopback
from serving.runtime.workspace import Workspace


def serve(folder: Path, *, host: str, port: int, workers: int) -> None:
    """Serve a workspace until interrupted. Refused on an address that other machines reach: there are no keys yet."""
    import uvicorn

    if not is_loopback(host):
        raise Refused(f"`{host}` can be reached from other machines, and no keys are configured; "
                      f"expected a loopback address such as 127.0.0.1")
    workspace = Workspace.at(folder)
    app = create_app(workspace)                           # a workspace that cannot be served is refused here
    spare_what_stays()
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"serving http://{shown}:{port} (OpenAPI at /openapi.json); Ctrl-C ends", err=True)
    options: dict[str, Any] = {
        "host": host, "port": port, "loop": "uvloop", "http": "httptools", "log_level": "warning", "access_log": False,
        "server_header": False}
    if workers == 1:
        uvicorn.run(LocalOnly(app), **options)
        return
    workspace.close()
    os.environ[WORKSPACE_VARIABLE] = str(folder)
    uvicorn.run("serving.api.app:from_environment", factory=True, workers=workers, **options)
