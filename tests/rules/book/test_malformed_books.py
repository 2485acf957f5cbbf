"""Malformed books: each fault is found once, at its line and column, with what was given and what is near."""
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book.findings import ERRORS, WARNINGS
from rules.errors import RuleBookError
from rules.loading import load_book, require_book
from tests.rules.book.books import altered, errors, example_files, place_of
from tests.strength import slice_of, sliced


class Fault(NamedTuple):
    """One piece of text replaced in the example, and the one finding that must come of it, at the place of `at`."""

    name: str
    old: str
    new: str
    kind: str
    at: str
    given: str | None = None
    nearest: str | None = None


INSTALL = "when: {kind: quote_request}, to:"
FAULTS = [
    Fault("unknown top-level key", "owner: revops", "owners: revops", "unknown_key", "owners:", "owners", "owner"),
    Fault("unknown key of a rule", "playbook: partner", "playbok: partner", "unknown_key", "playbok", "playbok", "playbook"),
    Fault("unknown key of a team", "balance: weighted", "balanced: equal", "unknown_key", "balanced", "balanced", "balance"),
    Fault("duplicate key", "  state: {type: subdivision}\n", "  state: {type: subdivision}\n  state: {type: text}\n",
          "duplicate_key", "state: {type: text}", "state"),
    Fault("duplicate rule", "{id: smb,", "{id: partner,", "duplicate_rule", "partner, when: {kind: lead", "partner"),
    Fault("rule called like a compliance rule", "{id: smb,", "{id: licence,", "duplicate_rule",
          "licence, when: {kind: lead", "licence"),
    Fault("unknown attribute", INSTALL, "when: {knid: quote_request}, to:", "unknown_attribute", "knid", "knid", "kind"),
    Fault("unknown value", "[SMB, MID, missing]", "[SMBB, MID, missing]", "unknown_value", "SMBB", "SMBB", "SMB"),
    Fault("unknown country", "country: NORTH_AM", "country: UK", "unknown_value", "UK, employees", "UK", "GB"),
    Fault("country by its name", "country: NORTH_AM", "country: Germany", "unknown_value", "Germany", "Germany", "DE"),
    Fault("unknown group", "country: NORTH_AM", "country: NORTH_AMERICA", "unknown_value", "NORTH_AMERICA",
          "NORTH_AMERICA", "NORTH_AM"),
    Fault("unknown team", "to: smb-pool", "to: smb-poll", "unknown_team", "smb-poll", "smb-poll", "smb-pool"),
    Fault("unknown queue", "then: queue", "then: manual-reviews", "unknown_team", "manual-reviews",
          "manual-reviews", "manual-review"),
    Fault("person", "to: smb-pool", "to: kim@example.com", "person_in_rule", "kim@example.com", "kim@example.com"),
    Fault("nearest without else", ", else: call-centre", "", "missing_else", "{nearest: stores"),
    Fault("nearest of no branches", "nearest: stores", "nearest: smb-pool", "wrong_type", "smb-pool, max_km", "smb-pool"),
    Fault("unknown sla", "sla: hot}", "sla: hat}", "unknown_value", "hat}", "hat", "hot"),
    Fault("duration in other words", "PT4H, clock", "4h, clock", "wrong_type", "4h, clock", "4h"),
    Fault("duration of a month", "P1D, clock", "P1M, clock", "wrong_type", "P1M, clock", "P1M"),
    Fault("duration beyond numbers", "P1D, clock", f"P{'9' * 5000}D, clock", "wrong_type", "P9", f"P{'9' * 5000}D"),
    Fault("number beyond numbers", INSTALL, f"when: {{churn_score: {'9' * 400}}}, to:", "wrong_type", "99999", "9" * 400),
    Fault("naive time", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00", "wrong_type", "2026-11-01", "2026-11-01T00:00:00"),
    Fault("no such day", "2026-11-01T00:00:00Z", "2026-11-31T00:00:00Z", "wrong_type", "2026-11-31", "2026-11-31T00:00:00Z"),
    Fault("a text where a list belongs", "[manufacturing, software, health, finance, retail]", "manufacturing",
          "wrong_type", "manufacturing", "manufacturing"),
    Fault("anchor", "when: {country: UNSUPPORTED}", "when: &them {country: UNSUPPORTED}", "wrong_type", "&them", "&them"),
    Fault("merge key", "when: {country: UNSUPPORTED}", "when: {<<: {country: UNSUPPORTED}}", "wrong_type", "<<", "<<"),
    Fault("tag", "country: UNSUPPORTED", "country: !!str UNSUPPORTED", "wrong_type", "!!str", "tag:yaml.org,2002:str"),
    Fault("null", "consent: [denied, missing]", "consent: [denied, null]", "wrong_type", "null]", "null"),
    Fault("tilde", "consent: [denied, missing]", "consent: ~", "wrong_type", "~}", "~"),
    Fault("number cell that is none", INSTALL, "when: {churn_score: high}, to:", "wrong_type", "high}, to:", "high"),
    Fault("flag that is none", INSTALL, "when: {do_not_contact: yes}, to:", "wrong_type", "yes}", "yes", "true"),
    Fault("empty list", "consent: [denied, missing]", "consent: []", "wrong_type", "[]}", "[]"),
    Fault("group called like a country", "groups:", "groups:\n  NA: [US]", "wrong_type", "NA: [US]", "NA"),
    Fault("group that leads to itself", "groups:", "groups:\n  ROUND: [US, ROUND]", "wrong_type", "ROUND: [US", "ROUND"),
    Fault("table that is not there", "tables/sanctioned.csv", "tables/sanctoined.csv", "unknown_value", "tables/sanctoined.csv",
          "tables/sanctoined.csv", "tables/sanctioned.csv"),
    Fault("bands that overlap", "MID: 250-999", "MID: 200-999", "wrong_type", "200-999", "MID"),
    Fault("band without bounds", "MID: 250-999", "MID: about 300", "wrong_type", "about 300", "about 300"),
    Fault("bands of no numbers", "from: churn_score", "from: state", "wrong_type", "state}", "subdivision"),
    Fault("attribute from nowhere", "{from: state,", "{from: stat,", "unknown_attribute", "stat,", "stat", "state"),
    Fault("attribute from itself", "{from: state,", "{from: us_region,", "wrong_type", "us_region: {", "us_region"),
    Fault("exception without an end", "reason: no_territory,", "because: a deal,", "wrong_type", "{id: catch-all", "because"),
    Fault("window that is none", "08:00-21:00", "8-21", "wrong_type", '"8-21"', "8-21"),
    Fault("contact forbidden, sent nowhere", ", send_to: nurture", "", "wrong_type", "{id: no-consent"),
    Fault("compliance about a person", "owner.data_region: [EU]", "owner.name: [Kim]", "person_in_rule", "owner.name",
          "owner.name"),
    Fault("contains without an attribute", "contains: item.account", "contains: item.accounts", "unknown_attribute",
          "item.accounts", "item.accounts", "item.account"),
    Fault("test of an unknown attribute", "state: NY,", "sate: NY,", "unknown_attribute", "sate: NY", "sate", "state"),
    Fault("test of an unknown rule", "rule: na-ent-east}", "rule: na-ent-west}", "unknown_value", "na-ent-west", "na-ent-west",
          "na-ent-east"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_once_at_its_place(fault):
    files = altered(fault.old, fault.new)
    found = errors(files)
    assert [finding.kind for finding in found] == [fault.kind]
    assert [(f.file, (f.line, f.column), f.given, f.nearest) for f in found] == [
        ("rulebook.yaml", place_of(files["rulebook.yaml"], fault.at), fault.given, fault.nearest)]
    assert found[0].message


def test_a_finding_names_rule_and_stage():
    finding, = errors(altered("to: smb-pool", "to: smb-poll"))
    assert finding.as_json() == {
        "kind": "unknown_team", "severity": "error", "rules": ["smb"], "stage": "territory", "file": "rulebook.yaml",
        "line": 52, "column": 75, "message": "there is no team `smb-poll`", "given": "smb-poll", "expected": "a declared team",
        "nearest": "smb-pool", "example": None,
    }


def test_every_fault_is_found_in_one_go():
    files = altered("to: smb-pool", "to: smb-poll")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("sla: hot}", "sla: hat}").replace("owner: revops", "owners: revops")
    assert [finding.kind for finding in errors(files)] == ["unknown_key", "unknown_value", "unknown_team"]
    with pytest.raises(RuleBookError) as refused:
        require_book(files)
    assert len(refused.value.problems) == 3


TABLE_FAULTS = [
    ("tables/us_regions.csv", "state,us_region", "state,region", "wrong_type", 1, 1),
    ("tables/us_regions.csv", "NJ,EAST", "NY,WEST", "duplicate_key", 3, 1),
    ("tables/us_regions.csv", "NJ,EAST", "New Jersey,EAST", "unknown_value", 3, 1),
    ("tables/us_regions.csv", "NJ,EAST", "NJ", "wrong_type", 3, 1),
    ("tables/us_regions.csv", "NJ,EAST", "NJ,~", "wrong_type", 3, 4),
    ("tables/us_regions.csv", "NJ,EAST", "NJ,\"EAST", "wrong_type", 3, 4),
    ("tables/certifications.csv", "hvac", "gas", "duplicate_key", 3, 1),
    ("tables/eea.csv", "country\n", "", "wrong_type", 1, 1),
    ("tables/sanctioned.csv", "SY", "Syria", "unknown_value", 3, 1),
    ("tables/named_accounts.csv", "smb-pool", "smb-poll", "unknown_team", 4, 19),
    ("tables/named_accounts.csv", "a-acme,true", "a-acme,yes", "wrong_type", 2, 8),
    ("tables/named_accounts.csv", "ent-sdr-east,,hot", "ent-sdr-east,o-kim,hot", "wrong_type", 2, 1),
    ("tables/named_accounts.csv", "2026-12-31", "2025-12-31", "wrong_type", 3, 39),
    ("tables/named_accounts.csv", "a-globex-de", "a-globex", "double_owner", 4, 1),
    ("tables/named_accounts.csv", "sla,from", "slo,from", "unknown_key", 1, 43),
]


@pytest.mark.parametrize(("file", "old", "new", "kind", "line", "column"), TABLE_FAULTS)
def test_a_fault_in_a_table_is_found_at_its_place(file, old, new, kind, line, column):
    found = [f for f in errors(altered(old, new, file=file)) if f.file == file]
    assert [(f.kind, f.line, f.column) for f in found] == [(kind, line, column)]


def test_a_lone_carriage_return_ends_a_row_and_swallows_no_date():
    found = errors(altered("2026-06-01", "\r", file="tables/named_accounts.csv"))
    assert [(f.kind, f.line, f.message) for f in found] == [
        ("wrong_type", 4, "the row has 6 cells, the header 7"), ("wrong_type", 5, "the row has 2 cells, the header 7")]
    files = example_files()
    assert errors(files | {name: text.replace("\n", "\r") for name, text in files.items() if name.endswith(".csv")}) == []


@pytest.mark.parametrize(("text", "line", "column"), [
    ("rulebook: 1\nteams: {a: [}\n", 2, 13),
    ("rulebook: 1\nteams: &x {a: *x}\n", 2, 8),
    ("rulebook: 1\n---\nrulebook: 1\n", 2, 1),
    ("rulebook: 1\nteams: " + "[" * 5000, 2, 47),
    ("- rulebook\n", 1, 1),
    ("", 1, 1),
    ("# nothing but words\n", 1, 1),
    ("rulebook: \x07\n", 1, 1),
    ("just words", 1, 1),
    ("? {a: b}\n: c\n", 1, 3),
])
def test_what_is_no_book_at_all_is_told_with_its_place(text, line, column):
    places = [(found.kind, found.line, found.column) for found in errors({"rulebook.yaml": text})]
    assert ("wrong_type", line, column) in places


def test_an_alias_is_refused_even_where_it_would_grow_without_bounds():
    lines = ["rulebook: 1", "a: &a [x, x, x, x, x, x, x, x, x]"]
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    lines += [f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}]" for before, name in pairs]
    messages = [finding.message for finding in errors({"rulebook.yaml": "\n".join(lines)})]
    assert "alias `*h` is refused" in messages


@pytest.mark.parametrize("key", ["rulebook", "attributes", "teams", "stages"])
def test_a_required_key_left_out_is_named(key):
    files = example_files()
    files["rulebook.yaml"] = "\n" + files["rulebook.yaml"]
    files["rulebook.yaml"] = files["rulebook.yaml"].replace(f"\n{key}:", "\nx:", 1)
    assert any(f.kind == "wrong_type" and f"`{key}`" in f.message for f in errors(files))


def test_a_fault_in_a_word_is_not_told_again_where_the_word_is_used():
    assert [f.kind for f in errors(altered("NORTH_AM: [US, CA, MX]", "NORTH_AM: US"))] == ["wrong_type"]
    assert [f.kind for f in errors(altered("respond_within: PT15M", "respond_within: soon"))] == ["wrong_type"]


def test_every_fault_has_a_kind_of_the_contract():
    kinds = {fault.kind for fault in FAULTS} | {fault[3] for fault in TABLE_FAULTS}
    assert kinds <= set(ERRORS) and not set(ERRORS) & set(WARNINGS)
    assert len(kinds) >= 8


@sliced
@settings(max_examples=slice_of(150, 40), deadline=None)
@given(st.data())
def test_no_damage_makes_loading_raise(data):
    files = example_files()
    name = data.draw(st.sampled_from(sorted(files)))
    text = files[name]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    damage = data.draw(st.text(max_size=12) | st.sampled_from("[]{}:,&*!|>'\"%@`-?#;~\n\t"))
    files[name] = text[:start] + damage + text[start + length:]
    loaded = load_book(files)
    assert (loaded.book is None) == any(finding.severity == "error" for finding in loaded.findings)
