"""Dates of items through the whole program: decided by the day of the moment, stored, replayed, imported, asked over HTTP."""
from datetime import timedelta

import pytest

from serving.imports.files import import_file
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

RULES = ("consent: {enum: [granted, denied]}", "consent: {enum: [granted, denied]}\n  renewal_on: {type: date}")
SOON = ("    rules:\n      - {id: leads,", "    rules:\n"
        "      - {id: soon, when: {kind: case, renewal_on: within 30d}, to: sales}\n"
        "      - {id: gone, when: {kind: case, renewal_on: before 2026-11-01}, to: solo}\n      - {id: leads,")
MAPPING = """\
mapping: 1
extends: generic
time_zone: Europe/Berlin
records:
  lead:
    serves: history
    known_by: [Lead ID]
    columns:
      item_id: {from: Lead ID}
      kind: {value: case}
      received_at: {from: Create Date}
      assigned_at: {from: Create Date}
      owner_id: {from: Lead Owner}
"""


@pytest.fixture
def workspace(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    book = folder / "rulebook.yaml"
    text = book.read_text(encoding="utf-8")
    for old, new in (RULES, SOON):
        assert old in text
        text = text.replace(old, new)
    book.write_text(text, encoding="utf-8")
    made = Workspace.at(folder)
    yield made
    made.close()


def rule_of(workspace, decision_id):
    return workspace.store.decision(decision_id).document.route.rule


def test_a_decision_goes_by_the_day_of_its_moment_and_replays_on_any_later_day(workspace):
    decider = Decider(Live(workspace))
    made = {}
    for item_id, days, given in (("A", 0, "2026-12-18"), ("B", 0, "2026-12-19"),
                                 ("E", 0, "2026-12-18T23:30:00Z"), ("C", 1, "2026-12-19"), ("D", 5, "2026-10-31"),
                                 ("F", 5, "missing")):
        at = NOON + timedelta(days=days)
        item = {**lead(item_id), "kind": "case", "renewal_on": given, "time_zone": "Europe/Berlin"}
        made[item_id] = decider.decide(DecideCommand(item=item, mode="assign", at=at)).decision_id
    assert {item_id: rule_of(workspace, decision_id) for item_id, decision_id in made.items()} == {
        "A": "soon", "B": "catch-all", "C": "soon", "D": "gone", "E": "catch-all", "F": "catch-all"}
    replayer = Replayer(workspace)
    again = [*replayer.from_log(made.values()), *replayer.from_events(made.values())]
    assert [one for one in again if not one.identical] == [] and len(again) == 12
    shown = workspace.store.decision(made["E"]).document.item["attributes"]["renewal_on"]
    assert (shown["value"], shown["raw"]) == ("2026-12-19", "2026-12-18T23:30:00Z")


@pytest.mark.parametrize(("cells", "days"), [
    (("24.12.2026", "31.12.2026 23:30", "2027-01-05"), ["2026-12-24", "2026-12-31", "2027-01-05"]),
    (("12/24/2026", "1/5/2027", "1/6/2027"), ["2026-12-24", "2027-01-05", "2027-01-06"]),
    (("2026-12-24T23:30:00.000+0000", "", "1798156800000"), ["2026-12-24", None, "2026-12-25"]),
])
def test_an_import_reads_the_dates_of_items_as_its_file_writes_days(workspace, tmp_path, cells, days):
    rows = "".join(f"L-{number},2026-10-0{number + 1} 09:00,ann,\"{cell}\"\n" for number, cell in enumerate(cells))
    file, mapping = tmp_path / "leads.csv", tmp_path / "mapping.yaml"
    file.write_text("Lead ID,Create Date,Lead Owner,Renewal On\n" + rows, encoding="utf-8")
    mapping.write_text(MAPPING, encoding="utf-8")
    import_file(workspace, file, what="history", mapping=mapping)
    assert [event.item.value("renewal_on") for event in workspace.store.events() if event.kind == "assigned"] == days
