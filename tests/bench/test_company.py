"""The bench's company is what its page says: 200 of everyone eligible for each item, and a thousand rules."""
from datetime import UTC, datetime

import pytest

from bench.company import Size, build, items
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "ws"
    build(folder, now=NOW, size=Size(owners=1000, assignments=50))
    return folder


def test_every_item_finds_two_hundred_eligible_owners_by_night_and_by_day(folder):
    book, people = require_book(read_book_files(folder / "rulebook.yaml")), load_directory(read_directory_files(folder))
    assert sum(len(stage.rules) for stage in book.stages) == 1001
    for at in (NOW, NOW.replace(hour=2)):
        for raw in items(20, now=NOW):
            item = read_item(raw, book=book, directory=people, at=at, complete=True)
            found = route_and_filter(item, book=book, directory=people, at=at, workload=EMPTY_DESK).eligibility
            assert (len(found.eligible), found.considered, found.considered + found.outside_team) == (200, 208, 1000)


def test_the_same_seed_draws_the_same_company_and_each_item_is_another_one(folder, tmp_path):
    build(tmp_path / "again", now=NOW, size=Size(owners=1000, assignments=50))
    for name in ("owners.csv", "history.csv", "rulebook.yaml"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    drawn = list(items(300, now=NOW))
    assert len({str(sorted(item.items())) for item in drawn}) == 300


def test_a_past_that_stops_early_leaves_nothing_open(tmp_path):
    build(tmp_path / "ws", now=NOW, size=Size(owners=1000, assignments=80, quiet_days=26))
    assert ",open," not in (tmp_path / "ws" / "history.csv").read_text(encoding="utf-8")
