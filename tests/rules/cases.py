"""Reading case files: TOML that outsiders can read and extend, each case with its file's shared part underneath.

A case says what it `shows`: `passes` or `refuses` (which its outcome says already, so the word may be left out),
`boundary` (the last moment or value inside, the first outside) or `missing data`.
"""
import csv
import io
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases"
SHOWS = ("passes", "refuses", "boundary", "missing data")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def cases(folder: str) -> list:
    """Every case of a folder as a test parameter: the kind (the file's name) and the case."""
    found = []
    for path in sorted((CASES / folder).glob("*.toml")):
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {name: value for name, value in file.items() if name != "case"}
        found += [pytest.param(path.stem, shared | case, id=f"{path.stem}: {case['name']}") for case in file["case"]]
    return found


def by_kind(folder: str) -> dict[str, list[dict]]:
    """The cases of a folder by their file's name."""
    kinds: dict[str, list[dict]] = {}
    for param in cases(folder):
        kind, case = param.values
        kinds.setdefault(kind, []).append(case)
    return kinds


def table(rows: list[dict[str, str]], *columns: str) -> str:
    """Rows as a CSV file; `columns` stand first and are there even where no row has them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys((*columns, *(name for row in rows for name in row)))))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def moment(case: dict) -> datetime:
    """When the case is decided; a Tuesday noon unless it says."""
    return case.get("at", NOON)
