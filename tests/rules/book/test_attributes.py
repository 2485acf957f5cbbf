"""Attributes and groups: bands, maps, closed lists, and what is warned of."""
import pytest

from rules.loading import load_book, require_book
from tests.rules.book.books import EXAMPLE, altered, errors, example_files, small


def with_attribute(line, tables=()):
    files = small("{id: r, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("groups:", f"  extra: {line}\ngroups:", 1)
    return files | dict(tables)


def attribute(line, tables=()):
    return require_book(with_attribute(line, tables)).attributes["extra"]


@pytest.mark.parametrize(("bands", "number", "band"), [
    ("{SMB: 1-249, MID: 250-999, ENT: 1000+}", 249, "SMB"), ("{SMB: 1-249, MID: 250-999, ENT: 1000+}", 250, "MID"),
    ("{SMB: 1-249, MID: 250-999, ENT: 1000+}", 1e9, "ENT"), ("{SMB: 1-249, MID: 250-999, ENT: 1000+}", 0, None),
    ("{low: 0-<0.3, high: 0.3-1}", 0.29, "low"), ("{low: 0-<0.3, high: 0.3-1}", 0.3, "high"),
    ("{low: 0-<0.3, high: 0.3-1}", 1, "high"), ("{below: -10-<0, above: 0-10}", -10, "below"),
])
def test_a_number_falls_into_its_band(bands, number, band):
    assert attribute(f"{{bands: {bands}}}").band_of(number) == band


@pytest.mark.parametrize(("bands", "holes"), [
    ("{a: 1-249, b: 250-999}", 0), ("{a: 1-249, b: 251-999}", 1), ("{a: 0-<0.3, b: 0.3-1}", 0), ("{a: 0-0.3, b: 0.4-1}", 1),
    ("{b: 20-29, a: 10-19}", 0), ("{b: 20-29, a: 10-18}", 1),
])
def test_a_hole_between_bands_is_warned_of(bands, holes):
    findings = load_book(with_attribute(f"{{bands: {bands}}}")).findings
    assert [found.kind for found in findings] == ["band_hole"] * holes


def test_a_map_has_the_values_of_its_table():
    extra = attribute("{from: state, map: tables/m.csv}", {"tables/m.csv": "state,extra\nUS-NY,EAST\nNJ,EAST\nCA,WEST\n"})
    assert (extra.type, extra.source, extra.values) == ("map", "state", ("EAST", "WEST"))
    assert extra.mapping == {"NY": "EAST", "NJ": "EAST", "CA": "WEST"}


def test_a_map_that_leaves_values_out_is_warned_of():
    loaded = load_book(with_attribute("{from: size, map: tables/m.csv}", {"tables/m.csv": "size,extra\nSMB,x\n"}))
    finding, = loaded.findings
    assert (finding.kind, finding.given) == ("incomplete_map", "MID, ENT")
    assert loaded.book is not None


def test_a_closed_list_may_stand_in_a_table():
    assert attribute("{enum_from: tables/e.csv}", {"tables/e.csv": "\ufeffname\r\n\"gas, natural\"\r\nhvac\r\n"}).values == (
        "gas, natural", "hvac")


def test_a_type_that_is_a_way_to_list_values_is_refused_with_that_way():
    found, = errors(with_attribute("{type: list}"))
    assert (found.kind, found.given, found.expected) == ("wrong_type", "list", "`extra: {list: [...]}`")


def test_what_holds_several_values_is_the_source_of_no_map():
    found, = errors(with_attribute("{from: products, map: tables/m.csv}", {"tables/m.csv": "products,extra\ncloud,x\n"}))
    assert found.message == "`extra` cannot follow from `products`, which holds several values at once"


def test_a_list_is_closed_and_may_stand_in_a_table():
    assert (attribute("{list: [gas, hvac]}").type, attribute("{list: [gas, hvac]}").values) == ("list", ("gas", "hvac"))
    stands = attribute("{list_from: tables/e.csv, names: {gas: Gas works}}", {"tables/e.csv": "name\ngas\nhvac\n"})
    assert (stands.type, stands.values, stands.names) == ("list", ("gas", "hvac"), {"gas": "Gas works"})


@pytest.mark.parametrize("line", [
    "{enum: [a, a]}", "{enum: [Gas, gas]}", "{enum: [missing]}", "{enum: []}", "{enum: [a;b]}", "{type: integer}", "{}",
    "{type: text, enum: [a]}", "{from: score}", "{map: tables/m.csv}", "{type: text, from: score}", "{bands: [1-2]}",
    "{bands: {a: 5-1}}", "{bands: {a: 1-5, A: 6-9}}",
    "{list: [a, A]}", "{list: []}", "{list: [all of them]}", "{type: list}", "{list: [a], enum: [a]}",
    "{from: products, map: tables/m.csv}", "{from: products, bands: {a: 1-5}}",
    "{bands: {missing: 1-5}}", "{enum: [a], names: {b: Bee}}", "text",
])
def test_an_attribute_that_cannot_be_is_refused(line):
    assert {found.line for found in errors(with_attribute(line))} == {15}


@pytest.mark.parametrize("name", ["id", "to", "sla", "received_at", "a b", "1st"])
def test_a_name_that_columns_or_items_need_is_refused(name):
    files = small("{id: r, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("groups:", f"  {name}: {{type: text}}\ngroups:", 1)
    assert [found.kind for found in errors(files)] == ["wrong_type"]


def test_a_book_without_kind_is_refused():
    files = small("{id: r, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("  kind: {enum: [lead, case]}\n", "")
    assert [found.kind for found in errors(files)] == ["unknown_attribute"]


def test_groups_are_resolved_through_groups():
    book = require_book(small("{id: r, to: sales}"))
    assert set(book.groups["EUROPE"]) == {"DE", "AT", "CH", "FR"}
    assert book.group_parts["EUROPE"] == ("DACH", "FR")


@pytest.mark.parametrize(("group", "kind"), [
    ("LEAD: {values: [DE], table: x.csv}", "wrong_type"), ("SMB: [DE]", "wrong_type"), ("missing: [DE]", "wrong_type"),
    ("FR: [DE]", "wrong_type"), ("A: {list: [DE]}", "unknown_key"), ("A: [B], B: [A]", "wrong_type"),
])
def test_a_group_that_cannot_be_is_refused(group, kind):
    files = small("{id: r, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("groups: {", f"groups: {{{group}, ", 1)
    assert kind in [found.kind for found in errors(files)]


def test_the_digest_is_that_of_book_and_tables():
    first = require_book(example_files()).digest
    assert first == require_book(dict(reversed(example_files().items()))).digest
    assert first.startswith("sha256:") and len(first) == 71
    assert require_book(altered("NJ,EAST", "NJ,WEST", file="tables/us_regions.csv")).digest != first
    assert require_book(altered("# format version", "# the format")).digest != first
    assert (EXAMPLE / "rulebook.yaml").read_text(encoding="utf-8") == example_files()["rulebook.yaml"]
