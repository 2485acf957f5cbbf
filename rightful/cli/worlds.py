"""`rightful worlds run`: the learner on companies whose truth is known, standard and adversarial, with its rivals."""
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from rightful.cli.options import JsonOption

HELP = "Judge what is learnt on simulated companies whose truth is known."
EXAMPLES = """Examples: `rightful worlds run --seeds 1`, `rightful worlds run --kinds "fit only,no signal" --seeds 4`,
`rightful worlds run --decisions 10000,50000 --jobs 2 --out worlds.csv --against bench/learning/worlds_before.csv`"""


def register(app: typer.Typer) -> None:
    """Add the group; heavy modules load when a command runs."""
    worlds = typer.Typer(help=HELP, no_args_is_help=True)
    worlds.command("run", epilog=EXAMPLES)(run)
    worlds.command("kinds", epilog="Example: `rightful worlds kinds`")(kinds)
    app.add_typer(worlds, name="worlds")


def run(
    kinds: Annotated[str | None, typer.Option(metavar="KIND,...", help=(
        "which kinds of world (`rightful worlds kinds` lists them); all when left out"))] = None,
    seeds: Annotated[int, typer.Option(min=1, help="how many worlds of each kind")] = 8,
    decisions: Annotated[str, typer.Option("--decisions", "--sizes", metavar="N,...", help=(
        "past items a world; the acceptance uses 10000 and 50000"))] = "10000",
    jobs: Annotated[int, typer.Option(min=1, help="worlds at the same time, one processor each")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="F.csv", help=(
        "keep one row a world there as each is done; a run that was stopped goes on where it was"))] = None,
    against: Annotated[Path | None, typer.Option(metavar="F.csv", help=(
        "figures of an earlier run, paired with the very same worlds"))] = None,
    as_json: JsonOption = False,
) -> None:
    """Make worlds, learn from each past through the real pipeline, and judge by the true chance of who comes first.

    A world of 10,000 decisions takes about half a minute on one processor, of 50,000 about two minutes. The model stands beside
    rotation, the best raw rate, owner effects alone, the composed ranker and a joint ridge, all on the same items.
    """
    from rightful.cli.progress import steps
    from training.worlds.figures import read_rows
    from training.worlds.kinds import KINDS
    from training.worlds.run import WorldsWish, run_worlds
    from training.worlds.summary import summary

    earlier = read_rows(against) if against else {}
    named = tuple(name.strip() for name in kinds.split(",")) if kinds else tuple(KINDS)
    wish = WorldsWish(kinds=named, sizes=_sizes(decisions), seeds=seeds, jobs=jobs, out=out)
    with steps() as say:
        rows = run_worlds(wish, say)
    said = summary(rows, earlier)
    if as_json:
        json.dump({**said, "worlds": [row.as_json() for row in rows]}, sys.stdout, indent=2, allow_nan=False)
        print()
    else:
        print("\n".join(world_lines(said)))


def kinds(as_json: JsonOption = False) -> None:
    """List the kinds of world with their digests; a kind is never tuned to the learner."""
    from training.worlds.kinds import KINDS, spec_digest

    if as_json:
        print(json.dumps([{"kind": name, "says": kind.says, "ranks": kind.ranks, "digest": spec_digest(name)}
                          for name, kind in KINDS.items()], indent=2))
        return
    for name, kind in KINDS.items():
        print(f"{name:<15} {spec_digest(name)[7:19]}  {kind.says}")


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(one.replace("_", "")) for one in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 500:
        raise typer.BadParameter(f"given `{text}`; expected whole numbers of at least 500, such as 10000 or 10000,50000")
    return sizes


def world_lines(said: Mapping[str, Any]) -> list[str]:
    """The summary of `training.worlds.summary` as lines."""
    return [line for size in said["sizes"] for line in _size_lines(size)]


def _size_lines(size: Mapping[str, Any]) -> list[str]:
    from rightful.cli.show_training import table

    kinds = size["kinds"]
    rivals = list(next((kind["shares"] for kind in kinds if kind["shares"]), {}))[1:]
    shares = table(("kind", "worlds", "with signal", "model", "over the best", *rivals), [
        (kind["kind"], kind["worlds"], kind["with_signal"], *_shares(kind, rivals)) for kind in kinds])
    rest = table(("kind", "oracle gap", "by model", "slope", "mean", "mean of rank 1", "group", "train s", "earlier"), [
        (kind["kind"], f"{kind['oracle_gap']:.3f}", f"{kind['by_model']:.1%}", *(_plain(kind[name]) for name in (
            "slope", "mean", "mean_first", "group", "train_s", "train_s_earlier"))) for kind in kinds])
    ahead = table(("the model ahead of", "mean over kinds", "worlds", "worst in", ""), [
        (name, _text(found, sign="+"), found["worlds"], found["worst_kind"], f"{found['in_worst_kind']:+.3f}")
        for name, found in size["model_ahead_of"].items()])
    return [f"{size['decisions']:,} decisions a world: share of the oracle gap of who comes first, before exploration",
            "0 = by lot, 1 = the truly best; [95 % interval over worlds]; with nothing to find it must abstain", "",
            *shares, "", "true log-odds per log-odds said, what was said over what is true, processor seconds of training", "",
            *rest, "", *(f"a signal is announced in {found['with_signal']} of {found['worlds']} worlds with {name}"
                         for name, found in size["verdicts"].items()), "", *ahead, ""]


def _shares(kind: Mapping[str, Any], rivals: Sequence[str]) -> tuple[str, ...]:
    shares = kind["shares"]
    if shares is None:
        return ("nothing to find", "", *("" for _ in rivals))
    return (_text(shares["model"]), f"{kind['over_the_best']:+.3f}", *(f"{shares[name]['value']:.3f}" for name in rivals))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _text(found: Mapping[str, Any], sign: str = "") -> str:
    if found["low"] is None:
        return f"{found['value']:{sign}.3f}"
    return f"{found['value']:{sign}.3f} [{found['low']:{sign}.3f}, {found['high']:{sign}.3f}]"
