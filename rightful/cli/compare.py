"""`rightful rules simulate | diff`: what a change of the rule book would do, before it does it."""
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
from rightful.cli.tables import tell, write_page
from rightful.cli.workspace import opened_workspace
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

    with opened_workspace(workspace) as opened:
        found = simulated(opened, before, after, history, last=last, at=None if at == RECEIVED else at, profile=profile,
                          mapping=mapping, say=lambda words: typer.echo(words, err=True))
        note_simulated(opened.store, found.simulation.after.digest, found.as_json(), actor=login_name())
    if html is not None:
        from serving.console.web.pages import render_alone

        write_page(html, render_alone("simulation_alone.html", found=found))
    if as_json or html is None:
        tell(found.as_json(), as_json, lambda: show_simulation(found))


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

    with opened_workspace(workspace) as opened:
        books = [book_named(name, opened) for name in (before, after)]
    found = compare(*books, at=at or datetime.now(UTC))
    if html is not None:
        from serving.console.web.pages import render_alone

        write_page(html, render_alone("difference_alone.html", found=found, before=before, after=after))
    if as_json or html is None:
        told = found.as_json()
        named = {**told, "before": {"name": before, **told["before"]}, "after": {"name": after, **told["after"]}}
        tell(named, as_json, lambda: show_comparison(found))
