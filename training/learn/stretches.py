"""Rows of a long log made by several processes over Dask, each from a snapshot of the fold over its own stretch of time.

One pass folds the log in order and leaves a snapshot before each stretch; a worker goes on from it as this process would have,
event by event, so that its rows are the same bit for bit.
"""
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from features.events import Event
from features.plan import FeaturePlan
from features.state import State
from rules.model import Directory
from rules.progress import one_thread
from serving.runtime.cluster import dask_client
from training.learn.rows import WAY, StretchOfRows, rows_of_stretch

if TYPE_CHECKING:
    from distributed import Client

#: After so many events a snapshot is left, at the next moment at which something became known.
STRETCH = 50_000
#: So many stretches wait for each worker at once.
_AHEAD = 2


@contextmanager
def over_dask(*, stretch: int = STRETCH) -> Iterator[None]:
    """Inside, rows are made by the processes of a Dask cluster."""
    with dask_client() as client:
        before = WAY.set(partial(by_stretches, client, stretch))
        try:
            yield
        finally:
            WAY.reset(before)


def by_stretches(client: "Client", stretch: int, events: Sequence[Event], state: State, *, directory: Directory,
                 plan: FeaturePlan, wanted: Mapping[str, int], progress: Callable[[int, int], None]) -> Iterator[StretchOfRows]:
    """The rows of each stretch in order; the state is folded to the end of the log meanwhile."""
    shared = client.scatter((directory, plan), broadcast=True, hash=False)
    at_once = _AHEAD * max(1, len(client.ncores()))
    waiting: deque[Any] = deque()
    done = 0

    def answered() -> StretchOfRows:
        nonlocal done
        found: StretchOfRows = waiting.popleft().result()
        done += len(found.places)
        progress(done, len(wanted))
        return found

    for own in stretches(events, stretch):
        names = [event.assignment_id for event in own if event.kind == "assigned"]
        task = (state.snapshot(), own, {name: wanted[name] for name in names if name in wanted}, state.expected_of(names))
        waiting.append(client.submit(_made, client.scatter(task, hash=False), shared, pure=False))
        for event in own:
            state.follow(event)
        if len(waiting) >= at_once:
            yield answered()
    while waiting:
        yield answered()


def stretches(events: Iterable[Event], length: int) -> Iterator[list[Event]]:
    """The log in pieces of at least so many events, the last one aside; what became known at one moment stays together."""
    own: list[Event] = []
    for _, together in groupby(events, key=attrgetter("known_at")):
        own.extend(together)
        if len(own) >= length:
            yield own
            own = []
    if own:
        yield own


def _made(task: tuple[bytes, list[Event], dict[str, int], dict[str, float]], shared: tuple[Directory, FeaturePlan],
          ) -> StretchOfRows:
    """In a worker: the rows of one stretch."""
    snapshot, own, wanted, expected = task
    directory, plan = shared
    with one_thread():
        return rows_of_stretch(own, State.resumed(snapshot, expected), directory=directory, plan=plan, wanted=wanted)
