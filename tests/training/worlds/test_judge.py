"""The share of the oracle gap: its two ends, what lies between, and paired differences."""
from datetime import UTC, datetime

import numpy as np
import pytest

from rules.model import WorkItem
from training.worlds.judge import JudgedSlate, share_of_oracle_gap

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def slates() -> list[JudgedSlate]:
    rng = np.random.default_rng(0)
    return [
        JudgedSlate(item=WorkItem(item_id=f"L-{number}", kind="lead", received_at=AT), at=AT, team="t",
              owners=tuple(f"o-{owner}" for owner in range(6)), chances=rng.uniform(0.05, 0.4, 6))
        for number in range(400)
    ]


def best(slates):
    return [slate.owners[int(np.argmax(slate.chances))] for slate in slates]


def test_the_oracle_closes_the_whole_gap_and_a_fixed_owner_none_of_it(slates):
    found = share_of_oracle_gap(slates, {"oracle": best(slates), "first": [slate.owners[0] for slate in slates]})
    assert found.shares["oracle"].value == pytest.approx(1.0)
    assert found.shares["oracle"].low == pytest.approx(1.0)
    assert abs(found.shares["first"].value) < 0.15
    assert found.shares["first"].low < found.shares["first"].value < found.shares["first"].high


def test_the_difference_is_paired_by_item(slates):
    half = [top if number % 2 else slate.owners[0] for number, (slate, top) in enumerate(zip(slates, best(slates), strict=True))]
    found = share_of_oracle_gap(slates, {"half": half, "same": half, "oracle": best(slates)})
    assert found.ahead_of["same"].low == found.ahead_of["same"].high == 0.0
    assert found.ahead_of["oracle"].high < 0.0
    assert found.ahead_of["oracle"].value == pytest.approx(found.shares["half"].value - 1.0)


def test_the_worst_owner_is_worse_than_drawing_lots(slates):
    worst = [slate.owners[int(np.argmin(slate.chances))] for slate in slates]
    assert share_of_oracle_gap(slates, {"worst": worst}).shares["worst"].high < 0.0
