"""One small simulated company that the tests of this folder share."""
from datetime import date
from pathlib import Path

import pytest

from training.worlds.company import World, build

REFERENCE_DAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> tuple[Path, World]:
    """The company's folder and the world behind it."""
    folder = tmp_path_factory.mktemp("company") / "ws"
    return folder, build(folder, reference_day=REFERENCE_DAY, seed=3, items=1500, held_out=150, period_days=120)


@pytest.fixture(scope="session")
def small_folder(small) -> Path:
    return small[0]


@pytest.fixture(scope="session")
def small_world(small) -> World:
    return small[1]
