"""`rightful bench`: a full decision beside a bare score of MLflow's server, on this machine."""
import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command; heavy modules load when it runs."""
    app.command("bench", epilog="Examples: `rightful bench`, `rightful bench --requests 300 --json`")(bench)


def bench(
    requests: Annotated[int, typer.Option(min=50, help="how many requests each side gets")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="how long 16 clients ask at once")] = 10.0,
    page: Annotated[Path | None, typer.Option(metavar="F.md", help="also write the figures as a page")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print data instead of a table")] = False,
) -> None:
    """Time a full decision over HTTP beside `mlflow models serve` scoring the same 200 rows; about two minutes."""
    from bench.printing import lines
    from bench.printing import page as as_page
    from bench.side_by_side import compare

    found = compare(requests=requests, seconds=seconds, say=lambda words: typer.echo(words, err=True))
    typer.echo(json.dumps(found.as_json(), indent=1) if as_json else "\n".join(lines(found)))
    if page is not None:
        page.write_text(as_page(found), encoding="utf-8")
