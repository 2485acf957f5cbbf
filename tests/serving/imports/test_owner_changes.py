"""Exports of who had a record when: each change of its owner begins an assignment and ends the one before."""
import pytest

from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.serving.imports.damaged import company
from tests.serving.imports.damaged.company import csv_of, long_id, short_id

LEAD = "00Q360000000001EAA"
HEADER = ["Id", "LeadId", "CreatedById", "CreatedDate", "Field", "OldValue", "NewValue"]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(company.build(tmp_path / "ws"))
    yield made
    made.close()


def bring(workspace, rows, *, profile="salesforce", **more):
    path = workspace.folder.parent / "export.csv"
    path.write_text(csv_of(rows), encoding="utf-8")
    return import_file(workspace, path, what="history", profile=profile, **more)


def change(number, day, field, before, after, item=LEAD):
    return [f"017{number}", item, "0050", f"2026-02-{day:02}T10:00:00.000Z", field, before, after]


def told(workspace):
    return [(event.kind, event.owner_id, event.occurred_at.day) for event in workspace.store.events()]


def counts(report):
    return {repair.code: repair.count for repair in report.repairs}


def test_a_lead_that_changed_hands_twice_was_assigned_three_times(workspace):
    ann, bob, cleo = map(long_id, ("Ann Lee", "Bob Ray", "Cleo Fox"))
    rows = [change(4, 9, "Owner", bob, short_id("Cleo Fox")), change(1, 1, "created", "", ""),
            change(2, 3, "Owner", ann, bob), change(3, 3, "Owner", "Ann Lee", "Bob Ray"),
            change(5, 4, "Status", "New", "Working"), change(6, 9, "Owner", "Bob Ray", "Cleo Fox")]
    report = bring(workspace, [HEADER, *rows])
    assert told(workspace) == [("assigned", ann, 1), ("reassigned", ann, 3), ("assigned", bob, 3), ("reassigned", bob, 9),
                               ("assigned", cleo, 9)]
    assert report.fates == {"assignments": 3, "rows of a change that another row tells as well": 2,
                            "rows left out: changes of other fields": 1}


def test_a_first_owner_whose_start_nobody_tells_is_left_out_and_counted(workspace):
    report = bring(workspace, [HEADER, change(1, 3, "Owner", long_id("Ann Lee"), long_id("Bob Ray"))])
    assert told(workspace) == [("assigned", long_id("Bob Ray"), 3)] and counts(report)["first_owner"] == 1


def test_names_alone_are_found_and_an_unknown_one_is_told_on_its_line(workspace):
    rows = [change(1, 3, "Owner", "Nobody Here", "Bob Ray"), change(2, 5, "Owner", "Bob Ray", "Who Else")]
    report = bring(workspace, [HEADER, *rows], skip_bad=True)
    assert told(workspace) == [("assigned", long_id("Bob Ray"), 3), ("reassigned", long_id("Bob Ray"), 5)]
    assert (report.bad_lines, sum(report.fates.values())) == ((3,), 2)


def test_what_the_store_knows_of_the_item_describes_it(workspace):
    leads = [["Id", "OwnerId", "CreatedDate", "Status", "IsConverted", "Company", "Country"],
             [LEAD, long_id("Ann Lee"), "2026-02-01T10:00:00Z", "Working", "false", "ACME", "Germany"]]
    bring(workspace, leads)
    bring(workspace, [HEADER, change(1, 3, "Owner", long_id("Ann Lee"), long_id("Bob Ray"))])
    given = [event for event in workspace.store.events() if event.kind == "assigned"]
    assert [event.owner_id for event in given] == [long_id("Ann Lee"), long_id("Bob Ray")]
    assert given[-1].item.value("country") == "DE" and given[-1].team == "sales"
    assert ("reassigned", long_id("Ann Lee"), 3) in told(workspace)


@pytest.mark.parametrize(("column", "kind"), [("OpportunityId", "opportunity"), ("CaseId", "case"), ("AccountId", "account")])
def test_the_column_of_the_record_tells_its_kind(workspace, column, kind):
    header = [column if name == "LeadId" else name for name in HEADER]
    bring(workspace, [header, change(1, 1, "created", "", ""), change(2, 3, "Owner", long_id("Ann Lee"), long_id("Bob Ray"))])
    assert [event.item.kind for event in workspace.store.events() if event.kind == "assigned"] == [kind, kind]


def test_a_property_history_of_hubspot_without_the_value_before(workspace):
    rows = [["dealId", "property", "value", "timestamp", "sourceType"],
            ["901", "hubspot_owner_id", long_id("Ann Lee"), "2026-02-01T09:00:00Z", "CRM_UI"],
            ["901", "hubspot_owner_id", "", "2026-02-04T09:00:00Z", "CRM_UI"],
            ["901", "hubspot_owner_id", "bob@example.com", "2026-02-06T09:00:00Z", "CRM_UI"],
            ["901", "dealstage", "closedwon", "2026-02-08T09:00:00Z", "CRM_UI"],
            ["902", "createdate", "1769936400000", "2026-02-01T09:00:00Z", "CRM_UI"]]
    report = bring(workspace, rows, profile="hubspot")
    assert told(workspace) == [("assigned", long_id("Ann Lee"), 1), ("reassigned", long_id("Ann Lee"), 4),
                               ("assigned", long_id("Bob Ray"), 6)]
    assert (counts(report)["to_nobody"], counts(report)["arrivals"], sum(report.fates.values())) == (1, 1, 5)


def test_an_export_of_any_object_tells_the_kind_by_its_type(workspace):
    rows = [["Record ID", "Object type", "Property", "New value", "Change date"],
            ["77", "Ticket", "Ticket owner", "Cleo Fox", "2026-02-01T09:00:00Z"]]
    bring(workspace, rows, profile="hubspot")
    (given,) = workspace.store.events()
    assert (given.item.kind, given.owner_id) == ("case", long_id("Cleo Fox"))
