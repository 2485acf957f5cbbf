"""`rightful bench`: a decision beside MLflow's server; `rules`, `proofs`, `differences`: books; `honesty`, `judged`, `scale`."""
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import JsonOption

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="where the public data sets lie")]
app = typer.Typer(invoke_without_command=True, pretty_exceptions_enable=False)


@app.callback(epilog="Examples: `rightful bench`, `rightful bench --requests 300 --json`, `rightful bench rules`")
def bench(
    context: typer.Context,
    requests: Annotated[int, typer.Option(min=50, help="how many requests each side gets")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="how long 16 clients ask at once")] = 10.0,
    page: Annotated[Path | None, typer.Option(metavar="F.md", help="also write the figures as a page")] = None,
    as_json: JsonOption = False,
) -> None:
    """Time a full decision over HTTP beside `mlflow models serve` scoring the same 200 rows; about two minutes."""
    if context.invoked_subcommand is not None:
        return
    from bench.printing import lines
    from bench.printing import page as as_page
    from bench.side_by_side import compare

    found = compare(requests=requests, seconds=seconds, say=_say)
    typer.echo(json.dumps(found.as_json(), indent=1) if as_json else "\n".join(lines(found)))
    if page is not None:
        page.write_text(as_page(found), encoding="utf-8")


@app.command(epilog="Examples: `rightful bench rules --largest 10000`, `rightful bench rules --page docs/benchmarks-rules.md`")
def rules(
    largest: Annotated[int, typer.Option(min=1000, help="stop at this size: 1000, 10000, 100000 or 1000000 rules")] = 1_000_000,
    page: Annotated[Path | None, typer.Option(metavar="F.md", help="also write the figures as a page, with its plot")] = None,
    as_json: JsonOption = False,
) -> None:
    """Time territory lookup and owner filtering beside a plain loop and two rules libraries; about ten minutes in full."""
    _need_libraries()
    from bench.rules_printing import draw, lines
    from bench.rules_printing import page as as_page
    from bench.rules_side_by_side import compare

    found = compare(largest=largest, say=_say)
    typer.echo(json.dumps(found.as_json(), indent=1) if as_json else "\n".join(lines(found)))
    if page is not None:
        plot = page.with_suffix(".svg")
        draw(found, plot)
        page.write_text(as_page(found, plot.name), encoding="utf-8")


@app.command(epilog="Examples: `rightful bench proofs`, `rightful bench proofs --rules 1000 --json`")
def proofs(
    rules: Annotated[list[int] | None, typer.Option("--rules", min=10, help="rules of a book; may be repeated")] = None,
    as_json: JsonOption = False,
) -> None:
    """Time loading and proving books of 1,000 and 5,000 rules over 11 attributes, in processor seconds; half a minute."""
    from bench.proofs import lines
    from bench.proofs import proofs as prove_books

    found = list(prove_books(tuple(rules or (1000, 5000))))
    typer.echo(json.dumps([own.as_json() for own in found], indent=1) if as_json else "\n".join(lines(found)))


@app.command(epilog="Examples: `rightful bench differences`, `rightful bench differences --rules 1000 --json`")
def differences(
    rules: Annotated[list[int] | None, typer.Option("--rules", min=10, help="rules of a book; repeatable")] = None,
    as_json: JsonOption = False,
) -> None:
    """Time `rules diff` on books of 1,000 and 5,000 rules of which five changed, in processor seconds; half a minute."""
    from bench.differences import differences as differ_books
    from bench.differences import lines

    found = list(differ_books(tuple(rules or (1000, 5000))))
    typer.echo(json.dumps([own.as_json() for own in found], indent=1) if as_json else "\n".join(lines(found)))


@app.command(epilog="Examples: `rightful bench honesty --permutations 8`, `rightful bench honesty --out honesty.csv`")
def honesty(
    permutations: Annotated[int, typer.Option(min=1, help="how many in all, by turns over the logs")] = 200,
    out: Annotated[Path | None, typer.Option(metavar="F.csv", help="keep each row there; a stopped run goes on")] = None,
    data: DataOption = DATA,
) -> None:
    """Permute owners or outcomes over four logs that drift and count how often a signal is announced; some hours in full."""
    from bench.learning.honesty import lines, run

    typer.echo("\n".join(lines(run(permutations, data=data, out=out, say=_say))))


@app.command(epilog="Examples: `rightful bench judged`, `rightful bench judged --keep`, `rightful bench judged --json`")
def judged(
    data: DataOption = DATA,
    keep: Annotated[bool, typer.Option("--keep", help="write the figures to bench/learning/judged.json, as those to keep")
                    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge the model out of time on the public sets, beside counts and logistic regressions; some minutes."""
    from bench.learning import judged as figures

    found = figures.judge(data, _say)
    if keep:
        figures.keep(found)
    short = figures.regressions(figures.read_kept(), found)
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join([*figures.lines(found), *short]))


@app.command(epilog="Examples: `rightful bench benefit`, `rightful bench benefit --open-bandit ../shared/data/open_bandit`")
def benefit(
    runs: Annotated[int, typer.Option(min=10, help="simulated companies")] = 200,
    items: Annotated[int, typer.Option(min=1000, help="decided items of each")] = 20_000,
    explored: Annotated[float, typer.Option(min=0.001, max=0.9, help="share explored in the log")] = 0.05,
    open_bandit: Annotated[Path | None, typer.Option(metavar="DIR", help="also judge the Open Bandit logs there")] = None,
    as_json: JsonOption = False,
) -> None:
    """Width and truth of the benefit report's intervals in companies whose truth is known; five minutes in full."""
    from bench.benefit import announced, lines, precision, split
    from bench.open_bandit import campaigns

    found, alike = precision(runs, items, explored, _say), announced(runs, items // 4)
    splits = [split(max(10, runs // 10), items // 2, skill=skill, fit=fit) for skill, fit in ((0.5, 0.0), (0.0, 0.5))]
    logs = [] if open_bandit is None else [
        {"campaign": one.name, "observed": one.observed, **one.found.as_json(),
         "covers": {name: one.covers(name) for name in one.found.value}} for one in campaigns(open_bandit)]
    data = {"precision": [one.as_json() for one in found], "alike": [one.as_json() for one in alike], "split": splits,
            "open bandit": logs}
    typer.echo(json.dumps(data, indent=1) if as_json else "\n".join([*lines(found, alike, splits, items, explored), *(
        f"open bandit {log['campaign']}: observed {log['observed']:.4f}, covered by "
        + ", ".join(name for name, holds in log["covers"].items() if holds) for log in logs)]))


@app.command(epilog="Examples: `rightful bench streams`, `rightful bench streams --seeds 4 --json`")
def streams(
    seeds: Annotated[int, typer.Option(min=2, help="how many worlds at each load")] = 8, as_json: JsonOption = False,
) -> None:
    """Spread streams of items at 70, 85 and 95 % load: share of the hindsight gap, and who gets what cannot be told apart."""
    from bench.streams import lines, measure

    found = list(measure(seeds))
    typer.echo(json.dumps([own.as_json() for own in found], indent=1) if as_json else "\n".join(lines(found)))


@app.command(epilog="Examples: `rightful bench scale`, `rightful bench scale --rows 20000 --rows 60000 --train`")
def scale(
    rows: Annotated[list[int] | None, typer.Option("--rows", min=1000, help="assignments of a history; repeatable")] = None,
    train: Annotated[bool, typer.Option("--train", help="also learn from each")] = False, as_json: JsonOption = False,
) -> None:
    """Import, and learn from, histories of 20,000, 60,000 and 100,000 rows: processor seconds, memory, and how both grow."""
    from bench.scale import lines, measure

    found = list(measure(sorted(rows or (20_000, 60_000, 100_000)), train=train, say=_say))
    typer.echo(json.dumps([asdict(own) for own in found], indent=1) if as_json else "\n".join(lines(found)))


def _need_libraries() -> None:
    from importlib.util import find_spec

    from rules.errors import Refused

    missing = [name for name, module in (("zen-engine", "zen"), ("rule-engine", "rule_engine"), ("matplotlib", "matplotlib"))
               if find_spec(module) is None]
    if missing:
        raise Refused(f"`rightful bench rules` needs {', '.join(missing)}: pip install 'rightful[train,bench]'")


def _say(words: str) -> None:
    typer.echo(words, err=True)


if __name__ == "__main__":
    from rightful.cli.main import run

    run(app, "rightful bench")
