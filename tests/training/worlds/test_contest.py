"""The judge looks at true chances alone: what the model says of itself changes neither the items nor its rivals."""
from dataclasses import replace

import numpy as np
import pytest

from serving.decision.request import Policy
from serving.ranking.bundle import NO_SIGNAL, SIGNAL, bundle_path, load_bundle
from training.retrain import train
from training.worlds.contest import MODEL, ROTATION, UNGATED, hold
from training.worlds.figures import RANKERS
from training.worlds.trial import open_trial

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def contests(tmp_path_factory):
    """One world judged twice: with a bundle that announces a signal, and with the same one that announces none."""
    trial = open_trial(tmp_path_factory.mktemp("world") / "ws", "skill only", seed=1, decisions=1500, held_out=300)
    workspace = trial.workspace
    try:
        learnt = train(workspace, track=False)
        bundle = load_bundle(bundle_path(workspace.bundles, learnt.bundle_hash))
        policy = Policy(objectives=workspace.settings.policy.objectives)
        return [hold(trial.world, prepared=learnt.prepared, bundle=replace(bundle, signal=signal), policy=policy)
                for signal in (SIGNAL, NO_SIGNAL)]
    finally:
        workspace.close()


def test_a_model_that_abstains_is_judged_by_the_rotation_it_falls_to(contests):
    sure, silent = contests
    assert sure.wide_by_model > 0.9
    assert silent.wide_by_model == 0.0
    assert silent.judgement.shares[MODEL] != silent.judgement.shares[UNGATED]
    assert sure.judgement.shares[MODEL] == sure.judgement.shares[UNGATED] == silent.judgement.shares[UNGATED]


def test_items_rivals_and_calibration_are_the_same_whatever_the_model_says(contests):
    sure, silent = contests
    assert set(sure.judgement.shares) == set(RANKERS)
    assert sure.judgement.items == silent.judgement.items > 150
    for name in set(RANKERS) - {MODEL}:
        assert sure.judgement.shares[name] == silent.judgement.shares[name]
    assert sure.calibration == silent.calibration
    assert sure.calibration.pairs > 2 * sure.judgement.items
    assert np.isfinite(sure.calibration.slope)


def test_turns_close_nothing_of_the_gap(contests):
    assert abs(contests[0].judgement.shares[ROTATION].value) < 0.2
