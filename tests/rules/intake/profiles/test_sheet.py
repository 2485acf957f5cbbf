"""From text to records: separators, headers, footers, sums, groups; every row is a record, told, or a problem."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.exports.mapping import ColumnMapping
from rules.exports.sheet import delimiter_of, read_sheet

REPORT = ColumnMapping(name="report", footer=("Copyright", "Confidential"), sums=("Total", "Count", "Subtotal"))
KNOWN = ("Name", "Owner", "Amount")


def sheet(text, mapping=REPORT):
    return read_sheet(text, mapping, file="a.csv", known=KNOWN)


def told(read):
    return {repair.code: repair.count for repair in read.told}


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_known_names(sign):
    text = f"Name{sign}Owner{sign}Amount\na{sign}b{sign}1\n"
    assert delimiter_of(text, KNOWN) == sign
    assert sheet(text).lines[0].cells == ("a", "b", "1")


def test_a_cell_may_hold_separators_and_line_breaks():
    read = sheet('Name,Owner,Amount\n"a;b\nc",x,1\nd,y,2\n')
    assert [(line.number, line.cells[0]) for line in read.lines] == [(2, "a;b\nc"), (4, "d")]


def test_excels_word_on_the_separator_is_no_row():
    assert sheet("sep=;\nName;Owner;Amount\na;b;1\n").lines[0].cells == ("a", "b", "1")


def test_a_record_that_begins_like_a_footer_or_a_sum_stays_a_record():
    read = sheet("Name,Owner,Amount\nConfidential Ltd,x,1\nTotal Energies,y,2\nCount,z,3\n")
    assert len(read.lines) == 3 and told(read) == {}


def test_footers_sums_headings_and_repeated_headers_are_told_with_their_lines():
    read = sheet("My report\n\nName,Owner,Amount\nOwner: Ann (2 records)\na,,1\nb,,2\nSubtotal,,3\nName,Owner,Amount\nc,x,3\n"
                 "\nCopyright 2026\nAcme\n")
    assert told(read) == {"title_rows": 1, "group_rows": 1, "sum_rows": 1, "repeated_headers": 1, "footer_rows": 2}
    assert [line.cells[0] for line in read.lines] == ["a", "b", "c"]
    assert read.groups[5] == {"Owner": "Ann"}
    assert {repair.code: repair.lines for repair in read.told if repair.code == "footer_rows"} == {"footer_rows": (11, 12)}


def test_lonely_rows_at_the_end_without_a_footers_words_stay_records():
    assert len(sheet("Name,Owner,Amount\na,b,1\nc\n").lines) == 2


def test_a_grouped_column_is_filled_down():
    read = sheet("Owner \u2191,Name,Amount\nAnn,a,1\n,b,2\nBob,c,3\n,d,4\n")
    assert [line.cells[0] for line in read.lines] == ["Ann", "Ann", "Bob", "Bob"] and told(read) == {"filled_down": 2}


def test_groups_with_sums_are_filled_down_without_being_told():
    read = sheet("Owner,Name,Amount\nAnn,a,1\n,b,2\nSubtotal,,3\nBob,c,3\n,d,4\nSubtotal,,7\n")
    assert [line.cells[0] for line in read.lines] == ["Ann", "Ann", "Bob", "Bob"]
    assert told(read) == {"sum_rows": 2, "filled_down": 2}


def test_a_blank_cell_of_an_ordinary_table_stays_blank():
    assert [line.cells[0] for line in sheet("Owner,Name,Amount\nAnn,a,1\n,b,2\n").lines] == ["Ann", ""]
    read = sheet("Owner,Name,Amount\nAnn,a,1\nBob,b,2\n,c,3\nTotal,,6\n")
    assert [line.cells[0] for line in read.lines] == ["Ann", "Bob", ""]


def test_columns_without_a_name_or_of_one_name_are_told():
    read = sheet("Name,Owner,Other,Other,\na,b,c,d,e\n")
    assert read.columns == ("Name", "Owner", "Other", "Other (column 4)", "column 5") and told(read) == {"double_columns": 1}
    assert "two columns have one name" in str(sheet("Name,Name\na,b\n").problems[0])


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=12), st.sampled_from([",", ";", "\t"]))
def test_every_row_of_any_table_is_a_record_told_or_a_problem_or_the_file_is_refused_whole(rows, sign):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows([KNOWN, *rows])
    read = sheet(out.getvalue())
    told_rows = sum(len(repair.lines) for repair in read.told)
    accounted = len(read.lines) + told_rows + len({problem.line for problem in read.problems if problem.line})
    assert accounted == read.row_count or any(problem.whole_file for problem in read.problems)
