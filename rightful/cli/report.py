"""`rightful report training | benefit | power | spread`: how good a model is, what it is worth, and how work is spread."""
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import HtmlOption, JsonOption, WorkspaceOption, moment_of
from rightful.cli.tables import show_table, tell, write_page
from rightful.cli.train import Kind
from rightful.cli.workspace import opened_workspace

_MOMENT = {"metavar": "TIME", "parser": moment_of}


def register(app: typer.Typer) -> None:
    """Add the group; heavy modules load when a command runs."""
    reports = typer.Typer(help="What the log tells of the routing.", no_args_is_help=True)
    reports.command("training", epilog="Examples: `rightful report training --html report.html`, `rightful report training 3 "
                                       "--objective lead --json`")(training)
    reports.command("benefit", epilog="Examples: `rightful report benefit --html benefit.html`, `rightful report benefit "
                                      "--enforce`, `rightful report benefit --from 2026-07-01T00:00:00Z --json`")(benefit)
    reports.command("power", epilog="Examples: `rightful report power --lift 1`, `rightful report power --lift 0.5 --rate 0.12 "
                                    "--per-day 80`")(power)
    reports.command("spread", epilog="Examples: `rightful report spread`, `rightful report spread --from 2026-11-01T00:00:00Z "
                                     "--json`")(spread)
    reports.command("drift", epilog="Examples: `rightful report drift`, `rightful report drift --version 3 --json`")(drift)
    app.add_typer(reports, name="report")


def training(
    version: Annotated[str, typer.Argument(metavar="VERSION|latest", help="a number, a bundle's hash, or `latest`")] = "latest",
    workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False, html: HtmlOption = None,
) -> None:
    """How good is a trained model, on rows that chose nothing: the verdict, and with `--html` the page to send."""
    from rightful.cli.show_training import report_lines
    from training.learn.objective import pick_objective
    from training.report.page import DATA, PAGE, kept

    with opened_workspace(workspace) as place:
        kind = pick_objective(place.settings.objectives, objective).kind
        if version == "latest":
            found = kept(place, kind)
        else:
            from training.registry import find_version

            found = kept(place, kind, find_version(place, kind, version).bundle_hash)
    if html is not None:
        write_page(html, found[PAGE])
    if as_json or html is None:
        told = json.loads(found[DATA])
        tell(told, as_json, lambda: typer.echo("\n".join(report_lines(told))))


def spread(
    workspace: WorkspaceOption = Path("."),
    starts: Annotated[datetime | None, typer.Option("--from", help="decided at this time or later", **_MOMENT)] = None,
    ends: Annotated[datetime | None, typer.Option("--to", help="decided before this time", **_MOMENT)] = None,
    as_json: JsonOption = False,
) -> None:
    """How work was spread by team, or rule with shares of its own, and what that cost in expected successes."""
    from serving.presentation.work_spread import assigned, spread_of_work

    with opened_workspace(workspace) as place:
        found = spread_of_work(assigned(place.store, starts=starts, ends=ends))
    rows = [(each.name, ", ".join(each.choose), each.items, len(each.could_have), f"{each.largest[0]} {each.largest[1]:.0%}",
             f"{sum(each.cost.values()):.2f}", ", ".join(f"{why} {cost:.2f}" for why, cost in each.cost.most_common()))
            for each in found]
    tell([each.as_json() for each in found], as_json, lambda: show_table(
        "assigned where several could have had it; cost in expected successes",
        ("team or rule", "choose", "items", "owners", "largest part", "cost", "by"), rows))


def drift(
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    version: Annotated[str | None, typer.Option(metavar="VERSION|latest", help="which version's training; default: the "
                                                                               "champion's")] = None,
    as_json: JsonOption = False,
) -> None:
    """What moved since the model was trained: features, scores, calibration and rate of success; exit 1 where one alarms."""
    from rightful.cli.show_training import drift_lines
    from training.judge.moved import drift_since
    from training.learn.objective import pick_objective
    from training.registry import find_version

    with opened_workspace(workspace) as place:
        kind = pick_objective(place.settings.objectives, objective).kind
        bundle = None if version is None else find_version(place, kind, version).bundle_hash
        found = drift_since(place, kind, bundle, progress=lambda line: typer.echo(line, err=True))
    tell(found.as_json(), as_json, lambda: typer.echo("\n".join(drift_lines(found))))
    if found.alarms:
        raise typer.Exit(1)


def benefit(
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    starts: Annotated[datetime | None, typer.Option("--from", help="decided at this time or later", **_MOMENT)] = None,
    ends: Annotated[datetime | None, typer.Option("--to", help="decided before this time", **_MOMENT)] = None,
    enforce: Annotated[bool, typer.Option("--enforce", help=(
        "take the model's place from it where its holdback shows a loss (`holdback.rollback_under`); for a scheduler"))] = False,
    as_json: JsonOption = False, html: HtmlOption = None,
) -> None:
    """Does the model help? Yes, no or cannot tell: by its holdback, a coin against a challenger, and logged propensities."""
    from rightful.cli.show_benefit import (
        answer_of,
        benefit_lines,
        benefit_picture,
        estimator_rows,
        figures_of,
        silent_lines,
    )
    from training.guard import enforce as guard
    from training.judge.benefit import benefit as judge

    if enforce and (starts or ends):
        raise typer.BadParameter("--enforce judges all that the model decided; leave --from and --to out")
    with opened_workspace(workspace) as place:
        found = judge(place, objective, starts=starts, ends=ends, progress=lambda line: typer.echo(line, err=True))
        guarded = guard(place, found) if enforce else None
    if html is not None:
        from serving.console.web.pages import render_alone

        sections = [(one, answer_of(one), figures_of(one), estimator_rows(one)) for one in found.comparisons]
        write_page(html, render_alone("benefit_alone.html", found=found, lines=benefit_lines(found), sections=sections,
                                      silent=silent_lines(found, guarded), picture=benefit_picture(found)))
    if as_json or html is None:
        told = {**found.as_json(), **({} if guarded is None else {"guard": guarded.as_json()})}
        tell(told, as_json, lambda: typer.echo("\n".join(benefit_lines(found, guarded))))


def power(
    lift: Annotated[float, typer.Option(help="the lift to be seen, in points: successes per hundred items of all")] = 1.0,
    rate: Annotated[float | None, typer.Option(help="share of items that succeed; default: the log's")] = None,
    per_day: Annotated[float | None, typer.Option(help="items a day that the model decides; default: the log's")] = None,
    wanted: Annotated[float, typer.Option("--power", help="the chance to see it")] = 0.8,
    disagree: Annotated[float | None, typer.Option(help="share on which both differ; default: the log's, else 0.3")] = None,
    coin: Annotated[float | None, typer.Option(help="chance of the challenger; default: the settings")] = None,
    holdback: Annotated[float | None, typer.Option(help="share held back; default: the settings, else 0.2")] = None,
    exploration: Annotated[float | None, typer.Option(help="share explored; default: the settings, else 0.05")] = None,
    eligible: Annotated[float | None, typer.Option(help="owners to choose from; default: the log's, else 9")] = None,
    workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False,
) -> None:
    """How many items, and days, until a lift would be seen: by coin, by holdback, by exploration alone."""
    from rightful.cli.show_benefit import power_lines
    from training.judge.power import power as needed
    from training.judge.power_of_log import question_of

    given = {"lift": lift, "rate": rate, "per_day": per_day, "power": wanted, "disagree": disagree, "coin": coin,
             "holdback": holdback, "exploration": exploration, "eligible": eligible}
    with opened_workspace(workspace) as place:
        asked = question_of(place, objective, {name: value for name, value in given.items() if value is not None})
    found = needed(asked)
    tell({"asked": {name: getattr(asked, name) for name in asked.__slots__}, "ways": [one.as_json() for one in found]}, as_json,
         lambda: typer.echo("\n".join(power_lines(asked, found))))
