"""Lists of items through the whole program: decided by role too, stored, replayed, imported from a picklist's column."""
import pytest

from serving.imports.files import import_file
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

CHANGES = (
    ("consent: {enum: [granted, denied]}", "consent: {enum: [granted, denied]}\n  products: {list: [cloud, edge, care]}"),
    ("    rules:\n      - {id: leads,", "    rules:\n"
     "      - {id: both, when: {kind: case, products: {all of: [cloud, edge]}}, to: {team: sales, role: closer}}\n"
     "      - {id: care, when: {kind: case, products: {any of: care, none of: [cloud, edge]}}, to: solo}\n      - {id: leads,"))
EXPORT = """\
Id,IsDeleted,LastName,Company,Country,OwnerId,CreatedDate,Status,IsConverted,Products__c
00Q5e00001AbCdEEAV,false,Lee,Acme,US,ann,2026-01-20T10:00:00Z,Open,false,Edge;Cloud
00Q5e00001AbCdFEAV,false,Ray,Blue,US,ann,2026-01-21T10:00:00Z,Open,false,care;Skye
"""


@pytest.fixture
def workspace(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    book, members = folder / "rulebook.yaml", folder / "memberships.csv"
    text = book.read_text(encoding="utf-8")
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new)
    book.write_text(text, encoding="utf-8")
    header, *rows = members.read_text(encoding="utf-8").splitlines()
    owner = next(row.split(",")[0] for row in rows if row.split(",")[1] == "sales")
    members.write_text("\n".join(["owner_id,team,role", *(",".join((
        *row.split(",")[:2], "closer" if row.startswith(f"{owner},") else "opener")) for row in rows)]) + "\n", encoding="utf-8")
    made = Workspace.at(folder)
    yield made, owner
    made.close()


def test_a_decision_goes_by_the_members_and_the_role_and_replays(workspace):
    made, closer = workspace
    decider, found = Decider(Live(made)), {}
    given_lists = {"A": ["edge", "cloud", "edge"], "B": "Cloud; Edge", "C": ["care"], "D": [], "E": ["care", "edge"]}
    for item_id, given in given_lists.items():
        item = {**lead(item_id), "kind": "case", "products": given}
        found[item_id] = decider.decide(DecideCommand(item=item, mode="assign", at=NOON)).decision_id
    documents = {item_id: made.store.decision(decision_id).document for item_id, decision_id in found.items()}
    assert {item_id: one.route.rule for item_id, one in documents.items()} == {
        "A": "both", "B": "both", "C": "care", "D": "catch-all", "E": "catch-all"}
    assert {documents[item_id].owner_id for item_id in "AB"} == {closer}
    assert [one.rule for one in documents["A"].eligibility.excluded] == ["role"]
    shown = documents["A"].item["attributes"]["products"]
    assert (shown["value"], shown["raw"]) == ("cloud; edge", ["edge", "cloud", "edge"])
    again = [*Replayer(made).from_log(found.values()), *Replayer(made).from_events(found.values())]
    assert [one for one in again if not one.identical] == [] and len(again) == 10


def test_a_picklist_of_an_export_is_a_list_and_its_unknown_words_are_counted(workspace, tmp_path):
    made, _ = workspace
    (tmp_path / "leads.csv").write_text(EXPORT, encoding="utf-8")
    report = import_file(made, tmp_path / "leads.csv", what="items", profile="salesforce", dry_run=True)
    told = [repair.message for repair in report.repairs if repair.code == "unknown_value"]
    assert told == ["products: unknown value `Skye` in the list, taken as missing"]
