"""The workspace of a command, opened and closed again."""
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.runtime.workspace import Workspace


def opened_workspace(folder: Path) -> "AbstractContextManager[Workspace]":
    """The workspace of a folder, closed at the end of a `with`."""
    from contextlib import closing

    from serving.runtime.workspace import Workspace

    return closing(Workspace.at(folder))
