"""The incident log of a real company: import, four models out of time, agreement with counts beside it, what came after."""
import csv
import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.public_data.conftest import ROOT

pytestmark = [pytest.mark.data, pytest.mark.train]

SPLIT = "2016-05-02T08:20:00Z"


def start(folder):
    subprocess.run([sys.executable, "-m", "rightful", "init", str(folder), "--example", "incidents"], cwd=ROOT, check=True,
                   capture_output=True)
    return folder


@pytest.fixture(scope="module")
def log(public_data):
    return public_data / "servicenow_incidents" / "incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return start(tmp_path_factory.mktemp("incidents") / "ws")


@pytest.fixture(scope="module")
def imported(workspace, log, rightful):
    words = ("import", str(log), "--what", "history", "--profile", "servicenow")
    told = json.loads(rightful(workspace, *words, "--dry-run", "--json"))
    assert not (workspace / "groups_by_category.csv").exists()
    done = json.loads(rightful(workspace, *words, "--json"))
    assert {key: told[key] for key in ("repairs", "found")} == {key: done[key] for key in ("repairs", "found")}
    return done


@pytest.fixture(scope="module")
def evaluation(imported, workspace, rightful):
    return json.loads(rightful(workspace, "evaluate", "--objective", "incident", "--split", SPLIT, "--json"))


@pytest.fixture(scope="module")
def models(evaluation):
    return {model["name"]: model for model in evaluation["models"]}


def test_every_row_becomes_part_of_an_incident_and_every_repair_is_counted(imported):
    assert (imported["rows"], imported["problems"], imported["unmapped"]) == (141_712, [], [])
    assert sum(imported["fates"].values()) == 141_712 and imported["fates"]["rows of 24,918 incidents"] > 141_000
    found = imported["found"]
    assert (found["incidents"], found["assignments"]) == (24_918, 24_819)
    assert found["outcomes met"] + found["outcomes missed"] == found["assignments"]
    counted = {repair["code"]: repair["count"] for repair in imported["repairs"] if repair["code"] != "header"}
    assert sum(repair["code"] == "header" for repair in imported["repairs"]) == 2
    assert (counted["no_resolved_at"], counted["no_resolver"], counted["late_columns"]) == (1_556, 99, 18)
    assert found["incidents"] == found["assignments"] + counted["no_resolver"]
    assert found["least people in a pool"] >= 4 and found["most people in a pool"] <= 40


def test_the_constant_reaches_its_reference(evaluation):
    assert evaluation["constant_logloss"] == pytest.approx(0.6036, abs=0.004)


def test_owner_statistics_tell_more_than_the_item_alone(models, evaluation):
    assert models["item"]["auc"] >= 0.72
    assert models["item+owner_statistics"]["auc"] >= 0.79
    assert models["item+owner_statistics"]["logloss"] < 0.47
    assert models["item+owner_statistics"]["gain"]["low"] > 0
    assert models["item+owner_id"]["gain"]["low"] > 0
    assert evaluation["signal"] == "owner signal"


def test_a_shuffled_owner_of_the_same_team_and_time_adds_less_than_the_true_one(models):
    shuffled, true = models["item+shuffled_owner"], models["item+owner_statistics"]
    assert shuffled["gain"]["value"] < true["gain"]["value"] - 0.005
    assert shuffled["auc"] < true["auc"] - 0.01


def test_agreement_stands_beside_counts_and_no_column_leaks(evaluation):
    agreement = evaluation["agreement"]
    baselines = agreement["baselines"]
    assert agreement["top1"] <= agreement["top3"] <= agreement["top5"] <= agreement["top10"] <= agreement["eligible_share"]
    assert (agreement["slate_least"], agreement["slate_most"]) == (4, 40)
    assert 0.41 <= baselines["owner_counts"]["top1"] <= 0.50
    assert 0.55 <= baselines["team_counts"]["top1"] <= 0.685
    assert baselines["team_counts"]["top5"] >= 0.83
    assert baselines["team_most_frequent"]["top1"] == pytest.approx(0.494, abs=0.02)


def test_who_owned_such_incidents_is_ranked_better_than_by_counting(imported, workspace, tmp_path, rightful):
    shutil.copytree(workspace, tmp_path / "ws")
    settings = tmp_path / "ws" / "rightful.toml"
    settings.write_text(re.sub(r"positive = .*", "", settings.read_text().replace('learn = "outcome"', 'learn = "agreement"')))
    told = json.loads(rightful(tmp_path / "ws", "train", "--objective", "incident", "--json"))
    agreement, baselines = told["agreement"], told["agreement"]["baselines"]
    assert told["signal"] == "owner signal" and told["signal_reason"].startswith("agreement with the past, not benefit")
    for measure in ("top1", "top3", "top5", "mrr10"):
        assert agreement[measure] > baselines["owner_counts"][measure] + 0.01 > baselines["owner_by_chance"][measure] + 0.1


def test_what_came_after_is_routed_by_a_model_that_had_not_seen_it(log, tmp_path, rightful):
    workspace = start(tmp_path / "ws")
    settings = workspace / "rightful.toml"
    settings.write_text(re.sub(r"# until = (\S+).*", r"until = \1", settings.read_text()))
    rightful(workspace, "import", str(log), "--what", "history", "--profile", "servicenow")
    rightful(workspace, "train", "--objective", "incident")
    rightful(workspace, "promote", "latest")
    rightful(workspace, "import", str(log), "--what", "items", "--profile", "servicenow")
    items = (workspace / "items.csv").read_text().splitlines(keepends=True)
    (workspace / "later.csv").write_text("".join([items[0], *items[1:601]]))
    rightful(workspace, "route", str(workspace / "later.csv"), "--at", "received", "--out", str(workspace / "routed.csv"))
    with (workspace / "routed.csv").open(newline="") as handle:
        routed = list(csv.DictReader(handle))
    assert len(routed) == 600
    assert {row["outcome"] for row in routed} == {"recommended"}
    assert all(4 <= int(row["eligible"]) <= 40 for row in routed)
    by_model = sum(row["decided_by"] == "model" for row in routed) / len(routed)
    assert by_model >= 0.9
