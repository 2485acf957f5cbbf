"""A fictitious company whose sellers cannot be told apart: the honest answer is to say so and take turns.

8,800 opportunities of 30 agents. The deals closed in the first quarter of 2017 are 82 % won because the record starts with
them (left truncation); a model that trusts owner statistics learns that and does worse out of time.
"""
import csv
import json
import shutil
from pathlib import Path

import pytest

MAVEN = Path(__file__).parent / "maven"
MAPPING = MAVEN / "mapping.yaml"
pytestmark = [pytest.mark.data, pytest.mark.train]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])


@pytest.fixture(scope="module")
def told(public_data, tmp_path_factory, rightful):
    """The three files imported by one mapping; what each dry run told, and the workspace."""
    folder, source = tmp_path_factory.mktemp("maven"), public_data / "maven_crm"
    for name in ("rulebook.yaml", "rightful.toml", "owners.csv"):
        shutil.copyfile(MAVEN / name, folder / name)
    reports = {"folder": folder}
    for what, name in (("owners", "sales_teams.csv"), ("accounts", "accounts.csv"), ("history", "sales_pipeline.csv")):
        words = ("import", str(source / name), "--what", what, "--mapping", str(MAPPING))
        reports[what] = json.loads(rightful(folder, *words, "--dry-run", "--json"))
        done = json.loads(rightful(folder, *words, "--json"))
        assert {key: done[key] for key in ("repairs", "fates", "found")} == {
            key: reports[what][key] for key in ("repairs", "fates", "found")}
    return reports


@pytest.fixture(scope="module")
def workspace(told):
    return told["folder"]


def repairs(report, code):
    return {one["message"]: one["count"] for one in report["repairs"] if one["code"] == code}


def test_misspellings_are_mended_and_counted(told):
    assert repairs(told["history"], "spelling") == {"misspelt: `product` `GTXPro` read as `GTX Pro`": 1_480}
    assert repairs(told["accounts"], "spelling") == {"misspelt: `sector` `technolgy` read as `technology`": 12,
                                                     "misspelt: `country` `Philipines` read as `Philippines`": 1}


def test_every_row_of_the_pipeline_is_kept_or_told(told):
    history = told["history"]
    assert history["fates"] == {"assignments": 8_300, "rows left out: nobody was engaged yet": 500}
    assert (history["rows"], history["problems"], history["unmapped"]) == (8_800, [], [])


def test_rows_without_an_account_are_counted(told):
    assert repairs(told["history"], "empty")["`account` is empty"] == 1_425


def test_the_five_agents_without_a_deal_are_named(told):
    (message, count), = repairs(told["history"], "owners_without_items").items()
    assert count == 5
    for agent in ("mei-mei-johns", "elizabeth-anderson", "natalya-ivanova", "carol-thompson", "carl-lin"):
        assert agent in message


def test_a_start_with_survivors_is_named_at_import(told):
    assert [warning["code"] for warning in told["history"]["warnings"]] == ["left_truncation"]


def test_agents_stand_in_the_teams_of_their_region_and_their_manager(told, workspace):
    assert told["owners"]["found"] == {"kind of record: agent": 35, "memberships": 70, "teams": 9, "owners on a team": 35,
                                       "owners on no team": 0}
    teams = {(row["owner_id"], row["team"]) for row in rows_of(workspace / "memberships.csv")}
    assert {("anna-snelling", "central"), ("anna-snelling", "dustin-brinkmann")} <= teams and len(teams) == 70
    owners = {row["owner_id"]: row for row in rows_of(workspace / "owners.csv")}
    assert len(owners) == 35 + 6 + 1 and owners["anna-snelling"]["manager_id"] == "dustin-brinkmann"


def test_without_a_list_of_misspellings_the_unknown_words_are_told_with_the_nearest(public_data, workspace, tmp_path, rightful):
    plain = tmp_path / "mapping.yaml"
    plain.write_text(MAPPING.read_text().replace(", spellings: {GTXPro: GTX Pro}", ""))
    report = json.loads(rightful(workspace, "import", str(public_data / "maven_crm" / "sales_pipeline.csv"), "--what", "history",
                                 "--mapping", str(plain), "--dry-run", "--json"))
    (message, count), = repairs(report, "unknown_value").items()
    assert "`GTXPro`" in message and "did you mean `GTX Pro`?" in message
    assert count == 1_480 - sum(row["product"] == "GTXPro" and not row["engage_date"]
                                for row in rows_of(public_data / "maven_crm" / "sales_pipeline.csv"))


@pytest.fixture(scope="module")
def evaluation(workspace, rightful):
    return json.loads(rightful(workspace, "evaluate", "--objective", "opportunity", "--split", "2017-07-01T00:00:00Z", "--json"))


def test_the_report_says_that_owners_cannot_be_told_apart(evaluation):
    assert evaluation["signal"] == "no owner signal"
    assert evaluation["signal_reason"]


def test_no_model_beats_chance_by_a_leak(evaluation):
    assert all(model["auc"] < 0.56 for model in evaluation["models"]), evaluation["models"]


def test_the_constant_reaches_its_reference(evaluation):
    assert evaluation["constant_logloss"] == pytest.approx(0.6811, abs=0.003)


def test_left_truncation_is_named(evaluation):
    assert "left_truncation" in {warning["code"] for warning in evaluation["warnings"]}


def test_decisions_fall_to_rotation(workspace, rightful):
    rightful(workspace, "train", "--objective", "opportunity")
    rightful(workspace, "promote", "latest")
    write(workspace / "new.csv", ["item_id", "kind", "received_at", "product", "region"],
          [(f"new-{n}", "opportunity", "2018-01-02T10:00:00Z", "GTX Pro", office)
           for n, office in enumerate(["Central", "East", "West"] * 4)])
    rightful(workspace, "route", str(workspace / "new.csv"), "--at", "received", "--out", str(workspace / "routed.csv"))
    routed = rows_of(workspace / "routed.csv")
    assert len(routed) == 12
    assert {row["decided_by"] for row in routed} == {"rotation"}
    assert {row["why_not_model"] for row in routed} == {"no_owner_signal"}
