"""The figures of the house are counted rightly, and the house keeps what it reached."""
from pathlib import Path

from tests.structure import circles, figures

ROOT = Path(__file__).parents[1]


def write(tree: Path, **files: str) -> Path:
    for name, text in files.items():
        path = tree / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tree


def test_folders_that_import_each_other_are_counted_once_and_circles_too(tmp_path):
    tree = write(tmp_path, rules__book__cells="from rules.intake import item\n", rules__intake__item="import rules.book.cells\n",
                 rules__intake__other="from rules.book.cells import cell\n", rules__book__alone="x = 1\n")
    found = figures(tree)
    assert found["pairs of folders that import each other"] == 1
    assert found["circles of modules"] == 1
    assert (found["files in the fullest folder"], found["lines in all"]) == (2, 4)


def test_a_chain_is_no_circle():
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [["a", "b"]]


def test_no_folder_of_the_product_is_overfull_and_none_import_each_other():
    found = figures(ROOT)
    assert found["folders of more than 24 files"] == 0
    assert found["pairs of folders that import each other"] == 0
    assert found["circles of modules"] == 0
