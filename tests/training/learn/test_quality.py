"""The item model of a moment knows nothing that was settled later."""
from dataclasses import replace

import numpy as np
import pytest

from training.learn.quality import Quality, QualityFits, first_day, fit_quality, m_as_then, prequential, refit_days

pytestmark = pytest.mark.train


@pytest.fixture
def log(trained):
    _, report = trained
    prepared = report.prepared
    return prepared.items, prepared.table, first_day(prepared.table)


@pytest.mark.parametrize("width", [0, 4])
def test_m_of_an_assignment_does_not_change_with_outcomes_settled_after_it(log, width):
    items, table, start = log
    before, _ = m_as_then(items[:, :width], table, start, QualityFits(()))
    turn = start + 60.0
    flipped = replace(table, y=np.where(table.settled_day >= turn, 1 - table.y, table.y))
    after, _ = m_as_then(items[:, :width], flipped, start, QualityFits(()))
    earlier = table.day < turn
    assert earlier.sum() > 500
    assert np.array_equal(before[earlier], after[earlier])
    assert not np.array_equal(before[~earlier], after[~earlier])


def test_a_row_settled_before_the_first_model_is_marked_and_not_judged_by_its_own_label(log):
    items, table, start = log
    then = prequential(items, table, start, QualityFits(()))
    assert np.array_equal(then.warm_up, table.settled_day < start)
    row = int(np.flatnonzero(then.warm_up)[7])
    y = table.y.copy()
    y[row] = 1 - y[row]
    assert prequential(items, replace(table, y=y), start, QualityFits(())).m[row] == then.m[row]


def test_every_assignment_gets_an_m(log):
    items, table, start = log
    assert np.isfinite(prequential(items, table, start, QualityFits(())).m).all()


def test_too_few_rows_give_the_base_rate_alone():
    y = np.repeat([1.0, 0.0], [10, 30])
    quality = fit_quality(np.zeros((40, 2)), y, categorical=())
    assert quality.text == ""
    assert quality.log_odds(np.zeros((3, 2))) == pytest.approx(np.log(10.5 / 30.5) * np.ones(3))


def test_the_text_alone_gives_the_scores_back():
    random = np.random.default_rng(0)
    items = random.normal(0, 1, (2000, 2))
    quality = fit_quality(items, (random.random(2000) < 1 / (1 + np.exp(-items[:, 0]))).astype(float), categorical=())
    assert np.array_equal(Quality(init=quality.init, text=quality.text).log_odds(items), quality.log_odds(items))
    assert np.corrcoef(quality.log_odds(items), items[:, 0])[0, 1] > 0.9


def test_without_enough_settled_outcomes_there_is_no_first_model(trained):
    _, report = trained
    table = report.prepared.table
    assert first_day(replace(table, settled_day=np.full(len(table), np.inf), y=np.full(len(table), np.nan))) is None


def test_when_m_is_fitted_anew_does_not_depend_on_what_follows(log):
    _, table, start = log
    whole = refit_days(table, start)
    cut = start + 60.0
    shorter = replace(table, settled_day=np.where(table.settled_day < cut, table.settled_day, np.inf))
    known = refit_days(shorter, start)
    assert 2 <= len(known) < len(whole)
    assert whole[:len(known)] == known


def test_items_that_tell_nothing_of_later_ones_are_left_out(log):
    items, table, start = log
    noise = np.random.default_rng(5).normal(0, 1, items.shape)
    assert prequential(noise, table, start, QualityFits(())).plain
    then = prequential(items, table, start, QualityFits(()))
    assert not then.plain


@pytest.mark.parametrize(("course", "latest"), [("fell for good", True), ("stays", False),
                                                ("dipped for a month and came back", False)])
def test_the_level_of_the_latest_days_is_taken_where_it_has_told_later_ones(log, course, latest):
    items, table, start = log
    first, last = table.day.min(), table.day.max()
    place = (table.day - first) / (last - first)
    chance = {"fell for good": 0.9 - 0.8 * place, "stays": np.full(len(place), 0.4),
              "dipped for a month and came back": np.where(abs(table.day - (start + 60.0)) < 15.0, 0.05, 0.7)}[course]
    y = (np.random.default_rng(3).random(len(place)) < chance).astype(float)
    then = prequential(items[:, :0], replace(table, y=np.where(table.settled, y, np.nan)), start, QualityFits(()))
    assert then.latest is latest
    rows = table.settled & ~then.warm_up
    trailing = np.array([np.mean(y[table.settled_day < day]) for day in table.day[rows]])
    lost, known = (float(-np.mean(y[rows] * np.log(q) + (1.0 - y[rows]) * np.log(1.0 - q)))
                   for q in (1.0 / (1.0 + np.exp(-then.m[rows])), trailing))
    assert lost <= known + 0.005
