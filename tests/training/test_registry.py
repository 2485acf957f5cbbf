"""MLflow follows: a run with its figures and pictures, versions, aliases, and no absolute path left behind."""
import sqlite3
from dataclasses import replace

import pytest

from rules.errors import BundleError, Refused
from serving.ranking.bundle import assemble, bundle_path, load_bundle, write_bundle
from training import registry
from training.learn.metrics import logloss
from training.promotion import judged_out_of_time, promote, rollback
from training.recording import record
from training.report.figures import figures_of
from training.report.page import keep
from training.retrain import train

pytestmark = pytest.mark.train


def addresses(workspace):
    with sqlite3.connect(workspace.folder / "mlflow.db") as connection:
        return [address for table, column, _ in registry.ADDRESSES
                for (address,) in connection.execute(f"select {column} from {table}") if address]


def test_no_address_in_the_database_is_absolute(trained):
    found = addresses(trained[0])
    assert len(found) >= 4
    assert all(address.startswith("mlruns") for address in found), found


def test_no_file_of_mlflow_names_the_folder_it_was_made_in(trained):
    workspace, _ = trained
    place = str(workspace.folder.resolve()).encode()
    files = [path for path in [workspace.folder / "mlflow.db", *workspace.folder.glob("mlruns/**/*")] if path.is_file()]
    assert [path for path in files if place in path.read_bytes()] == []


def test_a_moved_workspace_finds_its_run_and_pictures(trained, copied):
    _, report = trained
    assert [version.bundle_hash for version in registry.versions(copied, "lead")] == [report.bundle_hash]
    with registry.tracking(copied) as client:
        run = client.get_run(registry.versions_of(client, "lead")[0].run_id)
        kept = {found.path for found in client.list_artifacts(run.info.run_id)}
        assert kept == {"plots", "bundle", "dataset_card.json", "dataset_card.md", "model_card.md", "report.html", "report.json"}
        pictures = {found.path for found in client.list_artifacts(run.info.run_id, "plots")}
        assert {"plots/beeswarm.png", "plots/layer_gains.png", "plots/calibration.png"} <= pictures
        assert any(name.startswith("plots/dependence_") for name in pictures)
        assert run.data.metrics["gain_pair_low"] == pytest.approx(report.backtest.gains["pair"].low)
        assert run.data.params["dimensions"] == "industry"


def test_the_same_bundle_is_the_same_version(copied, trained):
    _, report = trained
    again = train(copied)
    assert (again.bundle_hash, again.version) == (report.bundle_hash, "1")


def test_the_aliases_follow_the_stores_champion(copied, trained):
    _, report = trained
    assert registry.versions(copied, "lead")[0].aliases == ("challenger",)
    done = promote(copied, "latest", actor="test")
    assert copied.store.champion("lead") == report.bundle_hash == done.bundle_hash
    assert registry.versions(copied, "lead")[0].aliases == ("champion",)


def test_promotion_names_what_was_not_run(copied):
    done = promote(copied, "1", actor="test")
    verdicts = {condition.name: condition.verdict for condition in done.conditions}
    assert verdicts["golden scores"] == verdicts["hashes"] == verdicts["data admission"] == "pass"
    assert verdicts["fairness audit"] == "not run"
    assert verdicts["coin"] == verdicts["off-policy screen"] == verdicts["shadow"] == "not run, no champion ranks yet"


@pytest.mark.parametrize(("name", "words"), [("pair over constant", "a constant"), ("pair", "the item alone"),
                                             ("pair over effects", "owner effects alone"), ("pair over placebo", "permuted")])
def test_what_is_surely_worse_out_of_time_is_not_promoted(copied, trained, name, words):
    _, report = trained
    judged = {**report.parts.judged, "gains": {**report.parts.judged["gains"], name: [-0.01, -0.02, -0.001]}}
    worse = write_bundle(copied.bundles, replace(report.parts, judged=judged))
    copied.store.write_expectations(worse, report.prepared.expected)
    figures = replace(figures_of(report), versions=dict(figures_of(report).versions, bundle=worse))
    keep(copied, worse, figures)
    record(copied, replace(report, bundle_hash=worse), figures)
    with pytest.raises(Refused, match=f"no worse than {words}.*: worse, -0.01000"):
        promote(copied, "latest", actor="test")
    assert copied.store.champion("lead") is None
    promote(copied, "1", actor="test")
    assert copied.store.champion("lead") == report.bundle_hash


def test_what_cannot_be_told_from_its_rivals_is_promoted_and_said_to_be(trained):
    _, report = trained
    judged = {**report.parts.judged, "gains": {**report.parts.judged["gains"], "pair over effects": [-0.01, -0.02, 0.001]}}
    verdicts = {one.name: one.verdict for one in judged_out_of_time(assemble(replace(report.parts, judged=judged)))}
    assert verdicts["backtest: no worse than owner effects alone"] == "cannot tell, -0.01000 [-0.02000, +0.00100]"
    assert verdicts["backtest: no worse than the item alone"].startswith("pass")
    [only] = judged_out_of_time(assemble(replace(report.parts, judged=None)))
    assert (only.name, only.verdict) == ("backtest", "not run")


def test_a_bundle_keeps_what_training_found_of_it_out_of_time(trained):
    workspace, report = trained
    kept = load_bundle(bundle_path(workspace.bundles, report.bundle_hash)).judged
    assert kept["logloss"] == logloss(report.backtest.full, report.backtest.y)
    assert kept["rows"] == len(report.backtest)
    gain = report.backtest.gains["pair"]
    assert list(kept["gains"]["pair"]) == [gain.value, gain.low, gain.high]


def test_rollback_goes_back_to_the_champion_before(copied, trained):
    _, first = trained
    promote(copied, "latest", actor="test")
    settings = copied.folder / "rightful.toml"
    settings.write_text(settings.read_text() + '\n[features]\neffects_by = ["industry", "colour"]\n')
    del copied.__dict__["settings"]
    second = train(copied)
    assert second.version == "2"
    promote(copied, second.bundle_hash, actor="test")
    assert {version.number: version.aliases for version in registry.versions(copied, "lead")} == {"1": (), "2": ("champion",)}
    done = rollback(copied, actor="test")
    assert done.bundle_hash == copied.store.champion("lead") == first.bundle_hash
    assert registry.versions(copied, "lead")[1].aliases == ("challenger",)


def test_an_altered_bundle_is_not_promoted(copied, trained):
    _, report = trained
    target = bundle_path(copied.bundles, report.bundle_hash) / "model.json"
    target.write_bytes(target.read_bytes().replace(b'"tau":0.002', b'"tau":0.102'))
    with pytest.raises(BundleError, match="altered"):
        promote(copied, "latest", actor="test")
    assert copied.store.champion("lead") is None


def test_a_version_that_is_not_there_is_refused_with_those_that_are(copied):
    with pytest.raises(Refused, match="expected `latest`, a bundle's hash, or one of `1`"):
        promote(copied, "7", actor="test")


def test_without_an_earlier_champion_there_is_nothing_to_go_back_to(copied):
    with pytest.raises(Refused, match="no earlier champion"):
        rollback(copied, actor="test")
