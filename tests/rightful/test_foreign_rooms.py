"""Another distribution's package under one of our names: one sentence, no traceback."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rightful.rooms import ROOMS, foreign_room

ROOT = Path(__file__).parents[2]


def shadowed(folder: Path, *command: str) -> subprocess.CompletedProcess:
    """A command of Python's in an environment that finds a foreign package first."""
    path = os.pathsep.join((str(folder), str(ROOT)))
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": path})


@pytest.mark.parametrize(("room", "file"), [("rules", "rules/__init__.py"), ("rules", "rules.py"), ("serving", "serving.py")])
@pytest.mark.parametrize("command", [("-m", "rightful", "--help"), ("-c", "from rightful.__main__ import main; main()")])
def test_the_command_line_says_so_in_one_sentence(tmp_path, room, file, command):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("raise RuntimeError('foreign code ran')\n")
    done = shadowed(tmp_path, *command)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"package `{room}`" in done.stderr
    assert "an environment of its own" in done.stderr


def test_python_users_get_the_sentence_as_an_import_error(tmp_path):
    (tmp_path / "rules.py").write_text("")
    done = shadowed(tmp_path, "-c", "import rightful\ntry: rightful.open\nexcept ImportError as error: print(error)")
    assert done.returncode == 0, done.stderr
    assert "an environment of its own" in done.stdout


def test_a_foreign_package_written_over_ours_is_seen(tmp_path):
    for room in ("rightful", *ROOMS):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    assert shadowed(tmp_path, "-m", "rightful", "version").returncode == 0
    (tmp_path / "rules" / "__init__.py").write_text("from .engine import Rule\n")
    done = shadowed(tmp_path, "-m", "rightful", "version")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "package `rules`" in done.stderr


def test_here_every_room_is_ours():
    assert foreign_room() is None
