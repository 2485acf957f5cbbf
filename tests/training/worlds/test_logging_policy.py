"""The company's past habits: shares of each, who gains from a good name, fair turns."""
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from training.worlds.logging_policy import LoggingPolicy
from training.worlds.spec import WorldSpec
from training.worlds.truth import ItemTruth, draw_owners

NAMES = tuple(f"o-{number}" for number in range(8))


@pytest.fixture
def policy() -> LoggingPolicy:
    rng = np.random.default_rng(2)
    owners = draw_owners(rng, WorldSpec(), owner_ids=NAMES, home=dict.fromkeys(NAMES, "t"), native={}, queues=frozenset(),
                         started=dict.fromkeys(NAMES, date(2020, 1, 1)), epoch=date(2025, 1, 1), days=60)
    return LoggingPolicy(spec=WorldSpec(), owners=owners, weights=dict.fromkeys(NAMES, 1.0), rng=rng)


def test_habits_come_in_the_frozen_shares_and_only_exploration_states_a_probability(policy):
    item = ItemTruth(base=0.0, quality=0.0, industry="retail")
    picks = [policy.choose(item, "t", NAMES) for _ in range(4000)]
    by = Counter(pick.assigned_by for pick in picks)
    assert by["exploration"] / 4000 == pytest.approx(0.03, abs=0.01)
    assert by["rotation"] / 4000 == pytest.approx(0.97 * 0.40, abs=0.03)
    assert {pick.propensity for pick in picks if pick.assigned_by == "exploration"} == {1 / 8}
    assert {pick.propensity for pick in picks if pick.assigned_by != "exploration"} == {None}


def test_good_items_go_to_those_with_a_good_name_and_bad_items_to_the_others(policy):
    reputed = NAMES[int(np.argmax(policy.owners.reputation))]

    def share(quality: float) -> float:
        item = ItemTruth(base=0.0, quality=quality)
        manual = [pick for pick in (policy.choose(item, "t", NAMES) for _ in range(2000)) if pick.assigned_by == "manual"]
        return sum(pick.owner_id == reputed for pick in manual) / len(manual)

    assert share(1.5) > share(0.0) > share(-1.5)


def test_turns_follow_the_weights(policy):
    weights = dict.fromkeys(NAMES, 1.0) | {"o-0": 3.0}
    policy.weights = weights
    turns = Counter(policy.in_turn("t", NAMES) for _ in range(100))
    assert turns["o-0"] == 30
    assert all(turns[name] == 10 for name in NAMES[1:])


@pytest.mark.parametrize("ratio", [0.6, 0.8, 1.0])
def test_who_is_passed_over_is_chosen_at_the_planted_ratio_of_others_rate(policy, ratio):
    policy.spec = replace(policy.spec, passed_over=ratio, exploration=0.0)
    policy.owners = replace(policy.owners, passed_over=np.arange(len(NAMES)) < 3, reputation=np.zeros(len(NAMES)))
    item = ItemTruth(base=0.0, quality=0.0)
    picks = Counter(policy.choose(item, "t", NAMES).owner_id for _ in range(12_000))
    rate = sum(picks[name] for name in NAMES[:3]) / 3 / (sum(picks[name] for name in NAMES[3:]) / 5)
    assert rate == pytest.approx(ratio, abs=0.04)
