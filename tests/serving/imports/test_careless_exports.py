"""What CRMs leave in an export: stages of one's own, deleted and merged records, sizes that are no numbers."""
import pytest

from rules.exports.numbers import is_estimate
from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.serving.imports.damaged import company
from tests.serving.imports.damaged.company import ACCOUNTS, NAMES, csv_of, long_id


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(company.build(tmp_path / "ws"))
    yield made
    made.close()


def bring(workspace, rows, *, what="history", profile="generic", **more):
    path = workspace.folder.parent / "export.csv"
    path.write_text(csv_of(rows), encoding="utf-8")
    return import_file(workspace, path, what=what, profile=profile, **more)


def told(report, code):
    return {repair.message: repair.count for repair in report.repairs if repair.code == code}


def outcomes(workspace):
    return {event.item_id: event.outcome for event in workspace.store.events() if event.kind == "outcome"}


# -- words that no value covers -------------------------------------------------------------------------------------------

DEAL = ["Record ID", "Create Date", "Deal owner", "Deal Stage", "Close Date"]


def deal(number, stage, *more):
    return [f"70{number}", "2026-01-05T09:00:00Z", NAMES[number % 4], stage, "2026-02-01T09:00:00Z", *more]


def test_stages_of_ones_own_are_listed_with_how_many_items_they_leave_open(workspace):
    rows = [deal(1, "Vertrag unterschrieben"), deal(2, "Vertrag unterschrieben"), deal(3, "verloren (Preis)"), deal(4, "WON"),
            deal(5, "closed lost"), deal(6, "Contract Sent"), deal(7, "")]
    report = bring(workspace, [DEAL, *rows], profile="hubspot")
    words = told(report, "open_words")
    assert list(words.values()) == [2, 1]
    assert "`Deal Stage` `Vertrag unterschrieben` is no outcome" in next(iter(words))
    assert outcomes(workspace) == {"704": "won", "705": "lost"}


def test_where_the_export_itself_says_open_the_name_of_the_stage_does_not_matter(workspace):
    report = bring(workspace, [[*DEAL, "Is Deal Closed?"], deal(1, "Pilot läuft", "false"), deal(2, "Pilot vorbei", "true")],
                   profile="hubspot")
    assert told(report, "open_words") == {} and outcomes(workspace) == {"702": "lost"}


def test_many_words_are_counted_together(workspace):
    report = bring(workspace, [DEAL, *(deal(number, f"Phase {number}") for number in range(30))], profile="hubspot", dry_run=True)
    words = told(report, "open_words")
    assert len(words) == 13 and sum(words.values()) == 30 and "18 more such words" in list(words)[-1]


def test_states_of_a_service_desk_are_listed_too(workspace):
    header = ["Number", "Opened", "Assigned to", "State"]
    rows = [[f"INC{number}", "2026-01-05T09:00:00Z", NAMES[0], state] for number, state in enumerate(("Awaiting vendor", "New"))]
    words = told(bring(workspace, [header, *rows], profile="servicenow"), "open_words")
    assert list(words.values()) == [1] and "`State` `Awaiting vendor`" in next(iter(words))


def test_an_outcome_in_other_letters_is_the_same_and_one_that_nobody_named_is_told(workspace):
    header = ["item_id", "kind", "received_at", "owner_id", "assigned_at", "ended_at", "end", "outcome", "value"]
    words = ("Converted", "converted", "CONVERTED", "gewonnen", "lost")
    rows = [[f"L-{number}", "lead", "2026-01-05T09:00:00Z", long_id("Ann Lee"), "2026-01-05T09:00:00Z", "2026-01-09T09:00:00Z",
             "resolved", word, "10k+" if number else "100"] for number, word in enumerate(words)]
    report = bring(workspace, [header, *rows])
    assert [outcomes(workspace)[f"L-{number}"] for number in range(5)] == [*["converted"] * 3, "gewonnen", "lost"]
    assert told(report, "spelling") == {"misspelt: outcome `Converted` read as `converted`": 1,
                                        "misspelt: outcome `CONVERTED` read as `converted`": 1}
    assert [*told(report, "outcome_words").values()] == [1] and "`gewonnen`" in next(iter(told(report, "outcome_words")))
    assert told(report, "no_number") == {"`value` says about how much, taken as missing, such as `10k+`": 4}


# -- about how many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["10000+", "51-200", "1,000 - 5,000", "> 500", "<50", "≥ 1 000", "ca. 300", "5k", "10K+", "1–10",
                                  "11 to 50", "more than 500", "bis 50", "200 employees", "50 or more", "1.000 bis 5.000",
                                  "10.001+ Mitarbeiter", "$1M - $5M", "2 Mio."])
def test_about_how_many_is_an_estimate(text):
    assert is_estimate(text)


@pytest.mark.parametrize("text", ["", "lots", "500", "1,200.50", "-", "=1+1", "9" * 400, "a" * 5000])
def test_what_says_no_number_at_all_is_none(text):
    assert not is_estimate(text) or text in ("500", "1,200.50")


def test_a_size_that_is_no_number_costs_neither_the_row_nor_its_children(workspace):
    header = ["Id", "Name", "ParentId", "NumberOfEmployees", "Industry"]
    report = bring(workspace, [header, [ACCOUNTS[0], "ACME", "", "10000+", "Software"],
                               [ACCOUNTS[1], "Beta", ACCOUNTS[0], "51-200", ""],
                               [ACCOUNTS[2], "Gamma", ACCOUNTS[1], "unknown", ""]], what="accounts", profile="salesforce")
    assert report.problems == () and report.fates == {"accounts": 3}
    assert told(report, "no_number") == {
        "`employees` says about how many or no number, taken as missing, such as `10000+`, `51-200`, `unknown`": 3}
    text = (workspace.folder / "accounts.csv").read_text()
    assert f"{ACCOUNTS[1]},Beta,US,40," in text and text.count(ACCOUNTS[0]) == 2


def test_an_amount_that_is_about_so_much_is_missing_and_the_deal_stays(workspace):
    rows = [[*DEAL, "Amount"], deal(1, "closedwon", "5.000 - 10.000"), deal(2, "closedwon", "250")]
    report = bring(workspace, rows, profile="hubspot")
    assert report.fates == {"assignments": 2} and sum(told(report, "no_number").values()) == 1


# -- deleted and merged ---------------------------------------------------------------------------------------------------


def test_deleted_records_are_left_out_and_merged_ones_live_on_in_the_survivor(workspace):
    lost, later = "0013600000LOSTxAAG", "0013600000MIDDxAAG"
    header = ["Id", "Name", "ParentId", "IsDeleted", "MasterRecordId"]
    report = bring(workspace, [header, [lost, "Acme Inc", "", "true", later], [later, "Acme Corp", "", "true", ACCOUNTS[0]],
                               [ACCOUNTS[0], "ACME", "", "false", ""], [ACCOUNTS[1], "Beta", lost, "false", ""],
                               ["0013600000GONExAAG", "Gone", "", "true", ""],
                               [ACCOUNTS[2], "Gamma", "0013600000GONExAAG", "false", ""]], what="accounts", profile="salesforce")
    assert report.fates == {"accounts": 3, "rows left out: merged into another record": 2,
                            "rows left out: deleted in Salesforce": 1}
    text = (workspace.folder / "accounts.csv").read_text()
    assert text.splitlines()[0].endswith("parent_id,merged_ids")
    beta = next(line for line in text.splitlines() if line.startswith(ACCOUNTS[1]))
    assert ACCOUNTS[0] in beta and "Gone" not in text
    assert [sum(told(report, code).values()) for code in ("merged", "parent_left_out")] == [1, 1]
    cases = [["Id", "CaseNumber", "OwnerId", "CreatedDate", "IsClosed", "AccountId"],
             ["500360000000001", "1", long_id("Ann Lee"), "2026-01-05T09:00:00Z", "false", lost]]
    bring(workspace, cases, profile="salesforce")
    item = next(workspace.store.events()).item
    assert item.account.account_id == ACCOUNTS[0] and item.value("country") == "DE"


def test_records_merged_in_hubspot_are_found_in_the_one_that_names_them(workspace):
    header = ["Record ID", "Company name", "Parent Company ID", "Merged object IDs", "Number of Employees"]
    bring(workspace, [header, ["501", "Kestrel", "", "498;499", "30"], ["502", "Kestrel UK", "499", "", "4"],
                      ["498", "Kestrel (old)", "", "", "3"]], what="accounts", profile="hubspot")
    text = (workspace.folder / "accounts.csv").read_text()
    assert "old" not in text and "502,Kestrel UK" in text and "499" in next(
        line for line in text.splitlines() if line.startswith("501"))


def test_a_merge_that_goes_in_a_circle_ends(workspace):
    header = ["Id", "Name", "ParentId", "MasterRecordId"]
    report = bring(workspace, [header, [ACCOUNTS[0], "A", "", ACCOUNTS[1]], [ACCOUNTS[1], "B", "", ACCOUNTS[0]]],
                   what="accounts", profile="salesforce", dry_run=True)
    assert sum(report.fates.values()) == 2
