"""What a history hides is named at import, and nothing is named of one that hides nothing."""
from datetime import timedelta

import pytest

from rules.errors import HistoryError
from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.serving.imports.damaged import company

HEADER = ["item_id", "kind", "received_at", "owner_id", "assigned_at", "ended_at", "end", "outcome", "outcome_at", "value",
          "country"]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(company.build(tmp_path / "ws"))
    yield made
    made.close()


def row(number, **changes):
    at, won = company.START + timedelta(hours=2 * number), number % 2 == 0
    cells = {"item_id": f"O-{number}", "kind": "opportunity", "received_at": at,
             "owner_id": company.long_id(company.NAMES[number // 2 % 4]), "assigned_at": at,
             "ended_at": at + timedelta(days=2), "end": "resolved", "outcome": "won" if won else "lost",
             "outcome_at": at + timedelta(days=2), "value": 100 + number, "country": "DE"}
    for name, change in changes.items():
        cells[name] = change(number, won) if callable(change) else change
    return [cell.isoformat() if hasattr(cell, "isoformat") else str(cell) for cell in cells.values()]


def codes(workspace, rows, **more):
    path = workspace.folder / "past.csv"
    path.write_text(company.csv_of([HEADER, *rows]), encoding="utf-8")
    return [warning.code for warning in import_file(workspace, path, what="history", dry_run=True, **more).warnings]


def many(count=400, **changes):
    return [row(number, **changes) for number in range(count)]


def test_an_honest_history_raises_no_warning(workspace):
    assert codes(workspace, many()) == []


@pytest.mark.parametrize(("code", "changes"), [
    ("owner_missing_on_failures", {"owner_id": lambda n, won: company.long_id("Ann Lee") if won else ""}),
    ("owner_missing_on_failures", {"owner_id": lambda n, won: company.long_id("Ann Lee") if won else "",
                                   "outcome": lambda n, won: "won" if won else "", "end": ""}),
    ("owner_missing_more_on_failures", {"owner_id": lambda n, won: company.long_id("Ann Lee") if won or n % 4 == 1 else ""}),
    ("failures_left_out", {"outcome_at": lambda n, won: company.day(n) if won else "", "ended_at": "",
                           "received_at": company.START, "assigned_at": company.START}),
    ("only_successes", {"outcome": lambda n, won: "won" if won else ""}),
    ("value_tells_outcome", {"value": lambda n, won: 500 if won else 0}),
])
def test_what_is_there_only_where_it_went_well_is_named(workspace, code, changes):
    assert code in codes(workspace, many(**changes))


def test_outcomes_that_stop_before_the_file_ends_are_named(workspace):
    late = [row(number + 400, outcome="", outcome_at="", ended_at="", end="open") for number in range(400)]
    assert codes(workspace, [*many(), *late]) == ["truncated_outcomes"]


def test_a_file_that_begins_with_survivors_is_named(workspace):
    early = [row(number, outcome="won") for number in range(120)]
    assert codes(workspace, [*early, *(row(number) for number in range(120, 2200))]) == ["left_truncation"]


@pytest.mark.parametrize("owner", [lambda n, won: company.long_id("Ann Lee") if won else ""])
def test_a_history_whose_failures_lack_owners_is_never_imported(workspace, owner):
    path = workspace.folder / "past.csv"
    path.write_text(company.csv_of([HEADER, *many(owner_id=owner)]), encoding="utf-8")
    with pytest.raises(HistoryError, match="owner_missing_on_failures.*export the history with the owner of lost items too"):
        import_file(workspace, path, what="history", skip_bad=True)
    assert workspace.store.head().last_seq == 0
