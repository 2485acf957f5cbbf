"""Merging rows into a table that people keep: cell by cell, the rest byte for byte."""
from random import Random

import pytest

from rules.directory.merge import CellChange, merge_rows
from rules.tabular import Row, read_table

KEPT = '# who sells what\n\nowner_id , name,"skills",max_open\r\n' \
       'ann,"Lee, Ann",gas;hvac,3\r\n\r\nbob,Bob "B" Ray,,\r\ncleo,Cleo\r\n'


def rows(*cells):
    return [Row(line=number, cells=dict(one)) for number, one in enumerate(cells, start=2)]


def merged(text, *cells, **more):
    return merge_rows(text, rows(*cells), key="owner_id", **more)


def test_what_is_said_already_changes_no_byte():
    done = merged(KEPT, {"owner_id": "ann", "name": "Lee,  Ann"}, {"owner_id": "cleo"}, columns=("owner_id", "name", "email"))
    assert (done.text, done.added, done.changed) == (KEPT, (), ())


def test_a_changed_cell_is_the_only_thing_that_changes():
    done = merged(KEPT, {"owner_id": "ann", "max_open": "5"}, {"owner_id": "cleo", "skills": "hvac"})
    assert done.text == KEPT.replace("gas;hvac,3", "gas;hvac,5").replace("cleo,Cleo", "cleo,Cleo,hvac")
    assert done.changed == (CellChange(row_id="ann", column="max_open", before="3", after="5"),
                            CellChange(row_id="cleo", column="skills", before="", after="hvac"))


def test_new_rows_stand_behind_the_others_and_new_columns_behind_the_columns():
    done = merged(KEPT, {"owner_id": "dan", "name": 'Dan, "D"', "email": "d@example.com"})
    assert done.text.startswith('# who sells what\n\nowner_id , name,"skills",max_open,email\r\n'
                                'ann,"Lee, Ann",gas;hvac,3,\r\n\r\n')
    assert done.text.endswith('cleo,Cleo,,,\r\ndan,"Dan, ""D""",,,d@example.com\r\n')
    assert done.added == ("dan",) and done.changed == ()


@pytest.mark.parametrize(("text", "end"), [
    ("owner_id;name\nann;Ann", "\nbob;Bob\n"), ("owner_id\tname\rann\tAnn\r", "bob\tBob\r"),
    ("\ufeffowner_id,name\nann,Ann\n", "bob,Bob\n")])
def test_the_texts_own_separator_and_line_ends_are_kept(text, end):
    assert merged(text, {"owner_id": "bob", "name": "Bob"}).text == text + end


def test_a_text_without_a_table_gets_the_columns_given():
    assert merged("", {"owner_id": "ann", "name": "Ann"}, columns=("owner_id", "email", "name")).text == (
        "owner_id,email,name\nann,,Ann\n")


def test_an_empty_cell_clears_only_where_it_is_given_as_one():
    text = "owner_id,team,from\nann,x,2026-01-01\n"
    assert merged(text, {"owner_id": "ann", "from": ""}).text == "owner_id,team,from\nann,x,\n"


def test_records_over_several_lines_are_kept_changed_and_dropped_whole():
    text = 'owner_id,note,name\nann,"one\ntwo",Ann\nbob,"three\nfour",Bob\ncleo,,Cleo\n'
    done = merged(text, {"owner_id": "bob", "name": "Rob"}, {"owner_id": "cleo", "name": "Clea"}, drop=("ann",))
    assert done.text == 'owner_id,note,name\nbob,"three\nfour",Rob\ncleo,,Clea\n'
    assert done.lines == {2: 2, 4: 3}


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_merged_reads_as_the_rows_over_the_table(seed):
    random = Random(seed)
    names = ["owner_id", "a", "b", "c"]
    cell = lambda: random.choice(("", "x", 'q"q', "p,q", " pad ", "ü;ß", "two words"))  # noqa: E731
    before = [[f"o{number}", *(cell() for _ in names[1:])] for number in range(6)]
    quoted = lambda one: f'"{one.replace(chr(34), chr(34) * 2)}"' if random.random() < 0.5 or "," in one or '"' in one else one  # noqa: E731
    text = ",".join(names) + "\n" + "".join(",".join(map(quoted, row)) + "\n" for row in before)
    given = {f"o{number}": {name: made for name in [*names[1:], "d"] if (made := cell().strip())}
             for number in random.sample(range(9), 5)}
    done = merged(text, *({"owner_id": row_id, **cells} for row_id, cells in given.items()))
    wanted = {row[0]: {name: one.strip() for name, one in zip(names[1:], row[1:], strict=True) if one.strip()} for row in before}
    for row_id, cells in given.items():
        wanted[row_id] = {**wanted.get(row_id, {}), **cells}
    read = read_table(done.text, file="owners.csv")
    assert not read.problems and not read.short_rows
    assert {row.cells["owner_id"]: row.cells for row in read.rows} == {
        row_id: {"owner_id": row_id, **cells} for row_id, cells in wanted.items()}
    for line, given_line in done.lines.items():
        row = next(row for row in read.rows if row.line == line)
        assert row.cells["owner_id"] == list(given)[given_line - 2]
    assert merged(done.text, *({"owner_id": row_id, **cells} for row_id, cells in given.items())).text == done.text
