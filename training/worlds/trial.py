"""One world, once: made, imported, learnt from and judged, as one row of figures. Nothing of the learner is touched here."""
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from serving.decision.request import Policy
from serving.imports.files import import_history
from serving.ranking.bundle import SIGNAL, bundle_path, load_bundle
from serving.runtime.workspace import Workspace
from training.report.trained import TrainReport
from training.retrain import train
from training.worlds.company import World
from training.worlds.contest import Contest, hold
from training.worlds.kinds import HELD_OUT, log_digest, make_world


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A world with its workspace, whose store holds the imported past and no model yet."""

    world: World
    workspace: Workspace


@dataclass(frozen=True, kw_only=True)
class TrialRow:
    """What came of one world: `shares` of the oracle gap by ranker, the verdict, calibration, processor seconds of training."""

    kind: str
    seed: int
    decisions: int
    log: str
    items: int
    oracle_gap: float                         # true chance of the best less that of a draw, mean over the judged items
    shares: dict[str, float]
    signal: bool
    by_model: float                           # share of the items with a choice that the model decided
    slope: float
    mean: float
    mean_first: float
    group: float
    train_s: float

    def as_json(self) -> dict[str, object]:
        """The row as data; what does not exist is null."""
        def known(value: object) -> object:
            return None if isinstance(value, float) and np.isnan(value) else value

        return {**{name: known(value) for name, value in vars(self).items()},
                "shares": {name: known(share) for name, share in self.shares.items()}}


def open_trial(folder: Path, kind: str, *, seed: int, decisions: int, held_out: int = HELD_OUT) -> Trial:
    """Make the world in a folder and import its past through the front door."""
    world = make_world(folder, kind, seed=seed, decisions=decisions, held_out=held_out)
    workspace = Workspace.at(folder)
    import_history(workspace, folder / "history.csv")
    return Trial(world=world, workspace=workspace)


def contest_of(trial: Trial, learnt: TrainReport) -> Contest:
    """A trained bundle of the trial's workspace, held against its rivals on the world's held-out items."""
    workspace, settings = trial.workspace, trial.workspace.settings.policy
    bundle = load_bundle(bundle_path(workspace.bundles, learnt.bundle_hash))
    policy = Policy(objectives=settings.objectives, protected=settings.protected)
    return hold(trial.world, prepared=learnt.prepared, bundle=bundle, policy=policy)


def run_trial(kind: str, *, seed: int, decisions: int, held_out: int = HELD_OUT,
              say: Callable[[str], None] = lambda words: None) -> TrialRow:
    """The whole way on one world, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        say("making the world and importing its past")
        trial = open_trial(Path(folder) / "world", kind, seed=seed, decisions=decisions, held_out=held_out)
        try:
            say("learning from it")
            began = time.process_time()
            learnt = train(trial.workspace, track=False)
            train_s = time.process_time() - began
            say("judging on held-out items")
            contest = contest_of(trial, learnt)
        finally:
            trial.workspace.close()
        log = log_digest(trial.workspace.folder)
    found, calibration = contest.judgement, contest.calibration
    return TrialRow(kind=kind, seed=seed, decisions=decisions, log=log, items=found.items,
                    oracle_gap=found.oracle_value - found.random_value,
                    shares={name: share.value for name, share in found.shares.items()}, signal=learnt.parts.signal == SIGNAL,
                    by_model=contest.wide_by_model, slope=calibration.slope, mean=calibration.mean,
                    mean_first=calibration.mean_first, group=calibration.group, train_s=train_s)
