"""`rightful retrain`: the pipeline that a scheduler runs, with its exit codes."""
import json
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import JsonOption, WorkspaceOption
from rightful.cli.train import Kind, spoken_progress
from rightful.cli.workspace import opened_workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retrain", epilog="Examples: `rightful retrain`, `rightful retrain --objective lead --json`, "
                                  "`rightful retrain --promote`")(retrain)


def retrain(
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    promote: Annotated[bool, typer.Option("--promote", help=(
        "let a version that passes the gate rank at once; without it nothing is ever promoted"))] = False,
    because: Annotated[str | None, typer.Option(metavar="REASON", help="why marks on the log may pass, as of `train`")] = None,
    force: Annotated[bool, typer.Option("--force", help="also where nothing new came in")] = False,
    as_json: JsonOption = False,
) -> None:
    """Data checks, drift, training with its backtest, gate, challenger in shadow, report: one run for a scheduler.

    Exit 0: done, a new version stands in the champion's shadow (or waits, or ranks with --promote); 3: nothing new came in;
    4: the data checks refuse the log; 5: nothing could be learnt of it; 6: the version does not pass the gate; 7: another
    retraining runs in this workspace; 8: done as with 0, and something drifted beyond its bar. Of several objectives the
    gravest counts (4, 5, 6, 8, 0, 3). Champion and challenger move only at the end: whatever fails, they stay.
    """
    from training.learn.objective import pick_objective
    from training.scheduled import EXITS, alone
    from training.scheduled import retrain as run

    with opened_workspace(workspace) as place, spoken_progress() as say:
        settings = place.settings.objectives
        kinds = [pick_objective(settings, objective).kind] if objective or not settings else [*settings]
        with alone(place) as free:
            if not free:
                typer.echo("another `rightful retrain` runs in this workspace; let it end", err=True)
                raise typer.Exit(EXITS["running already"])
            found = [run(place, kind, say, because=because, force=force, put_in_force=promote, write_up=_text) for kind in kinds]
    told = [one.as_json() for one in found]
    typer.echo(json.dumps(told if len(found) > 1 else told[0], indent=2) if as_json else "\n".join(
        line for one in found for line in _summary(one)))
    worst = min(found, key=lambda one: _GRAVEST.index(one.ending))
    raise typer.Exit(EXITS[worst.ending])


_GRAVEST = ("data refused", "not learnt", "gate not passed", "drifted", "done", "nothing new")


def _summary(run) -> list[str]:
    from rightful.cli.show_training import table

    return [f"objective {run.objective}: {run.ending}", *table(("step", "what came of it"), [
        (step.name, step.told) for step in run.steps])]


def _text(run) -> str:
    """The report of one run: the summary, the training, the conditions and what drifted."""
    from rightful.cli.show_training import drift_lines, table, training_lines

    lines = [*_summary(run), "", *training_lines(run.learnt), "",
             *table(("condition", "verdict"), [(one.name, one.verdict) for one in run.conditions])]
    return "\n".join([*lines, *(["", *drift_lines(run.drift)] if run.drift is not None else [])]) + "\n"
