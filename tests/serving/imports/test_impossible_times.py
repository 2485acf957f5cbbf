"""Times that cannot be, by every road of an import: each row is told alone, the others are kept, and no day of theirs moves."""
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import training.worlds
from features.plan import Objective
from rules.directory.files import load_directory, read_directory_files
from rules.errors import RightfulError
from rules.files import read_text
from rules.loading import require_book
from serving.imports.files import import_file
from serving.imports.mapping_choice import chosen
from serving.rulebooks.past_items import read_past
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.rules.intake.profiles import damaged_log
from tests.serving import small_company
from tests.serving.imports.damaged import company
from tests.serving.imports.damaged.company import csv_of, long_id
from tests.serving.small_company import lead

IMPOSSIBLE = pytest.mark.parametrize(("year", "why"), [("1970", "is impossible"), ("0001", "is impossible"),
                                                       ("2062", "has not come yet"), ("9999", "has not come yet")])
HISTORY = ("item_id", "kind", "received_at", "owner_id", "assigned_at", "accepted_at", "first_response_at", "ended_at", "end",
           "outcome", "outcome_at", "country", "consent")


@pytest.fixture
def opened(tmp_path):
    """Opens a workspace in a folder that something built."""
    made = []

    def at(folder: Path) -> Workspace:
        made.append(Workspace.at(folder))
        return made[-1]

    yield at
    for workspace in made:
        workspace.close()


def bring(workspace, text, what="history", profile="generic", **more):
    path = workspace.folder.parent / "file.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RightfulError):
        import_file(workspace, path, what=what, profile=profile, **more)
    return import_file(workspace, path, what=what, profile=profile, skip_bad=True, **more)


def past(number, **cells):
    at = {name: f"2026-03-0{number}T09:00:00Z" for name in HISTORY if name.endswith("_at")}
    filled = {"item_id": f"H-{number}", "kind": "lead", "owner_id": "ann", "end": "resolved", "outcome": "converted",
              "country": "US", "consent": "granted", **at, **cells}
    return [filled[name] for name in HISTORY]


@IMPOSSIBLE
@pytest.mark.parametrize("column", [name for name in HISTORY if name.endswith("_at")])
def test_a_history_is_kept_without_the_row(opened, tmp_path, column, year, why):
    workspace = opened(small_company.build(tmp_path / "ws"))
    follow = [name for name in HISTORY[5:] if name.endswith("_at")] if column == "assigned_at" else []
    spoilt = dict.fromkeys([column, *follow], f"{year}-05-01T00:00:00Z")
    report = bring(workspace, csv_of([HISTORY, past(1), past(2, **spoilt), past(3)]))
    assert report.bad_lines == (3,) and sum(report.fates.values()) == 3
    assert any(one.column_name == column and (why in one.message or "before" in one.message) for one in report.problems)
    assert {event.item_id for event in workspace.store.events()} == {"H-1", "H-3"}
    assert workspace.store.head().newest_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


@IMPOSSIBLE
def test_items_to_route_are_written_without_the_row(opened, tmp_path, year, why):
    workspace = opened(small_company.build(tmp_path / "ws"))
    rows = [("item_id", "kind", "received_at", "country"), ("L-1", "lead", "2026-03-01T09:00:00Z", "US"),
            ("L-2", "lead", f"{year}-05-01T00:00:00Z", "US")]
    report = bring(workspace, csv_of(rows), what="items")
    assert [one.message for one in report.problems] == [f"`received_at` {why}"]
    assert report.bad_lines == (3,) and report.fates == {"items": 1, "cannot be used, told by line": 1}
    assert "L-2" not in read_text(workspace.folder / "items.csv")


@IMPOSSIBLE
def test_a_change_of_owner_is_left_out_and_the_changes_around_it_follow_each_other(opened, tmp_path, year, why):
    workspace = opened(company.build(tmp_path / "ws"))
    ann, bob, cleo = map(long_id, ("Ann Lee", "Bob Ray", "Cleo Fox"))
    item = "00Q360000000001EAA"
    rows = [["Id", "LeadId", "CreatedById", "CreatedDate", "Field", "OldValue", "NewValue"],
            ["0171", item, "0050", "2026-02-03T10:00:00.000Z", "Owner", "", ann],
            ["0172", item, "0050", f"{year}-02-05T10:00:00.000Z", "Owner", ann, bob],
            ["0173", item, "0050", "2026-02-09T10:00:00.000Z", "Owner", ann, cleo]]
    report = bring(workspace, csv_of(rows), profile="salesforce")
    assert report.bad_lines == (3,) and why in report.problems[0].message and report.problems[0].column_name == "CreatedDate"
    assert [(event.kind, event.owner_id, event.occurred_at.day) for event in workspace.store.events()] == [
        ("assigned", ann, 3), ("reassigned", ann, 9), ("assigned", cleo, 9)]
    assert all(event.item.received_at.year == 2026 for event in workspace.store.events() if event.item)


@IMPOSSIBLE
@pytest.mark.parametrize("column", ["opened_at", "sys_updated_at", "resolved_at", "closed_at"])
@pytest.mark.parametrize("what", ["history", "items"])
def test_an_incident_of_a_log_is_left_out_before_it_says_who_handles_what(opened, tmp_path, what, column, year, why):
    shutil.copytree(Path(training.worlds.__file__).parent / "incidents", tmp_path / "ws", copy_function=shutil.copyfile)
    workspace = opened(tmp_path / "ws")
    lines = damaged_log.text().splitlines()
    names, line = lines[0].split(","), 2 if column == "opened_at" else 6
    cells = lines[line - 1].split(",")
    cells[names.index(column)] = f"1/5/{year} 00:00"
    lines[line - 1], number = ",".join(cells), cells[names.index("number")]
    report = bring(workspace, "\n".join(lines) + "\n", what=what, profile="servicenow")
    assert report.found["incidents"] == 59 and sum(report.fates.values()) == report.rows
    assert (line, why) in {(one.line, one.message) for one in report.problems}
    assert number not in {event.item_id for event in workspace.store.events()}


def test_an_owner_whose_last_day_lies_in_1970_is_told_and_stays_as_before(opened, tmp_path):
    workspace = opened(small_company.build(tmp_path / "ws"))
    far = (datetime.now(UTC) + timedelta(days=5000)).date()
    rows = [("owner_id", "kind", "active_from", "active_to"), ("ann", "person", "", "1970-01-01"),
            ("bob", "person", str(far), ""), ("cleo", "person", "1985-04-01", "2062-12-31"), ("dan", "person", "", "9999-12-31")]
    report = bring(workspace, csv_of(rows), what="owners")
    assert report.bad_lines == (2, 3)
    assert [one.message for one in report.problems] == ["the owner's time here ended before 1990",
                                                        "the owner's time here begins more than ten years ahead"]
    people = Live(workspace).in_force.directory.owners
    assert people["ann"].active.ends is None and people["bob"].active.starts is None
    assert people["cleo"].active.starts.year == 1985 and people["cleo"].active.ends.year == 2062
    assert people["dan"].active.ends is None


@pytest.mark.parametrize("span", [",9999-12-31", "0001-01-01,9999-12-31", "0001-01-01,", "1970-01-01,9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("file", ["memberships.csv", "owners.csv", "absences.csv"])
def test_the_calendars_first_and_last_day_are_an_open_start_and_end(opened, tmp_path, file, span):
    folder = small_company.with_model(tmp_path / "ws")
    absences = f"owner_id,from,to,reason\nann,{span},x\n"
    lines = {"memberships.csv": small_company.MEMBERSHIPS.replace(",,,", f",,{span}"), "absences.csv": absences,
             "owners.csv": "".join(f"{line},{'active_from,active_to' if number == 0 else span}\n"
                                   for number, line in enumerate(small_company.OWNERS.splitlines()))}
    (folder / file).write_text(lines[file], encoding="utf-8")
    document = Decider(Live(opened(folder))).decide(DecideCommand(item=lead(), mode="assign", key="a")).document
    away = [owner for one in document.eligibility.excluded for owner in one.owners]
    assert document.outcome == "assigned" and away == (["ann"] if file == "absences.csv" else [])


@IMPOSSIBLE
def test_a_change_of_the_book_is_tried_on_the_other_rows_and_what_had_settled_by_now(tmp_path, year, why):
    book = require_book({"rulebook.yaml": small_company.RULEBOOK})
    people = load_directory(read_directory_files(small_company.build(tmp_path / "ws")))
    lead_objective = Objective(kind="lead", positive=("converted",), horizon=timedelta(days=30))
    recent = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    fresh = past(3, received_at=recent, assigned_at=recent, accepted_at="", first_response_at="", ended_at="", end="open",
                 outcome="", outcome_at="")
    at = f"{year}-05-01T00:00:00Z"
    bad = past(2, **{name: at for name in HISTORY if name.endswith("_at")})
    found = read_past(csv_of([HISTORY, past(1), bad, fresh]), file="file.csv", how=chosen("generic", None), before=book,
                      after=book, directory=people, objectives={"lead": lead_objective})
    assert [case.item_id for case in found.cases] == ["H-1", "H-3"] and found.unreadable == 1
    assert len(found.handled) == 1, "the newest lead can still be won: no row tells of a time after its horizon"
