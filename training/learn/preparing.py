"""From the log to labelled feature rows as of then: everything computed before a layer is fitted."""
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.catalogue import catalogue
from features.events import Event
from features.matrix import ItemField, item_fields, item_vector
from features.plan import FeaturePlan, FoldPlan, Objective
from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.loading import require_book
from rules.model import Directory, Moment
from rules.progress import Progress, one_thread
from rules.routing.territory import find_route
from serving.imports.report import LogWarning
from serving.ranking.layers import sigmoid
from serving.runtime.workspace import Workspace
from training.learn.backtest import PairTable
from training.learn.data_checks import admit
from training.learn.dataset import TrainingTable, days, read_assignments, tabulate
from training.learn.objective import require_outcome
from training.learn.owner_variance import Component
from training.learn.planning import choose_plan
from training.learn.quality import MIN_SETTLED, MIN_SUCCESSES, Prequential, first_day, prequential
from training.learn.rows import emit_rows

READING, QUALITY, CHOOSING = "reading the log", "learning how good the items are, as known then", "choosing what owners differ by"
FOLDING = "folding the log into one row per assignment"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was read: rule book, directory, events, and the assignments with their labels as of the last event."""

    objective: Objective
    book: RuleBook
    directory: Directory
    events: tuple[Event, ...]
    as_of: datetime
    table: TrainingTable
    warnings: tuple[LogWarning, ...]


@dataclass(frozen=True, kw_only=True)
class PreparedRows(Source):
    """A source with its rows; shared by training, evaluation, export and the worlds' judge.

    `items`: item vectors of every assignment (n x fields); `matrix`: pair features of the owner who had it (n x features).
    `pairs`: the rows to fit on, `places` where they stand in `table`. `split_day`: nothing was chosen on rows settled
    after it (inf = no split).
    """

    fields: tuple[ItemField, ...]
    items: np.ndarray
    then: Prequential
    plan: FeaturePlan
    fold: FoldPlan
    components: tuple[Component, ...]
    matrix: np.ndarray
    pairs: PairTable
    places: np.ndarray
    split_day: float

    @property
    def expected(self) -> dict[str, float]:
        """assignment id -> probability of success under the item model of then."""
        return expectations(self.table, self.then)


@one_thread()
def prepare(workspace: Workspace, objective: str | None, progress: Progress, *,
            split: datetime | float | None = None) -> PreparedRows:
    """Labelled rows of one objective; Refused where there is not enough to learn from.

    With a `split` (a moment, or the share of rows left to judge on) nothing is chosen on rows settled after it.
    """
    progress(READING)
    source = read_source(workspace, objective)
    table, kind = source.table, source.objective.kind
    start = first_day(table)
    if start is None:
        raise Refused(f"objective `{kind}` has {int(table.settled.sum())} settled outcomes of {len(table)} assignments, "
                      f"{int(np.nansum(table.y))} of them successes; expected more than {MIN_SETTLED} with {MIN_SUCCESSES} "
                      "successes: import more history, or check `positive` and `horizon` in rightful.toml")
    progress(QUALITY)
    fields = item_fields(source.book.attributes, (one.item for one in table.assignments))
    items = np.array([item_vector(one.item, fields) for one in table.assignments], dtype=float)
    split_day = _split_day(table.day[table.settled & (table.settled_day >= start)], split)
    then = prequential(items, table, start, categorical=categorical(fields), until=split_day)
    progress(CHOOSING)
    places = np.flatnonzero(table.settled & ~then.warm_up)
    plan, components = choose_plan(kind, table, then, places[table.settled_day[places] < split_day], book=source.book,
                              directory=source.directory, settings=workspace.settings)
    fold = FoldPlan(objectives=tuple(workspace.settings.objectives.values()), dimensions=((kind, plan.dimensions),),
                    half_life_days=plan.effects.half_life_days)
    progress(FOLDING)
    matrix = _fold(source, fold, plan, then, progress)
    places = places[~np.isnan(matrix[places]).all(axis=1)]
    return PreparedRows(**{name: getattr(source, name) for name in Source.__dataclass_fields__}, fields=fields, items=items,
                    then=then, plan=plan, fold=fold, components=components, matrix=matrix, places=places, split_day=split_day,
                    pairs=_pairs(source, then, places, plan, matrix))


def read_source(workspace: Workspace, objective: str | None) -> Source:
    """The log with labels as of its last event; Refused where it is empty or must not be learnt from."""
    goal = require_outcome(workspace.settings.objectives, objective)
    book = require_book(read_book_files(workspace.rulebook_path))
    directory = load_directory(read_directory_files(workspace.folder))
    events = tuple(workspace.store.standing_events())
    if not events:
        raise Refused("the store holds no events; import a history first: `rightful import history.csv --what history`")
    as_of = events[-1].known_at
    table = tabulate(read_assignments(events, goal, as_of))
    return Source(objective=goal, book=book, directory=directory, events=events, as_of=as_of, table=table,
                  warnings=admit(table, events, goal, as_of))


def expectations(table: TrainingTable, then: Prequential) -> dict[str, float]:
    """assignment id -> probability of success under the item model of then, and what moved for everyone beyond it."""
    chance = sigmoid(then.m + then.shift)
    return {one.assignment_id: float(chance[row]) for row, one in enumerate(table.assignments)}


def categorical(fields: tuple[ItemField, ...]) -> tuple[int, ...]:
    """Which item fields are integer codes without an order."""
    return tuple(index for index, one in enumerate(fields) if one.read == "code" and not one.ordered)


def _fold(source: Source, fold: FoldPlan, plan: FeaturePlan, then: Prequential, progress: Progress) -> np.ndarray:
    wanted = {one.assignment_id: row for row, one in enumerate(source.table.assignments)}
    return emit_rows(source.events, directory=source.directory, fold=fold, plan=plan, wanted=wanted,
                     expectations=expectations(source.table, then),
                     progress=lambda done, of: progress(f"{FOLDING}: {done} of {of}"))


def _split_day(day: np.ndarray, split: datetime | float | None) -> float:
    if split is None or not len(day):
        return np.inf
    return days(split) if isinstance(split, datetime) else float(np.quantile(day, 1.0 - split))


def _pairs(source: Source, then: Prequential, places: np.ndarray, plan: FeaturePlan, matrix: np.ndarray) -> PairTable:
    """The rows the pair layers learn from, in time order; their offset is what owners are measured against."""
    features, table = catalogue(plan), source.table
    return PairTable(features=tuple(feature.name for feature in features), signs=tuple(feature.sign for feature in features),
                     matrix=matrix[places], m=(then.m + then.shift)[places], y=table.y[places], day=table.day[places],
                     settled_day=table.settled_day[places], team=_routed(source, places),
                     quasi_random=table.quasi_random[places])


def _routed(source: Source, places: np.ndarray) -> np.ndarray:
    """A code per row of the team that the rule book sends the item to: those who might have had it instead."""
    items = (source.table.assignments[place] for place in places)
    teams = [find_route(source.book, one.item, source.directory, Moment(at=one.assigned_at)).route.team for one in items]
    codes = {team: code for code, team in enumerate(dict.fromkeys(teams))}
    return np.array([codes[team] for team in teams], dtype=np.int64)
