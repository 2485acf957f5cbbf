"""`rightful rules simulate | diff`: what a change of the rule book would do, before it does it."""
import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import (
    RECEIVED,
    AtOption,
    AtOrReceivedOption,
    HtmlOption,
    JsonOption,
    MappingOption,
    ProfileOption,
    WorkspaceOption,
)
from rules.exports.shipped import GENERIC

BEFORE = "the book before: a path, `active`, or the hash of a kept one"
AFTER = "the book after, named likewise"


def register(rules: typer.Typer) -> None:
    """Add the commands to `rightful rules`."""
    rules.command("simulate", epilog="Examples: `rightful rules simulate active rulebook.yaml --history history.csv`, "
                                     "`rightful rules simulate old.yaml new.yaml --history items.csv --html moves.html`",
                  )(simulate_command)
    rules.command("diff", epilog="Examples: `rightful rules diff active rulebook.yaml`, "
                                 "`rightful rules diff old.yaml new.yaml --html change.html`")(diff_command)


def simulate_command(
    before: Annotated[str, typer.Argument(metavar="A", help=BEFORE)],
    after: Annotated[str, typer.Argument(metavar="B", help=AFTER)],
    history: Annotated[Path, typer.Option("--history", metavar="F", help="a history.csv or items.csv, may be gzipped")],
    last: Annotated[int | None, typer.Option(min=1, help="only the newest so many items")] = None,
    at: AtOrReceivedOption = RECEIVED,
    profile: ProfileOption = GENERIC, mapping: MappingOption = None,
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False, html: HtmlOption = None,
) -> None:
    """The last real items through two rule books: what moves, who carries what, answer times, what nobody covers.

    A proposed book keeps that it was simulated, and what came of it.
    """
    from rightful.cli.rulebooks import login_name
    from rightful.cli.show_changes import show_simulation
    from serving.rulebooks.compare import simulated
    from serving.rulebooks.lifecycle import note_simulated
    from serving.runtime.workspace import Workspace

    with closing(Workspace.at(workspace)) as opened:
        found = simulated(opened, before, after, history, last=last, at=None if at == RECEIVED else at, profile=profile,
                          mapping=mapping, say=lambda words: typer.echo(words, err=True))
        note_simulated(opened.store, found.simulation.after.digest, found.as_json(), actor=login_name())
    if html is not None:
        from serving.console.rulebooks.compared_pages import simulation_page

        _write(html, simulation_page(found))
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
    elif html is None:
        show_simulation(found)


def diff_command(
    before: Annotated[str, typer.Argument(metavar="A", help=BEFORE)],
    after: Annotated[str, typer.Argument(metavar="B", help=AFTER)],
    at: AtOption = None,
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False, html: HtmlOption = None,
) -> None:
    """Exactly the items that change hands between two rule books, proved for every item, and every word that changed."""
    from datetime import UTC, datetime

    from rightful.cli.show_changes import show_comparison
    from rules.change.comparison import compare
    from serving.rulebooks.lookup import book_named
    from serving.runtime.workspace import Workspace

    with closing(Workspace.at(workspace)) as opened:
        books = [book_named(name, opened) for name in (before, after)]
    found = compare(*books, at=at or datetime.now(UTC))
    if html is not None:
        from serving.console.rulebooks.compared_pages import difference_page

        _write(html, difference_page(found, before, after))
    if as_json:
        told = found.as_json()
        typer.echo(json.dumps({**told, "before": {"name": before, **told["before"]}, "after": {"name": after, **told["after"]}},
                              indent=1, ensure_ascii=False))
    elif html is None:
        show_comparison(found)


def _write(file: Path, page: str) -> None:
    from rules.files import write_whole

    write_whole(file, page)
    typer.echo(f"wrote {file}", err=True)
