"""`rightful import | route | serve | mode | decisions | settings | version`: serving at the command line.

Heavy modules load inside the command that uses them, so that `rightful --help` answers at once.
"""
import json
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli import owners, rulebooks, rules
from rightful.cli.options import (
    AtOrReceivedOption,
    EngineOption,
    HtmlOption,
    JsonOption,
    MappingOption,
    ProfileOption,
    RawCellsOption,
    WorkspaceOption,
)
from rightful.cli.tables import tell, write_page
from rightful.cli.workspace import opened_workspace
from rules.exports.shipped import GENERIC

decisions = typer.Typer(no_args_is_help=True, help="Show a stored decision, or decide again and compare bit for bit.")

events = typer.Typer(no_args_is_help=True, help="Take back an event that was wrong, or list the owners whom compliance excludes.")


def register(app: typer.Typer) -> None:
    """Add serving's commands to the front door."""
    app.command("import", epilog="Examples: `rightful import crm.csv --what history --dry-run`, "
                                 "`rightful import deals.csv --what history --profile hubspot --mapping ours.yaml`, "
                                 "`rightful import --show-mapping salesforce`")(import_command)
    app.command("route", epilog="Examples: `rightful route items.csv`, "
                                "`rightful route items.csv --at received --assign --out decisions.csv`")(route_command)
    app.command("serve", epilog="Examples: `rightful serve`, `rightful serve --workspace acme --port 9000`")(serve_command)
    app.command("mode", epilog="Examples: `rightful mode rotation`, `rightful mode model`")(mode_command)
    app.command("settings", epilog="Examples: `rightful settings`, `rightful settings --json`")(settings_command)
    app.command("version", epilog="Example: `rightful version`")(version_command)
    app.add_typer(decisions, name="decisions")
    app.add_typer(owners.owners, name="owners")
    app.add_typer(events, name="events")
    rulebooks.register(rules.app)


def import_command(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="a CSV table, may be gzipped")] = None,
    what: Annotated[str | None, typer.Option(help="history, owners, accounts or items")] = None,
    profile: ProfileOption = GENERIC,
    mapping: MappingOption = None,
    show_mapping: Annotated[str | None, typer.Option(metavar="PROFILE", help="print a profile's mapping, to copy")] = None,
    write_mapping: Annotated[Path | None, typer.Option(metavar="M.yaml", help="write the profile's mapping to a file")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what the file holds, change nothing")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="leave unreadable rows out instead of refusing")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="end owners, or remove accounts, that the file lacks")] = False,
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
) -> None:
    """Bring a company's own file in: past assignments, owners, accounts, or items to route.

    Owners and accounts are merged by their id: what the file does not say stays. `rightful owners restore` takes it back.
    """
    from rightful.cli.show_decisions import show_import
    from serving.imports.files import import_file

    if show_mapping is not None or write_mapping is not None:
        _give_mapping(show_mapping or profile, write_mapping)
        return
    if file is None or what is None:
        raise typer.BadParameter("name a FILE, and what it holds with --what history, owners, accounts or items")
    with opened_workspace(workspace) as opened:
        report = import_file(opened, file, what=what, profile=profile, mapping=mapping, dry_run=dry_run, skip_bad=skip_bad,
                             replace_all=replace, say=lambda words: typer.echo(words, err=True))
    tell(report.as_json(), as_json, lambda: show_import(report, dry_run=dry_run))


def _give_mapping(profile: str, file: Path | None) -> None:
    """A profile's mapping on standard output, or in a file that is not there yet."""
    from rules.errors import Refused
    from rules.exports.shipped import shipped_text

    text = shipped_text(profile)
    if file is None:
        typer.echo(text, nl=False)
        return
    if file.exists():
        raise Refused(f"`{file}` is there already; name another file, or remove it")
    write_page(file, text)


def route_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="items: item_id,kind,received_at, then attributes")],
    out: Annotated[Path | None, typer.Option(metavar="F", help="write the table there instead of printing it")] = None,
    at: AtOrReceivedOption = None,
    assign: Annotated[bool, typer.Option("--assign", help="give the items away row by row; without it, plan that")] = False,
    rulebook: Annotated[str | None, typer.Option(metavar="PATH|active", help="another book than the workspace's file")] = None,
    engine: EngineOption = "plain", raw_cells: RawCellsOption = False, workspace: WorkspaceOption = Path("."),
    as_json: JsonOption = False,
) -> None:
    """Decide every item of a file: one row each, by the same code as the API; exit 1 when a row was not decided."""
    from rightful.cli.progress import track
    from rightful.cli.show_decisions import counted, rows_as_csv, write_rows
    from rules.files import read_text
    from serving.runtime.batch import BatchOptions, route
    from serving.runtime.cluster import dask_client, understood_by
    from serving.runtime.live import Live

    text = read_text(file)
    with opened_workspace(workspace) as opened, dask_client() if engine == "dask" else nullcontext() as client:
        live = Live(opened, book_from=rulebook or opened.rulebook_path)
        rows = route(live, text, file=file.name, wish=BatchOptions(at=at, assign=assign),
                     understand=None if client is None else partial(understood_by, client),
                     track=lambda decided, total: track(decided, what="deciding", total=total))
    content = json.dumps(rows, indent=1, ensure_ascii=False) + "\n" if as_json else rows_as_csv(rows, raw=raw_cells)
    write_rows(content, out)
    told, refused = counted(rows)
    typer.echo(told, err=True)
    if refused:
        raise typer.Exit(1)


def serve_command(
    host: Annotated[str, typer.Option(help="a loopback address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes that share the workspace's store")] = 1,
    workspace: WorkspaceOption = Path("."),
) -> None:
    """Serve the API until Ctrl-C; on this machine only."""
    from serving.api.server import serve

    serve(workspace, host=host, port=port, workers=workers)


def mode_command(
    ranking: Annotated[str, typer.Argument(metavar="model|rotation", help="rotation: rules only, no model")],
    workspace: WorkspaceOption = Path("."),
    actor: Annotated[str, typer.Option(help="who does it, for the record")] = "command line",
) -> None:
    """The kill switch: let the model rank, or turn by rules alone; running servers follow with the next decision."""
    from rules.errors import Refused

    if ranking not in ("model", "rotation"):
        raise Refused(f"unknown mode `{ranking}`; expected `model` or `rotation`")
    with opened_workspace(workspace) as opened:
        opened.store.set_ranking(ranking, actor)
    typer.echo(f"ranking: {ranking}, from the next decision on")


@events.command("retract", epilog=(
    "Example: `rightful events retract crm-4711` takes back a closing, an answer, an outcome, a hand-over ... that was told "
    "under this id; `rightful events retract DECISION:assigned` the assignment that a decision made. Whoever had the item has "
    "it again, unless somebody got it since, who keeps it. What rests on an event is taken back before it: the message "
    "names it."))
def retract_command(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="the id of the event that was wrong")],
    workspace: WorkspaceOption = Path("."),
) -> None:
    """Take a wrong event of any kind back by one of its own: from now on it never was; exit 1 where that cannot be."""
    from rules.errors import Refused
    from serving.actions.reported_events import retract
    from serving.runtime.live import Live

    with opened_workspace(workspace) as opened:
        result = retract(Live(opened), event)
    if result.problem is not None:
        raise Refused(str(result.problem))
    for line in (f"`{event}` is taken back", *result.warnings):
        typer.echo(line)


@events.command("flagged", epilog="Examples: `rightful events flagged`, `rightful events flagged --json`")
def flagged_command(workspace: WorkspaceOption = Path("."), as_json: JsonOption = False) -> None:
    """The open items that an event or an import gave to owners whom compliance excludes: kept as facts, to be put right."""
    from rightful.cli.tables import show_table
    from rules.refdata.times import format_instant

    with opened_workspace(workspace) as opened:
        found = [{"item_id": event.item_id, "owner_id": event.owner_id, "since": format_instant(event.occurred_at),
                  "assignment_id": event.assignment_id, "why": event.note} for event in opened.store.flagged()]
    tell(found, as_json, lambda: show_table(f"open items with owners whom compliance excludes: {len(found):,}",
                                            ("item", "owner", "since", "assignment", "why"), [[*row.values()] for row in found]))


def settings_command(workspace: WorkspaceOption = Path("."), as_json: JsonOption = False) -> None:
    """Every setting of rightful.toml with its default and meaning; exit 1 when the file cannot be used."""
    from rightful.cli.show_decisions import show_settings
    from serving.runtime.settings import FILE, load_settings, table

    load_settings(workspace / FILE)
    tell(table(), as_json, lambda: show_settings(table()))


def version_command() -> None:
    """The version of rightful."""
    from serving.runtime.version import VERSION

    typer.echo(f"rightful {VERSION}")


@decisions.command("show", epilog="Examples: `rightful decisions show 1f0c...`, "
                                  "`rightful decisions show 1f0c... --html why.html`")
def show_command(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="a decision's id")],
    html: HtmlOption = None,
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
) -> None:
    """One stored decision: the funnel, the owner, the reasons, the checks, the versions."""
    from rightful.cli.show_decisions import show_decision

    with opened_workspace(workspace) as opened:
        if html is not None:
            from serving.console.decisions.self_contained import decision_page

            write_page(html, decision_page(opened, decision_id))
            return
        document = opened.store.decision(decision_id).document
    tell(document.as_json(), as_json, lambda: show_decision(document))


@decisions.command("replay", epilog="Examples: `rightful decisions replay 1f0c...`, `rightful decisions replay --all --refold`")
def replay_command(
    decision_id: Annotated[str | None, typer.Argument(metavar="ID", help="a decision's id; or --all")] = None,
    every: Annotated[bool, typer.Option("--all", help="every stored decision")] = False,
    refold: Annotated[bool, typer.Option("--refold", help="also rebuild the inputs from the events")] = False,
    workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
) -> None:
    """Decide again from what was logged and compare bit for bit; exit 1 when anything differs."""
    from rightful.cli.progress import track
    from rightful.cli.show_decisions import show_replays
    from serving.runtime.replay import Replayer

    if (decision_id is None) != every:
        raise typer.BadParameter("name one decision, or give --all")
    with opened_workspace(workspace) as opened:
        ids = list(opened.store.decision_ids()) if decision_id is None else [decision_id]
        replayer = Replayer(opened)
        replays = replayer.from_events(ids) if refold else replayer.from_log(ids)
        found = list(track(replays, what="replaying", total=len(ids)))
    differing = [replayed for replayed in found if not replayed.identical]
    tell({"decisions": len(found), "identical": len(found) - len(differing), "refold": refold,
          "differing": [replayed.as_json() for replayed in differing]}, as_json, lambda: show_replays(found, refold=refold))
    raise typer.Exit(1 if differing else 0)
