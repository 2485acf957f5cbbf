"""The analysis of a book says exactly what trying every item says: 60 books in `make test`, 1,000 in `make test-long`."""
from collections import Counter

import pytest

from rules.analysis.check import check
from rules.directory.files import load_directory
from tests.contracts.drawn_territories import Judge, Territory, at_noon, book_of, is_possible, matches, render, same_place


def judged(seed: int, **drawn) -> Counter:
    """Check one drawn book against the naive judge; returns what was found."""
    territory = Territory(seed, **drawn)
    judge, files = Judge(territory), render(territory)
    report = check(book_of(files), load_directory(files), at=at_noon())
    assert report.proved == {"gap": True, "shadowed": True, "overlap": True}, seed
    by_kind = {kind: [found for found in report.findings if found.kind == kind]
               for kind in ("gap", "missing_fallback", "shadowed", "overlap", "fallback_only")}
    assert bool(by_kind["gap"]) == bool(judge.gaps()), seed
    assert {found.rules[0] for found in by_kind["shadowed"]} == judge.shadowed(), seed
    assert {frozenset(found.rules) for found in by_kind["overlap"]} == judge.overlaps(), seed
    assert bool(by_kind["fallback_only"]) == bool(len(territory.stages) > 1 and judge.fallback_only()), seed
    for found in (found for own in by_kind.values() for found in own):
        agree(found, territory, seed)
    return Counter(found.kind for own in by_kind.values() for found in own)


def agree(found, territory, seed):
    """An example is an item that can exist, and what is said of it is so."""
    rules = {rule["id"]: rule for rule in territory.rules}
    item = found.example
    if item is None:
        assert found.kind == "shadowed" and "does not go together" in found.message, (seed, found)
        return
    assert is_possible(item), (seed, found)
    hit = [rule["id"] for rule in territory.rules if rule["expires"] is None and matches(rule, item)]
    last = [rule["id"] for rule in territory.stages[-1]]
    if found.kind == "gap":
        assert not hit, (seed, found)
    if found.kind in ("fallback_only", "missing_fallback"):
        assert not set(hit) & set(last if found.kind == "missing_fallback" else rules.keys() - set(last)), (seed, found)
    if found.kind in ("overlap", "shadowed"):
        assert all(matches(rules[name], item) for name in found.rules), (seed, found)
    if found.kind == "overlap":
        assert not same_place(*(rules[name] for name in found.rules)), (seed, found)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_sixty_books_are_judged_as_by_trying_every_item(first):
    seen = sum((judged(seed) for seed in range(first, first + 20)), Counter())
    assert set(seen) == {"gap", "missing_fallback", "shadowed", "overlap", "fallback_only"}


@pytest.mark.parametrize("dates", [("today",), ("calendar",), ("today", "calendar")])
def test_books_that_ask_dates_are_judged_as_by_trying_every_item_at_every_moment(dates):
    seen = sum((judged(seed, dates=dates, stages=2, rules=4) for seed in range(10)), Counter())
    assert set(seen) >= {"missing_fallback", "shadowed", "overlap", "fallback_only"}


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_a_thousand_books_are_judged_as_by_trying_every_item(first):
    seen = sum((judged(seed) for seed in range(first, first + 250)), Counter())
    assert set(seen) == {"gap", "missing_fallback", "shadowed", "overlap", "fallback_only"}


@pytest.mark.long
@pytest.mark.parametrize("dates", [("today",), ("calendar",), ("today", "calendar")])
def test_two_hundred_books_that_ask_dates_are_judged_as_by_trying_every_item_at_every_moment(dates):
    seen = sum((judged(seed, dates=dates, stages=2, rules=4) for seed in range(200)), Counter())
    assert set(seen) == {"gap", "missing_fallback", "shadowed", "overlap", "fallback_only"}
