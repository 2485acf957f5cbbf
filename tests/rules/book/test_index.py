"""The index against a scan that shares no code with it: every kind of cell, exceptions, overlaps, whatever is looked up."""
import random
from datetime import UTC, datetime

import pytest

from rules.book.cell_types import Range
from rules.book.indexing import value_index
from rules.book.indexing.index import compiled
from rules.book.indexing.interval_index import Stretches
from rules.loading import require_book
from rules.model import Directory, Fact, Moment, WorkItem
from rules.refdata.postal import postal_area
from rules.routing.territory import find_route

NOW = Moment(at=datetime(2026, 11, 18, 12, tzinfo=UTC))
TODAY = NOW.at.date()
HEAD = """\
rulebook: 1
attributes:
  kind: {enum: [lead, case]}
  country: {type: country}
  postal_code: {type: postal}
  score: {type: number}
  value: {type: number}
  vip: {type: flag}
groups: {EAST: [PL, CZ, missing], CITY: [10*, "2000", 30000-40000]}
teams: {a: {kind: team}, b: {kind: team}, rest: {kind: queue}}
stages:
  - {stage: drawn, table: drawn.csv}
  - stage: fallback
    rules: [{id: catch-all, to: rest}]
"""
WORDS = {
    "kind": ["lead", "case"],
    "country": ["DE", "FR", "PL", "EAST", "missing"],
    "postal_code": ["10115", "1*", "10*", "101*", "SW1*", "10000-20000", "10100-10200", "1000-3000", ">=15000", "<2000", "CITY",
                    "DE:101*", "FR:10000-20000", "PL:10115", "DE:<2000", "missing"],
    "score": ["0", "1.5", "0-1", "0-<1", "1-2", "1-<2", ">1", "<=1", ">=100", "100+", "missing"],
    "value": ["0-10", "10-20", "5-<15", ">10", "<10", "missing"],
    "vip": ["true", "false", "missing"],
}
ITEMS = {
    "kind": ["lead", "case"], "country": ["DE", "FR", "PL", "CZ", "IT", None], "vip": [True, False, None],
    "postal_code": ["10115", "10150", "1", "10", "2000", "20000", "30000", "SW1A", "15000", "1500", "99999", None],
    "score": [0.0, 0.5, 1.0, 1.5, 2.0, 100.0, -1.0, None], "value": [0.0, 5.0, 10.0, 12.5, 15.0, 20.0, 21.0, None],
}


def drawn_rows(draw: random.Random) -> list[dict[str, str]]:
    rows = []
    for number in range(draw.randint(1, 25)):
        chosen = draw.sample(list(WORDS), draw.randint(0, 4))
        row = {name: ";".join(draw.sample(WORDS[name], draw.randint(1, min(3, len(WORDS[name]))))) for name in chosen}
        expires = draw.choice(["", "", "", "2026-11-18", "2026-11-17"])
        rows.append({"id": f"r{number}", **row, "to": draw.choice("ab"), "because": "a border" if expires else "",
                     "expires": expires})
    return rows


def drawn_item(draw: random.Random, number: int) -> WorkItem:
    facts = {name: Fact(value=draw.choice(values)) for name, values in ITEMS.items() if name != "kind"}
    return WorkItem(item_id=f"i{number}", kind=draw.choice(ITEMS["kind"]), received_at=NOW.at, facts=facts)


def meets(name: str, value, word: str) -> bool:
    """One word against one value, from the words alone."""
    if word in ("EAST", "CITY"):
        return any(meets(name, value, part) for part in {"EAST": ("PL", "CZ", "missing"),
                                                         "CITY": ("10*", "2000", "30000-40000")}[word])
    if value is None or word == "missing":
        return value is None and word == "missing"
    if name in ("kind", "country"):
        return value == word
    if name == "vip":
        return str(value).lower() == word
    if word.endswith("*"):
        return value[:len(word) - 1] == word[:-1]
    low, high, opened = bounds(word)
    if name == "postal_code" and {len(end) for end in (low, high) if end} != {len(value)}:
        return False
    low, high, value = (float(end) if end else end for end in (low, high, value)) if name != "postal_code" else (low, high, value)
    above = low == "" or value > low or (value == low and "low" not in opened)
    return above and (high == "" or value < high or (value == high and "high" not in opened))


def bounds(word: str) -> tuple[str, str, str]:
    """Low and high end, empty where there is none, and which of them is out."""
    for sign in (">=", "<=", ">", "<"):
        if word.startswith(sign):
            bound, out = word.removeprefix(sign), "" if "=" in sign else ("low" if sign == ">" else "high")
            return (bound, "", out) if sign[0] == ">" else ("", bound, out)
    if word.endswith("+"):
        return word[:-1], "", ""
    low, dash, high = word.partition("-")
    return (low, high.removeprefix("<"), "high" if high.startswith("<") else "") if dash else (word, word, "")


def scanned(rows, item: WorkItem) -> list[dict[str, str]]:
    """Every row that the item matches: exceptions first, then the file's order; whether they have expired is not asked."""
    hits = [row for row in rows if all(any(meets(name, item.value(name), word.split(":")[-1]) for word in row[name].split(";")
                                           if ":" not in word or word.split(":")[0] == item.value("country"))
                                       for name in WORDS if name in row)]
    return sorted(hits, key=lambda row: not row["because"])


def routed(rows, item: WorkItem) -> str:
    live = [row for row in scanned(rows, item) if row["expires"] != "2026-11-17"]
    live = [row for row in live if row["because"]] or live
    return live[0]["id"] if len({row["to"] for row in live}) == 1 else "catch-all"


@pytest.mark.parametrize("most", [1, 3, value_index.AT_MOST])
@pytest.mark.parametrize("seed", range(40))
def test_the_index_finds_what_a_scan_finds(seed, most, monkeypatch):
    monkeypatch.setattr(value_index, "AT_MOST", most)
    monkeypatch.setattr(value_index, "ALWAYS", 1)
    draw = random.Random(seed)
    rows = drawn_rows(draw)
    columns = ["id", *WORDS, "to", "because", "expires"]
    table = "\n".join([",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]) + "\n"
    book = require_book({"rulebook.yaml": HEAD, "drawn.csv": table})
    index = compiled(book)[0]
    for number in range(40):
        item = drawn_item(draw, number)
        assert [rule.id for rule in index.matching(item, TODAY)] == [row["id"] for row in scanned(rows, item)], item.facts
        assert find_route(book, item, Directory(owners={}), NOW).route.rule == routed(rows, item)


def test_a_stage_of_many_ranges_compares_next_to_nothing():
    rows = "".join(f"r{n},lead,DE,{10 * n:06d}-{10 * n + 9:06d},a\n" for n in range(3000))
    book = require_book({"rulebook.yaml": HEAD, "drawn.csv": "id,kind,country,postal_code,to\n" + rows})
    index = compiled(book)[0]
    assert not index.compared and len(index.patterns) == 1
    (stretches,) = index.patterns[0].entries.values()
    assert list(stretches.around("012345")) == [1234]


def test_a_long_list_of_codes_is_looked_up_when_it_is_what_tells_rules_apart():
    rows = "".join(f"r{n},lead,{';'.join(f'{1000 * n + code:06d}' for code in range(1000))},a\n" for n in range(20))
    book = require_book({"rulebook.yaml": HEAD, "drawn.csv": "id,kind,postal_code,to\n" + rows})
    index = compiled(book)[0]
    assert not index.compared and len(index.patterns[0].entries) == 20_000


def test_stretches_that_lie_in_each_other_are_all_found_and_open_ends_are_out():
    nested = [(Range(low=float(-n), high=float(n), low_open=True, high_open=True), n) for n in range(1, 50)]
    side_by_side = [(Range(low=float(n), high=float(n + 1), high_open=True), 100 + n) for n in range(100)]
    stretches = Stretches([*nested, *side_by_side])
    assert sorted(stretches.around(20.0)) == [*range(21, 50), 120]
    assert sorted(stretches.around(-49.5)) == [] and list(stretches.around(True)) == [] and list(stretches.around("20")) == []


def test_a_code_is_held_only_by_a_range_of_codes_of_its_length():
    stretches = Stretches([(postal_area(text, compares=True), text) for text in ("1000-2000", ">=10000", "<99")])
    assert [list(stretches.around(code)) for code in ("1500", "15000", "15", "99", "0", "1")] == [
        ["1000-2000"], [">=10000"], ["<99"], [], [], []]


def test_a_range_without_bounds_is_refused():
    with pytest.raises(ValueError, match="needs a bound"):
        Stretches([(Range(), 1)])
