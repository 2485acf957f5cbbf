"""One feature row per assignment, as of then: the same fold and the same matrix function that serve live decisions.

A row sees what was known BEFORE its moment. A log that knows days alone has many events at one instant, in an order that
means nothing: none of them is seen by another.
"""
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

import numpy as np

from features.catalogue import catalogue
from features.events import Event
from features.matrix import pair_matrix
from features.plan import FeaturePlan, FoldPlan
from features.state import State
from rules.model import Directory

#: How many rows pass between two words of progress.
EVERY = 2000


def emit_rows(events: Iterable[Event], *, directory: Directory, fold: FoldPlan, plan: FeaturePlan,
              expectations: Mapping[str, float], wanted: Mapping[str, int],
              progress: Callable[[int, int], None] = lambda done, of: None) -> np.ndarray:
    """The chosen owner's features of each wanted assignment before it happened (wanted: id -> row).

    A row stays NaN throughout when its owner is in no directory any more.
    """
    state = State(fold, expectations=expectations)
    matrix = np.full((len(wanted), len(catalogue(plan))), np.nan)
    done = 0
    for event in before_each_instant(events, state):
        row = wanted.get(event.assignment_id)
        if row is not None and event.owner_id in directory.owners:
            state.advance_to(event.known_at)
            matrix[row] = pair_matrix(event.assigned_item, (event.owner_id,), state=state, directory=directory,
                                      at=event.occurred_at, plan=plan)[0]
            done += 1
            if done % EVERY == 0:
                progress(done, len(wanted))
    return matrix


def before_each_instant(events: Iterable[Event], state: State) -> Iterator[Event]:
    """Every assigned event, while the state holds what was known before its instant; then the instant's events are folded."""
    for _, together in groupby(events, key=attrgetter("known_at")):
        held = list(together)
        yield from (event for event in held if event.kind == "assigned")
        for event in held:
            state.follow(event)
