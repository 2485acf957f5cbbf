"""Exports of Salesforce, HubSpot and ServiceNow with every damage: each repair counted, each refusal told, no row lost."""
import gzip
from collections import Counter
from random import Random

import pytest

from rules.errors import HistoryError, Refused
from rules.refdata.record_ids import record_key
from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.serving.imports.damaged import company, hubspot, others, salesforce, salesforce_report


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(company.build(tmp_path / "ws"))
    yield made
    made.close()


@pytest.fixture
def bring(workspace, tmp_path):
    """Bring an export in by a profile, or by a mapping written here."""
    def run(content, *, what="history", profile="generic", mapping=None, name="export.csv", **more):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        if mapping is not None:
            (tmp_path / "mapping.yaml").write_text("mapping: 1\n" + mapping, encoding="utf-8")
        own = tmp_path / "mapping.yaml" if mapping else None
        return import_file(workspace, path, what=what, profile=profile, mapping=own, **more)

    return run


def repairs(report):
    counted = Counter()
    for repair in report.repairs:
        counted[repair.code] += repair.count
    return counted


def assigned(workspace):
    return {event.item_id: event for event in workspace.store.events() if event.kind == "assigned"}


def outcomes(workspace):
    return Counter(event.outcome for event in workspace.store.events() if event.kind == "outcome")


def all_told(report):
    return sum(report.fates.values()) == report.rows


# -- Salesforce, Data Loader ----------------------------------------------------------------------------------------------


def test_a_row_that_stands_twice_under_both_spellings_of_its_id_counts_once(bring):
    header, *rows = others.leads().splitlines(keepends=True)
    short, first = rows[3].split(",")[0], rows[3]
    longer = first.replace(short, record_key(short))
    other = longer.replace("Company 3", "Company 4")
    report = bring("".join([header, *rows, longer, other]), what="items", profile="salesforce", dry_run=True)
    assert short != record_key(short) and repairs(report)["repeated_rows"] == 1
    assert sum(report.fates.values()) == len(rows) + 2 and report.fates["items"] == len(rows) + 1


def test_a_data_loader_export_tells_every_repair_and_every_row(bring):
    told = bring(salesforce.text(), profile="salesforce", dry_run=True)
    counted = repairs(told)
    assert (counted["ids"], counted["repeated_rows"], counted["by_name"]) == (160 + 79, 2, 1)
    assert (counted["owner_found"], counted["no_lookup"]) == (78, 2)
    assert counted["backdated"] == 2 * len([n for n in salesforce.BACKDATED if n % 5 != 4])
    assert counted["unknown_value"] == 4 + 2 and counted["late_columns"] == 6
    assert told.unmapped == ("Name", "Region__c")
    assert told.rows == 163 and all_told(told)
    assert told.fates == {"assignments": 153, "rows that stand twice counted once": 2, "cannot be used, told by line": 8}
    assert told.problems_by_reason == {"OwnerId: the cell is empty": 3, "CloseDate: no such day": 2, "Amount: not a number": 1,
                                       "OwnerId: unknown owner": 1, "the row has too many cells": 1}
    assert len(told.bad_lines) == 8


def test_a_dry_run_changes_nothing_and_the_import_does_what_it_told(bring, workspace):
    told = bring(salesforce.text(), profile="salesforce", dry_run=True)
    assert workspace.store.head().last_seq == 0
    with pytest.raises(HistoryError, match="no such day"):
        bring(salesforce.text(), profile="salesforce")
    assert workspace.store.head().last_seq == 0
    done = bring(salesforce.text(), profile="salesforce", skip_bad=True)
    assert (done.fates, done.repairs) == (told.fates, told.repairs)
    assert len(assigned(workspace)) == told.fates["assignments"]


def test_only_what_was_known_on_arrival_describes_an_opportunity(bring, workspace):
    bring(salesforce.text(), profile="salesforce", skip_bad=True)
    events = assigned(workspace)
    one = events["0063600000000" + "01" + "AAA"]
    assert (one.owner_id, one.item.kind) == (company.long_id("Bob Ray"), "opportunity")
    assert (one.item.value("country"), one.item.value("employees"), one.item.value("churn_score")) == ("US", "SMB", 0.1)
    assert not {"stagename", "closedate", "probability"} & set(one.item.facts)
    assert events["006360000000019AAA"].item.kind == "renewal"
    assert set(outcomes(workspace)) == {"won", "lost"}


def test_an_open_opportunity_has_no_end_though_it_has_a_close_date(bring, workspace):
    bring(salesforce.text(), profile="salesforce", skip_bad=True)
    kinds = Counter(event.kind for event in workspace.store.events() if event.item_id == "006360000000014AAA")
    assert kinds == {"assigned": 1}


@pytest.mark.parametrize(("content", "what", "record", "rows"), [
    (others.leads(), "history", "lead", 110), (others.cases(), "history", "case", 110), (others.leads(), "items", "lead", 110),
    (others.accounts(), "accounts", "account", 5), (others.users(), "owners", "user", 4)])
def test_each_object_is_told_by_its_columns(bring, content, what, record, rows):
    told = bring(content, what=what, profile="salesforce", dry_run=True)
    assert told.found[f"kind of record: {record}"] == rows and all_told(told)


def test_leads_convert_are_lost_or_stay_open(bring, workspace):
    report = bring(others.leads(), profile="salesforce")
    assert report.problems == ()
    assert outcomes(workspace) == {"converted": 37, "lost": 36}
    assert assigned(workspace)["00Q360000000000EAA"].item.value("country") == "DE"


def test_users_become_owners_with_their_teams_and_queues_stay(bring, workspace):
    report = bring(others.users(), what="owners", profile="salesforce")
    rows = workspace.owners_path.read_text().splitlines()
    assert len(rows) == 1 + 4 + 1 and rows[-1].startswith("triage")
    memberships = (workspace.folder / "memberships.csv").read_text()
    assert "enterprise-and-key" in memberships and "emea" in memberships
    assert (report.found["owners on no team"], repairs(report)["kept_owners"]) == (1, 1)
    assert "2026-03-01" in next(row for row in rows if "Dan Poe" in row)


def test_accounts_with_faults_are_refused_or_left_out_by_their_own_lines(bring, workspace):
    with pytest.raises(HistoryError) as refused:
        bring(others.accounts(), what="accounts", profile="salesforce")
    assert "export.csv:5" in str(refused.value) and "export.csv:6: unknown parent account" in str(refused.value)
    report = bring(others.accounts(), what="accounts", profile="salesforce", skip_bad=True)
    assert (report.kept, report.bad_lines, all_told(report)) == (3, (5, 6), True)
    assert "1200" in (workspace.folder / "accounts.csv").read_text()


# -- Salesforce, reports --------------------------------------------------------------------------------------------------


def test_a_report_needs_the_time_zone_of_whoever_exported_it(bring):
    told = bring(salesforce_report.american(), profile="salesforce-report", dry_run=True)
    assert "no time zone is stated" in str(told.problems[0]) and "time_zone" in told.problems[0].expected
    with pytest.raises(HistoryError, match="no time zone is stated"):
        bring(salesforce_report.american(), profile="salesforce-report", skip_bad=True)


def test_titles_group_headings_sums_and_a_footer_are_no_records(bring, workspace):
    report = bring(salesforce_report.american(), mapping="extends: salesforce-report\ntime_zone: America/New_York\n")
    counted = repairs(report)
    assert (counted["title_rows"], counted["group_rows"], counted["sum_rows"], counted["footer_rows"]) == (2, 3, 7, 5)
    assert report.fates["assignments"] == 120 and all_told(report) and report.problems == ()
    events = assigned(workspace)
    assert events["006360000000007AAA"].item.value("company") == "Confidential Ltd"
    assert events["006360000000014AAA"].item.value("company") == "Count On Me"
    assert outcomes(workspace) == {"won": 40, "lost": 40}
    assert events["006360000000001AAA"].value == 1001.0 and counted["owner_found"] == 120


def test_a_report_without_ids_takes_names_and_days_and_says_so(bring, workspace):
    text = salesforce_report.american().replace("Opportunity ID", "Opportunity Name")
    report = bring(text, mapping="extends: salesforce-report\ntime_zone: America/New_York\n")
    assert (repairs(report)["made_ids"], report.fates["assignments"]) == (120, 120)
    assert "Company 1 006360000000001 01/05/2026" in assigned(workspace)


def test_a_report_saved_by_a_german_excel_says_the_same(bring, workspace):
    report = bring(salesforce_report.german(), mapping="extends: salesforce-report\ntime_zone: Europe/Berlin\n")
    counted = repairs(report)
    assert (counted["delimiter"], counted["filled_down"], report.fates) == (1, 116, {"assignments": 120})
    events = assigned(workspace)
    assert events["006360000000005AAA"].value == 1005.0
    assert events["006360000000005AAA"].owner_id == company.long_id("Bob Ray")
    assert events["006360000000000AAA"].occurred_at.isoformat() == "2026-01-04T23:00:00+00:00"


def test_days_that_could_be_months_are_refused_until_it_is_stated(bring):
    listed = [salesforce_report.HEADER, *(["Ann Lee", f"0063600000{n:05d}", "X", "5", "3/4/2026", f"1/{n}/2026", "Web", "Germany",
                                           "5"] for n in range(2, 12))]
    zone = "extends: salesforce-report\ntime_zone: UTC\n"
    told = bring(company.csv_of(listed), mapping=zone, dry_run=True)
    assert "the order of day and month cannot be told (10 rows, on the lines 2, 3, 4, 5, 6" in told.problems[0].message
    assert bring(company.csv_of(listed), mapping=zone + "dates: month-first\n", dry_run=True).problems == ()


def test_a_column_that_is_not_taken_tells_the_order_all_the_same(bring):
    listed = [salesforce_report.HEADER, ["Ann Lee", "00636000000AAAA", "X", "5", "13/2/2026", "3/1/2026", "Web", "Germany", "5"]]
    report = bring(company.csv_of(listed), what="items", mapping="extends: salesforce-report\ntime_zone: UTC\n")
    assert report.fates == {"items": 1}


def test_amounts_in_several_currencies_are_refused_until_one_is_stated(bring, workspace):
    text = salesforce_report.american().replace('"$1,010.00"', '"EUR 1,010.00"')
    zone = "extends: salesforce-report\ntime_zone: UTC\n"
    assert "amounts in USD and in others" in str(bring(text, mapping=zone, dry_run=True).problems[0])
    report = bring(text, mapping=zone + "currency: USD\n")
    assert repairs(report)["other_currency"] == 1 and report.fates["assignments"] == 120
    assert assigned(workspace)["006360000000010AAA"].value is None


# -- HubSpot --------------------------------------------------------------------------------------------------------------


def test_deals_under_labels_with_owners_by_name_or_address(bring, workspace):
    report = bring(hubspot.deals(), mapping="extends: hubspot\ntime_zone: Europe/Berlin\n", skip_bad=True)
    counted = repairs(report)
    assert counted["owner_found"] == 138
    assert counted["clock_change"] == 1 and all_told(report)
    assert report.problems_by_reason == {"Create Date: not a time": 1, "Deal owner: the cell is empty": 2}
    assert report.fates == {"assignments": 137, "cannot be used, told by line": 3}
    events = assigned(workspace)
    assert events["9000001"].occurred_at.isoformat() == "2026-01-05T15:00:00+00:00"
    assert events["9000000"].item.value("country") == "DE"
    assert counted["first_of_several"] == 14
    assert "times read as Excel's serial days" in {repair.message for repair in report.repairs}


def test_failures_without_an_owner_refuse_the_file_whatever_is_skipped(bring, workspace):
    told = bring(hubspot.contacts(), profile="hubspot", dry_run=True)
    assert [warning.code for warning in told.warnings] == ["owner_missing_on_failures"]
    for skip_bad in (False, True):
        with pytest.raises(HistoryError, match="cell is empty|owner_missing_on_failures"):
            bring(hubspot.contacts(), profile="hubspot", skip_bad=skip_bad)
    assert workspace.store.head().last_seq == 0


def test_a_dry_run_of_items_tells_what_the_whole_file_lacks(bring):
    told = bring(hubspot.deals(), what="items", profile="hubspot", dry_run=True)
    assert "no time zone is stated" in str(told.problems[0]) and all_told(told)


def test_contacts_to_route_need_no_owner(bring, workspace):
    report = bring(hubspot.contacts(), what="items", profile="hubspot")
    assert report.fates == {"items": 140} and report.unreached == {}
    header = (workspace.folder / "items.csv").read_text().splitlines()[0]
    assert {"item_id", "kind", "received_at", "email", "country"} <= set(header.split(","))
    assert not {"owner_id", "outcome", "ended_at"} & set(header.split(","))


# -- our own columns, ServiceNow ------------------------------------------------------------------------------------------


def test_own_columns_from_another_country_need_their_writing_and_zone_stated(bring, workspace):
    with pytest.raises(HistoryError, match="not UTF-8 text.*encoding: windows-1252"):
        bring(others.own_columns())
    report = bring(gzip.compress(others.own_columns()), name="export.csv.gz",
                   mapping="extends: generic\nencoding: windows-1252\ntime_zone: Europe/Vienna\n")
    assert report.fates == {"assignments": 110} and report.problems == ()
    event = assigned(workspace)["Ä-1"]
    assert (event.value, event.item.value("country"), event.item.value("churn_score")) == (1001.25, "DE", 0.5)
    assert event.occurred_at.isoformat() == "2026-01-05T15:00:00+00:00"


def test_a_list_of_incidents_is_no_audit_log(bring, workspace):
    report = bring(others.incidents(), mapping="extends: servicenow\ntime_zone: Europe/London\n")
    assert report.fates == {"assignments": 110} and report.undeclared == ("category",)
    assert outcomes(workspace) == Counter(met=36, missed=37)


# -- the mapping itself ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mapping", "words"), [
    ("extends: salesfource\n", "did you mean `salesforce`"),
    ("extends: hubspot\ntimezone: UTC\n", "did you mean `time_zone`"),
    ("extends: hubspot\ntime_zone: Europe/Berlinn\n", "did you mean `Europe/Berlin`"),
    ("extends: hubspot\ndates: dayfirst\n", "did you mean `day-first`"),
    ("extends: hubspot\nrecords: {deal: {columns: {value: {from: Amount, reed: money}}}}\n", "did you mean `read`"),
    ("extends: hubspot\nrecords: {deal: {columns: {value: {from: Amount, read: mony}}}}\n", "did you mean `money`"),
    ("extends: hubspot\nrecords: {deal: {columns: {value: {read: money}}}}\n", "either `from` or `value`"),
    ("records: {x: {serves: history, columns: {item_id: ID}}}\n", "needs a column `assigned_at`"),
    ("extends: hubspot\nrecords: {deal: {columns: {value: {from: Amount, when: {oucome: [won]}}}}}\n", "did you mean `outcome`"),
    ("extends: hubspot\nrecords: {deal: {columns: {country: {from: A, lookup: acount.country}}}}\n", "did you mean `account`"),
    ("name: nothing\n", "needs `records`"),
])
def test_a_fault_in_a_mapping_is_named_with_its_line_and_what_is_near(bring, mapping, words):
    with pytest.raises(HistoryError, match=r"mapping.yaml:\d+:\d+") as refused:
        bring(hubspot.deals(), mapping=mapping)
    assert words in str(refused.value)


def test_a_column_that_looks_misspelt_is_told(bring):
    told = bring(hubspot.deals(), dry_run=True, mapping="extends: hubspot\ntime_zone: UTC\n"
                 "records: {deal: {columns: {outcom: Pipeline}}}\n")
    assert "did you mean `outcome`" in str(told.problems[0])


def test_a_short_mapping_renames_columns_of_a_profile(bring, workspace, tmp_path):
    (tmp_path / "short.yaml").write_text("Besitzer: owner_id\n")
    path = tmp_path / "export.csv"
    path.write_text(others.leads().replace("OwnerId", "Besitzer"), encoding="utf-8")
    report = import_file(workspace, path, what="history", profile="salesforce", mapping=tmp_path / "short.yaml")
    assert report.fates == {"assignments": 110}


def test_an_export_of_another_system_is_refused_with_what_would_be_known(bring):
    with pytest.raises(HistoryError, match="no kind of record of the mapping `salesforce`"):
        bring("Ticket,Wer\n1,2\n", profile="salesforce")
    with pytest.raises(Refused, match="did you mean `hubspot`"):
        bring(hubspot.deals(), profile="hubspott")


@pytest.mark.parametrize(("content", "words"), [
    (b"PK\x03\x04 and so on", "workbook or a zip archive"),
    (salesforce.text()[:-30].rstrip("\r\n"), "the last row is cut short"),
    (salesforce.text() + '"never closed', "183: a quoted cell has no end"),
    (salesforce.text() + '"never closed\r\nand more', "183: not readable as CSV from line 183 on: a quoted cell has no end"),
])
def test_a_file_that_is_broken_off_or_no_table_is_told(bring, content, words):
    with pytest.raises(HistoryError, match=words):
        bring(content, profile="salesforce")


# -- short rows -----------------------------------------------------------------------------------------------------------

SHORT = {
    "salesforce": (salesforce.text().splitlines(keepends=True), "salesforce", ""),
    "hubspot": (hubspot.deals().splitlines(keepends=True), "hubspot", "time_zone: Europe/Berlin\n"),
    "servicenow": (others.incidents().splitlines(keepends=True), "servicenow", "time_zone: Europe/London\n"),
    "generic": (others.own_columns().decode("windows-1252").splitlines(keepends=True), "generic", "time_zone: Europe/Vienna\n"),
}


@pytest.mark.parametrize("system", SHORT)
def test_rows_that_end_too_soon_are_kept_and_told_with_their_lines(bring, system):
    lines, profile, zone = SHORT[system]
    sign = ";" if profile == "generic" else ","
    width = lines[0].count(sign) + 1
    for at in (3, 5):
        lines[at] = lines[at].rstrip("\r\n").rpartition(sign)[0] + "\n"
    started = [1 + "".join(lines[:at]).count("\n") for at in (3, 5)]
    report = bring("".join(lines), mapping=f"extends: {profile}\n{zone}", dry_run=True)
    (told,) = (repair for repair in report.repairs if repair.code == "short_rows")
    assert (told.count, list(told.lines)) == (2, started)
    assert f"lines, with how many cells each has: {started[0]} ({width - 1}), {started[1]} ({width - 1}); " in told.message
    assert f"expected {width} cells" in told.message
    assert all_told(report) and not any("fewer cells" in words for words in report.fates)


def test_a_short_row_of_accounts_is_told_and_its_row_kept(bring):
    report = bring("Id,Name,ParentId,Website\n0013600000ACMEaAAP,ACME\n", what="accounts", profile="salesforce", dry_run=True)
    assert repairs(report)["short_rows"] == 1 and report.fates == {"accounts": 1} and report.problems == ()


# -- any damage at all ----------------------------------------------------------------------------------------------------

EXPORTS = {"salesforce": salesforce.text(), "salesforce-report": salesforce_report.american(), "hubspot": hubspot.deals()}


@pytest.mark.parametrize("profile", EXPORTS)
@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_damaged_every_row_is_kept_or_told_or_the_file_is_refused(bring, profile, seed):
    random = Random(seed)
    lines = EXPORTS[profile].splitlines(keepends=True)
    for _damage in range(random.randint(1, 40)):
        at = random.randrange(len(lines))
        cells = lines[at].split(",")
        place = random.randrange(len(cells))
        match random.randrange(6):
            case 0:
                cells[place] = random.choice(("", "?", "-1", "31/31/2026", "=1+1", "\u00a0", "9" * 40, "NaN", "\ud7ff", "01234"))
            case 1:
                cells.insert(place, "x")
            case 2:
                del cells[place]
            case 3:
                lines.insert(random.randrange(len(lines)), lines[at])
            case 4:
                cells[place] = cells[place][::-1]
            case 5:
                cells = ["Subtotal", *[""] * (len(cells) - 2), "5\n"]
        lines[at] = ",".join(cells)
    try:
        report = bring("".join(lines), mapping=f"extends: {profile}\ntime_zone: UTC\n", dry_run=True)
    except HistoryError as refused:
        assert refused.problems and all(problem.message for problem in refused.problems)
        return
    assert all_told(report) or any(problem.line is None for problem in report.problems)
    assert min(report.fates.values(), default=0) >= 0
    unusable = report.fates.get("cannot be used, told by line", 0)
    assert unusable <= len(report.bad_lines) or any(problem.line in (None, 1) for problem in report.problems)
