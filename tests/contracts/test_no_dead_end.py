"""No item ends nowhere: in drawn companies each is with people who may have it, or waits in a team or queue, or is refused.

Named people leave and are full, branches are out of range, windows are closed, accounts are unknown: each item is asked for
on every side of them, for now, for after they have left and with everybody full.
"""
from collections import Counter
from datetime import timedelta

import pytest

from rules.directory.files import load_directory
from rules.errors import ItemError
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.availability import FullOwners
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.workload import EMPTY_DESK
from tests.contracts.random_companies import Company, render

BOOKS, ITEMS = 60, 25


def end_of(raw, at, book, directory, workload):
    """Where an item ends, by one word."""
    try:
        item = read_item(raw, book=book, directory=directory, at=at)
    except ItemError as error:
        assert all(problem.message and problem.column_name for problem in error.problems)
        return "refused"
    found = route_and_filter(item, book=book, directory=directory, at=at, workload=workload)
    for owner_id in found.eligibility.eligible:
        assert is_allowed(item, owner_id, book=book, directory=directory, at=at).eligible
    if found.eligibility.eligible:
        return "people"
    assert (found.queue or found.route.team) in book.teams, (raw, at, found)
    return "queue" if book.teams[found.queue or found.route.team].kind == "queue" else "team"


@pytest.fixture(scope="module")
def ends():
    seen = Counter()
    for seed in range(BOOKS):
        world = Company(seed)
        files = render(world)
        book, directory = require_book(files), load_directory(files)
        full = FullOwners(EMPTY_DESK, [*directory.owners], directory)
        for number in range(ITEMS):
            raw, at = world.item(number), world.moment()
            if number % 12 == 0:
                raw |= {"kind": "parcel"}
            for moment, workload in ((at, EMPTY_DESK), (at + timedelta(days=400), EMPTY_DESK), (at, full)):
                seen[end_of(raw, moment, book, directory, workload)] += 1
    return seen


def test_every_item_ends_with_people_or_waits_in_a_team_or_queue_or_is_refused(ends):
    assert sum(ends.values()) == 3 * BOOKS * ITEMS and min(ends[word] for word in ("people", "team", "queue", "refused")) > 100
