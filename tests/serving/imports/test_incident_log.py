"""A ServiceNow log into the incidents example: every repair told, files made from before the cut, a dry run changes nothing."""
import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import training.worlds
from rules.analysis.check import check
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import HistoryError, Refused
from rules.exports.history import read_items
from rules.loading import require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.rules.intake.profiles import damaged_log

CUT = '"2016-04-15T00:00:00Z"'


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "ws"
    shutil.copytree(Path(training.worlds.__file__).parent / "incidents", folder, copy_function=shutil.copyfile)
    settings = folder / "rightful.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('"2016-05-02T08:20:00Z"', CUT), encoding="utf-8")
    made = Workspace.at(folder)
    yield made
    made.close()


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(damaged_log.text().encode()))
    return path


def imported(workspace, log, **more):
    return import_file(workspace, log, what="history", profile="servicenow", **more)


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_incidents_become_assignments_and_every_repair_is_told(workspace, log):
    report = imported(workspace, log)
    told = {repair.code: repair.count for repair in report.repairs if repair.code != "header"}
    assert told == {"missing": told["missing"], "dates": told["dates"], "repeated_rows": 1, "scattered_rows": 1,
                    "disordered_rows": 2, "changed_later": 2, "no_resolved_at": 3, "late_columns": 18, "no_resolver": 2,
                    "no_group": 1, "later_resolvers": 1, "later_values": told["later_values"]}
    assert (report.rows, report.problems, report.unmapped) == (301, (), ())
    assert report.fates == {"rows of 60 incidents": 300, "rows that stand twice counted once": 1}
    assert report.found["incidents"] == 60 and report.found["assignments"] == 58
    events = list(workspace.store.events())
    assert len(events) == report.kept == 3 * 58
    first = events[0]
    assert (first.item_id, first.owner_id, first.team, first.assigned_by) == ("0000000", "resolver-11", "group-70", "manual")
    assert {event.outcome for event in events if event.kind == "outcome"} == {"met", "missed"}


def test_a_dry_run_tells_the_same_and_changes_nothing(workspace, log):
    before = content(workspace.folder)
    told = imported(workspace, log, dry_run=True)
    assert content(workspace.folder) == before
    done = imported(workspace, log)
    assert (told.repairs, told.found, told.missing_share) == (done.repairs, done.found, done.missing_share)
    assert told.kept == 0 < done.kept


def test_the_made_book_checks_and_every_slate_holds_four_to_forty(workspace, log):
    imported(workspace, log)
    import_file(workspace, log, what="items", profile="servicenow")
    files = read_book_files(workspace.rulebook_path)
    book, directory = require_book(files), load_directory(read_directory_files(workspace.folder))
    assert check(files, directory, at=datetime(2016, 5, 2, tzinfo=UTC)).ok
    text = (workspace.folder / "items.csv").read_text(encoding="utf-8")
    later = read_items(text, file="items.csv", book=book, directory=directory)
    assert len(later.rows) == 6 and not later.problems and not later.unmapped
    for row in later.rows:
        found = route_and_filter(
            row.item, book=book, directory=directory, at=row.item.received_at, workload=EMPTY_DESK
        )
        assert 4 <= len(found.eligibility.eligible) <= 40
        assert "resolver-901" not in found.eligibility.eligible


def test_importing_again_adds_nothing(workspace, log):
    first = imported(workspace, log)
    files = {path: text for path, text in content(workspace.folder).items() if path.suffix in (".csv", ".yaml")}
    again = imported(workspace, log)
    assert (again.kept, again.known_before) == (0, first.kept)
    assert {path: content(workspace.folder)[path] for path in files} == files


def test_a_log_can_be_kept_as_it_stood_at_a_moment(workspace, log):
    settings = workspace.folder / "rightful.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("# until", "until"), encoding="utf-8")
    report = imported(workspace, log)
    left_out = sum(repair.count for repair in report.repairs if repair.code == "after_until")
    assert left_out > 0 and report.kept + left_out == 3 * 58
    assert all(event.known_at < datetime(2016, 4, 15, tzinfo=UTC) for event in workspace.store.events())


def test_bad_rows_refuse_the_file_unless_they_are_skipped(workspace, tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text(damaged_log.text() + "0000099,New\n", encoding="utf-8")
    with pytest.raises(HistoryError, match="another length"):
        imported(workspace, path)
    assert not list(workspace.store.events())
    report = imported(workspace, path, skip_bad=True)
    assert report.kept == 3 * 58 and report.fates["cannot be used, told by line"] == 1


def test_a_log_whose_missed_incidents_lack_a_resolver_is_refused(workspace, tmp_path):
    rows = [line.split(",") for line in damaged_log.text().splitlines()]
    for cells in rows[1:]:
        if cells[6] == "false":
            cells[33] = "?"
    path = tmp_path / "selected.csv"
    path.write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    told = imported(workspace, path, dry_run=True)
    assert [warning.code for warning in told.warnings] == ["owner_missing_on_failures"]
    with pytest.raises(HistoryError, match="owner_missing_on_failures"):
        imported(workspace, path, skip_bad=True)
    assert not list(workspace.store.events())


def test_a_cut_before_everything_is_refused(workspace, log):
    settings = workspace.folder / "rightful.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(CUT, '"2015-01-01T00:00:00Z"'), encoding="utf-8")
    with pytest.raises(HistoryError, match="closed before `2015-01-01T00:00:00Z`"):
        imported(workspace, log)


def test_a_broken_archive_is_refused(workspace, log):
    log.write_bytes(log.read_bytes()[:200])
    with pytest.raises(HistoryError, match="gzipped file is broken"):
        imported(workspace, log)


@pytest.mark.parametrize(("what", "profile", "words"), [("history", "jira", "unknown profile `jira`"),
                                                        ("owners", "servicenow", "reads history and items")])
def test_a_profile_says_what_it_reads(workspace, log, what, profile, words):
    with pytest.raises(Refused, match=words):
        import_file(workspace, log, what=what, profile=profile)
