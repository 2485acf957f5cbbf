"""Decision tables: a row whose words are all known is the rule that strict reading makes of it, fault for fault."""
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book import decision_tables
from rules.book.cell_types import Cell, Members, Range, SourcePosition
from rules.loading import LoadedBook, load_book
from rules.refdata.days import Days
from rules.refdata.postal import postal_area
from tests.rules.book.books import SMALL

BOOK = SMALL.split("stages:")[0] + """stages:
  - {stage: rows, table: rows.csv}
  - stage: fallback
    rules: [{id: catch-all, to: rest}]
"""
HEADER = "id,country,postal_code,size,score,to,else,sla,says,because,expires,products"
WORDS = {
    "country": ["DE", "FR;AT", "DACH", "missing;EUROPE", "XX", "CITY", " ; ", "~"],
    "postal_code": ["10115", "10*", "10000-10999;missing", "CITY", "12-1"],
    "size": ["SMB", "BIG", '"MID;ENT"', "HUGE"],
    "score": ["1", ">=5", "0-<1;3", "much"],
    "products": ["cloud", "cloud; edge", "all of cloud;edge", "missing; none of HOSTED", "all of cloud; none of cloud", "sky"],
    "to": ["sales", "service", "{nearest: shops}", "{nearest: sales}", "nobody"],
    "else": ["rest"],
    "sla": ["hot", "cold"],
    "says": ["small ones", '"a, b"'],
    "because": ["a border"],
    "expires": ["2027-01-31"],
}
ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", "e", ""]), st.fixed_dictionaries(
    {"to": st.sampled_from(WORDS["to"])},
    optional={name: st.sampled_from(words) for name, words in WORDS.items() if name != "to"},
)), min_size=1, max_size=8)


def loaded(rows: str) -> LoadedBook:
    return load_book({"rulebook.yaml": BOOK, "rows.csv": f"{HEADER}\n{rows}"})


def written(rows) -> str:
    return "".join(",".join([rule_id, *(row.get(name, "") for name in HEADER.split(",")[1:])]) + "\n" for rule_id, row in rows)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS)
def test_a_table_reads_as_it_does_when_every_row_is_read_strictly(rows):
    text = written(rows)
    quick, read = loaded(text), decision_tables._SoundRows.read
    try:
        decision_tables._SoundRows.read = lambda self, row: None
        strict = loaded(text)
    finally:
        decision_tables._SoundRows.read = read
    assert quick == strict


def test_a_word_that_stands_in_many_rows_is_kept_once_and_each_cell_knows_its_place():
    book = loaded("a,DACH,,,,sales,,,,,,\nb, DACH,,,,service,,hot,,,,\n").book
    (first,), (second,) = (rule.when for rule in book.stages[0].rules)
    assert first.values is second.values and first.values == {"DE", "AT", "CH"}
    assert (first.place, second.place) == (
        SourcePosition(file="rows.csv", line=2, column=3),
        SourcePosition(file="rows.csv", line=3, column=3),
    )


def test_a_word_is_refused_in_every_row_where_it_stands():
    found = loaded("a,XX,,,,sales,,,,,,\nb,XX,,,,sales,,,,,,\n").findings
    assert [(one.line, one.column, one.given) for one in found][:2] == [(2, 3, "XX"), (3, 3, "XX")]


def test_a_cell_in_another_place_differs_in_nothing_else():
    cell = Cell(attribute="postal_code", values=frozenset({"1"}), ranges=(Range(low=1, high=2),),
                areas=(postal_area("US:9*"),), country="country", members=Members(all_of=frozenset({"1"})),
                missing=True, days=(Days(low=1),), text="...", names=("1",))
    assert all(getattr(cell, field.name) for field in fields(cell) if field.name != "place"), "give the new field a value here"
    elsewhere = SourcePosition(file="f.csv", line=7, column=2)
    assert cell.at(elsewhere) == replace(cell, place=elsewhere)
