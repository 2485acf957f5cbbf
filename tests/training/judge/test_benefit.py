"""The report on simulated items whose truth is known: who is told to be of benefit, what a lift consists of, and silence."""
from dataclasses import replace

import numpy as np
import pytest

from serving.decision.parts import CoinPart, HoldbackPart
from training.judge.benefit import judged
from training.judge.decided_items import DecidedItem, DecidedItems
from training.judge.randomised import compare

OWNERS, SLATE, SHARE = 30, 5, 0.3


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def a_past(seed, items=3_000, *, skill=0.6, fit=0.0, model="best", held=SHARE, coin=None, explore=0.0):
    """Items decided by a model that knows the truth (`best`), takes the worst, or takes turns; and the true lift per item.

    `coin`: a challenger that takes `best` against a champion that takes turns. All of it by loops of its own.
    """
    random = np.random.default_rng(seed)
    able, suits = random.normal(0, skill, OWNERS), random.normal(0, fit, (OWNERS, 4))
    found, truth = [], []
    for number in range(items):
        owners, kind, quality = random.permutation(OWNERS)[:SLATE], int(random.integers(4)), float(random.normal(-1.0, 0.7))
        chance = sigmoid(quality + able[owners] + suits[owners, kind])
        turn = int(random.integers(SLATE))
        pick = {"best": int(chance.argmax()), "worst": int(chance.argmin()), "turns": int(random.integers(SLATE))}[model]
        truth.append(chance[pick] - chance.mean())
        holdback = coin_part = None
        propensity = np.full(SLATE, explore / (SLATE - 1))
        propensity[pick] = 1.0 - explore
        taken = int(random.choice(SLATE, p=propensity))
        if held:
            is_held = random.random() < held
            holdback = HoldbackPart(u="0", share=held, by="rotation", held=is_held, model="m", pick=str(owners[pick]))
            taken = turn if is_held else taken
        if coin is not None:
            first, second = turn, pick
            flipped = bool(random.random() < coin) if first != second else None
            coin_part = CoinPart(u="0", probability=None if flipped is None else coin, champion="m", challenger="n",
                                 champion_pick=str(owners[first]), challenger_pick=str(owners[second]),
                                 taken=None if flipped is None else ("challenger" if flipped else "champion"))
            taken = second if flipped or flipped is None else first
        ranked = holdback is None or not holdback.held
        found.append(DecidedItem(
            decision_id=f"d{number:05d}", day=20_000 + number / 40, owner_id=str(owners[taken]), model="m", holdback=holdback,
            coin=coin_part, propensity=propensity if ranked else None, owners=tuple(map(str, owners)),
            guess=np.full(SLATE, float(sigmoid(quality))) if ranked else None, followed=True,
            success=float(random.random() < chance[taken]), expected=float(sigmoid(quality))))
    return DecidedItems(items=tuple(found)), float(np.mean(truth))


def test_a_model_that_helps_is_told_to_help_and_its_interval_covers_the_truth():
    covered = told = 0
    for seed in range(30):
        past, truth = a_past(seed, items=2_500)
        found = judged(past, "lead").of("holdback")
        told += found.answer == "yes"
        covered += found.lift.low <= truth <= found.lift.high
    assert told >= 27 and covered >= 26


def test_a_model_that_harms_is_told_to_harm():
    past, _ = a_past(1, model="worst")
    found = judged(past, "lead")
    assert found.answer == "no" and found.of("holdback").lift.high < 0


def test_where_both_sides_are_the_same_no_benefit_is_announced():
    """A/A: of 200 worlds at most 5 % may hear of a benefit, by holdback or by coin."""
    told = 0
    for seed in range(200):
        past, _ = a_past(seed, items=400, model="turns", coin=0.5)
        told += any(one.answer == "yes" for one in judged(past, "lead").comparisons)
    assert told <= 0.05 * 200


def test_the_lift_of_a_challenger_is_told_per_item_of_all():
    covered = told = 0
    for seed in range(30):
        past, truth = a_past(seed, items=2_500, held=0.0, coin=0.5)
        found = judged(past, "lead").of("coin")
        told += found.answer == "yes"
        assert found.sides["challenger"].decided + found.sides["champion"].decided < found.items == 2_500
        covered += found.lift.low <= truth <= found.lift.high
    assert told >= 27 and covered >= 26


def test_where_owners_differ_in_skill_alone_nothing_of_the_lift_is_matching():
    shares, inside = [], 0
    for seed in range(20):
        split = judged(a_past(seed)[0], "lead").of("holdback").split
        shares.append(split.matching_share)
        inside += split.matching.low <= 0.0 <= split.matching.high
        assert split.lift.value == pytest.approx(split.matching.value + split.utilisation.value)
    assert shares.count(0.0) >= 18 and inside >= 18
    assert "0 % matching" in split.says


def test_where_owners_differ_in_what_suits_them_matching_is_most_of_the_lift():
    found = [judged(a_past(seed, skill=0.0, fit=0.8)[0], "lead").of("holdback").split for seed in range(8)]
    assert np.mean([split.matching.value / split.lift.value for split in found]) > 0.6
    assert all(split.matching.answer == "yes" and split.matching_share > 0.4 for split in found)


def test_exploration_alone_is_a_screen_that_answers_nothing():
    past, truth = a_past(2, items=6_000, held=0.0, explore=0.4)
    found = judged(past, "lead").of("model over turns")
    assert found.answer == "cannot tell" and found.screen is not None
    assert found.lift.low <= 0.5 * truth <= found.lift.high          # 0.4 of 5/4 of what decided went by turns already
    assert judged(past, "lead").answer == "cannot tell"


def test_without_exploration_what_the_log_could_not_show_is_refused():
    past, _ = a_past(2, items=400, held=0.0)
    assert "had no chance in the log" in judged(past, "lead").refused["model over turns"]


def test_too_few_items_have_no_interval():
    past, _ = a_past(3, items=150)
    found = judged(past, "lead").of("holdback")
    assert found.answer == "cannot tell" and found.lift.low is None and found.split is None
    assert "expected at least" in found.lift.refused


def test_outcomes_known_more_often_of_one_side_are_no_comparison():
    past, _ = a_past(4)
    spoilt = DecidedItems(items=tuple(
        replace(item, success=float("nan")) if item.holdback.held and number % 4 == 0 else item
        for number, item in enumerate(past.items)))
    found = judged(spoilt, "lead").of("holdback")
    assert found.answer == "cannot tell" and "what is missing may be what differs" in found.lift.refused


def test_a_share_that_changed_on_the_way_does_no_harm():
    """More is held back in a bad season: the plain difference of rates is wrong, the weighted one is not."""
    random, misses = np.random.default_rng(7), []
    for _ in range(60):
        bad = np.arange(2_000) < 1_000
        chance = np.where(bad, 0.5, 0.9)
        first = random.random(2_000) < chance
        success = (random.random(2_000) < np.where(bad, 0.1, 0.5)).astype(float)
        misses.append(compare(success, first, chance, {"day": np.arange(2_000) // 50}).lift.value)
    assert abs(np.mean(misses)) < 3 * np.std(misses) / np.sqrt(60)


def test_what_was_expected_of_the_items_takes_noise_away():
    past, _ = a_past(5)
    success, expected = past.column("success"), past.column("expected")
    first = np.array([not item.holdback.held for item in past.items])
    errors = [compare(success, first, np.full(len(first), 1 - SHARE), {}, told).lift.error for told in (expected, None)]
    assert errors[0] < 0.97 * errors[1]
