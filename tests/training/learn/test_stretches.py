"""Rows made by several processes are those of one, bit for bit, wherever the log is cut."""
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from features.state import State
from rules.errors import Refused
from rules.progress import silent
from serving.runtime import cluster
from tests.dask_client import Workers
from tests.training import small_log
from training.learn import stretches as module
from training.learn.preparing import prepare
from training.learn.rows import WAY, emit_rows
from training.learn.source import read_source
from training.learn.stretches import by_stretches, over_dask, stretches
from training.retrain import train

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    workspace = small_log.build(tmp_path_factory.mktemp("small"), rows=900)
    return prepare(read_source(workspace, None), silent)


def untidy(events):
    """The same log with days for times, an outcome turned round and an owner who refuses: many events at one moment."""
    told = []
    for place, event in enumerate(events):
        known_at = datetime.combine(event.known_at.date(), datetime.max.time(), UTC)
        event = replace(event, known_at=known_at, seq=0)
        if event.kind == "closed" and place % 7 == 0:
            event = replace(event, kind="corrected", outcome="lost", event_id=f"{event.event_id}:c")
        elif event.kind == "responded" and place % 5 == 0:
            event = replace(event, kind="rejected")
        told.append(event)
    return [replace(event, seq=number) for number, event in enumerate(told, 1)]


def rows_of(prepared, events):
    return emit_rows(events, directory=prepared.directory, fold=prepared.fold, plan=prepared.plan,
                     expectations=prepared.expected,
                     wanted={event.assignment_id: row for row, event in enumerate(
                         event for event in events if event.kind == "assigned")})


@pytest.mark.parametrize("length", [1, 97, 1000, 10**9])
@pytest.mark.parametrize("log", [list, untidy])
def test_wherever_a_log_is_cut_its_rows_are_the_same_bit_for_bit(prepared, log, length):
    events = log(prepared.events) if length > 1 else log(prepared.events)[:300]
    plain, read = rows_of(prepared, events)
    before = WAY.set(lambda *log, **more: by_stretches(Workers(), length, *log, **more))
    try:
        cut, cut_read = rows_of(prepared, events)
    finally:
        WAY.reset(before)
    assert not np.isnan(plain).all()
    assert cut.tobytes() == plain.tobytes()
    assert all(getattr(cut_read, name).tobytes() == getattr(read, name).tobytes() for name in type(read).__dataclass_fields__)


def test_what_became_known_at_one_moment_stays_together_and_nothing_is_lost(prepared):
    events = untidy(prepared.events)
    cut = list(stretches(events, 100))
    assert [event for own in cut for event in own] == events
    assert all(before[-1].known_at < after[0].known_at for before, after in zip(cut, cut[1:], strict=False))
    assert all(len(own) >= 100 for own in cut[:-1])


def test_a_snapshot_changes_nothing_and_carries_no_expectations(prepared):
    state = State(prepared.fold, expectations=prepared.expected)
    for event in prepared.events[:1500]:
        state.follow(event)
    resumed = State.resumed(state.snapshot(), {})
    assert (resumed.seq, resumed.expected_of(prepared.expected)) == (1500, {})
    assert state.expected_of(prepared.expected) == prepared.expected


def test_training_over_dask_writes_the_same_bundle(tmp_path):
    plain = train(small_log.build(tmp_path / "plain", rows=900), track=False)
    with over_dask(stretch=400):
        over = train(small_log.build(tmp_path / "dask", rows=900), track=False)
    assert over.bundle_hash == plain.bundle_hash
    assert over.prepared.matrix.tobytes() == plain.prepared.matrix.tobytes()


def test_the_engine_is_used_inside_alone(monkeypatch):
    before = WAY.get()
    monkeypatch.setattr(module, "dask_client", lambda: pytest.MonkeyPatch.context())
    with over_dask():
        assert WAY.get() is not before
    assert WAY.get() is before


def test_without_dask_the_engine_is_refused_by_the_name_of_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Refused, match=r"pip install 'rightful\[scale\]'"), cluster.dask_client():
        pass
