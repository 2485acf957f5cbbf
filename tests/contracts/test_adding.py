"""One more of a kind takes the files that docs/contributing.md counts: each is really added to a copy and has its effect."""
import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("rules", "features", "serving", "training", "rightful")
#: How many files of the product one more takes.
COUNTED = {"event_kind": 2, "console_page": 3, "action": 3, "owner_column": 3, "rule_key": 5, "setting": 2}
CHECK_ALL = """
import json, sys, traceback
from importlib import import_module
from pathlib import Path
failed = {}
for what in sys.argv[1:]:
    try:
        import_module(f"tests.contracts.adding.{what}").check(Path(what))
    except Exception:
        failed[what] = traceback.format_exc()
print(json.dumps(failed))
"""


def changes_of(what: str) -> dict:
    return import_module(f"tests.contracts.adding.{what}").CHANGES


@pytest.fixture(scope="module")
def failed(tmp_path_factory) -> dict[str, str]:
    """What went wrong, by what was added, in a copy to which all of them were added."""
    tree = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(HOUSE / room, tree / room)
    for what in COUNTED:
        for name, change in changes_of(what).items():
            change_file(tree / name, change)
    path = os.pathsep.join((str(tree), str(HOUSE)))
    done = subprocess.run([sys.executable, "-c", CHECK_ALL, *COUNTED], cwd=tree, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", COUNTED)
def test_one_more_has_its_effect_and_no_further_file_changes(failed, what):
    assert len(changes_of(what)) == COUNTED[what]
    assert what not in failed, failed[what]


def change_file(path: Path, change: str | list[tuple[str, str]]) -> None:
    """Write a new file, or put something after words of an old one."""
    text = "" if isinstance(change, str) else path.read_text(encoding="utf-8")
    for after, put in [("", change)] if isinstance(change, str) else change:
        assert not after or text.count(after) == 1, f"{path.name}: {after}"
        text = text.replace(after, after + put)
    path.write_text(text, encoding="utf-8")
