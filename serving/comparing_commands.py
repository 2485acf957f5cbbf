"""`rightful rules simulate | diff`: what a change of the rule book would do, before it does it."""
import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

WorkspaceOption = Annotated[Path, typer.Option("--workspace", metavar="DIR", help="the folder with the people and the settings")]
JsonOption = Annotated[bool, typer.Option("--json", help="print data instead of tables")]
HtmlOption = Annotated[Path | None, typer.Option("--html", metavar="F", help="write one self-contained page there")]
BEFORE = "the book before: a path, `active`, or the hash of a kept one"
AFTER = "the book after, named likewise"


def register(rules: typer.Typer) -> None:
    """Add the commands to `rightful rules`."""
    rules.command("simulate", epilog="Examples: `rightful rules simulate active rulebook.yaml --history history.csv`, "
                                     "`rightful rules simulate old.yaml new.yaml --history items.csv --html moves.html`",
                  )(simulate_command)


def simulate_command(
    before: Annotated[str, typer.Argument(metavar="A", help=BEFORE)],
    after: Annotated[str, typer.Argument(metavar="B", help=AFTER)],
    history: Annotated[Path, typer.Option("--history", metavar="F", help="a history.csv or items.csv, may be gzipped")],
    last: Annotated[int | None, typer.Option(min=1, help="only the newest so many items")] = None,
    at: Annotated[str, typer.Option("--at", metavar="received|TIME", help="the moment to route each item at")] = "received",
    profile: Annotated[str, typer.Option(help="whose columns they are: generic or servicenow")] = "generic",
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False, html: HtmlOption = None,
) -> None:
    """The last real items through two rule books: what moves, who carries what, answer times, what nobody covers."""
    from rules.errors import Refused
    from rules.intake.times import NotReadable, parse_instant
    from serving.comparing import simulated
    from serving.imports.whole_files import write_whole
    from serving.simulation_shown import show_simulation
    from serving.workspace import Workspace

    try:
        moment = None if at == "received" else parse_instant(at)
    except NotReadable as fault:
        raise Refused(f"--at: {fault.message}; given `{at}`; expected `received`, or {fault.expected}") from None
    with closing(Workspace.at(workspace)) as opened:
        found = simulated(opened, before, after, history, last=last, at=moment, profile=profile,
                          say=lambda words: typer.echo(words, err=True))
    if html is not None:
        from serving.console.compared_pages import simulation_page

        write_whole(html, simulation_page(found))
        typer.echo(f"wrote {html}", err=True)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
    elif html is None:
        show_simulation(found)
