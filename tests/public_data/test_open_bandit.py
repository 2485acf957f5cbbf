"""Off-policy value on logs of a real shop with known propensities: `bts` from the log of `random`, beside what `bts` got."""
import pytest

from bench.open_bandit import CAMPAIGNS, campaigns, logged_choices, read_log
from rules.errors import Refused
from training.judge.off_policy import off_policy

pytestmark = [pytest.mark.data, pytest.mark.train]


@pytest.fixture(scope="module")
def folder(public_data):
    return public_data / "open_bandit"


@pytest.fixture(scope="module")
def found(folder):
    return {one.name: one for one in campaigns(folder)}


def by_hand(folder, name):
    """IPS and SNIPS of a campaign by plain loops."""
    target, logged = read_log(folder, "bts", name), read_log(folder, "random", name)
    shown = {place: [row["item_id"] for row in target if row["position"] == place] for place in ("1", "2", "3")}
    rewards, weights = 0.0, 0.0
    for row in logged:
        chance = shown[row["position"]].count(row["item_id"]) / len(shown[row["position"]])
        weight = chance / float(row["propensity_score"])
        rewards, weights = rewards + weight * (row["click"] == "1"), weights + weight
    return rewards / len(logged), rewards / weights


@pytest.mark.parametrize("estimator", ["IPS", "SNIPS"])
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_interval_covers_what_the_policy_got_in_its_own_log(found, name, estimator):
    assert found[name].covers(estimator)


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_log_is_wide_enough_for_an_interval_that_says_something(found, name):
    one = found[name]
    assert one.found.informative > 9_000 and one.found.effective > 2_000
    for estimator in ("IPS", "SNIPS"):
        assert 0.0 < one.found.value[estimator].low < one.found.value[estimator].high < 4 * one.observed


def test_the_estimates_are_those_of_plain_loops(folder, found):
    ips, snips = by_hand(folder, "men")
    assert found["men"].found.value["IPS"].value == pytest.approx(ips, rel=1e-12)
    assert found["men"].found.value["SNIPS"].value == pytest.approx(snips, rel=1e-12)


@pytest.mark.parametrize("damage", [lambda row: row | {"propensity_score": ""}, lambda row: row | {"propensity_score": "0"}])
def test_a_log_without_propensities_is_refused(folder, damage):
    logged, target = read_log(folder, "random", "men"), read_log(folder, "bts", "men")
    with pytest.raises(Refused, match="10000 of 10000 decisions have no propensity"):
        off_policy(logged_choices([damage(row) for row in logged], target))
