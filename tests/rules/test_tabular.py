"""CSV read one way everywhere: comments, byte order mark, semicolons, quotes, the line where a record starts, short rows."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book.csv_tables import parse_table
from rules.book.findings import Findings
from rules.exports.mapping import ColumnMapping
from rules.exports.sheet import read_sheet
from rules.records import TableRecord, UnendedQuote, delimiter_in, records
from rules.tabular import open_table, read_table
from serving.fairness.selection_rates import read_groups

PLAIN = [{"owner_id": "ann", "team": "a, b"}, {"owner_id": "eve", "team": 'the "c"'}]
WRITTEN = {
    "commas": 'owner_id,team\nann,"a, b"\neve,"the ""c"""\n',
    "comments above": '# who is where\n\n# and why\nowner_id,team\nann,"a, b"\neve,"the ""c"""\n',
    "a byte order mark": '\ufeffowner_id,team\nann,"a, b"\neve,"the ""c"""\n',
    "semicolons": 'owner_id;team\nann;a, b\neve;"the ""c"""\n',
    "tabs": 'owner_id\tteam\nann\ta, b\neve\t"the ""c"""\n',
    "Excel's word": 'sep=;\nowner_id;team\nann;a, b\neve;"the ""c"""\n',
    "line ends of Windows": 'owner_id,team\r\nann,"a, b"\r\n\r\neve,"the ""c"""\r\n',
    "all in quotes": '"owner_id","team"\n"ann", "a, b"\n"eve" ,"the ""c"""',
}


def as_table(text, _tmp):
    return [row.cells for row in read_table(text, file="a.csv").rows]


def as_book_table(text, _tmp):
    table = parse_table(text, "a.csv", Findings())
    return [dict(zip(table.columns, row.texts, strict=True)) for row in table.rows]


def as_export(text, _tmp):
    read = read_sheet(text, ColumnMapping(name="x"), file="a.csv", known=("owner_id", "team"))
    return [dict(zip(read.columns, line.cells, strict=True)) for line in read.lines]


def as_groups(text, tmp):
    (tmp / "groups.csv").write_bytes(text.encode())
    return [{"owner_id": owner, "team": team} for owner, team in read_groups(tmp / "groups.csv")["team"].items()]


@pytest.mark.parametrize("read", [as_table, as_book_table, as_export, as_groups])
@pytest.mark.parametrize("written", WRITTEN)
def test_a_table_says_the_same_however_it_is_written_and_whoever_reads_it(read, written, tmp_path):
    assert read(WRITTEN[written], tmp_path) == PLAIN


def test_a_record_stands_on_the_line_where_it_starts():
    text = '# note\nowner_id,team\nann,"a\nb"\n\neve,c\n'
    assert [row.line for row in read_table(text, file="a.csv").rows] == [3, 6]
    assert [row.place.line for row in parse_table(text, "a.csv", Findings()).rows] == [3, 6]


OPEN_QUOTES = {
    "no quote below": ('L-2,lead,"two\nL-3,lead,three\nL-4,case,four\n', [3, 4]),
    "closed by the opening quote of another": ('L-2,lead,"two\nL-3,lead,three\nL-4,lead,"a, b"\nL-5,lead,five\n', [3, 4, 5]),
    "closed by an inch mark": ('L-2,lead,"two\nL-3,lead,three\nL-4,lead,5"\nL-5,lead,five\n', [3, 4, 5]),
    "closed by another one without a pair": ('L-2,lead,"two\nL-3,lead,"three\nL-4,case,four\n', [4]),
    "in the first cell": ('"L-2,lead,two\nL-3,lead,three\nL-4,lead,"a, b"\n', [3, 4]),
    "among quoted cells": ('"L-2","lead","two\n"L-3","lead","three"\n"L-4","lead","four"\n', [3, 4]),
    "before a short row": ('L-2,lead,"two\nL-3,lead\nL-4,lead,four\n', [3, 4]),
    "around what belongs to its own cell": ('L-2,lead,"Dear all,\nthank you, all, for it\nL-4,lead,four\n', [4]),
    "in the last row": ('L-2,lead,"two', []),
}


@pytest.mark.parametrize("written", OPEN_QUOTES)
def test_a_quote_that_is_never_closed_costs_no_record_but_its_own(written):
    below, read = OPEN_QUOTES[written]
    table = read_table("item_id,kind,note\nL-1,lead,one\n" + below, file="a.csv")
    assert [row.cells["item_id"] for row in table.rows] == ["L-1", *(f"L-{number}" for number in read)]
    told = [one.line for one in table.problems if one.message == "a quoted cell has no end"]
    assert told == list(table.broken_lines) and told[0] == 3
    assert len(told) + len(table.rows) == below.rstrip().count("L-") + 1


def test_a_quote_that_is_never_closed_refuses_the_file_where_no_record_can_be_seen_below_it():
    table = read_table('owner_id,team,role\nann,a,\neve,"b\nc d\n', file="a.csv")
    assert [(one.line, one.given, one.whole_file) for one in table.problems] == [(3, 'eve,"b', True)] and len(table.rows) == 1
    with pytest.raises(UnendedQuote):
        list(records('"a'))


LONG = {
    "text with commas": 'L-2,lead,"Hello,\nwell, thank you, all\nsee, L-9, you"\n',
    "an address": 'L-2,lead,"Mill Lane 1,\nOxford, OX1, GB"\n',
    "all in quotes": '"L-2","lead","one\nL-3,lead,two\nx"\n',
    "the first cell": '"L\n-2",lead,two\n',
    "a short row": 'L-2,"le\nad"\n',
}


@pytest.mark.parametrize("written", LONG)
def test_a_cell_of_several_lines_is_one_cell(written):
    table = read_table("item_id,kind,note\nL-1,lead,one\n" + LONG[written] + "L-7,case,last\n", file="a.csv")
    assert (len(table.rows), table.problems) == (3, ())


def test_a_header_that_stands_again_inside_a_table_is_told_also_behind_a_byte_order_mark():
    table = read_table("account_id,name\na-1,Oak\n\ufeffaccount_id,name\na-2,Elm\n", file="a.csv")
    assert [(one.line, one.message) for one in table.problems] == [(3, "the header stands again")]
    assert len(table.rows) == 2 and table.broken_lines == (3,)


def test_text_behind_a_quoted_cell_is_told_and_reading_goes_on():
    table = read_table('owner_id,team\nann,"a"b\neve,c\n', file="a.csv")
    assert [(one.line, one.message) for one in table.problems] == [(2, "text stands behind a quoted cell")]
    assert [row.line for row in table.rows] == [3] and table.broken_lines == (2,)


SHORT = '# who\nowner_id,team,note\nann\neve,c,\n"b\nob",d\n# later\n'


@pytest.mark.parametrize("read", [
    lambda text: read_table(text, file="a.csv").short_rows,
    lambda text: read_sheet(text, ColumnMapping(name="x"), file="a.csv", known=("owner_id", "team", "note")).short_rows])
def test_short_rows_are_read_and_told_by_the_line_where_they_start(read):
    assert list(map(str, read(SHORT))) == [
        f"a.csv:{line}: the row has fewer cells than the header, the rest is taken as empty; given `{cells}`; expected 3 cells, "
        f"with a separator for each empty one{note}"
        for line, cells, note in ((3, 1, ""), (5, 2, ""), (7, 1, "; a note stands above the header"))]


def test_a_quote_inside_a_plain_cell_is_a_letter():
    assert TableRecord(1, '5" pipe,"a,b"').texts == ['5" pipe', "a,b"]


def test_comments_below_the_header_are_rows():
    assert [row.cells["owner_id"] for row in read_table("owner_id,team\n#1,a\n", file="a.csv").rows] == ["#1"]


@pytest.mark.parametrize(("text", "sign"), [("a;b,c\n", ","), ('"a,b";c\n', ";"), ("a\n", ","), ("#x,y\na|b\n", "|")])
def test_the_header_tells_what_parts_the_cells(text, sign):
    assert delimiter_in(text) == sign


@settings(max_examples=150)
@given(st.lists(st.lists(st.text('ab,;"\n ', max_size=5), min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_in_quotes_is_read_back(rows):
    text = "x,y\n" + "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)
    assert [record.texts for record in records(text)][1:] == [[cell.strip() for cell in row] for row in rows]


def test_a_table_can_be_read_row_by_row_and_tells_what_it_met_so_far():
    opened = open_table("a,b\n1,2\n3\n4,5,6\n7,8\n", file="a.csv")
    rows = iter(opened.rows)
    assert next(rows).cells == {"a": "1", "b": "2"}
    assert (opened.short_rows, opened.problems) == ([], [])
    assert [row.line for row in rows] == [3, 5]
    assert [one.line for one in (*opened.short_rows, *opened.problems)] == [3, 4]
    assert opened.broken_lines == [4]
