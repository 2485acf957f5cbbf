"""The demo's company, built once for all journeys of a run: everything real, on a fixed day."""
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

DAY = date(2026, 11, 21)                                  # a Saturday; the company's past ends on Friday


@dataclass(frozen=True)
class Demo:
    """A finished demo: its workspace and what it printed."""

    folder: Path
    lines: tuple[str, ...]


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Demo:
    from training.demo import run_demo

    folder, lines = tmp_path_factory.mktemp("journey") / "demo", []
    with pytest.MonkeyPatch.context() as patch:          # the workspace's key decides what exploration draws
        patch.setattr("secrets.token_bytes", bytes)
        run_demo(folder, today=DAY, say=lines.append)
    return Demo(folder=folder, lines=tuple(lines))
