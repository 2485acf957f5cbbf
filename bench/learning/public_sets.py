"""The public sets as workspaces: imported through the front door, each with the moment from which it is judged."""
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from training.worlds.start import READY

INCIDENT_LOG = Path("servicenow_incidents") / "incident_event_log.csv.gz"
MAVEN = Path(__file__).resolve().parents[2] / "tests" / "public_data" / "maven"
MAVEN_FILES = (("owners", "sales_teams.csv"), ("accounts", "accounts.csv"), ("history", "sales_pipeline.csv"))


def incidents(folder: Path, data: Path) -> Workspace:
    """The log of a real company, whose service levels broke down for three weeks."""
    shutil.copytree(READY["incidents"], folder)
    workspace = Workspace.at(folder)
    import_file(workspace, data / INCIDENT_LOG, what="history", profile="servicenow")
    return workspace


def maven(folder: Path, data: Path) -> Workspace:
    """The pipeline of a fictitious company whose sellers cannot be told apart, and whose record starts with survivors."""
    shutil.copytree(MAVEN, folder)
    workspace = Workspace.at(folder)
    for what, name in MAVEN_FILES:
        import_file(workspace, data / "maven_crm" / name, what=what, mapping=folder / "mapping.yaml")
    return workspace


@dataclass(frozen=True, kw_only=True)
class PublicSet:
    """How to make it, and the split of its reference figures."""

    make: Callable[[Path, Path], Workspace]
    split: datetime


SETS: Mapping[str, PublicSet] = {
    "incidents": PublicSet(make=incidents, split=datetime(2016, 5, 2, 8, 20, tzinfo=UTC)),
    "maven": PublicSet(make=maven, split=datetime(2017, 7, 1, tzinfo=UTC)),
}
