"""The one-way chain rules <- features <- serving <- training, read from the source with the standard library alone."""
import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAIN = ("rules", "features", "serving", "training")
TRAINING_STACK = {"mlflow", "shap", "pandas", "sklearn"}
IMPURE = TRAINING_STACK | {"fastapi", "sqlalchemy", "lightgbm"}


def modules_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported_roots(path: Path) -> set[str]:
    roots = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; absolute imports only"
            roots.add(node.module.split(".")[0])
    return roots


@pytest.mark.parametrize("room", CHAIN)
def test_a_room_imports_only_rooms_before_it(room):
    above = set(CHAIN[CHAIN.index(room) + 1:]) | {"rightful", "tests"}
    for path in modules_of(room):
        assert not imported_roots(path) & above, path


@pytest.mark.parametrize(("room", "forbidden"), [("rules", IMPURE), ("features", IMPURE), ("serving", TRAINING_STACK)])
def test_a_room_never_imports_what_it_must_not(room, forbidden):
    for path in modules_of(room):
        assert not imported_roots(path) & forbidden, path


def test_every_room_has_modules_to_check():
    assert all(len(modules_of(room)) > 5 for room in CHAIN)


def test_loading_all_of_serving_loads_nothing_of_the_training_stack():
    """With the base extra alone none of it is there; elsewhere lightgbm itself brings pandas and sklearn."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules_of("serving")
             if path.name != "__init__.py" and "migrations" not in path.parts]
    installed = {name for name in ("pandas", "sklearn") if importlib.util.find_spec(name)}
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert not set(run.stdout.split()) & (TRAINING_STACK - installed)
