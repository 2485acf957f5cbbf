"""Streams: what is measured is held against the best in hindsight, which nothing beats, and against trying every assignment."""
from itertools import product

import numpy as np
import pytest

from bench import streams
from bench.streams import Stream, lines, measure, programme


@pytest.fixture(scope="module")
def found():
    return {each.way: each for each in measure(seeds=3, loads=(0.85,))}


def test_prices_of_places_come_nearer_to_the_best_in_hindsight_than_the_log_odds_penalties_and_those_than_greedy(found):
    best_penalty = max(each.share for name, each in found.items() if name.startswith("log-odds"))
    assert 1.0 >= found["duals + descent"].share > best_penalty > found["greedy"].share > found["random eligible"].share == 0.0
    assert found["greedy, nearly equal by lot"].concentration < found["greedy"].concentration
    assert found["greedy"].share - found["greedy, nearly equal by lot"].share < 0.05
    assert len(lines(list(found.values()))) == 1 + len(found)


def test_the_programme_finds_the_best_assignment_and_what_one_more_place_is_worth(monkeypatch):
    random = np.random.default_rng(3)
    monkeypatch.setattr(streams, "ITEMS", 5)
    values, eligible = random.random((5, 3)), np.ones((5, 3), dtype=bool)

    def best(most):
        return max(sum(values[item, owner] for item, owner in enumerate(owners)) for owners in product(range(3), repeat=5)
                   if all(owners.count(owner) <= most[owner] for owner in range(3)))

    most = np.array([2, 2, 1])
    worth, prices = programme(values, Stream(eligible=eligible, chances=values, believed=values, errors=np.zeros(3), most=most))
    assert worth == pytest.approx(best(most))
    for owner in range(3):
        assert best(most + (np.arange(3) == owner)) - worth <= prices[owner] + 1e-9
