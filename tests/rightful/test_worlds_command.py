"""`worlds run` and `worlds kinds`: what they print and refuse."""
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from rightful.cli.worlds import register
from training.worlds import run as runner
from training.worlds.contest import MODEL
from training.worlds.figures import RANKERS
from training.worlds.kinds import KINDS
from training.worlds.trial import TrialRow

pytestmark = pytest.mark.train


@pytest.fixture
def run(monkeypatch):
    """The commands, with worlds that are not really made."""
    def trial(kind, *, seed, decisions):
        shares = dict.fromkeys(RANKERS, 0.25 if KINDS[kind].ranks else np.nan)
        return TrialRow(kind=kind, seed=seed, decisions=decisions, log=f"sha256:{kind}", items=700, oracle_gap=0.1,
                        shares=shares | {MODEL: 0.5}, signal=KINDS[kind].ranks, by_model=1.0, slope=0.9, mean=1.0,
                        mean_first=1.1, group=1.0, train_s=9.5)

    monkeypatch.setattr(runner, "run_trial", trial)
    app = typer.Typer()
    register(app)
    return lambda *words: CliRunner().invoke(app, ["worlds", *map(str, words)])


def test_every_kind_is_listed_with_its_digest(run):
    done = run("kinds", "--json")
    assert [one["kind"] for one in json.loads(done.stdout)] == list(KINDS)
    assert all(one["digest"].startswith("sha256:") for one in json.loads(done.stdout))


def test_two_kinds_and_two_sizes_are_run_and_told_as_data(run, tmp_path):
    done = run("run", "--kinds", "fit only,no signal", "--seeds", 2, "--decisions", "1000,2000", "--json")
    said = json.loads(done.stdout)
    assert [size["decisions"] for size in said["sizes"]] == [1000, 2000]
    assert len(said["worlds"]) == 8
    assert said["sizes"][0]["verdicts"]["nothing to find"] == {"worlds": 2, "with_signal": 0}


def test_a_later_run_is_paired_with_the_file_of_an_earlier_one(run, tmp_path):
    out = tmp_path / "w.csv"
    assert run("run", "--kinds", "fit only", "--seeds", 2, "--out", out).exit_code == 0
    done = run("run", "--kinds", "fit only", "--seeds", 2, "--against", out)
    assert "model, earlier +0.000 [+0.000, +0.000]" in " ".join(done.stdout.split())


@pytest.mark.parametrize("words", [("--kinds", "fits only"), ("--decisions", "many"), ("--decisions", "10")])
def test_what_cannot_be_run_is_refused(run, words):
    assert run("run", *words).exit_code != 0
