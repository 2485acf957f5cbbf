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


def test_rows_of_a_mistyped_year_are_told_by_line_and_the_rest_is_as_it_would_be_without_them(workspace):
    """The log is of January 2026, the mistyped rows lie in the past as well, seen from a later day: nothing but the gap tells."""
    start = company.START - timedelta(days=3650)
    old = [row(number, received_at=start + timedelta(hours=2 * number), assigned_at=start + timedelta(hours=2 * number),
               ended_at=start + timedelta(hours=2 * number + 5), outcome_at=start + timedelta(hours=2 * number + 5))
           for number in range(1000)]
    path = workspace.folder / "past.csv"
    path.write_text(company.csv_of([HEADER, *old, *(row(number + 1000) for number in range(5))]), encoding="utf-8")
    report = import_file(workspace, path, what="history", dry_run=True)
    assert report.bad_lines == tuple(range(1002, 1007)) and {one.column_name for one in report.problems} == {"assigned_at"}
    path.write_text(company.csv_of([HEADER, *old]), encoding="utf-8")
    alone = import_file(workspace, path, what="history", dry_run=True)
    assert alone.cards == report.cards and not alone.problems


def test_a_thin_tail_and_a_pause_in_which_nothing_came_are_no_mistyped_years(workspace):
    def at(number):
        return company.START - timedelta(days=1500) + timedelta(days=number if number < 500 else number + 400)

    path = workspace.folder / "past.csv"
    rows = [row(number, received_at=at(number), assigned_at=at(number), ended_at=at(number) + timedelta(hours=5),
                outcome_at=at(number) + timedelta(hours=5)) for number in range(600)]
    path.write_text(company.csv_of([HEADER, *rows]), encoding="utf-8")
    assert import_file(workspace, path, what="history", dry_run=True).problems == ()


def test_owners_of_another_system_are_named_as_such(workspace):
    assert "owners_do_not_join" in codes(workspace, many(owner_id=lambda n, won: f"U{n % 7}"))
    assert codes(workspace, [row(number, **({"owner_id": "U1"} if number % 50 == 0 else {})) for number in range(400)]) == []


def test_a_blank_outcome_is_counted_at_the_dry_run_and_is_neither_success_nor_failure(workspace):
    path = workspace.folder / "past.csv"
    path.write_text(company.csv_of([HEADER, *many(outcome=lambda n, won: "" if n % 4 < 2 else "won" if won else "lost",
                                                  received_at=company.START - timedelta(days=100),
                                                  ended_at=company.START - timedelta(days=95),
                                                  outcome_at=company.START - timedelta(days=95),
                                                  assigned_at=lambda n, won: company.START - timedelta(days=100, minutes=n))]),
                    encoding="utf-8")
    late = row(500, received_at=company.START, assigned_at=company.START, outcome="", outcome_at="", ended_at="", end="open")
    with path.open("a", encoding="utf-8") as file:
        file.write(company.csv_of([late]))
    [card] = import_file(workspace, path, what="history", dry_run=True).cards
    assert (card.unrecorded, card.settled, card.successes) == (200, 200, 100)
    assert [one.code for one in card.findings] == ["outcomes_not_recorded", "truncated_outcomes", "hand_picked"]
