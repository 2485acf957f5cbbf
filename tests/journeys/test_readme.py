"""What the README shows is what happens: its request gets its answer, its commands run, its claims are the program's."""
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.journeys.pages import ROOT, block, run

pytestmark = pytest.mark.train
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: The evening of the demo's day, when the README's request was made.
EVENING = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def holds(shown, given) -> bool:
    """Whether everything shown stands in what was given: objects by their keys, numbers to 1e-6, the rest exactly."""
    if isinstance(shown, dict):
        return isinstance(given, dict) and all(key in given and holds(value, given[key]) for key, value in shown.items())
    if isinstance(shown, list):
        return isinstance(given, list) and len(shown) == len(given) and all(map(holds, shown, given))
    if isinstance(shown, float):
        return given == pytest.approx(shown, rel=1e-6)
    return shown == given


def test_the_first_request_gets_the_answer_shown(demo, tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(demo.folder, folder)
    body = json.loads(re.search(r"-d '\s*(\{.*\})'", block("README.md", "request"), re.DOTALL).group(1))
    workspace = Workspace.at(folder)
    try:
        answer = Decider(Live(workspace)).decide(DecideCommand(item=body["item"], at=EVENING))
    finally:
        workspace.close()
    document, shown = json.loads(answer.canonical), json.loads(block("README.md", "answer"))
    assert len(shown) >= 6
    for key, value in shown.items():
        assert holds(value, document[key]), (key, document[key])


def test_the_five_lines_of_python_print_an_owner_and_why(demo, tmp_path, monkeypatch, capsys):
    shutil.copytree(demo.folder, tmp_path / "my-company")
    monkeypatch.chdir(tmp_path)
    exec(compile(block("README.md", "python"), "README.md", "exec"), {})
    owner, *sentences = capsys.readouterr().out.splitlines()
    assert owner.startswith("o-emea-")
    assert any(owner in sentence for sentence in sentences)


def test_the_commands_run_in_the_order_shown(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in block("README.md", "commands").splitlines():
        words = line.split("#")[0].split()
        if words[0] == "cd":
            monkeypatch.chdir(tmp_path / words[1])
            bring_own_files(demo.folder, Path.cwd())
        elif words[1] != "serve":
            run(line)
    assert Path("routed.csv").read_text().count("\n") == 43


def bring_own_files(source: Path, target: Path) -> None:
    """A company puts its own book, people and files where the empty workspace's stand."""
    for name in ("rulebook.yaml", "owners.csv", "memberships.csv", "absences.csv", "accounts.csv", "history.csv", "items.csv",
                 "rightful.toml"):
        shutil.copy(source / name, target / name)
    shutil.copytree(source / "tables", target / "tables", dirs_exist_ok=True)


def test_every_column_of_a_history_that_the_readme_names_is_one_that_import_knows():
    from rules.exports.history import HISTORY_COLUMNS

    named = re.search(r"`(item_id, kind, received_at, .*?)`", README, re.DOTALL).group(1)
    assert {name.strip() for name in named.replace("\n", " ").split(",")} == {"item_id", "kind", "received_at", *HISTORY_COLUMNS}


def test_the_files_the_readme_tells_to_read_exist():
    for name in re.findall(r"`((?:rules|features|serving|training)/[\w/]+\.py)`", README):
        assert (ROOT / name).is_file(), name
