"""READ FIRST: the offline pipeline on one screen, from the log to a written bundle and a tracked run.

log -> labels -> m as known then -> which effects -> one row per assignment as of then -> backtest of the layers
    -> owner signal or not -> last fit -> bundle -> expectations into the store -> MLflow
"""
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from features.catalogue import catalogue, is_protected, numeric_owner_columns
from features.events import Event
from features.matrix import ItemField, item_fields, item_vector
from features.plan import FeaturePlan, FoldPlan, Objective
from rules.book.format import RuleBook
from rules.book.loading import read_book_files, require_book
from rules.directory import load_directory, read_directory_files
from rules.errors import Refused, nearest_name
from rules.vocabulary import Directory
from serving.decision.bundle import BundleParts, write_bundle
from serving.workspace import Workspace
from training.admission import Warning, admit
from training.backtest import Backtest, PairTable, origins, run
from training.dataset import Table, days, read_assignments, tabulate
from training.effects_search import Log, Step, choose_dimensions, choose_strengths, sums_of
from training.fit import PairLayers, compose, fit_layers
from training.metrics import sigmoid
from training.quality import Prequential, first_day, fit_quality, prequential
from training.rows import emit_rows
from training.signal import Verdict, judge_signal

Progress = Callable[[str], None]
#: An attribute is a candidate for owner effects when it has this many values, and fewer than this share of all rows.
VALUES, UNIQUE_SHARE = (2, 30), 0.05
FOLDING = "folding the log into one row per assignment"
FREE_TYPES = ("enum", "bands", "map", "country", "language", "flag")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Everything read and computed before a layer is fitted; shared by training, evaluation and export.

    `items`: item vectors of every assignment (n x fields). `expected`: by assignment, what the item model of then said.
    `places`: the rows of `pairs` in `table`. `split_day`: nothing was chosen on rows settled after it (inf = no split).
    """

    objective: Objective
    book: RuleBook
    directory: Directory
    events: tuple[Event, ...]
    as_of: datetime
    table: Table
    fields: tuple[ItemField, ...]
    items: np.ndarray
    then: Prequential
    plan: FeaturePlan
    fold: FoldPlan
    steps: tuple[Step, ...]
    matrix: np.ndarray
    pairs: PairTable
    places: np.ndarray
    split_day: float
    warnings: tuple[Warning, ...]

    @property
    def expected(self) -> dict[str, float]:
        """assignment id -> probability of success under the item model of then."""
        chance = sigmoid(self.then.m)
        return {one.assignment_id: float(chance[row]) for row, one in enumerate(self.table.assignments)}


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """What a training did: the bundle, the verdict, what each layer adds, and where the time went (seconds)."""

    bundle_hash: str
    parts: BundleParts
    prepared: Prepared
    layers: PairLayers
    backtest: Backtest | None
    verdict: Verdict
    version: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


class _Clock:
    """Seconds by stage, each said aloud as it starts; `STAGE: words` is news of the stage, not a new one."""

    def __init__(self, progress: Progress):
        self._progress, self._last, self.seconds = progress, None, {}

    def start(self, stage: str) -> None:
        """End the stage before and start this one."""
        now = time.perf_counter()
        if self._last is not None and stage.startswith(f"{self._last[0]}:"):
            self._progress(stage)
            return
        if self._last is not None:
            self.seconds[self._last[0]] = round(now - self._last[1], 2)
        self._last = (stage, now)
        if stage:
            self._progress(stage)


def silent(_line: str) -> None:
    """Progress that nobody hears."""


def pick_objective(objectives: Mapping[str, Objective], wanted: str | None) -> Objective:
    """The objective to learn; Refused where none or more than one could be meant."""
    if not objectives:
        raise Refused("rightful.toml names no objective, expected a section such as `[objectives.lead]` with "
                      '`positive = ["converted"]`; add one per kind of item that is to be ranked')
    if wanted is None and len(objectives) == 1:
        return next(iter(objectives.values()))
    if wanted not in objectives:
        near = nearest_name(wanted, objectives) if wanted else None
        hint = f"; did you mean `{near}`?" if near else ""
        raise Refused(f"given the objective `{wanted}`, expected one of {', '.join(f'`{name}`' for name in objectives)}; "
                      f"name it with --objective{hint}")
    return objectives[wanted]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra on one thread: the same sums in the same order on every run, and no fight for busy cores."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with threadpool_limits(limits=1):
        yield


@one_thread()
def train(workspace: Workspace, objective: str | None = None, progress: Progress = silent, *,
          track: bool = True) -> TrainReport:
    """Learn one objective from the workspace's log and write a bundle; tracked in MLflow unless told otherwise."""
    clock = _Clock(progress)
    prepared = prepare(workspace, objective, clock.start)
    clock.start("trying the layers on later rows")
    cuts = origins(prepared.pairs)
    backtest = run(prepared.pairs, cuts) if cuts else None
    verdict = judge_signal(prepared.pairs, backtest)
    clock.start("fitting the last model on everything settled")
    table = prepared.table
    quality = fit_quality(prepared.items[table.settled], table.y[table.settled], categorical=_codes(prepared.fields))
    layers = fit_layers(prepared.pairs, backtest)
    parts = compose(objective=prepared.objective.kind, plan=prepared.plan, item_fields=prepared.fields, quality=quality,
                    table=prepared.pairs, items=prepared.items[prepared.places], layers=layers, backtest=backtest,
                    verdict=verdict, value_median=_value_median(prepared))
    clock.start("writing the bundle")
    bundle_hash = write_bundle(workspace.bundles, parts)
    workspace.store.write_expectations(bundle_hash, prepared.expected)
    report = TrainReport(bundle_hash=bundle_hash, parts=parts, prepared=prepared, layers=layers, backtest=backtest,
                         verdict=verdict, seconds=clock.seconds)
    if track:
        from training.registry import record  # mlflow takes seconds to import: only when it is used

        clock.start("recording the run in MLflow")
        report = replace(report, version=record(workspace, report))
    clock.start("")
    return report


@one_thread()
def prepare(workspace: Workspace, objective: str | None, progress: Progress, *,
            split: datetime | float | None = None) -> Prepared:
    """From the log to feature rows with labels; Refused where there is not enough to learn from.

    With a `split` (a moment, or the share of rows left to judge on) nothing is chosen on rows settled after it.
    """
    settings = workspace.settings
    goal = pick_objective(settings.objectives, objective)
    if goal.learn != "outcome":
        raise Refused(f"objective `{goal.kind}` has `learn = \"{goal.learn}\"`, which cannot be trained yet; set "
                      f"`learn = \"outcome\"` with `positive` under [objectives.{goal.kind}] in rightful.toml")
    progress("reading the log")
    book = require_book(read_book_files(workspace.rulebook_path))
    directory = load_directory(read_directory_files(workspace.folder))
    events = tuple(workspace.store.events())
    if not events:
        raise Refused("the store holds no events; import a history first: `rightful import history.csv --what history`")
    as_of = events[-1].known_at
    table = tabulate(read_assignments(events, goal, as_of))
    warnings = admit(table, events, goal, as_of)
    start = first_day(table)
    if start is None:
        raise Refused(f"objective `{goal.kind}` has {int(table.settled.sum())} settled outcomes of {len(table)} "
                      f"assignments, {int(np.nansum(table.y))} of them successes; expected at least 400 with 40 "
                      "successes: import more history, or check `positive` and `horizon` in rightful.toml")
    progress("learning how good the items are, as known then")
    fields = item_fields(book.attributes, (one.item for one in table.assignments))
    items = np.array([item_vector(one.item, fields) for one in table.assignments], dtype=float)
    then = prequential(items, table, start, categorical=_codes(fields))
    progress("choosing what owners differ by")
    places = np.flatnonzero(table.settled & ~then.warm_up)
    split_day = _split_day(table.day[places], split)
    plan, steps = _choose_plan(table, then, places[table.settled_day[places] < split_day], book, directory, workspace)
    fold = FoldPlan(objectives=tuple(settings.objectives.values()), dimensions=((goal.kind, plan.dimensions),),
                    half_life_days=plan.effects.half_life_days)
    progress(FOLDING)
    wanted = {one.assignment_id: row for row, one in enumerate(table.assignments)}
    chance = sigmoid(then.m)
    expectations = {name: float(chance[row]) for name, row in wanted.items()}
    matrix, _ = emit_rows(events, directory=directory, fold=fold, plan=plan, expectations=expectations, wanted=wanted,
                          progress=lambda done, of: progress(f"{FOLDING}: {done} of {of}"))
    known = ~np.isnan(matrix).all(axis=1)
    places = places[known[places]]
    return Prepared(objective=goal, book=book, directory=directory, events=events, as_of=as_of, table=table,
                    fields=fields, items=items, then=then, plan=plan, fold=fold, steps=steps, matrix=matrix,
                    pairs=pair_table(table, then, places, plan, matrix), places=places, split_day=split_day,
                    warnings=warnings)


def _split_day(day: np.ndarray, split: datetime | float | None) -> float:
    if split is None or not len(day):
        return np.inf
    return days(split) if isinstance(split, datetime) else float(np.quantile(day, 1.0 - split))


def pair_table(table: Table, then: Prequential, places: np.ndarray, plan: FeaturePlan, matrix: np.ndarray) -> PairTable:
    """The rows the pair layers learn from, in time order."""
    features = catalogue(plan)
    return PairTable(features=tuple(feature.name for feature in features), signs=tuple(f.sign for f in features),
                     matrix=matrix[places], m=then.m[places], y=table.y[places], day=table.day[places],
                     settled_day=table.settled_day[places], team=table.team[places],
                     quasi_random=table.quasi_random[places])


def candidate_dimensions(book: RuleBook, table: Table) -> dict[str, np.ndarray]:
    """Item attributes that owners may differ by, each as codes by row (-1 = missing): closed lists, not nearly unique."""
    found = {}
    for name, attribute in book.attributes.items():
        if attribute.type not in FREE_TYPES or is_protected(name, of_item=True):
            continue
        values = [one.item.value(name) for one in table.assignments]
        known = sorted({value for value in values if value is not None}, key=str)
        if VALUES[0] <= len(known) <= min(VALUES[1], max(VALUES[0], UNIQUE_SHARE * len(table))):
            code = {value: index for index, value in enumerate(known)}
            found[name] = np.array([code.get(value, -1) for value in values], dtype=np.int64)
    return found


def _choose_plan(table: Table, then: Prequential, places: np.ndarray, book: RuleBook, directory: Directory,
                 workspace: Workspace) -> tuple[FeaturePlan, tuple[Step, ...]]:
    settings = workspace.settings
    candidates = candidate_dimensions(book, table)
    plan = FeaturePlan(objective="", owner_columns=numeric_owner_columns(directory, settings.protected))
    half_life = plan.effects.half_life_days
    sums = sums_of(Log(owner=table.owner, team=table.team, day=table.day, settled_day=table.settled_day, y=table.y,
                       expected=sigmoid(then.m), values=candidates, half_life_days=half_life))
    trial = PairTable(features=(), signs=(), matrix=np.zeros((len(places), 0)), m=then.m[places], y=table.y[places],
                      day=table.day[places], settled_day=table.settled_day[places], team=table.team[places],
                      quasi_random=table.quasi_random[places])
    if settings.effects_by:
        unknown = [name for name in settings.effects_by if name not in book.attributes and name != "kind"]
        if unknown:
            raise Refused(f"`effects_by` in rightful.toml names `{unknown[0]}`, expected attributes of the rule book; "
                          f"did you mean `{nearest_name(unknown[0], book.attributes)}`?")
        dimensions, steps = settings.effects_by, ()
        missing = [name for name in dimensions if name not in candidates]
        if missing:
            return replace(plan, objective=_kind(table), dimensions=dimensions), steps
    else:
        dimensions, steps = choose_dimensions(trial, sums, places, tuple(candidates))
    effects = choose_strengths(trial, sums, places, dimensions, half_life)
    return replace(plan, objective=_kind(table), dimensions=dimensions, effects=effects), steps


def _kind(table: Table) -> str:
    return table.assignments[0].item.kind


def _codes(fields: tuple[ItemField, ...]) -> tuple[int, ...]:
    """Which item fields are integer codes."""
    return tuple(index for index, one in enumerate(fields) if one.read == "code" and not one.ordered)


def _value_median(prepared: Prepared) -> float:
    """What a missing value counts as: the median of the known ones, 1 where none is known."""
    name = prepared.objective.value
    known = [number for one in prepared.table.assignments if (number := one.item.number(name)) is not None]
    return float(np.median(known)) if known else 1.0
