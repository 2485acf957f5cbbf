"""The method page cannot lie about numbers: each stands in the code where the page says, with the value that it says."""
import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
PAGE = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
NUMBERS = re.findall(r"^\| [^|]*\| `([\w.]+)\.(\w+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)


def value_of(text: str) -> object:
    base, _, power = text.partition(" ** ")
    return float(base) ** int(power) if power else ast.literal_eval(text)


@pytest.mark.parametrize(("module", "name", "told"), NUMBERS, ids=[name for _, name, _ in NUMBERS])
def test_a_number_is_the_one_of_the_code(module, name, told):
    assert getattr(import_module(module), name) == value_of(told)


def test_every_row_of_the_table_is_held():
    table = PAGE[PAGE.index("## Numbers"):]
    assert len(NUMBERS) == len([line for line in table.splitlines() if line.startswith("|")]) - 2 > 25
