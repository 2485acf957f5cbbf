"""Records in = decided + told: 2,000 damaged files, with a count of their records that knows nothing of how they are read."""
import re
from datetime import UTC, datetime
from random import Random

import pytest

from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import HistoryError, of_whole_file
from rules.exports.apply import apply_mapping
from rules.exports.history import assignments_in, history_table, read_items, unreadable_lines
from rules.exports.mapping_file import shipped
from rules.files import read_text
from rules.loading import require_book
from rules.tabular import read_table
from tests.serving.imports.damaged import company, spoil

FILES = 250
SERVES = {"salesforce": "history", "salesforce-users": "owners", "hubspot": "history", "servicenow": "history"}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    folder = company.build(tmp_path_factory.mktemp("damaged") / "ws")
    directory = load_directory(read_directory_files(folder))
    return require_book(read_book_files(folder / "rulebook.yaml")), directory


def read(what, text, book, directory):
    """The cells of each kept row, every problem, the lines told otherwise, and how many rows were counted."""
    if what in ("items", "history"):
        known = {"book": book, "directory": directory}
        found = (read_items(text, file="x.csv", **known) if what == "items"
                 else assignments_in(history_table(text, file="x.csv"), **known))
        kept = [list(row.raw.values()) if what == "items" else [row.item.item_id] for row in found.rows]
        return kept, found.problems, [], found.row_count
    if what in ("owners", "accounts"):
        table = read_table(text, file="x.csv", required=(f"{what[:-1]}_id",))
        return [list(row.cells.values()) for row in table.rows], table.problems, [], len(table.rows) + len(table.broken_lines)
    try:
        found = apply_mapping(shipped(what.partition("-")[0]), text, what=SERVES[what], file="x.csv", book=book,
                              directory=directory, now=datetime.now(UTC))
    except HistoryError as refused:
        return [], refused.problems, [], 0
    told = [line for repair in found.repairs for line in repair.lines]
    return [list(row.cells.values()) for row in found.table.rows], found.problems, told, found.row_count


def lines_told(problems, others):
    """Every line that is told, also those of a row that goes over several."""
    told = set(others)
    for one in problems:
        upto = re.search(r"the lines up to (\d+) are part", one.expected or "")
        told.update(range(one.line or 1, int(upto[1] if upto else one.line or 1) + 1))
    return told


def marks_by_line(text):
    """Which marked records the text still holds, by line."""
    return [(number, mark) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)
            for mark in spoil.MARK.findall(line)]


@pytest.mark.parametrize("what", spoil.HEADERS)
def test_every_record_of_a_damaged_file_is_kept_or_told_by_its_line(what, known, tmp_path):
    refused = 0
    for seed in range(FILES):
        random = Random(f"{what} {seed}")
        way = spoil.WAYS[seed % len(spoil.WAYS)]
        text = way(spoil.sound(what, random), random)
        path = tmp_path / "x.csv"
        path.write_bytes(text.encode(random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])))
        kept, problems, others, count = read(what, read_text(path), *known)
        where = f"{what} {seed} {way.__name__}"
        if of_whole_file(problems):
            refused += 1
            continue
        marks, told = marks_by_line(text), lines_told(problems, others)
        mine = [{mark for cell in row for mark in spoil.MARK.findall(cell)} for row in kept]
        assert all(len(row) <= 1 for row in mine), f"{where}: a row holds another one"
        lost = [(line, mark) for line, mark in marks if {mark} not in mine and line not in told]
        assert not lost, f"{where}: neither kept nor told: {lost}"
        assert count == len(kept) + len({*unreadable_lines(problems), *others}), where
        if way is spoil.quote:
            assert len({mark for _line, mark in marks} - set().union(*mine)) <= 1, f"{where}: more than its own record"
    assert refused < FILES / 4
