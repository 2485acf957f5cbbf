"""The search's column arithmetic is the fold's arithmetic."""
import numpy as np
import pytest

from features.catalogue import catalogue
from training.asof import pair_codes, settled_before
from training.effects_search import Log, effect_columns, sums_of
from training.metrics import sigmoid
from training.planning import candidate_dimensions, codes_of

pytestmark = pytest.mark.train


def test_only_what_settled_strictly_before_counts():
    groups, settled = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 1.0])
    ones = np.ones(4)
    found = settled_before(groups, settled, ones, ones, np.array([0, 0, 0, 1, 2]), np.array([2.0, 2.5, 9.0, 0.5, 9.0]),
                           half_life_days=1e9)
    assert found.v == pytest.approx([1, 2, 3, 0, 0])


def test_the_past_halves_in_a_half_life():
    found = settled_before(np.array([0]), np.array([0.0]), np.array([2.0]), np.array([4.0]), np.array([0]), np.array([10.0]),
                           half_life_days=10.0)
    assert (found.s[0], found.v[0]) == pytest.approx((1.0, 2.0))


def test_a_pair_with_an_absent_half_has_no_code():
    assert pair_codes(np.array([0, 1, -1]), np.array([2, -1, 0])).tolist() == [2, -1, -1]


def test_effects_on_columns_are_those_of_the_fold(trained):
    _, report = trained
    prepared, plan = report.prepared, report.prepared.plan
    table = prepared.table
    values = {name: codes_of(table, name) for name in candidate_dimensions(prepared.book, table)}
    log = Log(owner=table.owner, team=table.team, day=table.day, settled_day=table.settled_day, y=table.y,
              expected=sigmoid(prepared.then.m), values=values)
    names, columns = effect_columns(sums_of(log), plan.dimensions, plan.effects)
    position = {feature.name: index for index, feature in enumerate(catalogue(plan))}
    for name, column in zip(names, columns.T, strict=True):
        assert column == pytest.approx(prepared.matrix[:, position[name]], abs=1e-9), name
