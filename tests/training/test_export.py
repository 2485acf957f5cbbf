"""The exported table against what the events say, read here by other means, and against the rows that a backtest judges."""
import csv
import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rules.progress import silent
from serving.runtime.workspace import Workspace
from tests.serving.store.fakes import append
from tests.training import small_log
from training.export import write_training_table
from training.learn import backtest
from training.learn.preparing import prepare
from training.learn.source import read_source

pytestmark = pytest.mark.train
HORIZON = timedelta(days=20)


def exported(source, folder, judged=None):
    file = folder / "training.csv"
    write_training_table(prepare(source, silent), file, judged=judged)
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["assignment_id"]: row for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """(source, its backtest, exported rows by assignment) of a small log; two of four moments leave too little to choose by."""
    workspace = small_log.build(tmp_path_factory.mktemp("export") / "ws", rows=2000)
    source = read_source(workspace, None)
    judged = backtest.run(source, silent)
    yield source, judged, exported(source, workspace.folder, judged)
    workspace.close()


def test_every_assignment_has_its_items_attributes_owner_and_label(past):
    source, _, rows = past
    given = {event.assignment_id: event for event in source.events if event.kind == "assigned"}
    said = {event.assignment_id: event for event in source.events if event.kind == "outcome"}
    assert rows.keys() == given.keys()
    for name, event in given.items():
        row, outcome = rows[name], said.get(name)
        for attribute in ("region", "industry", "colour"):
            assert row[f"item.{attribute}"] == event.item.facts[attribute].value
        assert float(row["item.value"]) == event.item.facts["value"].number
        assert (row["owner_id"], row["team"]) == (event.owner_id, event.team)
        due = event.occurred_at + HORIZON
        won = outcome is not None and outcome.outcome == "converted" and outcome.known_at <= due
        assert row["label"] == ("" if due >= source.as_of else str(int(won)))


def test_the_fold_of_a_row_is_the_origin_whose_model_judges_it_in_the_backtest(past):
    source, judged, rows = past
    assert len(judged.by_origin) == 2
    wanted = {source.table.assignments[row].assignment_id: (str(place), part.origin.isoformat())
              for place, part in enumerate(judged.by_origin, 1) for row in part.rows.tolist()}
    assert {name: (row["fold"], row["judged_as_of"]) for name, row in rows.items() if row["fold"]} == wanted
    assert all(datetime.fromisoformat(row["judged_as_of"]) <= datetime.fromisoformat(row["assigned_at"])
               for row in rows.values() if row["fold"])


def test_what_is_expected_of_an_item_rests_on_nothing_that_came_later(past, tmp_path):
    """A tenth of the outcomes of the last fortnight turned round changes m of no row before it, though it changes labels."""
    source, _, rows = past
    turn = source.events[0].known_at + timedelta(days=285)
    other = {"converted": "lost", "lost": "converted"}
    turned = {event.event_id for event in source.events
              if event.kind == "outcome" and event.known_at >= turn and event.event_id.endswith("7")}
    events = [replace(event, seq=0, outcome=other[event.outcome] if event.event_id in turned else event.outcome)
              for event in source.events]
    workspace = small_log.build(tmp_path / "ws", rows=0)
    append(workspace.store, events)
    turned = exported(read_source(Workspace.at(workspace.folder), None), tmp_path)
    before = [name for name, row in rows.items() if datetime.fromisoformat(row["assigned_at"]) < turn]
    assert len(before) > 1000 and all(rows[name]["m"] == turned[name]["m"] for name in before)
    assert any(rows[name]["label"] != turned[name]["label"] for name in before)
    workspace.close()


def test_owners_are_measured_against_the_item_as_known_then_where_nothing_moved_for_everybody(past):
    _, _, rows = past
    assert all(float(row["expected"]) == pytest.approx(1 / (1 + math.exp(-float(row["m"])))) for row in rows.values())
