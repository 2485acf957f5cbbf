"""Where the public data sets lie, and how a test runs the program on a workspace."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder named by RIGHTFUL_DATA; its absence fails the test."""
    folder = Path(os.environ.get("RIGHTFUL_DATA", "../shared/data"))
    folder = folder if folder.is_absolute() else ROOT / folder
    assert folder.is_dir(), f"no folder {folder}; name it with `make test-data DATA=...`"
    return folder


@pytest.fixture(scope="session")
def rightful():
    """Run the program; returns its standard output and fails with its error output."""
    def run(workspace: Path, *words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "rightful", *words, "--workspace", str(workspace)],
                              capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, f"rightful {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout
    return run
