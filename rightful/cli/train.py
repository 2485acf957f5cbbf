"""`rightful train, evaluate, promote, rollback, models, export training`: learn from the log, judge, put in force."""
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rightful.cli.options import EngineOption, JsonOption, RawCellsOption, WorkspaceOption, moment_of
from rightful.cli.workspace import opened_workspace
from rules.errors import Refused
from rules.progress import one_thread

if TYPE_CHECKING:
    from serving.runtime.workspace import Workspace

Report = TypeVar("Report")
ACTOR = "command line"
Kind = Annotated[str | None, typer.Option("--objective", metavar="KIND", help="the kind of item: a section objectives.KIND")]


def register(app: typer.Typer) -> None:
    """Add the commands; heavy modules load when a command runs."""
    from rightful.cli.demo import register as register_demo
    from rightful.cli.worlds import register as register_worlds

    app.command("train", epilog="Examples: `rightful train`, `rightful train --objective lead --json`")(train)
    app.command("evaluate", epilog="Examples: `rightful evaluate`, `rightful evaluate --split 2026-07-01T00:00:00Z --json`")(
        evaluate)
    app.command("promote", epilog="Examples: `rightful promote latest`, `rightful promote 3 --objective lead`")(promote)
    app.command("challenge", epilog="Examples: `rightful challenge latest`, `rightful challenge none --objective lead`")(
        challenge)
    app.command("rollback", epilog="Example: `rightful rollback --objective lead`")(rollback)
    app.command("models", epilog="Examples: `rightful models`, `rightful models --json`")(models)
    exports = typer.Typer(help="Write data out for use elsewhere.", no_args_is_help=True)
    exports.command("training", epilog="Example: `rightful export training --out training.csv`")(export_training)
    app.add_typer(exports, name="export")
    register_demo(app)
    register_worlds(app)


def train(
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    because: Annotated[str | None, typer.Option(metavar="REASON", help=(
        "why marks on the log may be passed, each or (`CODE=REASON`) those of one code; kept with the model"))] = None,
    engine: EngineOption = "plain", as_json: JsonOption = False,
) -> None:
    """Learn from the log: writes a bundle and a version; nothing ranks by it before `promote`.

    What must not be learnt is left out and told in the dataset card, with what was found of every column. A log that must not
    be learnt from is refused, whatever the reason.
    Of several objectives each is learnt by itself: one that cannot be is told with its reason, and the command then exits 1.
    """
    from rightful.cli.show_training import training_json, training_lines
    from training.learn.stretches import over_dask
    from training.retrain import train as learn

    sharing = over_dask() if engine == "dask" else contextlib.nullcontext()
    with opened_workspace(workspace) as place, spoken_progress() as say, sharing:
        found = _each(place, objective, lambda kind: learn(place, kind, say, because=because))
    _print_each(found, "learnt", as_json, training_json, training_lines)


def evaluate(
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    split: Annotated[datetime | None, typer.Option(metavar="TIME", parser=moment_of, help=(
        "learn as of this moment and judge on what was assigned after it; default: the moments that `train` judges at"))] = None,
    as_json: JsonOption = False,
) -> None:
    """Does knowing the owner help? Four models side by side on later rows, with the honest verdict.

    Of several objectives each is judged by itself: one that cannot be is told with its reason, and the command then exits 1.
    """
    from rightful.cli.show_training import evaluation_lines
    from training.judge.evaluate import evaluate as judge

    with opened_workspace(workspace) as place, spoken_progress() as say:
        found = _each(place, objective, lambda kind: judge(place, kind, split=split, progress=say))
    _print_each(found, "judged", as_json, lambda one: one.as_json(), evaluation_lines)


def promote(
    version: Annotated[str, typer.Argument(metavar="VERSION|latest", help="a number, a bundle's hash, or `latest`")],
    workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False,
) -> None:
    """Let a version rank from now on, after its hashes and golden scores were checked."""
    from rightful.cli.show_training import promotion_lines
    from training.promotion import promote as put_in_force

    with opened_workspace(workspace) as place:
        done = put_in_force(place, version, objective, actor=ACTOR)
    _print(done.as_json(), as_json, promotion_lines(done))


def challenge(
    version: Annotated[str, typer.Argument(metavar="VERSION|latest|none", help="a number, a bundle's hash, or `none` to end it")],
    workspace: WorkspaceOption = Path("."), objective: Kind = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="rank beside the champion and log both; flip no coin")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a version meet the champion: where both would pick different owners a logged coin decides (`exploration.coin`)."""
    from training.promotion import challenge as let_meet

    with opened_workspace(workspace) as place:
        made = let_meet(place, version, objective, actor=ACTOR, shadow=shadow)
    words = "stands in the champion's shadow" if shadow else "meets the champion"
    _print({"challenger": made, "shadow": bool(made) and shadow}, as_json,
           [f"{words} from now on: {made}" if made else "nobody meets the champion"])


def rollback(workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False) -> None:
    """Let the version that ranked before the present one rank again."""
    from rightful.cli.show_training import promotion_lines
    from training.promotion import rollback as go_back

    with opened_workspace(workspace) as place:
        done = go_back(place, objective, actor=ACTOR)
    _print(done.as_json(), as_json, promotion_lines(done))


def models(workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False) -> None:
    """List the trained versions, with the one that ranks now."""
    from rightful.cli.show_training import version_lines
    from training.registry import versions

    with opened_workspace(workspace) as place:
        kinds = [objective] if objective else list(place.settings.objectives)
        found = [version for kind in kinds for version in versions(place, kind)]
    data = [{"objective": one.objective, "version": one.number, "bundle": one.bundle_hash, "aliases": list(one.aliases),
             "created_at": one.created_at.isoformat(), "signal": one.signal, "gain": one.gain} for one in found]
    _print(data, as_json, version_lines(found) if found else ["no model yet; make one with `rightful train`"])


def export_training(
    out: Annotated[Path, typer.Option("--out", metavar="F", help="the CSV file to write")],
    raw_cells: RawCellsOption = False, workspace: WorkspaceOption = Path("."), objective: Kind = None,
) -> None:
    """Write the training table, one row per assignment, as the model sees it."""
    from training.export import write_training_table
    from training.learn import backtest
    from training.learn.agreement import learn_agreement
    from training.learn.preparing import prepare
    from training.learn.source import read_source

    with opened_workspace(workspace) as place, spoken_progress() as say, one_thread():
        source, judged = read_source(place, objective, as_trained=True), None
        if source.objective.learn == "agreement":
            prepared = learn_agreement(source, say)[0].prepared
        else:
            prepared = prepare(source, say)
            judged = backtest.run(source, say, folded=prepared.folded)
        rows = write_training_table(prepared, out, judged=judged, raw=raw_cells)
    typer.echo(f"wrote {rows} rows to {out}")


@contextlib.contextmanager
def spoken_progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on the error output: one live line on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda line: typer.echo(line, err=True)
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def _each(place: "Workspace", objective: str | None, do: Callable[[str | None], Report]) -> dict[str | None, Report | Refused]:
    """What is done for the objective named, or for each of the workspace; one that lacks data leaves the others done."""
    kinds: list[str | None] = [objective] if objective else [*place.settings.objectives] or [None]
    found: dict[str | None, Report | Refused] = {}
    for kind in kinds:
        try:
            found[kind] = do(kind)
        except Refused as refused:
            if len(kinds) == 1:
                raise
            found[kind] = refused
    return found


def _print_each(found: Mapping[str | None, Report | Refused], done: str, as_json: bool,
                data: Callable[[Report], object], lines: Callable[[Report], list[str]]) -> None:
    """What was done, then what was not and why; exits 1 where anything was not."""
    reports = [one for one in found.values() if not isinstance(one, Refused)]
    lacking = {kind: str(one) for kind, one in found.items() if isinstance(one, Refused)}
    told = [*map(data, reports), *({"objective": kind, "refused": words} for kind, words in lacking.items())]
    _print(told if len(found) > 1 else told[0], as_json, [
        *(line for report in reports for line in lines(report)),
        *(f"objective {kind} was not {done}: {words}" for kind, words in lacking.items())])
    if lacking:
        raise typer.Exit(1)


def _print(data: object, as_json: bool, lines: list[str]) -> None:
    typer.echo(json.dumps(data, indent=2) if as_json else "\n".join(lines))
