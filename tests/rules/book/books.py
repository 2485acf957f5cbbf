"""The example book and ways to damage it, for the tests of this folder."""
from functools import lru_cache
from pathlib import Path

from rules.book.reading import read_book_files
from rules.loading import load_book

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


SMALL = """\
rulebook: 1
attributes:
  kind: {enum: [lead, case]}
  country: {type: country}
  state: {type: subdivision}
  postal_code: {type: postal}
  language: {type: language}
  score: {type: number}
  urgent: {type: flag}
  note: {type: text}
  account: {type: account_ref}
  size: {bands: {SMB: 1-249, MID: 250-999, ENT: 1000+}}
  heat: {bands: {cold: 0-<0.3, hot: 0.3-1}, from: score}
  products: {list: [cloud, edge, care]}
groups: {DACH: [DE, AT, CH], EUROPE: [DACH, FR], BIG: [MID, ENT], HOSTED: [cloud, edge], CITY: [10*, "80331"]}
teams: {sales: {kind: team, name: Sales Team}, service: {kind: team}, shops: {kind: branches}, rest: {kind: queue}}
slas: {hot: {respond_within: PT1H}}
stages:
  - stage: territory
    rules:
      - RULE
  - stage: fallback
    rules: [{id: all, to: rest, reason: no_territory}]
"""


def small(*rules: str, more: str = "") -> dict[str, str]:
    """A book of a few attributes whose stage `territory` holds these rules."""
    return {"rulebook.yaml": SMALL.replace("RULE", "\n      - ".join(rules)) + more}


def only_cell(when: str, tables: dict[str, str] | None = None):
    """The one cell of a `when` such as `country: DACH`."""
    book = load_book(small(f"{{id: r, when: {{{when}}}, to: sales}}") | (tables or {})).book
    cell, = book.stages[0].rules[0].when
    return cell
