"""What comes in: times, the spread of quality, and records that look like a CRM's."""
from collections import Counter
from datetime import UTC, date, datetime

import numpy as np
import pytest

from training.worlds.accounts import draw_customers
from training.worlds.arrivals import draw_items, spread_between, spread_over
from training.worlds.spec import WorldSpec

CUTOFF = datetime(2026, 11, 20, 13, tzinfo=UTC)


@pytest.fixture(scope="module")
def items():
    customers = draw_customers(np.random.default_rng(1), 200)
    return draw_items(np.random.default_rng(2), WorldSpec(), customers, 4000)


def test_most_items_are_leads_and_ids_are_unique(items):
    kinds = Counter(item.kind for item in items)
    assert kinds["lead"] / len(items) == pytest.approx(0.86, abs=0.02)
    assert len({item.item_id for item in items}) == len(items)


def test_seen_and_hidden_quality_of_leads_have_the_frozen_spread(items):
    spec = WorldSpec()
    base = np.array([item.truth.base for item in items if item.kind == "lead"])
    assert base.std() == pytest.approx(np.hypot(spec.seen_sd, spec.hidden_sd), rel=0.05)
    assert base.mean() == pytest.approx(spec.intercept, abs=0.05)


def test_every_item_arrives_before_the_cutoff_mostly_on_working_days(items):
    timed = spread_over(np.random.default_rng(3), items, date(2025, 3, 30), CUTOFF)
    assert all(item.received_at < CUTOFF for item in timed)
    assert [item.received_at for item in timed] == sorted(item.received_at for item in timed)
    assert sum(item.received_at.weekday() >= 5 for item in timed) / len(timed) < 0.10


def test_held_out_items_arrive_between_two_moments(items):
    ends = CUTOFF.replace(hour=21)
    timed = spread_between(np.random.default_rng(3), items[:100], CUTOFF, ends)
    assert all(CUTOFF <= item.received_at < ends for item in timed)


def test_records_are_incomplete_and_spelt_as_people_spell(items):
    leads = [item for item in items if item.kind == "lead"]
    assert 0.01 < sum("industry" not in item.attributes for item in leads) / len(leads) < 0.06
    assert {"DE", "Germany", "Deutschland"} <= {item.attributes.get("country") for item in leads}
    assert 0.02 < sum(item.attributes.get("consent") == "denied" for item in leads) / len(leads) < 0.06


def test_an_account_gives_its_leads_the_same_place_and_size(items):
    by_account: dict[str, set] = {}
    for item in items:
        if item.truth.account_id and item.kind == "lead":
            by_account.setdefault(item.truth.account_id, set()).add((item.truth.segment, item.truth.industry))
    assert by_account
    assert all(len(profiles) == 1 for profiles in by_account.values())
