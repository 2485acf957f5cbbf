"""The guides' own commands, run in the order they stand in, on a company's files under that company's column names."""
import csv
import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.journeys.pages import block, request, run

pytestmark = [pytest.mark.train, pytest.mark.xdist_group("demo")]
SCIENTIST, REVIEWER = "docs/guides/data-scientist.md", "docs/guides/reviewer.md"


def company_with_own_columns(source: Path, target: Path) -> None:
    """The demo's company before any decision, its history under the names of the guide's mapping."""
    for name in ("rulebook.yaml", "owners.csv", "memberships.csv", "absences.csv", "accounts.csv", "rightful.toml"):
        shutil.copy(source / name, target / name)
    shutil.copytree(source / "tables", target / "tables")
    mapping = block(SCIENTIST, "mapping")
    (target / "columns.yaml").write_text(mapping, encoding="utf-8")
    theirs = {ours: own for own, ours in yaml.safe_load(mapping).items()}
    with (source / "history.csv").open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    with (target / "crm_export.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([[theirs.get(name, name) for name in header] + ["Campaign"], *([*row, "x"] for row in rows)])


def test_a_data_scientist_goes_from_an_own_csv_to_a_report_and_a_table(demo, tmp_path, monkeypatch):
    company_with_own_columns(demo.folder, tmp_path)
    monkeypatch.chdir(tmp_path)
    told = run(block(SCIENTIST, "dry run"))
    assert "columns not used: Campaign" in told and "dry run: nothing was changed" in told
    assert not (tmp_path / "mlflow.db").exists()
    imported, trained, evaluated = map(run, block(SCIENTIST, "train").splitlines())
    assert "kept" in imported and "owner signal" in trained
    assert {model["name"] for model in json.loads(evaluated)["models"]} == {
        "item", "item+shuffled_owner", "item+owner_id", "item+owner_statistics"}
    for line in block(SCIENTIST, "export").splitlines():
        run(line)
    with (tmp_path / "training.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    assert len(table) > 10_000 and {"effect_owner", "m", "expected"} <= set(table[0])


def test_a_reviewer_finds_a_decision_asks_why_not_me_and_challenges_it(demo, served, tmp_path, monkeypatch):
    shutil.copytree(demo.folder, tmp_path / "demo")
    monkeypatch.chdir(tmp_path / "demo")
    with served(tmp_path / "demo") as server:
        found = request(block(REVIEWER, "find").strip(), server=server)["decisions"]
        decision = found[0]
        assert [one["item"]["item_id"] for one in found] == ["T-04"] and decision["decided_by"] == "model"

        def ours(mark: str) -> str:
            return block(REVIEWER, mark).replace("DECISION_ID", decision["decision_id"]).strip()

        told = request(ours("why not"), server=server)
        assert told["relation"] in ("eligible", "excluded") and (told.get("terms") or told.get("rules") or told.get("excluded"))
        review = request(ours("challenge"), server=server)
        assert json.dumps(review).count("challenge") >= 1 and "works-council" in json.dumps(review)
        for line in ours("replay").splitlines():
            assert "(100.0%)" in run(line)
