"""`import rightful`: few names, each with an example that runs, nothing heavy before it is used."""
import doctest
import importlib
import inspect
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import rightful
from rightful.rooms import ROOMS
from tests.serving import small_company

ROOT = Path(__file__).parents[2]
#: Tested on a log large enough to learn from, in test_open_workspace.py.
LEARNING = {"train", "evaluate", "promote"}


def test_importing_it_loads_nothing_of_the_rooms():
    done = subprocess.run([sys.executable, "-c", "import rightful, sys; print(sorted(n for n in sys.modules"
                           " if n.split('.')[0] in "
                           "{'rules', 'features', 'serving', 'training', 'numpy', 'fastapi', 'sqlalchemy'}))"],
                          cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_deciding_loads_nothing_of_training():
    done = subprocess.run([sys.executable, "-c", "import rightful, sys; rightful.open; print(sorted(n for n in sys.modules "
                           "if n.split('.')[0] in {'training', 'mlflow', 'shap', 'fastapi'}))"],
                          cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", rightful.__all__)
def test_each_public_name_says_what_it_is_for(name):
    assert inspect.getdoc(getattr(rightful, name))
    assert name in dir(rightful)


def test_an_unknown_name_is_told_with_those_there_are():
    with pytest.raises(AttributeError, match="check_book"):
        rightful.check_books  # noqa: B018


def examples():
    """Every public function and method with its docstring's examples."""
    names = ("open", "OpenWorkspace", "DecisionRecord", "load_book", "check_book")
    functions = [(name, getattr(rightful, name)) for name in names]
    methods = [(f"OpenWorkspace.{name}", method) for name, method in vars(rightful.OpenWorkspace).items()
               if inspect.isfunction(method) and not name.startswith("_") and name != "close" and name not in LEARNING]
    return functions + methods


@pytest.mark.parametrize(("name", "made"), examples(), ids=lambda part: part if isinstance(part, str) else "")
def test_each_example_runs_and_prints_what_it_shows(name, made, tmp_path, monkeypatch):
    folder = small_company.build(tmp_path / "my-company")
    (folder / "history.csv").write_text(small_company.history(), encoding="utf-8")
    (folder / "items.csv").write_text(ITEMS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with rightful.open("my-company") as company:
        given = {"rightful": rightful, "company": company, "lead": small_company.lead(), "datetime": datetime, "UTC": UTC,
                 "decision": company.recommend(small_company.lead())}
        found = doctest.DocTestFinder(recurse=False).find(made, name, globs=given)
        assert sum(len(each.examples) for each in found) > 0, name
        for each in found:
            said: list[str] = []
            assert doctest.DocTestRunner().run(each, out=said.append).failed == 0, "".join(said)


ITEMS = """\
item_id,kind,received_at,country,consent
L-1,lead,2026-11-18T12:00:00Z,US,granted
L-2,lead,2026-11-18T12:00:00Z,FR,granted
"""


@pytest.mark.parametrize("room", ["rightful", *ROOMS])
def test_every_room_is_typed_and_its_marker_is_packaged(room):
    assert (Path(importlib.import_module(room).__file__).parent / "py.typed").is_file()
    assert '"py.typed"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
