"""What we write runs in no spreadsheet and reads back as it was; what a spreadsheet wrapped is read as what it says."""
import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.records import records
from rules.spreadsheet import bare, csv_text, guarded
from rules.tabular import read_table

RISKY = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3+cmd", "\tcmd", "\ncmd", "\uff1d1+1", "'=1"]


@pytest.mark.parametrize("cell", RISKY)
def test_what_a_spreadsheet_would_run_is_written_behind_an_apostrophe(cell):
    assert guarded(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "-1234.50", "+49", "-1.5e-05", "", "a=b", "'t Hooft", "O'Neil", "L-1"])
def test_numbers_and_plain_words_are_written_as_they_are(cell):
    assert guarded(cell) == cell


@pytest.mark.parametrize(("cell", "said"), [
    ('="00123"', "00123"), ('="L-001"', "L-001"), ('="say ""hi"""', 'say "hi"'), ("'00123", "00123"), ("'L-7", "L-7"),
    ("'=x", "=x"), ("'t Hooft", "'t Hooft"), ("'s-Hertogenbosch", "'s-Hertogenbosch"), ("=1+1", "=1+1"), ("'a1'", "'a1'")])
def test_a_cell_is_read_out_of_what_a_spreadsheet_wrapped_it_in(cell, said):
    assert bare(cell) == said


def test_unwrapped_cells_are_told_by_their_line():
    table = read_table('account_id,name\n="0017",Oak\n"=""0018""",Elm\n\'0019,\'t Hooft\n', file="a.csv")
    assert [row.cells["account_id"] for row in table.rows] == ["0017", "0018", "0019"]
    assert [(one.line, one.column, one.given) for one in table.unwrapped] == [(2, 1, "0017"), (3, 1, "0018"), (4, 1, "0019")]


@settings(max_examples=300)
@example([["'00123", '="7"'], ["''=a", "'''9"], [" '1", "\t'"], [" =1", "x"]])
@given(st.lists(st.lists(st.one_of(st.text("'=+-@\t\"a1 ,;\n", max_size=6), st.text(max_size=8)), min_size=2, max_size=2),
                min_size=1, max_size=4))
def test_what_is_written_is_read_back_and_begins_with_nothing_that_runs(rows):
    rows = [[cell.replace("\r", "").replace("\ufeff", "") for cell in row] for row in rows]
    text = csv_text(("x", "y"), rows)
    for cell in (cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if cell.strip()):
        assert cell[0] not in "=@\t\r\n" and (cell[0] not in "+-" or set(cell[1:].strip()) <= set("0123456789.,eE+-"))
    assert [record.texts for record in records(text)][1:] == [[cell.strip() for cell in row] for row in rows]
