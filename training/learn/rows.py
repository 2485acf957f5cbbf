"""One feature row per assignment, as of then: the same fold and the same matrix function that serve live decisions.

A row sees what was known BEFORE its moment. A log that knows days alone has many events at one instant, in an order that
means nothing: none of them is seen by another.
"""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

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


def emit_rows(events: Sequence[Event], *, directory: Directory, fold: FoldPlan, plan: FeaturePlan,
              expectations: Mapping[str, float], wanted: Mapping[str, int],
              progress: Callable[[int, int], None] = lambda done, of: None) -> tuple[np.ndarray, Readings]:
    """The chosen owner's features of each wanted assignment before it happened (wanted: id -> row), and where they were read.

    A row stays NaN throughout when its owner is in no directory any more.
    """
    state, roster = State(fold, expectations=expectations), roster_of(directory)
    matrix, readings = np.full((len(wanted), len(catalogue(plan))), np.nan), Readings.empty(len(wanted))
    done = 0
    for event in before_each_instant(events, state):
        row = wanted.get(event.assignment_id)
        if row is not None and event.owner_id in directory.owners:
            state.advance_to(event.known_at)
            numbers = roster.numbered((event.owner_id,), state.owners)
            matrix[row] = pair_matrix(event.assigned_item, (event.owner_id,), state=state, directory=directory,
                                      at=event.occurred_at, plan=plan, numbers=numbers)[0]
            readings.us[row] = us = state.reading_us(event.occurred_at)
            readings.known_us[row] = micros(event.known_at)
            cells = effect_cells(state, directory, plan, us=us, numbers=numbers)
            readings.owner[row], readings.team[row], readings.band[row] = cells.owners[0], cells.teams[0], cells.bands[0]
            done += 1
            if done % EVERY == 0:
                progress(done, len(wanted))
    for event in reversed(events):
        if event.kind in HANDLED and (row := wanted.get(event.assignment_id)) is not None:
            readings.handled_known_us[row] = known_us = micros(event.known_at)
            readings.handled_us[row] = min(micros(event.occurred_at), known_us)
    for assignment_id, row in wanted.items():
        readings.enter(row, state.entered(assignment_id), state.label(assignment_id))
    return matrix, readings


def before_each_instant(events: Iterable[Event], state: State) -> Iterator[Event]:
    """Every assigned event, while the state holds what was known before its instant; then the instant's events are folded."""
    for _, together in groupby(events, key=attrgetter("known_at")):
        held = list(together)
        yield from (event for event in held if event.kind == "assigned")
        for event in held:
            state.follow(event)
