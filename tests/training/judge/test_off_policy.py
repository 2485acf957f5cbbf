"""Off-policy estimates against a world whose truth is known, and what they refuse to say."""
from dataclasses import replace

import numpy as np
import pytest

from rules.errors import Refused
from training.judge.clustered import Sized, estimate
from training.judge.off_policy import LoggedChoices, estimators, off_policy

OWNERS, SLATE = 60, 6


def small_world(seed, decisions, share):
    """A log drawn with `share` beside its first choice, a deterministic target, and what the target is truly worth."""
    rng = np.random.default_rng(seed)
    rows = np.arange(decisions)
    slate = rng.permuted(np.tile(np.arange(OWNERS), (decisions, 1)), axis=1)[:, :SLATE]
    chance = 0.1 + 0.2 * rng.random(OWNERS)[slate] + 0.2 * rng.random((decisions, SLATE))
    first = (chance + 0.1 * rng.random(chance.shape)).argmax(axis=1)
    wanted = (chance + 0.1 * rng.random(chance.shape)).argmax(axis=1)
    pi = np.full((decisions, SLATE), share / (SLATE - 1))
    pi[rows, first] = 1.0 - share
    done = (np.cumsum(pi, axis=1) < rng.random((decisions, 1))).sum(axis=1)
    guess = chance + 0.1 * rng.standard_normal(chance.shape)
    logged = LoggedChoices(
        reward=(rng.random(decisions) < chance[rows, done]).astype(float), propensity=pi[rows, done],
        target=(done == wanted).astype(float), could_differ=first != wanted,
        clusters={"day": rows // 50, "owner": slate[rows, done]}, predicted=guess[rows, done], promised=guess[rows, wanted])
    return logged, float(chance[rows, wanted].mean())


def test_every_estimator_is_right_on_average_and_its_interval_covers_the_truth():
    misses, covered = {}, {}
    for seed in range(200):
        logged, truth = small_world(seed, 6_000, 0.5)
        for name, one in off_policy(logged).value.items():
            misses.setdefault(name, []).append(one.value - truth)
            covered.setdefault(name, []).append(one.low <= truth <= one.high)
    assert set(misses) == {"IPS", "SNIPS", "DR", "Switch-DR"}
    for name, found in misses.items():
        assert abs(np.mean(found)) < 3.5 * np.std(found) / np.sqrt(len(found)), name
        assert np.mean(covered[name]) > 0.92, name


def test_a_good_guess_makes_dr_narrower_than_ips():
    logged, _ = small_world(0, 6_000, 0.5)
    found = off_policy(logged).value
    assert found["DR"].error < 0.8 * found["IPS"].error


def test_a_target_that_decides_as_the_log_did_has_no_lift():
    logged, _ = small_world(0, 6_000, 0.5)
    same = replace(logged, target=logged.propensity, could_differ=np.zeros(6_000, dtype=bool))
    for name in ("IPS", "SNIPS"):
        assert (estimators(same)[name] - same.as_decided()).value == pytest.approx(0.0, abs=1e-12)
    assert off_policy(same).informative == 0


def test_a_switch_trusts_the_guess_where_weights_are_huge():
    logged, _ = small_world(3, 6_000, 0.5)
    spoilt = replace(logged, propensity=np.where(np.arange(6_000) % 500 == 0, 1e-4, logged.propensity),
                     target=np.where(np.arange(6_000) % 500 == 0, 1.0, logged.target))
    found = estimators(spoilt)
    assert found["Switch-DR"].influence.std() < 0.1 * found["DR"].influence.std()


def test_under_200_informative_decisions_there_is_a_figure_and_no_interval():
    logged, _ = small_world(0, 6_000, 0.5)
    few = replace(logged, could_differ=logged.could_differ & (np.cumsum(logged.could_differ) <= 199))
    for one in off_policy(few).value.values():
        assert one.low is None and one.high is None and one.answer == "cannot tell"
        assert "199 informative decisions, expected at least 200" in one.refused


def test_many_decisions_of_which_few_are_seen_the_other_way_have_no_interval_either():
    logged, _ = small_world(0, 6_000, 0.1)
    found = off_policy(logged)
    assert found.informative > 1_000 and found.effective < 100
    assert all(one.low is None and "equal ones" in one.refused for one in found.value.values())


@pytest.mark.parametrize("propensity", [np.nan, 0.0, -0.1, 1.5])
def test_a_decision_without_a_propensity_refuses_the_log(propensity):
    logged, _ = small_world(0, 6_000, 0.5)
    with pytest.raises(Refused, match="1 of 6000 decisions have no propensity"):
        off_policy(replace(logged, propensity=np.where(np.arange(6_000) == 7, propensity, logged.propensity)))


def test_a_target_that_the_log_could_never_show_is_refused():
    logged, _ = small_world(0, 6_000, 0.5)
    with pytest.raises(Refused, match="had no chance in the log"):
        off_policy(replace(logged, unseen=np.full(6_000, 0.02)))


def test_what_happens_to_a_day_or_an_owner_widens_the_interval():
    rng = np.random.default_rng(5)
    day, owner = np.arange(4_000) // 100, np.arange(4_000) % 100
    by_day = rng.standard_normal(40)[day] + rng.standard_normal(4_000)
    by_owner = rng.standard_normal(100)[owner] + rng.standard_normal(4_000)
    for rows, name in ((by_day, "day"), (by_owner, "owner")):
        found = estimate(Sized(value=rows.mean(), influence=rows - rows.mean()), {"day": day, "owner": owner})
        assert found.clustered_by == name
        assert found.error > 3 * rows.std() / np.sqrt(4_000)
