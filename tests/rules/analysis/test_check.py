"""Checking a book: lint against its own text and its people, and the tests it carries."""
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.analysis.check import check, run_tests
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import RuleBookError
from rules.loading import require_book
from rules.model import Directory

EXAMPLE = Path(__file__).parents[2] / "cases" / "books" / "example"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOOK = "rulebook.yaml"


def files_with(*changes, file=BOOK):
    files = read_book_files(EXAMPLE)
    for old, new in changes:
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    return files


def people_with(*changes, file="owners.csv"):
    files = read_directory_files(EXAMPLE)
    for old, new in changes:
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    return load_directory(files)


def told(report, kind):
    return [finding for finding in report.findings if finding.kind == kind]


def test_a_sound_book_is_ok_and_proved():
    report = check(files_with(), people_with(), at=NOW)
    assert report.ok and report.as_json()["proved"] == {"gap": True, "shadowed": True, "overlap": True}
    assert [finding.kind for finding in report.findings] == ["fallback_only", *["not_carried_out"] * 3]
    assert (report.rules, report.rulebook) == (10, require_book(files_with()).digest)


def test_a_broken_book_is_an_answer_that_claims_no_proof():
    report = check({BOOK: "rulebook: [1"}, None, at=NOW)
    assert not report.ok and told(report, "wrong_type")[0].line == 1
    assert not any(report.proved.values()) and len(told(report, "not_proved")) == 1 and report.complexity is None


EXPIRING = ("reason: no_territory, sla: triage}", "reason: no_territory, sla: triage},"
            " {id: pilot, when: {kind: case}, to: smb-pool, because: pilot, expires: 2026-11-20}")


@pytest.mark.parametrize(("now", "expired"), [(NOW, True), (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), False)])
def test_an_expired_exception_is_an_error_from_the_day_after(now, expired):
    report = check(files_with(EXPIRING), people_with(), at=now)
    assert [finding.rules for finding in told(report, "expired_exception")] == ([("pilot",)] if expired else [])
    assert report.ok is not expired


def test_what_nothing_uses_is_told():
    files = files_with(("groups:", "groups:\n  LEFT_OVER: [US]"),
                       ("  manual-review: {kind", "  idle: {kind: pool}\n  manual-review: {kind"))
    found = told(check(files, None, at=NOW, beside=["tables/old.csv", "tables/eea.csv"]), "unused")
    assert [(finding.given, finding.line) for finding in found] == [("LEFT_OVER", 22), ("idle", 34), ("tables/old.csv", 1)]


def test_a_group_used_through_another_or_in_compliance_is_used():
    files = files_with(("groups:", "groups:\n  INNER: [US]\n  OUTER: [INNER, CA]"),
                       ("country: NORTH_AM,", "country: [NORTH_AM, OUTER],"))
    assert told(check(files, None, at=NOW), "unused") == []


@pytest.mark.parametrize(("says", "strangers"), [
    ("ENT leads in NORTH_AM, EAST go to Enterprise SDR East", None),
    ("ENT in NORTH_AM, EAST -> ent-sdr-east", None),
    ("MID leads in NORTH_AM go to Enterprise SDR East", "`MID`"),
    ("leads in FR go to Enterprise SDR East", "`FR`"),
    ("ENT leads in EEA go to Enterprise SDR East", "`EEA`"),
    ("ENT leads go to smb-pool", "`smb-pool`"),
    ("ENT leads go east", "`Enterprise SDR East`"),
])
def test_prose_that_no_longer_matches_its_cells_is_warned_of(says, strangers):
    report = check(files_with(("ENT leads in NORTH_AM, EAST go to Enterprise SDR East", says)), None, at=NOW)
    found = told(report, "says_mismatch")
    assert bool(found) == (strangers is not None) and report.ok
    if strangers:
        assert any(strangers in finding.message for finding in found) and found[0].rules == ("na-ent-east",)


@pytest.mark.parametrize(("changes", "kind", "given"), [
    ([("o-lia,smb-pool,member,2025-01-01,\no-ben,smb-pool,member,2025-01-01,", "")], "team_without_members", "smb-pool"),
    ([("o-pat,channel-managers,member,2025-01-01,", "o-pat,channel-managers,member,2025-01-01,2026-11-20")],
     "team_without_members", "channel-managers"),
    ([("o-lia,manual-review,watcher,2025-01-01,\n", "")], "unwatched_queue", "manual-review"),
])
def test_a_team_without_people_is_warned_of(changes, kind, given):
    finding, = told(check(files_with(), people_with(*changes, file="memberships.csv"), at=NOW), kind)
    assert finding.given == given and finding.severity == "warning"


def test_a_member_on_a_coming_date_is_a_member():
    people = people_with(("o-pat,channel-managers,member,2025-01-01,", "o-pat,channel-managers,member,2027-01-01,"),
                         file="memberships.csv")
    assert told(check(files_with(), people, at=NOW), "team_without_members") == []


def test_a_certificate_that_nobody_holds_any_more_is_warned_of():
    finding, = told(check(files_with(), people_with(("gas:2027-05-31", "gas:2026-05-31")), at=NOW), "no_certificate_holder")
    assert (finding.given, finding.rules) == ("gas", ("licence",))


def test_a_cycle_of_accounts_names_all_of_them():
    people = people_with(("a-acme,Acme Inc,acme.example,,", "a-acme,Acme Inc,acme.example,a-acme-ca,"), file="accounts.csv")
    finding, = told(check(files_with(), people, at=NOW), "account_cycle")
    assert finding.given == "a-acme, a-acme-ca" and finding.severity == "error"


@pytest.mark.parametrize("person", ["o-kim", "Kim Lee"])
def test_a_person_in_a_rule_is_told_from_an_unknown_team(person):
    finding, = told(check(files_with(("to: smb-pool", f"to: {person}")), people_with(), at=NOW), "person_in_rule")
    assert (finding.given, finding.rules, finding.line) == (person, ("smb",), 52)


def test_a_team_that_is_a_person_is_a_person_in_a_rule():
    files = files_with(("smb-pool", "o-ben"))
    files["tables/named_accounts.csv"] = files["tables/named_accounts.csv"].replace("smb-pool", "o-ben")
    finding, = told(check(files, people_with(), at=NOW), "person_in_rule")
    assert (finding.given, finding.rules) == ("o-ben", ("smb",))


@pytest.mark.parametrize(("old", "new", "nearest"), [("o-kim", "o-kin", "o-kim"), ("a-globex,", "a-globexx,", "a-globex")])
def test_named_rows_that_the_directory_does_not_know_are_errors(old, new, nearest):
    finding, = told(check(files_with((old, new), file="tables/named_accounts.csv"), people_with(), at=NOW), "unknown_value")
    assert (finding.file, finding.line, finding.nearest) == ("tables/named_accounts.csv", 3, nearest)


def test_an_owner_column_that_does_not_exist_is_an_error_where_it_binds():
    report = check(files_with(("owner.data_region", "owner.data_regions")), people_with(), at=NOW)
    assert [(f.given, f.nearest) for f in told(report, "unknown_attribute")] == [("owner.data_regions", "owner.data_region")]
    report = check(files_with(("owner.conflicts", "owner.feuds")), people_with(), at=NOW)
    assert report.ok and [finding.given for finding in told(report, "unused")] == ["owner.feuds"]


@pytest.mark.parametrize("column", ["radius_km", "max_open", "weight", "working_hours", "latitude", "active_to"])
def test_a_column_that_nobody_can_hold_anything_in_is_an_error_and_no_silent_no(column):
    for asked in ("owner.data_region", "owner.conflicts"):
        report = check(files_with((asked, f"owner.{column}")), people_with(), at=NOW)
        assert [finding.given for finding in told(report, "unknown_attribute")] == [f"owner.{column}"]


def results(*changes, people=None):
    return run_tests(require_book(files_with(*changes)), people or people_with(), now=NOW)


def test_the_tests_of_the_example_pass():
    assert [result.passed for result in results()] == [True, True]


def test_a_failing_test_says_what_came_out():
    result = results(("expect: {team: ent-sdr-east, rule: na-ent-east}", "expect: {team: smb-pool, rule: na-ent-east}"))[0]
    assert not result.passed and result.got == {"team": "ent-sdr-east", "rule": "na-ent-east"}
    assert result.as_json()["expected"] == {"team": "smb-pool", "rule": "na-ent-east"}


def test_a_test_without_at_runs_where_time_changes_nothing():
    assert [result.passed for result in results((", at: 2026-12-02T15:00:00Z", ""))] == [True, True]


def test_a_test_without_at_fails_where_opening_hours_decide():
    result = results((", at: 2026-12-25T20:00:00Z", ""))[1]
    assert not result.passed and "depends on time" in result.problem


def test_a_test_without_at_fails_where_an_exception_decides():
    pilot = "{id: pilot, when: {kind: lead}, to: smb-pool, because: pilot, expires: 2027-03-31}"
    result = results((", at: 2026-12-02T15:00:00Z", ""), ("      - {id: smb,", f"      - {pilot}\n      - {{id: smb,"))[0]
    assert not result.passed and "depends on time" in result.problem and "2027-04-01" in result.problem


@pytest.mark.parametrize(("cell", "changes_on"), [
    ("within 30d", "2026-12-02"), ("before 2027-06-01", None), ("over 400d ago", "2028-02-06")])
def test_a_test_without_at_fails_where_a_day_counted_from_today_decides(cell, changes_on):
    book = f"""
rulebook: 1
attributes: {{kind: {{enum: [lead]}}, renewal_on: {{type: date}}}}
teams: {{desk: {{kind: team}}, rest: {{kind: queue}}}}
stages: [{{stage: s, rules: [{{id: soon, when: {{renewal_on: {cell}}}, to: desk}}, {{id: all, to: rest}}]}}]
tests: [{{name: t, item: {{kind: lead, renewal_on: 2027-01-01}}, expect: {{team: {'rest' if changes_on else 'desk'}}}}}]
"""
    [result] = run_tests(require_book({"rulebook.yaml": book}), Directory(owners={}), now=NOW)
    assert result.passed is (changes_on is None)
    assert changes_on is None or f"depends on time: team is `desk` at {changes_on}" in result.problem


def test_a_test_whose_item_cannot_be_read_fails_with_the_reason():
    result = results(("item: {kind: lead, channel: inbound, consent: granted, country: US, state: NY, employees: 4000}",
                      "item: {kind: lead, employees: many}"))[0]
    assert not result.passed and "`many`" in result.problem


@pytest.mark.parametrize("given", ["[edge, cloud]", "cloud;edge"])
def test_the_item_of_a_test_may_have_a_list(given):
    changes = [("  kind: {enum: [lead,", "  products: {list: [cloud, edge]}\n  kind: {enum: [lead,"),
               ("      - {id: smb,", "      - {id: both, when: {products: {all of: [cloud, edge]}}, to: smb-pool, because: both, "
                                     "expires: 2030-12-31}\n      - {id: smb,"),
               ("item: {kind: lead, channel: inbound,", f"item: {{products: {given}, kind: lead, channel: inbound,"),
               ("expect: {team: ent-sdr-east, rule: na-ent-east}", "expect: {team: smb-pool, rule: both}")]
    assert results(*changes)[0].passed


def test_a_list_where_a_test_has_a_word_is_refused():
    report = check(files_with(("item: {kind: lead, channel: inbound,", "item: {kind: lead, channel: [inbound],")), None, at=NOW)
    assert [finding.given for finding in told(report, "wrong_type")] == ["a list"]


def test_an_overlap_found_by_a_test_lands_in_the_fallback():
    changes = [("{id: smb, when: {kind: lead, employees: [SMB, MID, missing]}", "{id: smb, when: {kind: lead}"),
               ("expect: {team: ent-sdr-east, rule: na-ent-east}", "expect: {stage: fallback, reason: overlap}")]
    assert results(*changes)[0].passed


def test_a_book_may_be_checked_without_its_people():
    assert check(files_with(), None, at=NOW).ok


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/hostname"])
def test_a_table_outside_the_folder_is_refused(tmp_path, name):
    (tmp_path / "book").mkdir()
    (tmp_path / "outside.csv").write_text("country\nDE\n", encoding="utf-8")
    (tmp_path / "book" / BOOK).write_text(f"rulebook: 1\ngroups: {{A: {{table: {name}}}}}\n", encoding="utf-8")
    with pytest.raises(RuleBookError, match="outside the book's folder"):
        read_book_files(tmp_path / "book")


def test_a_link_that_leads_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "outside.csv").write_text("country\nDE\n", encoding="utf-8")
    (tmp_path / "book" / "inside.csv").symlink_to(tmp_path / "outside.csv")
    (tmp_path / "book" / BOOK).write_text("rulebook: 1\ngroups: {A: {table: inside.csv}}\n", encoding="utf-8")
    with pytest.raises(RuleBookError, match="outside the book's folder"):
        read_book_files(tmp_path / "book")


def test_a_book_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    (tmp_path / BOOK).write_bytes("rulebook: 1\nowner: Jürgen\n".encode("latin-1"))
    with pytest.raises(RuleBookError) as refused:
        read_book_files(tmp_path)
    assert (refused.value.problems[0].file, refused.value.problems[0].line) == (BOOK, 2)


def test_a_folder_without_a_book_is_refused(tmp_path):
    with pytest.raises(RuleBookError, match="rulebook.yaml"):
        read_book_files(tmp_path)


def test_what_a_spreadsheet_did_to_cells_and_ids_is_told_by_its_place():
    more = "2.71828E+14,Old,,,,,\nA-ACME,A,,,,,\na-globex-de,"
    people = people_with(("a-globex,Globex", '"=""a-globex""",Globex'), ("a-globex-de,", more), file="accounts.csv")
    book = files_with(("a-globex,false", "'a-7,false,,o-kim,,,\n2.5E+08,false"), file="tables/named_accounts.csv")
    found = told(check(book, people, at=NOW), "spoilt_cell")
    assert sorted((one.file, one.line, one.column, one.given) for one in found) == [
        ("accounts.csv", 2, 1, "a-acme"), ("accounts.csv", 4, 1, "a-globex"), ("accounts.csv", 5, 1, "2.71828E+14"),
        ("accounts.csv", 6, 1, "A-ACME"), ("tables/named_accounts.csv", 3, 1, "a-7"),
        ("tables/named_accounts.csv", 4, 1, "2.5E+08")]


def test_a_row_for_an_account_that_was_merged_away_is_told_with_the_one_that_lives_on():
    people = people_with(("city,tier", "city,tier,merged_ids"), ("Chicago,silver", "Chicago,silver,a-acme"), file="accounts.csv")
    [row] = [one for one in told(check(files_with(), people, at=NOW), "unused") if one.given == "a-acme"]
    assert (row.file, row.line) == ("tables/named_accounts.csv", 2) and "merged into `a-globex`" in row.message
