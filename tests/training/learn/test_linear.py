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
    filled = np.where(np.isnan(matrix), np.nanmean(matrix[:, 1]), matrix)
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
