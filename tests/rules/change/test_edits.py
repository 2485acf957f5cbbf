"""Edits: every word that two books say differently, and nothing that only stands elsewhere."""
import pytest

from rules.change.edits import edits
from rules.loading import require_book
from tests.rules.example import BOOK, TABLES, book

SLAS = "slas:\n  fast: {respond_within: PT1H30M}\n"


def told(*replacements, before=BOOK, tables=None):
    """The edits as (part, name, what, fields)."""
    text = before
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    after = require_book({"rulebook.yaml": text, **TABLES, **(tables or {})})
    return [(edit.part, edit.name, edit.what, edit.fields) for edit in edits(book(before), after)]


def test_equal_books_have_no_edits_wherever_their_lines_stand():
    assert told() == []
    assert told(("version:", "# a comment\n\nversion:")) == []


@pytest.mark.parametrize(("old", "new", "edit"), [
    ("{id: smb,", '{id: smb, says: "SMB, MID, missing lead goes to pool",',
     ("rules", "smb", "changed", (("says", "", "SMB, MID, missing lead goes to pool"),))),
    ("{id: smb,", "{id: smb, playbook: short-call,", ("rules", "smb", "changed", (("playbook", "", "short-call"),))),
    ("employees: [SMB, MID, missing]", "employees: [SMB, missing]",
     ("rules", "smb", "changed", (("when employees", "MID; SMB; missing", "SMB; missing"),))),
    ("max_km: 60", "max_km: 80", ("rules", "install", "changed", (
        ("to", "nearest stores (within 60 km, open now), else call-centre",
         "nearest stores (within 80 km, open now), else call-centre"),))),
    ("country: [IR, KP]", "country: [IR, KP, SY]",
     ("compliance", "sanctions", "changed", (("when country", "IR; KP", "IR; KP; SY"),))),
    ("require: {owner.data_region: [EU]}", "require: {owner.data_region: [EU, CH]}", None),
    ("name: East}", "name: Eastern desk}", ("teams", "east", "changed", (("name", "East", "Eastern desk"),))),
    ("automation: email_track", "automation: sms_track", ("teams", "nurture", "changed", (
        ("automation", "email_track", "sms_track"),))),
    ("wait: PT10M", "wait: PT2H", ("availability", "availability", "changed", (("wait", "10 min", "2 h"),))),
    ("EEA: [DE, FR, IT]", "EEA: [DE, FR]", ("groups", "EEA", "changed", (("values", "DE; FR; IT", "DE; FR"),))),
    ("ENT: 1000+", "ENT: 1000-4999", None),
    ('version: "test"', 'version: "next"', ("book", "book", "changed", (("version", "test", "next"),))),
    ("- stage: territory", "- stage: regions", None),
])
def test_each_kind_of_edit_is_told_with_what_stood_before(old, new, edit):
    found = told((old, new))
    assert found
    assert edit is None or edit in found


def test_a_new_rule_and_one_that_is_gone_are_told_whole():
    found = told(("      - {id: smb,", "      - {id: french, when: {country: FR}, to: east}\n      - {id: smb,"))
    assert found == [("rules", "french", "added", (("stage", "", "territory"), ("when country", "", "FR"), ("to", "", "east")))]
    rule = "      - {id: ent-east, when: {kind: lead, country: NORTH_AM, employees: ENT, us_region: EAST}, to: east}\n"
    gone = told((rule, ""))
    assert [(part, name, what) for part, name, what, _ in gone] == [("rules", "ent-east", "removed")]


def test_rows_of_named_accounts_are_compared_by_account():
    named = {"tables/named.csv": "account_id,include_children,team,owner_id\nacme,true,,ben\nglobex,,east,\n"}
    assert told(tables=named) == [
        ("named accounts", "named/acme", "changed", (("owner_id", "ann", "ben"),)),
        ("named accounts", "named/globex", "added", (("account_id", "", "globex"), ("team", "", "east")))]


def test_a_service_level_is_told_in_words():
    found = told(("PT1H30M", "PT2H"), before=BOOK + SLAS)
    assert found == [("slas", "fast", "changed", (("respond_within", "1 h 30 min", "2 h"),))]
