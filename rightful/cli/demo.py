"""`rightful init` and `rightful demo`: a workspace to start from, and the whole way once on a simulated company."""
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands; heavy modules load when a command runs."""
    app.command("init", epilog="Examples: `rightful init ws --example company`, `rightful init ws --example international`")(init)
    app.command("demo", epilog="Examples: `rightful demo`, `rightful demo --no-serve`")(demo)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder to make; it must be new or empty")],
    example: Annotated[str, typer.Option(help="company, international (five regions, two CRMs), incidents (audit log) or empty")
                       ] = "company",
) -> None:
    """Make a workspace: one folder of files that already load and run."""
    from training.worlds.start import start_workspace

    start_workspace(folder, example=example, today=datetime.now(UTC).date(), say=typer.echo)


def demo(
    folder: Annotated[Path, typer.Option(help="the workspace to make; an earlier demo there is replaced")] = Path(".demo"),
    serve: Annotated[bool, typer.Option(help="serve the API on 127.0.0.1 afterwards, until Ctrl-C")] = True,
    port: Annotated[int, typer.Option(help="where to serve")] = 8000,
) -> None:
    """Build the example company, train, promote, route today's items, judge against the known truth, serve."""
    from training.demo import run_demo

    run_demo(folder, today=datetime.now(UTC).date(), say=typer.echo)
    if serve:
        from serving.api.server import serve as serve_until_interrupted

        serve_until_interrupted(folder, host="127.0.0.1", port=port, workers=1)
