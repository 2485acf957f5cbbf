"""The commands: what they print, what they refuse and how they end."""
import csv
import json
import sys

import pytest
import typer
from typer.testing import CliRunner

from rightful.cli.train import register

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def run():
    app = typer.Typer()
    register(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_models_lists_the_versions_as_data(run, trained):
    workspace, report = trained
    done = run("models", "--json", "--workspace", workspace.folder)
    assert done.exit_code == 0
    assert [version["bundle"] for version in json.loads(done.stdout)] == [report.bundle_hash]


def test_train_prints_layers_coefficients_and_the_verdict(run, copied):
    done = run("train", "--workspace", copied.folder)
    assert done.exit_code == 0
    for words in ("what each layer adds", "coefficients of the straight line", "effect_owner", "owner signal", "seconds:"):
        assert words in done.stdout


def test_promote_then_rollback_ends_with_a_refusal_and_its_reason(run, copied):
    done = run("promote", "latest", "--workspace", copied.folder, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["version"] == "1"
    done = run("rollback", "--workspace", copied.folder)
    assert done.exit_code == 1
    assert "no earlier champion" in str(done.exception)


def test_an_engine_that_is_not_installed_is_refused_by_the_name_of_its_extra(run, copied, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = run("train", "--engine", "dask", "--workspace", copied.folder)
    assert done.exit_code == 1
    assert "pip install 'rightful[scale]'" in str(done.exception)


def test_a_naive_split_is_wrong_usage(run, trained):
    done = run("evaluate", "--split", "2026-01-01T00:00:00", "--workspace", trained[0].folder)
    assert done.exit_code == 2
    assert "expected a time with its offset" in " ".join(done.stderr.replace("│", " ").split())


def test_a_folder_that_is_no_workspace_is_refused(run, tmp_path):
    done = run("train", "--workspace", tmp_path)
    assert done.exit_code == 1
    assert "is no workspace" in str(done.exception)


def test_the_exported_table_has_a_row_per_assignment_as_the_model_sees_it(run, trained, tmp_path):
    workspace, report = trained
    done = run("export", "training", "--out", tmp_path / "t.csv", "--workspace", workspace.folder)
    assert done.exit_code == 0
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == len(report.prepared.table)
    place = int(report.prepared.places[100])
    row = rows[place]
    assert row["assignment_id"] == report.prepared.table.assignments[place].assignment_id
    assert float(row["effect_hier"]) == report.prepared.pairs.column("effect_hier")[100]
    assert float(row["m"]) == report.prepared.pairs.m[100]
    assert {float(one["label"]) for one in rows if one["label"]} == {0.0, 1.0}


def test_an_export_that_cannot_be_written_leaves_nothing(run, trained, tmp_path):
    done = run("export", "training", "--out", tmp_path / "nowhere" / "t.csv", "--workspace", trained[0].folder)
    assert done.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_an_objective_that_lacks_data_leaves_the_others_learnt_and_is_told(run, copied):
    with (copied.folder / "rightful.toml").open("a", encoding="utf-8") as settings:
        settings.write('[objectives.renewal]\npositive = ["won"]\n[objectives.case]\nlearn = "reply"\nhorizon = "8h"\n'
                       '[objectives.visit]\nlearn = "agreement"\n')
    done = run("train", "--workspace", copied.folder, "--json")
    assert done.exit_code == 1
    learnt, *lacking = json.loads(done.stdout)
    assert learnt["bundle"] and [one["objective"] for one in lacking] == ["renewal", "case", "visit"]
    assert all("settled" in one["refused"] for one in lacking)
    alone = run("train", "--objective", "renewal", "--workspace", copied.folder)
    assert alone.exit_code == 1 and "settled" in str(alone.exception)
    done = run("evaluate", "--workspace", copied.folder, "--json")
    assert done.exit_code == 1
    judged, *lacking = json.loads(done.stdout)
    assert judged["objective"] == "lead" and judged["models"] and len(lacking) == 3
    assert all("settled" in one["refused"] for one in lacking)
