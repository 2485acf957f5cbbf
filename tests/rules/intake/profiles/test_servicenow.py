"""The audit log of incidents: each damage is repaired as said and counted, and what cannot be read is named by its line."""
from datetime import UTC, datetime

import pytest

from rules.exports.servicenow.audit_log import ARRIVAL, LATE, parse_day_first, read_log
from tests.rules.intake.profiles import damaged_log

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def log():
    return read_log(damaged_log.text(), file="log.csv", now=NOW)


def count(log, code):
    return sum(repair.count for repair in log.repairs if repair.code == code)


def test_every_incident_is_read_once(log):
    assert (log.row_count, len(log.incidents), log.problems, log.unused) == (301, 60, (), ())
    assert len({one.number for one in log.incidents}) == 60


@pytest.mark.parametrize(("code", "times"), [
    ("header", 2), ("repeated_rows", 1), ("scattered_rows", 1), ("disordered_rows", 2), ("no_resolved_at", 3),
    ("changed_later", 2), ("late_columns", 18),
])
def test_each_repair_is_counted(log, code, times):
    assert count(log, code) == times


def test_question_marks_are_missing_and_counted_by_column(log):
    cells = [cell for line in damaged_log.text().splitlines()[1:] for cell in line.split(",")]
    assert count(log, "missing") == cells.count("?")
    words = next(repair.message for repair in log.repairs if repair.code == "missing")
    assert "cmdb_ci 301" in words and "resolved_by 10" in words


def test_an_incident_is_described_as_it_came_in_and_ends_as_its_last_row_says(log):
    one = log.incidents[3]
    assert one.opened_at == datetime(2016, 3, 3, 20, 0, tzinfo=UTC)
    assert one.facts == {"opened_by": "11", "contact_type": "Phone", "location": "143", "category": "46", "subcategory": "173",
                         "u_symptom": "72", "impact": "2", "urgency": "2", "priority": "3", "opened_hour": "20",
                         "opened_weekday": "thu"}
    assert (one.group, one.resolver, one.made_sla) == ("70", "14", False)
    assert one.settled_at == datetime(2016, 3, 5, 20, 0, tzinfo=UTC)


def test_a_default_of_an_open_incident_never_reaches_the_outcome(log):
    assert sum(one.made_sla is False for one in log.incidents) == 20


def test_what_is_known_late_is_no_property_of_an_item(log):
    named = {name for one in log.incidents for name in one.facts}
    assert named.isdisjoint({*LATE, "made_sla", "assignment_group", "resolved_by", "resolved_at", "closed_at"})
    assert named <= {*ARRIVAL, "opened_hour", "opened_weekday"}


def test_without_a_time_of_resolution_the_closing_ends_it(log):
    one = log.incidents[5]
    assert one.resolved_at is None and one.settled_at == one.closed_at


@pytest.mark.parametrize(("old", "new", "words"), [
    ("1/3/2016 08:00,?,?,6,1/3/2016 08:00", "2016-03-01 08:00,?,?,6,1/3/2016 08:00", "opened_at"),
    ("31/3/2016", "31/2/2016", "not a time"),
    ("0000002,New", "?,New", "the row has no number"),
    ("0000002,New", "0000002,oh,New", "another length"),
])
def test_what_cannot_be_read_is_a_problem_with_its_line(old, new, words):
    broken = damaged_log.text().replace(old, new)
    assert broken != damaged_log.text()
    read = read_log(broken, file="log.csv", now=NOW)
    assert words in str(read.problems[0]) and read.problems[0].line > 1


def test_a_file_without_the_columns_is_refused_by_name():
    read = read_log("number,opened\n1,2\n", file="log.csv", now=NOW)
    assert {problem.column_name for problem in read.problems} >= {"opened_at", "resolved_by", "made_sla"}
    assert read.row_count == 0


def test_proper_headers_need_no_repair():
    header = damaged_log.HEADER.replace("category,category", "category,subcategory").replace("ident_state", "incident_state")
    log = read_log(damaged_log.text().replace(damaged_log.HEADER, header), file="log.csv", now=NOW)
    assert count(log, "header") == 0 and len(log.incidents) == 60


def test_the_day_stands_before_the_month():
    assert parse_day_first("5/3/2016 12:00") == datetime(2016, 3, 5, 12, 0, tzinfo=UTC)
    for text in ("13/13/2016 1:00", "5/3/2016", "", "2016-03-05 12:00", "5/3/2016 25:00"):
        assert parse_day_first(text) is None
