"""The profiles that come with the project: one dropped file is a new one, known to every command that names profiles."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules.exports.mapping_file import shipped
from rules.exports.shipped import GENERIC, PROFILES, shipped_text
from tests.serving import small_company

ROOT = Path(__file__).parents[3]
PIPES = """\
mapping: 1
name: pipe-crm
records:
  deal:
    serves: [history, items]
    known_by: [Pipe]
    columns:
      item_id: {from: Pipe, required: true}
      kind: {value: lead}
      received_at: {from: Since, required: true}
      owner_id: {from: Whose, required: true}
      assigned_at: {from: Since, required: true}
      country: Land
"""


def test_the_plain_columns_stand_first_and_each_profile_once():
    assert PROFILES[0] == GENERIC and len(set(PROFILES)) == len(PROFILES)
    assert {"hubspot", "salesforce", "salesforce-report", "servicenow"} < set(PROFILES)
    assert all(shipped(name).name == name and shipped_text(name) for name in PROFILES)


@pytest.fixture(scope="module")
def dropped(tmp_path_factory):
    """Runs a command of a copy of the product into which one file was dropped, in a small company of that copy."""
    tree = tmp_path_factory.mktemp("tree")
    for room in ("rules", "features", "serving", "training", "rightful"):
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "rules" / "exports" / "pipe_crm.yaml").write_text(PIPES, encoding="utf-8")
    (tree / "old.csv").write_text("Pipe,Since,Whose,Land\nP-1,2026-03-01T08:00:00Z,ann,US\n", encoding="utf-8")

    def run(*words):
        done = subprocess.run([sys.executable, "-m", "rightful", *words], cwd=tree, capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "300"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    small_company.build(tree / "ws")
    return run


def test_a_dropped_profile_is_printed_and_named_in_the_help(dropped):
    assert dropped("import", "--show-mapping", "pipe-crm") == PIPES
    assert "pipe-crm" in dropped("import", "--help") and "pipe-crm" in dropped("rules", "simulate", "--help")


def test_a_dropped_profile_is_imported_and_simulated(dropped):
    assert '"item' in dropped("import", "old.csv", "--what", "items", "--profile", "pipe-crm", "--dry-run", "--json",
                              "--workspace", "ws")
    told = dropped("rules", "simulate", "ws/rulebook.yaml", "ws/rulebook.yaml", "--history", "old.csv", "--profile", "pipe-crm",
                   "--workspace", "ws", "--json")
    assert '"items": 1,' in told and '"unreadable": 0' in told
