"""`rightful import` at the command line: what it prints, writes and refuses."""
import json

import pytest
from typer.testing import CliRunner

from rules.exports.shipped import PROFILES, shipped_text
from tests.serving.imports.damaged import company, salesforce, salesforce_report


@pytest.fixture
def rightful(monkeypatch, tmp_path):
    from rightful.cli.main import app

    company.build(tmp_path / "ws")
    monkeypatch.chdir(tmp_path / "ws")
    return lambda *words: CliRunner().invoke(app, ["import", *words])


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_printed_to_be_copied(rightful, profile):
    assert rightful("--show-mapping", profile).stdout == shipped_text(profile)


def test_a_mapping_is_written_once_and_read_again(rightful, tmp_path):
    path = tmp_path / "ours.yaml"
    assert rightful("--profile", "salesforce", "--write-mapping", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == shipped_text("salesforce")
    again = rightful("--profile", "salesforce", "--write-mapping", str(path))
    assert again.exit_code == 1 and "is there already" in str(again.exception)
    (tmp_path / "o.csv").write_text(salesforce.text(), encoding="utf-8")
    told = rightful(str(tmp_path / "o.csv"), "--what", "history", "--mapping", str(path), "--dry-run", "--json")
    assert json.loads(told.stdout)["fates"]["assignments"] == 153


def test_a_dry_run_prints_what_a_person_must_know(rightful, tmp_path):
    (tmp_path / "o.csv").write_text(salesforce.text(), encoding="utf-8")
    told = rightful(str(tmp_path / "o.csv"), "--what", "history", "--profile", "salesforce", "--dry-run")
    assert told.exit_code == 0
    for words in ("columns not used: Name, Region__c", "rows that cannot be read: 8 (lines", "of 163 rows: 153 assignments",
                  "o.csv:35: not a number; column `Amount`; given `lots`", "missing, by attribute", "only the last stage takes",
                  "Billboard", "unknown owner", "nothing was changed"):
        assert words in told.stdout, words


@pytest.mark.parametrize("words", [(), ("file.csv",), ("--what", "history")])
def test_without_a_file_or_its_kind_the_usage_is_told(rightful, words):
    assert rightful(*words).exit_code == 2


def test_a_refusal_names_what_to_do(rightful, tmp_path):
    (tmp_path / "o.csv").write_text(salesforce_report.american(), encoding="utf-8")
    told = rightful(str(tmp_path / "o.csv"), "--what", "history", "--profile", "salesforce-report")
    assert told.exit_code == 1 and "rightful import --show-mapping" in str(told.exception)
