"""A new workspace: the example company with its history, or a few commented files; never over somebody's own files."""
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rules.errors import Refused, nearest_name
from training.worlds.company import build, last_working_day

EMPTY = Path(__file__).parent / "empty"
EXAMPLES = ("company", "incidents", "empty")


def start_workspace(folder: Path, *, example: str, today: date) -> Iterator[str]:
    """Write the workspace and tell, line by line, what to do next; Refused for a folder in use or an unknown example."""
    if example not in EXAMPLES:
        near = nearest_name(example, EXAMPLES)
        hint = f"; did you mean `{near}`?" if near else ""
        raise Refused(f"unknown example `{example}`, expected company or empty{hint}")
    if example == "incidents":
        raise Refused("the example `incidents` is not in this version; take `company` or `empty`")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"`{folder}` is in use; name a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    if example == "empty":
        for path in sorted(EMPTY.iterdir()):
            shutil.copyfile(path, folder / path.name)
        yield f"wrote {folder}: rulebook.yaml, rightful.toml, owners.csv, memberships.csv, items.csv"
        yield f"next: rightful rules test --workspace {folder}, then rightful route {folder}/items.csv --workspace {folder}"
        return
    lines: list[str] = []
    build(folder, reference_day=last_working_day(today), progress=lines.append)
    yield from lines
    yield f"wrote {folder}; next: rightful import {folder}/history.csv --what history --workspace {folder}, then rightful train"
