import numpy as np

from serving.ranking.layers import probability, sigmoid


def test_log_odds_become_probabilities_without_overflow_at_either_end():
    with np.errstate(all="raise"):
        low, middle, high = sigmoid(np.array([-1e6, 0.0, 1e6]))
    assert 0.0 < low < 1e-300 and (middle, high) == (0.5, 1.0)


def test_a_score_is_stretched_and_shifted_before_it_becomes_a_probability():
    assert probability(2.0, a=-1.0, b=0.5) == 0.5
