"""One feature row per assignment, as of then: the same fold and the same matrix function that serve live decisions.

A row sees what was known BEFORE its moment. A log that knows days alone has many events at one instant, in an order that
means nothing: none of them is seen by another.
"""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np

from features.catalogue import catalogue
from features.clock import micros
from features.events import HANDLED, Event
from features.matrix import effect_cells, pair_matrix
from features.plan import FeaturePlan, FoldPlan
from features.roster import roster_of
from features.state import State
from rules.model import Directory
from training.learn.refolding import Readings

#: How many rows pass between two words of progress.
EVERY = 2000


@dataclass(frozen=True, kw_only=True)
class StretchOfRows:
    """Rows of one stretch of a log: places (n), features (n x catalogue), and what `Readings` keeps of each (n x `_READ`)."""

    places: np.ndarray
    matrix: np.ndarray
    read: np.ndarray


#: What is noted of a row where it is read.
_READ = ("us", "known_us", "owner", "team", "band")
#: How rows are made of a log: the state is folded to its end meanwhile, and rows come stretch by stretch.
Way = Callable[..., Iterator[StretchOfRows]]


def emit_rows(events: Sequence[Event], *, directory: Directory, fold: FoldPlan, plan: FeaturePlan,
              expectations: Mapping[str, float], wanted: Mapping[str, int],
              progress: Callable[[int, int], None] = lambda done, of: None) -> tuple[np.ndarray, Readings]:
    """The chosen owner's features of each wanted assignment before it happened (wanted: id -> row), and where they were read.

    A row stays NaN throughout when its owner is in no directory any more.
    """
    state = State(fold, expectations=expectations)
    matrix, readings = np.full((len(wanted), len(catalogue(plan))), np.nan), Readings.empty(len(wanted))
    for some in WAY.get()(events, state, directory=directory, plan=plan, wanted=wanted, progress=progress):
        matrix[some.places] = some.matrix
        for name, column in zip(_READ, some.read.T, strict=True):
            getattr(readings, name)[some.places] = column
    for event in reversed(events):
        if event.kind in HANDLED and (row := wanted.get(event.assignment_id)) is not None:
            readings.handled_known_us[row] = known_us = micros(event.known_at)
            readings.handled_us[row] = min(micros(event.occurred_at), known_us)
    for assignment_id, row in wanted.items():
        readings.enter(row, state.entered(assignment_id), state.label(assignment_id))
    return matrix, readings


def rows_of_stretch(events: Sequence[Event], state: State, *, directory: Directory, plan: FeaturePlan, wanted: Mapping[str, int],
                    progress: Callable[[int, int], None] = lambda done, of: None) -> StretchOfRows:
    """The rows of a stretch of the log, from the state before it; the state is folded to its end."""
    roster, places, rows, read = roster_of(directory), list[int](), list[np.ndarray](), list[tuple[int, ...]]()
    for event in before_each_instant(events, state):
        row = wanted.get(event.assignment_id)
        if row is not None and event.owner_id in directory.owners:
            state.advance_to(event.known_at)
            numbers = roster.numbered((event.owner_id,), state.owners)
            rows.append(pair_matrix(event.assigned_item, (event.owner_id,), state=state, directory=directory,
                                    at=event.occurred_at, plan=plan, numbers=numbers)[0])
            us = state.reading_us(event.occurred_at)
            cells = effect_cells(state, directory, plan, us=us, numbers=numbers)
            read.append((us, micros(event.known_at), cells.owners[0], cells.teams[0], cells.bands[0]))
            places.append(row)
            if len(places) % EVERY == 0:
                progress(len(places), len(wanted))
    return StretchOfRows(places=np.array(places, dtype=np.intp), matrix=np.array(rows).reshape(-1, len(catalogue(plan))),
                         read=np.array(read, dtype=np.int64).reshape(-1, len(_READ)))


def _at_once(events: Sequence[Event], state: State, **more: Any) -> Iterator[StretchOfRows]:
    yield rows_of_stretch(events, state, **more)


#: The way in use: in this process, unless an engine puts another one there (`training/learn/stretches.py`).
WAY: ContextVar[Way] = ContextVar("way", default=_at_once)


def before_each_instant(events: Iterable[Event], state: State) -> Iterator[Event]:
    """Every assigned event, while the state holds what was known before its instant; then the instant's events are folded."""
    for _, together in groupby(events, key=attrgetter("known_at")):
        held = list(together)
        yield from (event for event in held if event.kind == "assigned")
        for event in held:
            state.follow(event)
