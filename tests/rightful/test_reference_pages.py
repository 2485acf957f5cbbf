"""The pages in docs/reference are those that the program writes, and every error class has its line."""
import ast
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import rightful.cli.main as rightful
from rightful.cli.errors_page import OTHERS, error_classes, errors_page
from rightful.cli.reference import pages_of

PAGES = pages_of(get_command(rightful.app))
HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_in_docs_is_current(name):
    told = (HOUSE / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    assert told == PAGES[name](), "run `rightful rules reference --write docs/reference`"


def test_a_page_is_printed_by_command():
    done = CliRunner().invoke(rightful.app, ["rules", "reference", "findings"])
    assert done.exit_code == 0 and done.stdout == PAGES["findings"]()
    assert CliRunner().invoke(rightful.app, ["rules", "reference", "nothing"]).exit_code == 2


def test_every_page_is_written_by_command(tmp_path):
    done = CliRunner().invoke(rightful.app, ["rules", "reference", "--write", str(tmp_path)])
    assert done.exit_code == 0 and {path.stem for path in tmp_path.iterdir()} == set(PAGES)


def test_every_error_class_of_the_product_has_its_line():
    told = errors_page()
    for name in _classes_below("RightfulError"):
        assert f"`{name}` | " in told, f"`{name}` is not on the page: import its module in rightful/cli/errors_page.py"


def test_every_code_has_one_status_and_says_when_and_what_to_do():
    statuses = {}
    for each in error_classes():
        statuses.setdefault(each.code, set()).add(each.status)
        assert each.__doc__ and each.remedy.endswith("."), each
    assert [code for code, found in statuses.items() if len(found) > 1] == []
    assert not statuses.keys() & {code for code, *_ in OTHERS}


def test_every_answer_without_an_error_class_is_told():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (HOUSE / "serving" / "api").glob("*.py"))
    named = {word.value.value for call in ast.walk(ast.parse(source))
             if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "problem_response"
             for word in call.keywords if word.arg == "name" and isinstance(word.value, ast.Constant)}
    assert named == {code for code, *_ in OTHERS}


def _classes_below(root: str) -> set[str]:
    """The names of all classes in the product that stand, at any depth, below one."""
    bases = {}
    for room in ("rules", "features", "serving", "training", "rightful"):
        for path in (HOUSE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    found, more = set(), {root}
    while more:
        found |= more
        more = {name for name, above in bases.items() if above & found} - found
    return found
