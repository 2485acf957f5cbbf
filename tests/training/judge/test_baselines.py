"""Baselines score a slate; where owners truly differ they order it, and the ranker is not behind them."""
import numpy as np
import pytest

from training.judge.baselines import baselines

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def scorers(trained):
    return baselines(trained[1].prepared)


def test_every_baseline_scores_every_owner(trained, scorers):
    prepared = trained[1].prepared
    item = prepared.table.assignments[0].item
    owners = prepared.table.owners[:5]
    assert set(scorers) == {"rotation", "least loaded", "best raw rate", "effects alone", "composed", "ridge"}
    for score in scorers.values():
        assert np.asarray(score(item, owners, prepared.matrix[:5])).shape == (5,)


def test_rotation_turns_to_whoever_waited_longest_or_never_had_one(trained, scorers):
    prepared = trained[1].prepared
    matrix = np.full((3, len(prepared.pairs.features)), np.nan)
    matrix[:2, prepared.pairs.features.index("days_since_last_assignment")] = (1.0, 5.0)
    scores = scorers["rotation"](prepared.table.assignments[0].item, ("a", "b", "c"), matrix)
    assert np.argsort(-scores).tolist() == [2, 1, 0]


def test_the_raw_rate_of_an_unknown_owner_is_the_mean(trained, scorers):
    prepared = trained[1].prepared
    table = prepared.table
    score = scorers["best raw rate"](table.assignments[0].item, ("nobody",), prepared.matrix[:1])
    assert score[0] == pytest.approx(table.y[table.settled].mean())


def test_the_ridge_separates_what_succeeded_from_what_did_not(trained, scorers):
    prepared = trained[1].prepared
    rows = prepared.places[-600:]
    scored = np.array([scorers["ridge"](prepared.table.assignments[row].item, (prepared.table.assignments[row].owner_id,),
                                        prepared.matrix[row:row + 1])[0] for row in rows])
    y = prepared.table.y[rows]
    assert scored[y == 1].mean() > scored[y == 0].mean() + 0.2
