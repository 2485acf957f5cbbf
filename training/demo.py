"""READ FIRST: the whole way once, on a company whose truth is known: build, learn, judge, decide, serve.

Nothing here decides: it calls what `init`, `import`, `train`, `promote`, `route` and `serve` call, and prints.
"""
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rules.errors import Refused
from rules.plain_json import JsonObject
from serving.imports.files import import_history
from serving.runtime.batch import BatchOptions, route
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from training.learn.metrics import Interval
from training.promotion import promote
from training.report.figures import LAYERS, told_of_layers
from training.report.trained import TrainReport
from training.retrain import train
from training.worlds.company import World, build, last_working_day
from training.worlds.contest import MODEL, UNGATED, WIDE, Contest, hold

MARKER = ".rightful-demo"
Say = Callable[[str], None]
#: How the summary tells who decided; together always 100 %.
DECIDERS = ("model", "rotation", "rule", "fallback")
COLUMNS = (("item", 5), ("owner", 17), ("team", 18), ("decided by", 10), ("probability", 11), ("fairness", 8),
           ("first reason", 12))


class Steps:
    """Says what is being done, and how long it took."""

    def __init__(self, say: Say):
        self._say, self._started = say, time.perf_counter()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One step of the demo."""
        began = time.perf_counter()
        self._say(f"{what} ...")
        yield
        self._say(f"    done in {time.perf_counter() - began:.1f} s")

    def total(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started


def run_demo(folder: Path, *, today: date, say: Say, **size: Any) -> None:
    """Make the demo's workspace anew and go the whole way up to the summary; `size` as in `build`, for a smaller one."""
    steps = Steps(say)
    clear_folder(folder)
    with steps.step("building the example company and its past"):
        world = build(folder, reference_day=last_working_day(today), progress=lambda words: say(f"    {words}"), **size)
    workspace = Workspace.at(folder)
    try:
        go_the_whole_way(workspace, world, steps, say)
    finally:
        workspace.close()
    say(f"{steps.total():.0f} s in all; the workspace is {folder}, try `rightful decisions replay --all --workspace {folder}`")


def clear_folder(folder: Path) -> None:
    """Make the demo's folder empty; Refused where it holds anything that no demo made."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).exists())):
        raise Refused(f"`{folder}` holds files that no demo made; name a new or empty folder with --folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("made by `rightful demo`, which replaces this whole folder\n", encoding="utf-8")


def go_the_whole_way(workspace: Workspace, world: World, steps: Steps, say: Say) -> None:
    """Import, train, promote, judge on held-out items, route today's; then print what came of it."""
    with steps.step("importing the history"):
        imported = import_history(workspace, workspace.folder / "history.csv")
        say(f"    {imported.rows:,} assignments as {imported.kept:,} events")
    with steps.step("training a model of leads"):
        learnt = train(workspace, progress=lambda line: None if ":" in line else say(f"    {line}"))
        say(f"    {learnt.verdict.signal}: {learnt.verdict.reason}")
    with steps.step("promoting it"):
        promote(workspace, "latest", actor="demo")
    live = Live(workspace)
    with steps.step(f"judging it on {len(world.held_out):,} held-out items"):
        contest = hold(world, prepared=learnt.prepared, bundle=live.in_force.bundles["lead"], policy=live.in_force.policy(None))
    with steps.step("routing today's items"):
        text = (workspace.folder / "items.csv").read_text(encoding="utf-8")
        rows = route(
            live, text, file="items.csv", wish=BatchOptions(at="received", assign=True), track=lambda found, _total: found
        )
    for line in ("", *table_lines(rows), "", *decider_lines(rows), "", *contest_lines(contest), "", *layer_lines(learnt), "",
                 f"model {learnt.bundle_hash}"):
        say(line)


def table_lines(rows: Sequence[JsonObject]) -> list[str]:
    """Today's decisions, one line each."""
    lines = [_cells(name for name, _ in COLUMNS), _cells("-" * width for _, width in COLUMNS)]
    for row in rows:
        chance = row["probability"]
        lines.append(_cells((row["item_id"], row["owner_id"] or "nobody", row["team"], row["decided_by"] or row["outcome"],
                             "" if chance is None else f"{chance:.3f}", row["fairness_verdict"],
                             row["reason"] or row["message"] or f"by rule {row['rule']}")))
    return lines


def _cells(values) -> str:
    """Values in columns; the last one as long as it is."""
    texts = ("" if value is None else str(value) for value in values)
    return "  ".join(text.ljust(width) for text, (_, width) in zip(texts, COLUMNS, strict=True)).rstrip()


def decider_lines(rows: Sequence[JsonObject]) -> list[str]:
    """By whom today's items were decided; the shares come to 100 %."""
    counts = Counter(row["decided_by"] or row["outcome"] for row in rows)
    names = (*DECIDERS, *sorted(set(counts) - set(DECIDERS)))
    shares = ", ".join(f"{name} {counts[name] / len(rows):.1%}" for name in names)
    return [f"{len(rows)} items decided by: {shares} (together {sum(counts.values()) / len(rows):.0%})"]


def contest_lines(contest: Contest) -> list[str]:
    """The share of the oracle gap of every ranker, and how the held-out leads were decided."""
    found = contest.judgement
    lines = [
        f"share of the oracle gap on {found.items:,} held-out leads, true chance of the first-ranked owner, before exploration:",
        f"0 = an eligible owner by lot ({found.random_value:.3f} succeed), 1 = the truly best one ({found.oracle_value:.3f});"
        " [95 % interval over leads]", "",
    ]
    for name, share in found.shares.items():
        if name == UNGATED:
            continue
        ahead = found.ahead_of.get(name)
        lines.append(f"  {name:<15} {_interval(share)}" + (f"   model ahead by {_interval(ahead)}" if ahead else ""))
    lines += ["", f"of {contest.wide:,} held-out leads that reach a team with {WIDE} or more eligible owners "
              f"{contest.wide_by_model:.1%} are decided by the {MODEL}"]
    return lines


def layer_lines(learnt: TrainReport) -> list[str]:
    """What each layer adds, as training found it out of time, and which layers have weight."""
    judged = learnt.backtest
    if judged is None:
        return [told_of_layers(learnt.choice)]
    return [f"what each layer adds: log loss saved per lead on {len(judged):,} later leads that chose nothing, [95 % interval]",
            "", *(f"  {words:<40} {judged.gains[name]}" for name, words in LAYERS.items()), "", told_of_layers(learnt.choice),
            "`rightful report training --html report.html` writes all that training found as a page"]


def _interval(found: Interval) -> str:
    return f"{found.value:6.3f} [{found.low:6.3f}, {found.high:6.3f}]"
