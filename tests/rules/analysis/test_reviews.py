"""Reviews: reminders of the book's review date and of border cases that end; and what a border case says of itself."""
from datetime import datetime, timedelta

import pytest

from rules.analysis.check import check
from tests.rules.what_next import AT, FOLK, LEADS, book, faults, files, route

BORDER = ("{id: alsace, when: {kind: lead, tier: gold}, to: success, because: the border desk knows them,"
          " decided_by: vp-sales@example.com, disputed_with: team south, expires: 2026-12-31}")


def due(*rules, at=AT, **more):
    report = check(files(*rules, **more), FOLK, at=at)
    return [found for found in report.findings if found.kind in ("review_due", "expired_exception")]


@pytest.mark.parametrize(("day", "said"), [
    ("2026-12-21", None), ("2026-12-20", "in 30 days"), ("2026-11-21", "in 1 day"), ("2026-11-20", "today"),
    ("2026-11-19", "1 day ago"), ("2026-06-20", "153 days ago"), ("2026-12-01T08:00:00Z", "in 11 days")])
def test_a_review_is_reminded_of_from_thirty_days_before(day, said):
    found = due(top=f"review_by: {day}")
    assert len(found) == (0 if said is None else 1)
    for reminder in found:
        assert (reminder.kind, reminder.severity, reminder.line) == ("review_due", "warning", 3)
        assert said in reminder.message and "revops@example.com" in reminder.message


def test_a_book_without_a_review_date_is_not_reminded():
    assert due() == []


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "2026-12-01T08:00"])
def test_a_review_date_that_is_none_is_refused(day):
    assert faults(top=f"review_by: {day}") == [("wrong_type", day)]


@pytest.mark.parametrize(("at", "kind", "said"), [
    (AT, None, None),
    (AT + timedelta(days=11), "review_due", "in 30 days"),
    (datetime.fromisoformat("2026-12-31T23:59:00Z"), "review_due", "today"),
    (datetime.fromisoformat("2027-01-01T00:00:00Z"), "expired_exception", "expired on 2026-12-31"),
])
def test_a_border_case_is_reminded_of_before_it_ends_and_an_error_after(at, kind, said):
    found = due(BORDER, LEADS, at=at)
    assert [reminder.kind for reminder in found] == ([] if kind is None else [kind])
    for reminder in found:
        assert reminder.rules == ("alsace",) and said in reminder.message
        assert "decided by vp-sales@example.com, disputed with team south" in reminder.message


def test_the_route_says_why_who_decided_and_until_when():
    the_book = book(BORDER, LEADS)
    assert route(the_book, tier="gold").reason == (
        "the border desk knows them; decided by vp-sales@example.com; disputed with team south; until 2026-12-31")
    later = route(the_book, tier="gold", at=datetime.fromisoformat("2027-01-01T00:00:00Z"))
    assert (later.rule, later.reason) == ("leads", None)


def test_a_reason_code_of_its_own_stands_first():
    assert route(book(BORDER.replace("because", "reason: border, because"), LEADS), tier="gold").reason == "border"


@pytest.mark.parametrize("key", ["decided_by", "disputed_with"])
def test_only_an_exception_has_somebody_who_decided_it(key):
    assert faults(f"{{id: leads, to: sales, {key}: somebody}}") == [("wrong_type", key)]
