"""From the log to labelled feature rows as of then: everything computed before a layer is fitted."""
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from features.catalogue import catalogue
from features.events import Event
from features.matrix import ItemField, item_fields
from features.plan import FeaturePlan, FoldPlan
from rules.errors import Refused
from rules.progress import Progress
from serving.ranking.layers import sigmoid
from training.learn.dataset import LabelledAssignment, TrainingTable, days
from training.learn.owner_variance import Component
from training.learn.pairs import PairTable
from training.learn.planning import choose_plan
from training.learn.quality import (
    MIN_SETTLED,
    MIN_SUCCESSES,
    Prequential,
    Quality,
    QualityFits,
    first_day,
    prequential,
)
from training.learn.refolding import Folded
from training.learn.rows import emit_rows
from training.learn.source import Source

QUALITY, CHOOSING = "learning how good the items are, as known then", "choosing what owners differ by"
FOLDING = "folding the log into one row per assignment"


@dataclass(frozen=True, kw_only=True)
class Later:
    """What came after the source's moment, to be judged by what was learnt then: assignments and the events up to the last."""

    assignments: Sequence[LabelledAssignment] = ()
    events: Sequence[Event] = ()


@dataclass(frozen=True, kw_only=True)
class PreparedRows(Source):
    """A source with its rows.

    `items`: item vectors of every assignment (n x fields); `matrix`: pair features of the owner who had it (n x features).
    `pairs`: the rows to fit on, `places` where they stand in `table`. `quality`: m as it is known at the source's moment.
    `later_m`, `later_matrix`: the same of what came later, m by `quality`, as a decision would have had them. `folded`: the
    fold that the rows were read from.
    """

    fields: tuple[ItemField, ...]
    items: np.ndarray
    then: Prequential
    quality: Quality
    plan: FeaturePlan
    fold: FoldPlan
    components: tuple[Component, ...]
    matrix: np.ndarray
    pairs: PairTable
    places: np.ndarray
    later_m: np.ndarray
    later_matrix: np.ndarray
    folded: Folded | None

    @property
    def expected(self) -> dict[str, float]:
        """assignment id -> probability of success under the item model of then."""
        return expectations(self.table, self.then)


def prepare(source: Source, progress: Progress, *, later: Later | None = None,
            fits: dict[tuple[int, ...], QualityFits] | None = None, folded: Folded | None = None) -> PreparedRows:
    """Labelled rows of a source; Refused where there is not enough to learn from.

    `fits`: item models by their categorical columns, `folded`: the whole log as folded once; the origins of one log share both.
    """
    later = later or Later()
    table, kind = source.table, source.objective.kind
    start = first_day(table)
    if start is None:
        raise Refused(f"objective `{kind}` has {int(table.settled.sum())} settled outcomes of {len(table)} assignments, "
                      f"{int(np.nansum(table.y))} of them successes; expected more than {MIN_SETTLED} with {MIN_SUCCESSES} "
                      "successes: import more history, or check `positive` and `horizon` in rightful.toml")
    progress(QUALITY)
    fields = item_fields(source.book.attributes, (one.item for one in table.assignments))
    items = table.columns.vectors(table.assignments, fields)
    codes = categorical(fields)
    shared = QualityFits(codes) if fits is None else fits.setdefault(codes, QualityFits(codes))
    then = prequential(items, table, start, shared)
    fitted = shared.as_of(items[:, :0] if then.plain else items, table, table.settled, days(source.as_of))
    quality = fitted.at_level(latest=then.latest)
    later_m = quality.log_odds(table.columns.vectors(later.assignments, fields))
    progress(CHOOSING)
    places = np.flatnonzero(table.settled & ~then.warm_up)
    plan, components = choose_plan(kind, table, then, places, book=source.book, directory=source.directory,
                                   settings=source.settings)
    plan = replace(plan, set_aside=source.card.set_aside)
    fold = FoldPlan(objectives=tuple(source.settings.objectives.values()), dimensions=((kind, plan.dimensions),),
                    half_lives=((kind, plan.effects.half_life_days),), set_aside=plan.set_aside_of)
    matrix, folded = _rows(source, fold, plan, then, later, later_m, folded, progress)
    own = len(table)
    places = places[~np.isnan(matrix[places]).all(axis=1)]
    return PreparedRows(**{name: getattr(source, name) for name in Source.__dataclass_fields__}, fields=fields, items=items,
                        then=then, quality=quality, plan=plan, fold=fold, components=components, matrix=matrix[:own],
                        places=places, pairs=_pairs(source, then, places, plan, matrix), later_m=later_m,
                        later_matrix=matrix[own:], folded=folded)


def expectations(table: TrainingTable, then: Prequential) -> dict[str, float]:
    """assignment id -> probability of success under the item model of then, and what moved for everyone beyond it."""
    chance = sigmoid(then.m + then.shift)
    return {one.assignment_id: float(chance[row]) for row, one in enumerate(table.assignments)}


def later_expectations(prepared: PreparedRows, source: Source) -> dict[str, float]:
    """The same for a longer log: what came after the prepared rows' moment is expected as a decision by them would expect it."""
    known = prepared.expected
    after = [one for one in source.table.assignments if one.assignment_id not in known]
    m = prepared.quality.log_odds(source.table.columns.vectors(after, prepared.fields))
    return known | dict(zip((one.assignment_id for one in after), sigmoid(m).tolist(), strict=True))


def categorical(fields: tuple[ItemField, ...]) -> tuple[int, ...]:
    """Which item fields are integer codes without an order."""
    return tuple(index for index, one in enumerate(fields) if one.read == "code" and not one.ordered)


def _rows(source: Source, fold: FoldPlan, plan: FeaturePlan, then: Prequential, later: Later, later_m: np.ndarray,
          folded: Folded | None, progress: Progress) -> tuple[np.ndarray, Folded | None]:
    """The rows of the source and of what came later; a later assignment carries what a decision would expect."""
    all_of_them = (*source.table.assignments, *later.assignments)
    expected = expectations(source.table, then)
    expected |= dict(zip((one.assignment_id for one in later.assignments), sigmoid(later_m).tolist(), strict=True))
    ids, events = [one.assignment_id for one in all_of_them], later.events or source.events
    if folded is not None and plan.effects.prior is not None:
        return folded.rows_of(ids, expected, plan), folded
    progress(FOLDING)
    wanted = {assignment_id: row for row, assignment_id in enumerate(ids)}
    matrix, readings = emit_rows(events, directory=source.directory, fold=fold, plan=plan, wanted=wanted, expectations=expected,
                                 progress=lambda done, of: progress(f"{FOLDING}: {done} of {of}"))
    folded = Folded(ids=wanted, items=[one.item for one in all_of_them], matrix=matrix, readings=readings,
                    names=tuple(feature.name for feature in catalogue(plan)))
    return matrix, folded if _is_regular(events) else None


def _is_regular(events: Sequence[Event]) -> bool:
    """No label was turned round and no clock set back: the sums of any moment can be told from the labels."""
    return all(before.known_at <= event.known_at and event.kind != "corrected" for before, event in pairwise(events))


def _pairs(source: Source, then: Prequential, places: np.ndarray, plan: FeaturePlan, matrix: np.ndarray) -> PairTable:
    """The rows the pair layers learn from, in time order."""
    features, table = catalogue(plan), source.table
    return PairTable(features=tuple(feature.name for feature in features), signs=tuple(feature.sign for feature in features),
                     matrix=matrix[places], m=(then.m + then.shift)[places], known_m=then.m[places], y=table.y[places],
                     day=table.day[places], settled_day=table.settled_day[places], owner=table.owner[places],
                     quasi_random=table.quasi_random[places])

