"""Effects solved together against the chain of before, each alone, on the same worlds: `pytest -s -m long` prints the table."""
from dataclasses import replace

import numpy as np
import pytest

from features.matrix import feature_names
from features.state import State
from rules.progress import one_thread, silent
from training.learn.preparing import prepare
from training.learn.source import read_source
from training.worlds.judge import lay_out, share_of_oracle_gap
from training.worlds.kinds import KINDS
from training.worlds.rankers import view_of
from training.worlds.trial import open_trial

pytestmark = [pytest.mark.long, pytest.mark.train]
DECISIONS, SEEDS = 10_000, 2
#: The kinds in which owners differ by fit alone, and as the example company's do.
WORLDS = [(kind, KINDS[kind].first_seed + 30 + seed) for kind in ("fit only", "standard") for seed in range(SEEDS)]
CHAIN, APART, JOINT = "one after the other", "together, nothing shared", "together"


def plans_of(prepared):
    """The trained plan, the same without covariance between an owner's effects, and the chain of before."""
    effects = prepared.plan.effects
    apart = tuple(tuple(cell if at == other else 0.0 for other, cell in enumerate(row))
                  for at, row in enumerate(effects.prior.covariance))
    return {name: replace(prepared.plan, effects=replace(effects, prior=prior)) for name, prior in (
        (CHAIN, None), (APART, replace(effects.prior, covariance=apart)), (JOINT, effects.prior))}


def shares_of(folder, kind, seed):
    trial = open_trial(folder, kind, seed=seed, decisions=DECISIONS)
    source = read_source(trial.workspace, None)
    trial.workspace.close()
    with one_thread():
        prepared = prepare(source, silent)
        state = State(prepared.fold, expectations=prepared.expected)
        for event in prepared.events:
            state.apply(event)
        view_at = view_of(state, trial.world.directory)
        slates = lay_out(trial.world, view_at, kind=prepared.objective.kind)
        picks = {}
        for name, plan in plans_of(prepared).items():
            at = feature_names(plan).index("effect_hier")
            picks[name] = [slate.owners[int(np.argmax(view_at(slate.at).matrix(slate.item, slate.owners, plan)[:, at]))]
                           for slate in slates]
    shares = {name: share.value for name, share in share_of_oracle_gap(slates, picks).shares.items()}
    print(f"{kind} {seed}, {len(slates)} leads, by {', '.join(prepared.plan.dimensions)}: "
          + ", ".join(f"{name} {share:.3f}" for name, share in shares.items()), flush=True)
    return shares


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    return {(kind, seed): shares_of(tmp_path_factory.mktemp("world") / "ws", kind, seed) for kind, seed in WORLDS}


def mean_of(shares, kind, name):
    return float(np.mean([found[name] for (of, _), found in shares.items() if of == kind]))


def test_where_owners_differ_by_fit_effects_solved_together_win_more_of_the_oracle_gap(shares):
    assert mean_of(shares, "fit only", JOINT) > mean_of(shares, "fit only", CHAIN)


def test_elsewhere_they_are_no_worse_by_more_than_the_worlds_tell(shares):
    assert mean_of(shares, "standard", JOINT) > mean_of(shares, "standard", CHAIN) - 0.02
