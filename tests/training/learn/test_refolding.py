"""What is read from one fold for another model and plan is what a fold of its own gives, also with drawn owners."""
from dataclasses import replace

import numpy as np
import pytest

from features.catalogue import catalogue
from training.learn import backtest
from training.learn.preparing import prepare
from training.learn.rows import emit_rows
from training.learn.source import read_source

pytestmark = pytest.mark.train


def silent(_words):
    """Nobody listens."""


@pytest.fixture(scope="module")
def source(trained):
    return read_source(trained[0], None)


@pytest.fixture(scope="module")
def folded(source):
    return prepare(source, silent).folded


@pytest.mark.parametrize("place", [0, 2])
def test_the_rows_of_an_origin_are_those_of_a_fold_of_its_own(source, folded, place):
    origins = backtest.find_origins(source, None)
    learned, rows = backtest.learn_at(source, origins[place], origins[place + 1], silent, {}, folded)
    prepared, later = learned.prepared, [source.table.assignments[row].assignment_id for row in rows]
    assert prepared.folded is folded and prepared.plan.dimensions
    ids = [one.assignment_id for one in prepared.table.assignments] + later
    expected = prepared.expected | dict(zip(later, (1.0 / (1.0 + np.exp(-prepared.later_m))).tolist(), strict=True))
    matrix, _ = emit_rows([event for event in source.events if event.known_at < origins[place + 1]], directory=source.directory,
                          fold=prepared.fold, plan=prepared.plan, expectations=expected,
                          wanted={assignment_id: row for row, assignment_id in enumerate(ids)})
    own, features = len(prepared.table), prepared.pairs.features
    for one, other in ((matrix[:own], prepared.matrix), (matrix[own:], prepared.later_matrix)):
        assert one == pytest.approx(other, abs=1e-12, rel=1e-12, nan_ok=True)
        assert len(one) > 300 and np.ptp(one[:, 0]) > 0.1 and np.ptp(one[:, features.index("familiarity")]) > 1


def test_another_owner_brings_what_was_known_of_them_and_the_outcomes_stay(source, folded):
    drawn = backtest.draw_owners(source)
    other, expected = folded.owned_as(drawn), dict.fromkeys(folded.ids, 0.3)
    plan = prepare(source, silent, folded=folded).plan
    ids = list(folded.ids)
    before, after = folded.rows_of(ids, expected, plan), other.rows_of(ids, expected, plan)
    names = [feature.name for feature in catalogue(plan)]
    load = names.index("load_ratio")
    assert np.array_equal(after[:, load], before[drawn, load], equal_nan=True)
    assert not np.allclose(after[500:, 0], before[drawn][500:, 0])
    swapped = backtest.permuted(source, drawn)
    owned = {name: table.owner[row] for table in (swapped.table,) for row, name in enumerate(ids)}
    last = {owned[name]: row for row, name in enumerate(ids)}
    for owner, row in list(last.items())[:5]:
        mine = np.flatnonzero([owned[name] == owner for name in ids])
        known = mine[other.readings.settled_us[mine] < other.readings.us[row]]
        assert after[row, names.index("n_matured")] == len(known)


def test_a_log_with_a_label_that_was_turned_round_is_folded_anew(source):
    event = next(event for event in reversed(source.events) if event.kind == "outcome")
    corrected = replace(event, event_id="c-1", kind="corrected", seq=0, known_at=source.events[-1].known_at, outcome="converted")
    folded = prepare(replace(source, events=(*source.events, corrected)), silent).folded
    assert folded is None
