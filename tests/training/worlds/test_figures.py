"""Figures of many worlds: kept and read back, summed up kind by kind, paired with the very same worlds."""
from dataclasses import replace

import numpy as np
import pytest

from rightful.cli.worlds import world_lines
from rules.errors import Refused
from training.worlds import run
from training.worlds.contest import MODEL, RIDGE
from training.worlds.figures import RANKERS, key_of, mean_of, mean_over_kinds, paired, read_rows, same_world, write_row
from training.worlds.run import WorldsWish, run_worlds
from training.worlds.summary import summary
from training.worlds.trial import TrialRow


def row(kind="standard", seed=1, *, model=0.5, ridge=0.4, **more) -> TrialRow:
    shares = dict.fromkeys(RANKERS, 0.25) | {MODEL: model, RIDGE: ridge}
    given = {"decisions": 10_000, "log": "sha256:1", "items": 700, "oracle_gap": 0.1, "signal": True, "by_model": 1.0,
             "slope": 0.9, "mean": 1.0, "mean_first": 1.1, "group": 1.0, "train_s": 9.5}
    return TrialRow(kind=kind, seed=seed, shares=shares, **(given | more))


def test_what_does_not_exist_is_null_in_the_data():
    said = row("no signal", model=np.nan, slope=float("nan")).as_json()
    assert (said["slope"], said["shares"][MODEL], said["shares"][RIDGE]) == (None, None, 0.4)


def test_rows_are_read_back_as_they_were_written(tmp_path):
    rows = [row(seed=1), row("no signal", seed=2, model=np.nan, signal=False)]
    for one in rows:
        write_row(tmp_path / "w.csv", one)
    back = read_rows(tmp_path / "w.csv")
    assert back[key_of(rows[0])] == rows[0]
    assert back[key_of(rows[1])].signal is False
    assert np.isnan(back[key_of(rows[1])].shares[MODEL])


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Refused, match="has the columns"):
        read_rows(tmp_path / "x.csv")
    with pytest.raises(Refused, match="there is no file"):
        read_rows(tmp_path / "y.csv")


def test_a_mean_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    covers = [(found := mean_of(rng.normal(0.5, 0.1, 8))).low <= 0.5 <= found.high for _ in range(2000)]
    assert np.mean(covers) == pytest.approx(0.95, abs=0.015)
    over = [(found := mean_over_kinds([rng.normal(middle, 0.1, 8) for middle in (0.2, 0.5, 0.8)])).low <= 0.5 <= found.high
            for _ in range(2000)]
    assert np.mean(over) == pytest.approx(0.95, abs=0.015)


def test_one_world_gives_an_open_interval():
    assert mean_of([0.4]).high == float("inf")
    assert mean_over_kinds([[0.4], [0.2, 0.3]]).low == -float("inf")


def test_every_kind_weighs_the_same_and_a_kind_without_anything_to_find_nothing():
    rows = [row(seed=1, model=0.6), row(seed=2, model=0.6), row("fit only", model=0.4, ridge=0.5), row("no signal")]
    ahead = paired(rows, lambda one: one.shares[RIDGE])
    assert {kind: pytest.approx(values) for kind, values in ahead.items()} == {"standard": [0.2, 0.2], "fit only": [-0.1]}
    assert mean_over_kinds(ahead.values()).value == pytest.approx(0.05)


def test_an_earlier_figure_is_only_held_against_the_very_same_log():
    earlier = {key_of(one): one for one in (row(model=0.45),)}
    assert same_world(earlier)(row()) == 0.45
    assert same_world(earlier)(row(seed=2)) is None
    with pytest.raises(Refused, match="no longer the one"):
        same_world(earlier)(row(log="sha256:2"))


def test_a_run_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    asked = []

    def run_trial(kind, *, seed, decisions):
        asked.append((kind, seed))
        return row(kind, seed, decisions=decisions)

    monkeypatch.setattr(run, "run_trial", run_trial)
    wish = WorldsWish(kinds=("standard", "fit only"), sizes=(10_000,), seeds=1, out=tmp_path / "w.csv")
    first = run_worlds(wish, lambda words: None)
    both = run_worlds(replace(wish, seeds=2), lambda words: None)
    assert asked == [("standard", 1), ("fit only", 1), ("standard", 2), ("fit only", 2)]
    assert both[:2] == first


def test_the_table_names_every_kind_every_rival_and_the_worst_kind():
    rows = [row(kind, seed, model=model) for kind, model in (("standard", 0.6), ("fit only", 0.35)) for seed in (1, 2)]
    rows.append(row("no signal", signal=False, model=np.nan))
    earlier = {key_of(one): replace(one, shares=one.shares | {MODEL: 0.3}) for one in rows}
    said = "\n".join(world_lines(summary(rows, earlier)))
    assert "a signal is announced in 4 of 4 worlds with something to find" in said
    assert "a signal is announced in 0 of 1 worlds with nothing to find" in said
    for words in ("standard", "nothing to find", "ridge", "effects alone", "model, earlier", "+0.175", "fit only  -0.050"):
        assert words in said


def test_a_kind_is_held_against_the_best_of_its_rivals_and_of_the_earlier_learner_on_the_same_worlds():
    rows = [row(seed=1, model=0.5), row(seed=2, model=0.6)]
    over = summary(rows, {})["sizes"][0]["kinds"][0]
    assert over["over_the_best"] == pytest.approx(0.15)                  # ridge 0.4
    earlier = {key_of(one): replace(one, shares=one.shares | {MODEL: 0.7}, train_s=20.0) for one in rows}
    beside = summary(rows, earlier)["sizes"][0]["kinds"][0]
    assert beside["over_the_best"] == pytest.approx(-0.15)
    assert (beside["train_s"], beside["train_s_earlier"]) == (9.5, 20.0)
    part = summary(rows, dict([*earlier.items()][:1]))["sizes"][0]["kinds"][0]
    assert part["over_the_best"] == pytest.approx(0.15)                  # not every world was run earlier
    assert part["train_s_earlier"] is None
