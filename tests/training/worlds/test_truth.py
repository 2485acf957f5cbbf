"""The hidden truth: what it rewards, what it costs, and that its spreads are the frozen ones."""
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from training.worlds.spec import WorldSpec
from training.worlds.truth import ItemTruth, Truth, draw_owners

EPOCH = date(2025, 1, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = tuple(f"o-{number}" for number in range(400))


@pytest.fixture(scope="module")
def truth() -> Truth:
    owners = draw_owners(
        np.random.default_rng(5), WorldSpec(), owner_ids=(*NAMES, "newcomer", "queue"), epoch=EPOCH, days=600,
        home={name: f"team-{number % 10}" for number, name in enumerate((*NAMES, "newcomer", "queue"))},
        started={name: EPOCH - timedelta(days=2000) for name in (*NAMES, "queue")} | {"newcomer": NOW.date()},
        native=dict.fromkeys(NAMES, "de"), queues=frozenset({"queue"}),
    )
    return Truth(spec=WorldSpec(), owners=owners)


def log_odds(truth, owner, *, load=0.0, related=False, at=NOW, **item):
    values = truth.log_odds(ItemTruth(base=-1.0, quality=0.0, **item), (owner,), at=at, load=np.array([load]),
                            related=np.array([related]))
    return float(values[0])


def test_the_native_language_and_a_known_account_help_by_the_frozen_amounts(truth):
    plain = log_odds(truth, "o-1")
    assert log_odds(truth, "o-1", language="de") == pytest.approx(plain + 0.15)
    assert log_odds(truth, "o-1", language="fr") == pytest.approx(plain)
    assert log_odds(truth, "o-1", related=True) == pytest.approx(plain + 0.5)


def test_load_costs_only_above_the_knee(truth):
    assert log_odds(truth, "o-1", load=0.6) == log_odds(truth, "o-1", load=0.0)
    assert log_odds(truth, "o-1", load=1.0) == pytest.approx(log_odds(truth, "o-1") - 0.6)


def test_a_newcomer_pays_the_whole_ramp_on_the_first_day_and_little_after_half_a_year(truth):
    drift = truth.owners.drift[truth.owners.index["newcomer"]]
    drift[:] = 0.0
    first, later = log_odds(truth, "newcomer"), log_odds(truth, "newcomer", at=NOW + timedelta(days=180))
    assert later - first == pytest.approx(0.5 * (1 - np.exp(-180 / 45)))


def test_a_queue_has_no_skill_of_its_own(truth):
    assert log_odds(truth, "queue", language="de", related=True) == pytest.approx(-1.0 + WorldSpec().queue)


def test_spreads_across_owners_are_the_frozen_ones(truth):
    owners, spec = truth.owners, truth.spec
    assert owners.skill.std() == pytest.approx(spec.owner_sd, rel=0.1)
    assert owners.segment.std() == pytest.approx(spec.owner_segment_sd, rel=0.1)
    assert owners.industry.std() == pytest.approx(spec.owner_industry_sd, rel=0.1)
    assert owners.product.std() == pytest.approx(spec.owner_product_sd, rel=0.1)
    assert owners.drift.std() == pytest.approx(spec.drift_sd, rel=0.1)
    assert np.linalg.matrix_rank(owners.industry) == spec.industry_rank


def test_reputation_follows_skill_only_in_part(truth):
    found = np.corrcoef(truth.owners.reputation, truth.owners.skill)[0, 1]
    assert found == pytest.approx(truth.spec.reputation_correlation, abs=0.1)
