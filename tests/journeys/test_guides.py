"""The guides' own commands, run in the order they stand in, on a company's files under that company's column names."""
import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import rightful.cli.main as rightful
from tests.journeys.pages import block, request, run

pytestmark = pytest.mark.train
SCIENTIST, REVIEWER, WRITER = (f"docs/guides/{reader}.md" for reader in ("data-scientist", "reviewer", "rule-writer"))


def company_with_own_columns(source: Path, target: Path, newest: int) -> int:
    """The demo's company before any decision, its newest rows under the names of the guide's mapping; how many leads."""
    for name in ("rulebook.yaml", "owners.csv", "memberships.csv", "absences.csv", "accounts.csv", "rightful.toml"):
        shutil.copy(source / name, target / name)
    shutil.copytree(source / "tables", target / "tables")
    mapping = block(SCIENTIST, "mapping")
    (target / "columns.yaml").write_text(mapping, encoding="utf-8")
    theirs = {ours: own for own, ours in yaml.safe_load(mapping).items()}
    with (source / "history.csv").open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    with (target / "crm_export.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([[theirs.get(name, name) for name in header] + ["Campaign"],
                                      *([*row, "x"] for row in rows[-newest:])])
    return sum(row[header.index("kind")] == "lead" for row in rows[-newest:])


@pytest.mark.parametrize("newest", [12_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_data_scientist_goes_from_an_own_csv_to_a_report_and_a_table(demo, tmp_path, monkeypatch, newest):
    leads = company_with_own_columns(demo.folder, tmp_path, newest)
    monkeypatch.chdir(tmp_path)
    told = run(block(SCIENTIST, "dry run"))
    assert "columns not used: Campaign" in told and "dry run: nothing was changed" in told
    assert not (tmp_path / "mlflow.db").exists()
    imported, trained, evaluated = map(run, block(SCIENTIST, "train").splitlines())
    assert "kept" in imported and "owner signal" in trained
    assert {model["name"] for model in json.loads(evaluated)["models"]} == {
        "item", "item+shuffled_owner", "item+owner_id", "item+owner_statistics"}
    told, _ = map(run, block(SCIENTIST, "report").splitlines())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "log loss saved per row" in told and told.splitlines()[0] in page and "Reliability by group" in page
    for line in block(SCIENTIST, "export").splitlines():
        run(line)
    scored = subprocess.run([sys.executable, "-c", block(SCIENTIST, "score")], capture_output=True, text=True, check=False)
    assert scored.returncode == 0 and "probability" in scored.stdout and "[100 rows x 3 columns]" in scored.stdout, scored.stderr
    with (tmp_path / "training.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    assert len(table) == leads > newest / 2 and {"effect_owner", "m", "expected"} <= set(table[0])


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


def edited(old: str, new: str) -> None:
    """Replace a text that stands once in the book."""
    book = Path("rulebook.yaml")
    text = book.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    book.write_text(text.replace(old, new), encoding="utf-8")


def line_with(part: str) -> str:
    """The line of the book that holds a text, its end included."""
    return next(line for line in Path("rulebook.yaml").read_text(encoding="utf-8").splitlines(keepends=True) if part in line)


def test_a_rule_writer_goes_from_a_sentence_to_a_rule_in_force(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made, entered, activated = block(WRITER, "start").splitlines()
    run(made)
    monkeypatch.chdir(entered.removeprefix("cd "))
    assert "is in force now" in run(activated)
    kind, employees = block(WRITER, "attributes").splitlines(keepends=True)
    edited(line_with("  kind: {enum:"), kind)
    edited(line_with("  employees:"), employees)
    edited(line_with("teams:  "), block(WRITER, "group") + "\n" + line_with("teams:  ") + block(WRITER, "team"))
    with Path("memberships.csv").open("a", encoding="utf-8") as file:
        file.write(block(WRITER, "member"))

    leads = line_with("{id: leads,")
    edited(leads, block(WRITER, "rule") + leads)
    refused = CliRunner().invoke(rightful.app, shlex.split(block(WRITER, "first check"))[1:] + ["--json"])
    [overlap] = [found for found in json.loads(refused.stdout)["findings"] if found["severity"] == "error"]
    shown = block(WRITER, "overlap").splitlines()
    assert (refused.exit_code, overlap["kind"]) == (1, shown[0]) and shown[1] in overlap["message"]
    assert ", ".join(f"{name}: {value}" for name, value in overlap["example"].items()) == shown[2]

    edited(block(WRITER, "rule"), "")
    edited("  - stage: territory\n", block(WRITER, "stage") + "  - stage: territory\n")
    assert "0 errors" in run(block(WRITER, "second check").strip())
    with Path("rulebook.yaml").open("a", encoding="utf-8") as file:
        file.write(block(WRITER, "examples"))
    assert "3 of 3 tests pass" in run(block(WRITER, "run them").strip())
    assert "dach-ent" in run(block(WRITER, "see").strip())
    Path("item.json").write_text(block(WRITER, "item"), encoding="utf-8")
    assert "rule dach-ent, team dach-ent" in run(block(WRITER, "explain").strip())

    proposed, simulated, approved, activated, listed = block(WRITER, "publish").splitlines()
    digest = re.search(r"rule book ([0-9a-f]{12}) ", run(proposed))[1]
    assert "of 2 items move" in run(simulated)
    assert "check met, simulated met, second person met" in run(approved.replace("DIGEST", digest))
    assert "is in force now" in run(activated.replace("DIGEST", digest))
    assert digest in run(listed)
    assert "is in force now" in run(block(WRITER, "back").strip())
