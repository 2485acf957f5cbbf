"""The trees keep the catalogue's signs, add to the offset and not to themselves, and come out the same twice."""
import numpy as np
import pytest

from serving.ranking.bundle import raw_scores
from training.learn.boosting import fit_trees

pytestmark = pytest.mark.train
COLUMNS, SIGNS = ("effect", "load", "free"), (1, -1, 0)


def data(n=6000, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (n, 3))
    z = -1.0 + np.where(x[:, 0] > 0, 1.0, 0.0) + 0.7 * (x[:, 1] > 1) + 0.8 * np.abs(x[:, 2])
    return x, (random.random(n) < 1 / (1 + np.exp(-z))).astype(float), random


def test_no_step_goes_against_a_sign():
    x, y, random = data()
    booster = fit_trees(x, y, np.zeros(len(y)), columns=COLUMNS, signs=SIGNS)
    probes = random.normal(0, 1, (300, 3))
    for column, sign in ((0, 1), (1, -1)):
        higher = probes.copy()
        higher[:, column] += random.exponential(1, 300)
        assert np.all(sign * (raw_scores(booster, higher) - raw_scores(booster, probes)) >= 0.0)


def test_trees_say_little_when_the_offset_knows_it_all():
    x, _, random = data()
    offset = 1.5 * x[:, 2] - 1.0
    y = (random.random(len(x)) < 1 / (1 + np.exp(-offset))).astype(float)
    assert np.abs(raw_scores(fit_trees(x, y, offset, columns=COLUMNS, signs=SIGNS), x)).mean() < 0.08


def test_two_fits_give_the_same_text():
    x, y, _ = data(2000)
    first, second = (fit_trees(x, y, np.zeros(len(y)), columns=COLUMNS, signs=SIGNS).model_to_string() for _ in range(2))
    assert first == second
