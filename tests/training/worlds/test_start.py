"""New workspaces: both examples load and run as they are, and nobody's files are overwritten."""
import tomllib
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules.analysis.check import check, run_tests
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.exports.history import read_items
from rules.loading import load_book, require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from training.worlds import start
from training.worlds.company import last_working_day
from training.worlds.start import start_workspace

ROOT = Path(__file__).parents[3]
SATURDAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def empty(tmp_path):
    start_workspace(tmp_path / "ws", example="empty", today=SATURDAY, say=print)
    return tmp_path / "ws"


def routes_of(folder):
    """item id -> how its own items.csv is narrowed, as of when each item came in, with nobody carrying anything."""
    book, directory = require_book(read_book_files(folder / "rulebook.yaml")), load_directory(read_directory_files(folder))
    text = (folder / "items.csv").read_text(encoding="utf-8")
    read = read_items(text, file="items.csv", book=book, directory=directory)
    assert not read.problems
    assert not read.unmapped
    return {row.item.item_id: route_and_filter(row.item, book=book, directory=directory, at=row.item.received_at,
                                     workload=EMPTY_DESK) for row in read.rows}


def test_the_empty_example_loads_checks_and_routes(empty):
    files = read_book_files(empty / "rulebook.yaml")
    directory = load_directory(read_directory_files(empty))
    assert load_book(files).findings == ()
    assert check(files, directory, at=NOW).ok
    assert all(outcome.passed for outcome in run_tests(require_book(files), directory, now=NOW))
    found = routes_of(empty)
    assert {found["L-1"].route.team, found["K-1"].route.team} == {"sales", "support"}


def test_the_international_example_has_no_finding_and_its_own_tests_pass(tmp_path):
    start_workspace(tmp_path / "ws", example="international", today=SATURDAY, say=print)
    files = read_book_files(tmp_path / "ws" / "rulebook.yaml")
    directory = load_directory(read_directory_files(tmp_path / "ws"))
    assert check(files, directory, at=NOW).findings == ()
    assert [outcome.name for outcome in run_tests(require_book(files), directory, now=NOW) if not outcome.passed] == []
    people = [owner for owner in directory.owners.values() if owner.kind == "person"]
    assert len(people) == 60 and {owner.data_region for owner in people} == {"US", "GB", "EU", "CH", "JP", "BR"}


def test_the_companys_book_checks_and_its_own_tests_pass(small_folder):
    files = read_book_files(small_folder / "rulebook.yaml")
    directory = load_directory(read_directory_files(small_folder))
    assert load_book(files).findings == ()
    assert check(files, directory, at=NOW).ok
    outcomes = run_tests(require_book(files), directory, now=NOW)
    assert len(outcomes) >= 20
    assert [outcome.name for outcome in outcomes if not outcome.passed] == []


def test_todays_items_show_every_worked_example(small_folder):
    found = routes_of(small_folder)
    teams = Counter(narrowing.route.team for narrowing in found.values())
    assert len(found) == 42
    for team in ("ent-sdr-east", "ent-sdr-central", "ent-sdr-west", "mid-market-na", "smb-pool", "emea-ent", "emea-commercial",
                 "strategic-accounts", "retention", "customer-success", "renewal-reminders", "nurture", "suppressed",
                 "manual-review", "stores", "call-centre"):
        assert teams[team] >= 1, team
    assert found["T-03"].automation == "localized_email_track"
    assert found["T-07"].route.rule == found["T-08"].route.rule == "no-consent"
    assert found["T-09"].route.rule == "sanctions"
    assert found["T-11"].route.stage == "named"
    assert found["T-12"].route.named_owner == "o-strat-01"
    assert found["T-21"].eligibility.eligible == ("store-nyc",)
    assert found["T-23"].route.reason == "none_in_range"
    assert found["T-38"].route.reason == "no_territory"


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="in use"):
        start_workspace(tmp_path, example="company", today=SATURDAY, say=print)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("example", "words"), [("incident", "did you mean `incidents`"), ("compny", "did you mean `company`")])
def test_an_example_that_is_not_there_is_refused_with_what_is(tmp_path, example, words):
    with pytest.raises(Refused, match=words):
        start_workspace(tmp_path / "ws", example=example, today=SATURDAY, say=print)
    assert not (tmp_path / "ws").exists()


def test_a_wheel_holds_every_file_of_every_example():
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    here = Path(start.__file__).parent
    files = {path.relative_to(here).as_posix() for folder in (*start.READY.values(), here / "book")
             for path in folder.rglob("*") if path.is_file()}
    held = {path.relative_to(here).as_posix() for pattern in shipped["training.worlds"] for path in here.glob(pattern)}
    assert len(files) > 40 and files - held == set()


def test_the_last_working_day_lies_strictly_before_and_never_on_a_weekend():
    assert last_working_day(date(2026, 11, 23)) == date(2026, 11, 20)
    assert last_working_day(date(2026, 11, 22)) == date(2026, 11, 20)
    assert last_working_day(date(2026, 11, 21)) == date(2026, 11, 20)
    assert last_working_day(date(2026, 11, 20)) == date(2026, 11, 19)


def test_nothing_remains_of_a_workspace_that_could_not_be_finished(tmp_path, monkeypatch):
    def fails(folder, **_more):
        (folder / "owners.csv").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "build", fails)
    there = tmp_path / "there"
    there.mkdir()
    for folder in (tmp_path / "new", there):
        with pytest.raises(KeyboardInterrupt):
            start_workspace(folder, example="company", today=SATURDAY, say=print)
    assert not (tmp_path / "new").exists()
    assert list(there.iterdir()) == []
