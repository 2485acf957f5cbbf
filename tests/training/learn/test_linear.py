"""The straight line keeps its signs, finds what is there, and falls back to the effects alone when rows are few."""
import numpy as np
import pytest

from training.learn.linear import column_signs, fit_linear, learn_filling

pytestmark = pytest.mark.train
NAMES = ("effect_owner", "load_ratio", "free")


def rows(n=4000, seed=0, missing=False):
    random = np.random.default_rng(seed)
    matrix = random.normal(0, 1, (n, 3))
    if missing:
        matrix[random.random(n) < 0.2, 1] = np.nan
    return matrix, random


def fit(matrix, y, offset=None, ridge=1.0, signs=(1, -1, 0)):
    filling = learn_filling(matrix, NAMES)
    offset = np.zeros(len(y)) if offset is None else offset
    return fit_linear(filling, filling.expand(matrix), y, offset, signs=column_signs(filling, signs), ridge=ridge)


def test_it_finds_the_coefficients_behind_the_data():
    matrix, random = rows(20000)
    z = 0.3 + 0.8 * matrix[:, 0] - 0.5 * matrix[:, 1] + 0.2 * matrix[:, 2]
    line = fit(matrix, (random.random(len(z)) < 1 / (1 + np.exp(-z))).astype(float))
    assert line.coef == pytest.approx([0.8, -0.5, 0.2], abs=0.06)
    assert line.intercept == pytest.approx(0.3, abs=0.05)


def test_a_coefficient_never_takes_the_forbidden_sign():
    matrix, random = rows()
    z = -0.8 * matrix[:, 0] + 0.9 * matrix[:, 1]
    line = fit(matrix, (random.random(len(z)) < 1 / (1 + np.exp(-z))).astype(float))
    assert line.coef[0] == 0.0
    assert line.coef[1] == 0.0


def test_a_strong_ridge_leaves_the_effects_alone():
    matrix, random = rows(300)
    line = fit(matrix, (random.random(300) < 0.5).astype(float), ridge=1e9)
    assert line.coef == pytest.approx([1.0, 0.0, 0.0], abs=1e-4)


def test_the_sum_of_the_effects_is_left_to_its_parts():
    matrix, random = rows()
    filling = learn_filling(matrix, ("effect_owner", "effect_owner_x_segment", "effect_hier"))
    y = (random.random(len(matrix)) < 1 / (1 + np.exp(-matrix.sum(axis=1)))).astype(float)
    line = fit_linear(filling, matrix, y, np.zeros(len(y)), signs=(1, 1, 1), ridge=1.0)
    assert line.coef[2] == 0.0
    assert line.coef[:2].min() > 0.5


def test_what_is_missing_counts_as_the_mean_with_an_indicator_of_its_own():
    matrix, random = rows(missing=True)
    line = fit(matrix, (random.random(len(matrix)) < np.where(np.isnan(matrix[:, 1]), 0.7, 0.3)).astype(float))
    assert line.names == (*NAMES, "missing:load_ratio")
    assert line.coef[3] > 1.0
    absent = np.isnan(matrix[:, 1])
    shaped = line.shape(matrix)
    filled = np.where(np.isnan(matrix), np.nanmean(shaped[:, 1]), shaped)
    assert line.expand(matrix) == pytest.approx(np.column_stack([filled, absent]))


def test_the_offset_is_not_learnt_again():
    matrix, random = rows(20000)
    offset = random.normal(0, 2, len(matrix))
    y = (random.random(len(matrix)) < 1 / (1 + np.exp(-offset))).astype(float)
    assert fit(matrix, y, offset).intercept == pytest.approx(0.0, abs=0.08)


def test_a_column_that_never_varies_gets_no_coefficient():
    matrix, random = rows()
    matrix[:, 2] = 5.0
    assert fit(matrix, (random.random(len(matrix)) < 0.5).astype(float)).coef[2] == 0.0


# -- how values count: bounds and bending


DAYS = ("effect_owner", "days_since_last_assignment", "grade")


def dated(n=6000, seed=2):
    """Owners who wait up to three weeks; the longer, the less they succeed."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack([random.normal(0, 0.3, n), random.gamma(2.0, 4.0, n), random.integers(1, 6, n).astype(float)])
    z = matrix[:, 0] - 1.5 * matrix[:, 1] / (matrix[:, 1] + 14.0) + 0.1 * matrix[:, 2]
    return matrix, (random.random(n) < 1 / (1 + np.exp(-z))).astype(float), random


def fitted(matrix, y):
    filling = learn_filling(matrix, DAYS)
    return fit_linear(filling, filling.expand(matrix), y, np.zeros(len(y)), signs=column_signs(filling, (1, 0, 0)), ridge=1.0)


def test_a_few_misdated_rows_move_nothing():
    matrix, y, random = dated()
    wrong = matrix.copy()
    wrong[random.choice(len(matrix), 5, replace=False), 1] = 3650.0
    clean, spoilt = fitted(matrix, y), fitted(wrong, y)
    assert spoilt.coef == pytest.approx(clean.coef, abs=0.02)
    ordinary = matrix[:50]
    assert spoilt.log_odds(spoilt.expand(ordinary)) == pytest.approx(clean.log_odds(clean.expand(ordinary)), abs=0.01)


def test_no_value_however_far_out_counts_for_more_than_the_bound():
    matrix, y, _ = dated()
    line = fitted(matrix, y)
    at_bound = np.array([[0.1, line.high[1], line.high[2]]])
    far = np.array([[0.1, 1e7, 99.0]])
    assert line.log_odds(line.expand(far)) == line.log_odds(line.expand(at_bound))
    assert line.beyond(far).tolist() == [[False, True, True]] and not line.beyond(at_bound).any()
    assert np.sort(matrix[:, 1])[-6] >= line.high[1] > np.quantile(matrix[:, 1], 0.99)


def test_an_owners_effect_and_a_yes_or_no_have_no_narrower_bounds_than_they_were_seen_with():
    flag = np.zeros((2000, 2))
    flag[:3, 1] = 1.0
    line = learn_filling(flag, ("effect_owner", "native_language"))
    assert np.isnan(line.low[0]) and np.isnan(line.high[0])
    assert (line.low[1], line.high[1]) == (0.0, 1.0)


def test_contributions_still_add_up_with_values_bounded_bent_and_missing():
    matrix, y, random = dated()
    matrix[random.random(len(matrix)) < 0.1, 1] = np.nan
    line, odd = fitted(matrix, y), np.array([[2.0, 1e6, -4.0], [0.0, np.nan, np.nan], [-1.0, 0.0, 3.0]])
    expanded = line.expand(odd)
    assert np.isfinite(expanded).all()
    told = line.intercept + line.merge(line.contributions(expanded)).sum(axis=1)
    assert told == pytest.approx(line.log_odds(expanded), abs=1e-12)


def test_more_days_count_for_more_and_ever_less_so():
    line = learn_filling(dated()[0], DAYS)
    shaped = line.shape(np.array([[0.0, day, 3.0] for day in (2.0, 7.0, 14.0, 21.0)]))[:, 1]
    assert shaped[2] == 0.5 and (np.diff(shaped) > 0).all()
    assert (shaped[1] - shaped[0]) / 5 > (shaped[3] - shaped[2]) / 7
