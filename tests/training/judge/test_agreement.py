"""Agreement with the past: ranks, blind draws, and counts that learn whom such items went to."""
import numpy as np
import pytest

from rules.model import Fact, WorkItem
from tests.training.small_log import START
from training.judge.agreement import of_expected, of_ranks, rank_of
from training.judge.evaluate import evaluate
from training.learn.counts import fit_counts

pytestmark = pytest.mark.train


def item(**values):
    facts = {name: Fact(value=value) for name, value in values.items()}
    return WorkItem(item_id="i", kind="lead", received_at=START, facts=facts)


def test_ranks_become_shares_and_the_never_ranked_count_as_missed():
    found = of_ranks(np.array([1.0, 2.0, 4.0, 11.0, np.inf]))
    assert [found[name] for name in ("top1", "top3", "top5", "top10")] == [0.2, 0.4, 0.6, 0.6]
    assert found["mrr10"] == pytest.approx((1 + 1 / 2 + 1 / 4) / 5)


def test_a_blind_draw_is_as_good_as_the_slate_is_small():
    found = of_expected(np.array([0.25, 0.5, 0.0]))
    assert (found["top1"], found["top3"]) == (0.25, pytest.approx((0.75 + 1.0) / 3))
    assert of_expected(np.array([0.5]))["mrr10"] == 0.75


def test_of_equal_scores_the_first_stands_higher():
    scores = np.array([0.2, 0.9, 0.9])
    assert [rank_of(scores, at) for at in range(3)] == [3.0, 1.0, 2.0]


def test_counts_take_the_attribute_that_tells_and_back_off_for_the_unseen(trained):
    _, report = trained
    random = np.random.default_rng(1)
    industries, colours = random.integers(3, size=600), random.integers(3, size=600)
    items = [item(industry=f"i{one}", colour=f"c{two}") for one, two in zip(industries, colours, strict=True)]
    counts = fit_counts(items, industries, report.prepared.book)
    assert counts.attributes == ("industry",)
    assert counts.shares(item(industry="i2")).argmax() == 2
    assert counts.shares(item(industry="new")) == pytest.approx(np.bincount(industries) / 600)


def test_evaluate_reports_agreement_beside_counts(trained):
    found = evaluate(trained[0]).as_json()["agreement"]
    assert {"top1", "top3", "top5", "top10", "mrr10", "baselines"} <= set(found)
    assert found["top1"] <= found["top3"] <= found["top5"] <= found["top10"] <= found["eligible_share"] == 1.0
    assert found["baselines"]["owner_by_chance"]["top1"] == pytest.approx(1 / 7)
    assert {"owner_most_frequent", "owner_counts", "team_counts"} <= set(found["baselines"])
    assert found["baselines"]["team_counts"]["top1"] == 1.0
