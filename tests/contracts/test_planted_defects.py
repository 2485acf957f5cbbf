"""Every planted defect is found, every counterexample holds, and clean books raise no alarm.

13 kinds of defects: 5 books of each in `make test`, 100 in `make test-long`.
"""
import random

import pytest

from rules.analysis.check import CheckReport, check
from rules.directory.files import load_directory
from rules.errors import DirectoryError
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory, Moment
from rules.routing.territory import find_route
from tests.contracts.drawn_territories import Judge, at_noon, book_of, is_possible, matches, render
from tests.contracts.planted_defects import DEFECTS, Planted, ReadAsMeant, clean

#: Warnings that are true of drawn books: the bands of `heat` leave a hole, and exceptions end within days.
TRUE_WARNINGS = {"band_hole", "review_due", "any_country"}


def checked(files: dict[str, str]) -> CheckReport:
    people = {name: text for name, text in files.items() if name not in book_of(files)}
    try:
        return check(book_of(files), load_directory(people), at=at_noon())
    except DirectoryError as error:
        return check(book_of(files), None, at=at_noon(), problems=error.problems)


def raises_no_alarm(seed: int) -> None:
    """A clean book has no errors, all is proved, and its only warning about items is true."""
    territory = clean(seed)
    report = checked(render(territory))
    assert report.ok and all(report.proved.values()), (seed, report.findings)
    warnings = [found for found in report.findings if found.kind not in TRUE_WARNINGS]
    assert [found.kind for found in warnings] == ["fallback_only"] and Judge(territory).fallback_only(), (seed, warnings)
    earlier = [rule for stage in territory.stages[:-1] for rule in stage if not rule["expires"]]
    assert not any(matches(rule, warnings[0].example) for rule in earlier), (seed, warnings)


def is_found(defect: str, seed: int, **drawn) -> None:
    """The defect planted into a clean book is reported with its place, and nothing else is called an error."""
    planted = DEFECTS[defect](clean(seed, **drawn), random.Random(f"{defect} {seed}"))
    if isinstance(planted, ReadAsMeant):
        assert reaches(planted.files, planted.item) and not reaches(planted.files, planted.misread), (seed, planted.item)
        assert checked(planted.files).ok, (seed, checked(planted.files).findings)
        return
    report = checked(planted.files)
    found = [finding for finding in report.findings if finding.kind == planted.kind and fits(finding, planted)]
    assert found, (seed, planted, report.findings)
    errors = {finding.kind for finding in report.findings if finding.severity == "error"}
    assert errors <= {planted.kind} | planted.also, (seed, errors, report.findings)
    assert all(finding.line for finding in found), (seed, found)
    if planted.holds:
        assert all(is_possible(finding.example) and planted.holds(finding.example) for finding in found), (seed, found)


def fits(finding, planted: Planted) -> bool:
    """Whether a finding names what was planted."""
    return (planted.given in (None, finding.given) and planted.nearest in (None, finding.nearest)
            and (planted.rules is None or frozenset(finding.rules) == planted.rules))


def reaches(files: dict[str, str], raw: dict[str, str]) -> bool:
    """Whether an item, read and routed, is taken by the rule planted."""
    book, nobody = require_book(book_of(files)), Directory(owners={})
    item = read_item(raw, book=book, directory=nobody, at=at_noon())
    return find_route(book, item, nobody, Moment(at=at_noon())).route.rule == "planted"


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_sixty_clean_books_raise_no_alarm(first):
    for seed in range(first, first + 20):
        raises_no_alarm(seed)


@pytest.mark.parametrize("defect", DEFECTS)
def test_five_defects_of_each_kind_are_found(defect):
    for seed in range(5):
        is_found(defect, seed)


@pytest.mark.parametrize("defect", ["gap", "shadowed", "overlap"])
@pytest.mark.parametrize("dates", [("today",), ("calendar",), ("today", "calendar")])
def test_defects_among_rules_that_ask_dates_are_found_with_a_moment_at_which_the_example_holds(defect, dates):
    for seed in (1, 2):
        is_found(defect, seed, dates=dates, families=1, rules=3)


@pytest.mark.long
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_hundred_defects_of_each_kind_are_found(defect):
    for seed in range(100):
        is_found(defect, seed)


@pytest.mark.long
def test_three_hundred_clean_books_raise_no_alarm():
    for seed in range(300):
        raises_no_alarm(seed)
