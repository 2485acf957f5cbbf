"""One small trained workspace, built once a run, shared by the tests that only read it."""
from pathlib import Path

import pytest

from tests.training import small_log


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory):
    """(workspace, report) of a training on a small log in which owners truly differ; recorded in MLflow."""
    from training.retrain import train

    workspace = small_log.build(tmp_path_factory.mktemp("trained") / "ws")
    yield workspace, train(workspace)
    workspace.close()


@pytest.fixture
def copied(trained, tmp_path: Path):
    """A copy of the trained workspace under another path, free to be changed."""
    import shutil

    from serving.runtime.workspace import Workspace

    workspace, _ = trained
    shutil.copytree(workspace.folder, tmp_path / "moved", ignore=shutil.ignore_patterns("*.lock"))
    copy = Workspace.at(tmp_path / "moved")
    yield copy
    copy.close()


#: Fixtures of the whole run that take long, and that more than one file reads.
SHARED = ("demo", "trained", "small")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """Keep the tests of what is made once on one worker: a run makes it once, and no other worker waits for it."""
    for item in items:
        made = item._fixtureinfo.name2fixturedefs
        group = next((name for name in SHARED if name in made), None)
        if group is None and any(found[-1].scope == "module" for found in made.values()):
            group = item.location[0]
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))
