"""The example book and ways to damage it, for the tests of this folder."""
from functools import lru_cache
from pathlib import Path

from rules.book.loading import load_book, read_book_files

EXAMPLE = Path(__file__).parents[2] / "cases" / "books" / "example"


@lru_cache(maxsize=1)
def _example() -> dict[str, str]:
    return read_book_files(EXAMPLE)


def example_files() -> dict[str, str]:
    """The files of the example book, fresh each time."""
    return dict(_example())


def altered(old: str, new: str, file: str = "rulebook.yaml") -> dict[str, str]:
    """The example with one piece of text replaced once."""
    files = example_files()
    assert files[file].count(old) >= 1, f"`{old}` does not stand in {file}"
    files[file] = files[file].replace(old, new, 1)
    return files


def place_of(text: str, piece: str, after: str = "") -> tuple[int, int]:
    """Line and column of a piece of text, both counted from 1, the first one behind `after`."""
    index = text.index(piece, text.index(after) if after else 0)
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def errors(files: dict[str, str]):
    """What makes the book unusable; it is None then and only then."""
    loaded = load_book(files)
    found = [finding for finding in loaded.findings if finding.severity == "error"]
    assert (loaded.book is None) == bool(found)
    return found
