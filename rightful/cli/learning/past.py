"""`rightful backtest | judge`: the past routed as of then, item by item, and a rival's choices under the same judge."""
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rightful.cli.options import JsonOption, RawCellsOption, WorkspaceOption, moment_of
from rightful.cli.tables import tell
from rightful.cli.train import Kind, spoken_progress
from rightful.cli.workspace import opened_workspace

if TYPE_CHECKING:
    from training.judge.clustered import Estimate
    from training.judge.routed import RoutedPast, Told

_MOMENT = {"metavar": "TIME", "parser": moment_of}
FromOption = Annotated[datetime | None, typer.Option("--from", help="items first assigned at this time or later", **_MOMENT)]
ToOption = Annotated[datetime | None, typer.Option("--to", help="items first assigned before this time", **_MOMENT)]
EveryOption = Annotated[float | None, typer.Option("--every", metavar="DAYS", min=1.0, help=(
    "learn anew after so many days; default: at four moments of the period"))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backtest", epilog="Examples: `rightful backtest --out routed.csv`, `rightful backtest --from "
                                   "2026-07-01T00:00:00Z --to 2026-10-01T00:00:00Z --every 30 --json`")(backtest)
    app.command("judge", epilog="Examples: `rightful judge rival.csv`, `rightful judge rival.csv --from 2026-07-01T00:00:00Z "
                                "--json`")(judge)


def backtest(
    starts: FromOption = None, ends: ToOption = None, every: EveryOption = None,
    out: Annotated[Path | None, typer.Option(metavar="F", help="write a row per item there")] = None,
    raw_cells: RawCellsOption = False, workspace: WorkspaceOption = Path("."), objective: Kind = None,
    as_json: JsonOption = False,
) -> None:
    """Route the past as of then: learn at each moment from what was known, decide what came after through the rule book.

    The state advances by the log, so that each item is decided in the situation the company was in. What our choices would have
    brought is told only where the log drew by chances that it holds; else nobody can tell.
    """
    with opened_workspace(workspace) as place, spoken_progress() as say:
        past = _routed(place, objective, starts, ends, every, say)
    if out is not None:
        past.write(out, raw=raw_cells)
        typer.echo(f"wrote {len(past.items)} rows to {out}", err=True)
    tell(past.as_json(), as_json, lambda: typer.echo("\n".join(past_lines(past))))


def judge(
    file: Annotated[Path, typer.Argument(metavar="RIVAL.csv", help="item_id,owner_id, or item_id,owner_id,score with a row per "
                                                                   "owner: the highest score counts")],
    starts: FromOption = None, ends: ToOption = None, every: EveryOption = None,
    workspace: WorkspaceOption = Path("."), objective: Kind = None, as_json: JsonOption = False,
) -> None:
    """Judge a rival's choices by the same judge, on the same items, beside ours and the company's.

    Exit 1 where a row could not be judged: each is told by line and column, and those judged and those told are all of the file.
    """
    from rules.directory.files import load_directory, read_directory_files
    from rules.files import read_text
    from training.judge.rival import read_rival, verdicts

    text = read_text(file)
    with opened_workspace(workspace) as place, spoken_progress() as say:
        past = _routed(place, objective, starts, ends, every, say)
        found = read_rival(text, file=file.name, past=past, directory=load_directory(read_directory_files(place.folder)))
    sides = verdicts(past, found.choices)
    for problem in found.problems:
        typer.echo(str(problem), err=True)
    told = {"rows": found.rows, "judged": found.judged, "told": found.rows - found.judged, "items": len(found.choices),
            "sides": [one.as_json() for one in sides], "problems": [str(one) for one in found.problems]}
    lines = [f"{found.rows} rows: {found.judged} judged, {found.rows - found.judged} told; {len(found.choices)} items of "
             f"{len(past.items)} routed from {past.starts:%Y-%m-%d} to {past.ends:%Y-%m-%d}",
             *_table(("", "eligible", "chose as the company", "promised by our model", "benefit over the company"), [
                 (one.name, share(one.eligible), share(one.agrees), share(one.promised),
                  "-" if one.benefit is None else benefit_words(one.benefit)) for one in sides]),
             "what our model promises is its own word: it favours what it would choose itself"]
    tell(told, as_json, lambda: typer.echo("\n".join(lines)))
    if found.rows > found.judged:
        raise typer.Exit(1)


def _routed(place, objective, starts, ends, every, say) -> "RoutedPast":
    from training.judge.routed import route_past

    if starts is not None and ends is not None and starts >= ends:
        raise typer.BadParameter(f"given --from {starts.isoformat()} and --to {ends.isoformat()}; expected --from to be earlier")
    return route_past(place, objective, starts=starts, ends=ends, every=None if every is None else timedelta(days=every),
                      progress=say)


def _table(header, rows) -> list[str]:
    from rightful.cli.show_training import table

    return table(header, rows)


def past_lines(past: "RoutedPast") -> list[str]:
    """A routed past on one screen."""
    from training.judge.routed import agreement, promise_over_company, value_of

    items = past.items
    known = [one.outcome for one in items if one.outcome is not None]
    by = Counter(one.decided_by for one in items)
    rows = [("decided by", ", ".join(f"{name} {count}" for name, count in by.most_common())),
            ("nobody found", sum(one.ours is None for one in items)),
            ("the company's owner not eligible by the book", sum(one.company not in one.chances for one in items)),
            ("chose as the company did", share(agreement(items))),
            ("the company's successes", f"{sum(known)} of {len(known)} with a known outcome"),
            ("promised by the model, ours over the company's (its own word)", points(promise_over_company(items))),
            ("benefit of ours over the company's", benefit_words(value_of(items, "ours")))]
    return [f"objective {past.objective}: {len(items)} items first assigned from {past.starts:%Y-%m-%d} to "
            f"{past.ends:%Y-%m-%d}, each in the situation the log gives (loads are the company's)",
            *_table(("learnt as of", "found", "because"), [(f"{one.at:%Y-%m-%d}", one.signal, one.reason[:120])
                                                           for one in past.moments]), "", *_table(("", ""), rows)]


def share(one: "Estimate") -> str:
    """A share with its interval."""
    if one.value != one.value:
        return "no figure"
    return f"{one.value:.1%}" + ("" if one.low is None or one.high is None else f" [{one.low:.1%}, {one.high:.1%}]")


def points(one: "Estimate") -> str:
    """A difference of chances in points, with its interval."""
    from training.judge.benefit import lift_in_points

    return lift_in_points(one)


def benefit_words(told: "Told") -> str:
    """What can be said of a benefit."""
    if told.lift is None or told.lift.low is None:
        return f"{told.answer}: {told.reason}"
    return f"{told.answer}: {points(told.lift)} by logged chances on {told.rows} items"
