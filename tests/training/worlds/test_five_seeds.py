"""Five fixed worlds: the shipped ranker beats raw rates and rotation, and is no worse than the better simple learner."""
import numpy as np
import pytest

from serving.decision.request import Policy
from serving.imports.files import import_history
from serving.ranking.bundle import bundle_path, load_bundle
from serving.runtime.workspace import Workspace
from tests.training.worlds.conftest import REFERENCE_DAY
from training.retrain import train
from training.worlds.company import build
from training.worlds.contest import EFFECTS, MODEL, RAW_RATE, RIDGE, ROTATION, Contest, hold

pytestmark = [pytest.mark.long, pytest.mark.train]

SEEDS = (1, 2, 3, 4, 5)
TOLERANCE = 0.02


def contest_of(folder, seed: int) -> Contest:
    world = build(folder, reference_day=REFERENCE_DAY, seed=seed)
    workspace = Workspace.at(folder)
    try:
        import_history(workspace, folder / "history.csv")
        learnt = train(workspace, track=False)
        settings = workspace.settings
        policy = Policy(objectives=settings.policy.objectives, protected=settings.policy.protected)
        bundle = load_bundle(bundle_path(workspace.bundles, learnt.bundle_hash))
        return hold(world, prepared=learnt.prepared, bundle=bundle, policy=policy)
    finally:
        workspace.close()


@pytest.fixture(scope="module")
def contests(tmp_path_factory) -> list[Contest]:
    found = [contest_of(tmp_path_factory.mktemp(f"seed-{seed}") / "ws", seed) for seed in SEEDS]
    for seed, contest in zip(SEEDS, found, strict=True):
        shares = ", ".join(f"{name} {share.value:.3f}" for name, share in contest.judgement.shares.items())
        print(f"seed {seed}, {contest.judgement.items} leads: {shares}; by the model {contest.wide_by_model:.1%}")
    return found


def mean_share(contests, name: str) -> float:
    return float(np.mean([contest.judgement.shares[name].value for contest in contests]))


@pytest.mark.parametrize("other", [RAW_RATE, ROTATION])
def test_the_model_wins_more_of_the_oracle_gap_than_raw_rates_and_rotation(contests, other):
    ahead = [contest.judgement.ahead_of[other] for contest in contests]
    reach = np.sqrt(sum((found.value - found.low) ** 2 for found in ahead)) / len(ahead)
    assert mean_share(contests, MODEL) > mean_share(contests, other)
    assert np.mean([found.value for found in ahead]) - reach > 0        # the lower end of the mean paired difference


def test_the_model_is_not_worse_than_the_better_of_effects_alone_and_ridge(contests):
    better = max(mean_share(contests, EFFECTS), mean_share(contests, RIDGE))
    assert mean_share(contests, MODEL) >= better - TOLERANCE


def test_the_model_decides_most_leads_that_leave_a_choice(contests):
    for contest in contests:
        assert contest.wide >= 500
        assert contest.wide_by_model >= 0.60
