"""Histories and item lists: what is read, what is not by line, which columns nothing uses, what is missing."""
from datetime import UTC, datetime

import pytest

from rules.exports.history import assignments_in, history_table, read_items, unreadable_lines
from tests.rules.example import the_book, the_directory

HEAD = "item_id,kind,received_at,owner_id,assigned_at,accepted_at,ended_at,end,outcome,outcome_at,value,assigned_by,propensity"


def history(text: str):
    return assignments_in(history_table(text, file="history.csv"), book=the_book(), directory=the_directory())


def items(text: str):
    return read_items(text, file="items.csv", book=the_book(), directory=the_directory())


def test_an_assignment_is_read_with_its_item_and_what_came_of_it():
    read = history(f"{HEAD},country,favourite_colour\n"
                   "L-1,lead,2026-01-05T10:00:00Z,ann,2026-01-05T10:05:00Z,,2026-01-09T10:00:00+01:00,resolved,"
                   "converted,2026-01-08T09:00:00Z,2500,manual,0.25,USA,red\n")
    (row,) = read.rows
    assert (row.line, row.owner_id, row.end, row.outcome, row.assigned_by) == (2, "ann", "resolved", "converted", "manual")
    assert row.assigned_at == datetime(2026, 1, 5, 10, 5, tzinfo=UTC) and row.ended_at == datetime(2026, 1, 9, 9, tzinfo=UTC)
    assert (row.value, row.propensity, row.accepted_at, row.first_response_at) == (2500.0, 0.25, None, None)
    assert (row.item.value("country"), row.item.value("value")) == ("US", 2500.0)
    assert read.unmapped == ("favourite_colour",) and read.problems == ()
    assert read.missing_share["country"] == 0.0 and read.missing_share["employees"] == 1.0


def test_rows_that_cannot_be_read_are_named_by_line_and_the_others_are_kept():
    good = "L-{},lead,2026-01-05T10:00:00Z,ann,2026-01-05T10:05:00Z,,,open,,,,rule,"
    read = history("\n".join([
        HEAD, good.format(1),
        "L-2,lead,2026-01-05T10:00:00,ann,2026-01-05T10:05:00Z,,,open,,,,rule,",
        "L-3,leed,2026-01-05T10:00:00Z,annn,2026-01-05T10:05:00Z,,,won,,,,robot,",
        "L-4,lead,2026-01-05T10:00:00Z,ann,,,,open,,,,rule,2",
        "L-5,lead,2026-01-05T10:00:00Z,ann,2026-01-05T10:05:00Z,,2026-01-04T10:00:00Z,open,,,many,rule,",
        "L-6,lead,2026-01-05T10:00:00Z,ann,2026-01-05T10:05:00Z,,,open,,,,rule,,too,many", good.format(7), "",
    ]))
    assert [row.item.item_id for row in read.rows] == ["L-1", "L-7"]
    assert read.row_count == 7
    assert unreadable_lines(read.problems) == (3, 4, 5, 6, 7)
    by_line = {line: {p.column_name for p in read.problems if p.line == line} for line in range(3, 8)}
    assert by_line == {3: {"received_at"}, 4: {"kind", "owner_id", "end", "assigned_by"},
                       5: {"assigned_at", "propensity"}, 6: {"ended_at", "value"}, 7: {None}}
    assert next(p for p in read.problems if p.column_name == "owner_id").nearest == "ann"


@pytest.mark.parametrize(("column", "given", "proposed"), [
    ("end", "Closed Won", "resolved"), ("end", "handed_over", "reassigned"), ("end", "Declined", "rejected"),
    ("end", "In Progress", "open"), ("end", "resolvd", "resolved"), ("end", "zebra", None),
    ("assigned_by", "round-robin", "rotation"), ("assigned_by", "Human", "manual"), ("assigned_by", "AI", "model"),
    ("assigned_by", "random", "exploration"), ("assigned_by", "Assignment Rule", "rule"), ("assigned_by", "modell", "model"),
])
def test_a_word_that_others_use_has_ours_proposed_and_is_never_taken_for_it(column, given, proposed):
    read = history(f"item_id,kind,received_at,owner_id,assigned_at,{column}\n"
                   f"L-1,lead,2026-01-05T10:00:00Z,ann,2026-01-05T10:05:00Z,{given}\n")
    [problem] = read.problems
    assert (problem.column_name, problem.given, problem.nearest) == (column, given, proposed) and not read.rows


def test_a_file_without_its_columns_is_one_problem_each():
    read = history("item_id,kind\nL-1,lead\n")
    assert {p.column_name for p in read.problems if p.line == 1} == {"received_at", "owner_id", "assigned_at"}
    assert read.rows == ()


def test_cells_may_hold_line_breaks():
    lines = ["item_id,kind,received_at,notes",
             'L-1,lead,2026-01-05T10:00:00Z,"two\nlines, one cell"',
             "L-2,lead,2026-01-05T10:00:00Z,"]
    read = items("\n".join(lines))
    assert [(row.line, row.item.item_id) for row in read.rows] == [(2, "L-1"), (4, "L-2")]
    assert read.rows[0].item.value("notes") == "two\nlines, one cell"


def test_items_keep_the_row_as_it_stands():
    read = items("item_id,kind,received_at,country,colour\nL-1,lead,2026-01-05T10:00:00Z,Deutschland,red\n"
                 "L-2,lead,2026-01-05T10:00:00,,\n")
    assert dict(read.rows[0].raw) == {"item_id": "L-1", "kind": "lead", "received_at": "2026-01-05T10:00:00Z",
                                      "country": "Deutschland"}
    assert read.unmapped == ("colour",)
    assert [(p.line, p.given) for p in read.problems] == [(3, "2026-01-05T10:00:00")]
