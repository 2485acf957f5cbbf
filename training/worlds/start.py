"""A new workspace: the example company with its history, or commented files; never over somebody's own files."""
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rules.errors import Refused, nearest_name
from training.worlds.company import build, last_working_day

#: Examples that are copied as they stand.
READY = {name: Path(__file__).parent / name for name in ("international", "incidents", "empty")}
EXAMPLES = ("company", *READY)
UNFINISHED = ".unfinished"


def start_workspace(folder: Path, *, example: str, today: date, say: Callable[[str], None]) -> None:
    """Write the workspace and say what to do next; Refused for a folder in use or an unknown example."""
    if example not in EXAMPLES:
        near = nearest_name(example, EXAMPLES)
        hint = f"; did you mean `{near}`?" if near else ""
        raise Refused(f"unknown example `{example}`, expected {', '.join(EXAMPLES[:-1])} or {EXAMPLES[-1]}{hint}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"`{folder}` is in use; name a new or empty folder")
    with whole_or_nothing(folder) as unfinished:
        if example in READY:
            shutil.copytree(READY[example], unfinished, dirs_exist_ok=True, copy_function=shutil.copyfile)
        else:
            build(unfinished, reference_day=last_working_day(today), progress=say)
    there = f"--workspace {folder}"
    if example == "incidents":
        say(f"wrote {folder}; next: `rightful import incident_event_log.csv.gz --what history --profile servicenow {there}`, "
            f"`rightful evaluate --split 2016-05-02T08:20:00Z {there}`")
    elif example == "international":
        exports = folder / "exports"
        say(f"wrote {folder}; next: `rightful rules check {there}`, `rightful import {exports / 'Lead.csv'} --what items "
            f"--mapping {exports / 'salesforce.yaml'} {there}`, `rightful route {folder / 'items.csv'} {there}`")
    elif example == "empty":
        say(f"wrote {folder}; next: `rightful rules test {there}`, then `rightful route {folder / 'items.csv'} {there}`")
    else:
        say(f"wrote {folder}; next: `rightful import {folder / 'history.csv'} --what history {there}`, `rightful train {there}`, "
            f"`rightful promote latest {there}`, `rightful route {folder / 'items.csv'} --at received {there}`")


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """A place to write files that appear in the folder together at the end, or not at all."""
    made = not folder.exists()
    unfinished = folder / UNFINISHED
    unfinished.mkdir(parents=True)
    done = False
    try:
        yield unfinished
        for path in sorted(unfinished.iterdir()):
            path.rename(folder / path.name)
        done = True
    finally:
        shutil.rmtree(unfinished)
        if made and not done:
            shutil.rmtree(folder)
