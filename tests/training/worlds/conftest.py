"""One small simulated company that the tests of this folder share."""
from datetime import date

import pytest

from training.worlds.company import World, build

REFERENCE_DAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("company") / "ws"


@pytest.fixture(scope="session")
def small_world(small_folder) -> World:
    return build(small_folder, reference_day=REFERENCE_DAY, seed=3, items=1500, held_out=150, period_days=120)
