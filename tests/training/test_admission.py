"""Rows that must not be learnt from are named, and change nothing of what is learnt from the others."""
import csv
import io
from datetime import timedelta

import numpy as np
import pytest

from rules.progress import silent
from serving.imports.files import import_file
from serving.runtime.workspace import Workspace
from tests.training import small_log
from training.learn.preparing import prepare
from training.learn.source import read_source
from training.retrain import train

pytestmark = pytest.mark.train
COLUMNS = ["item_id", "kind", "received_at", "owner_id", "assigned_at", "first_response_at", "ended_at", "end", "outcome",
           "outcome_at", "value", "assigned_by", "region", "industry", "colour", "leak"]
OWNERS = [f"o{number:02d}" for number in range(14)]


def clean_rows(count=1500):
    """The small log as a company would export it."""
    rows = {}
    for event in small_log.past(OWNERS, rows=count, skill=0.8, fit=0.8, seed=3):
        row, at = rows.setdefault(event.assignment_id, {}), event.occurred_at
        if event.kind == "assigned":
            row |= {"item_id": event.item_id, "kind": "lead", "received_at": at, "owner_id": event.owner_id, "assigned_at": at,
                    "assigned_by": "rotation", **{name: fact.value for name, fact in event.item.facts.items()}}
        row |= {"responded": {"first_response_at": at}, "closed": {"ended_at": at, "end": "resolved"},
                "outcome": {"outcome": event.outcome, "outcome_at": at}}.get(event.kind, {})
    return list(rows.values())


def company(folder, rows):
    """A workspace that imported these rows but the unreadable ones, and what its dry run told."""
    workspace = small_log.build(folder, rows=0)
    book = (folder / "rulebook.yaml").read_text(encoding="utf-8")
    (folder / "rulebook.yaml").write_text(book.replace("teams:\n", "  leak: {type: number}\nteams:\n", 1), encoding="utf-8")
    with (folder / "owners.csv").open("a", encoding="utf-8") as owners:
        owners.write("desk,queue,,\n")
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({name: cell.isoformat() if hasattr(cell, "isoformat") else cell for name, cell in row.items()}
                     for row in rows)
    (folder / "past.csv").write_text(text.getvalue(), encoding="utf-8")
    told = import_file(workspace, folder / "past.csv", what="history", dry_run=True)
    import_file(workspace, folder / "past.csv", what="history", skip_bad=True)
    return workspace, told


def learnt_from(workspace: Workspace):
    """By assignment: label, item part, and what the pair layers see; with the attributes that are learnt from."""
    prepared = prepare(read_source(workspace, None), silent)
    rows = {}
    for place, row in zip(prepared.places, range(len(prepared.pairs)), strict=True):
        one = prepared.table.assignments[place]
        rows[one.assignment_id] = (one.label, float(prepared.pairs.m[row]), prepared.pairs.matrix[row])
    return rows, [field.name for field in prepared.fields], prepared.pairs.features


def changed(rows, every, offset=0, **changes):
    """Further rows, made of every so many of the others under ids of their own."""
    return [{**row, "item_id": f"X-{row['item_id']}-{offset}", **{name: change(row) if callable(change) else change
                                                                 for name, change in changes.items()}}
            for row in rows[offset::every]]


BLANK = {"outcome": "", "outcome_at": ""}
TIMES = ("received_at", "assigned_at", "first_response_at", "ended_at", "outcome_at")


def later(name, days=3653):
    return lambda row: row[name] + timedelta(days=days)


HOSTILE = {
    "a desk that gets what is won": (lambda rows: changed(rows, 11, owner_id="desk", outcome="converted"), "owners_tell_outcome"),
    "a desk that gets what is lost": (lambda rows: changed(rows, 5, owner_id="desk", outcome="lost"), "owners_tell_outcome"),
    "ten years ahead": (lambda rows: changed(rows, 40, **{name: later(name) for name in TIMES}), None),
    "an end ten years ahead": (lambda rows: changed(rows, 40, ended_at=later("ended_at")), None),
    "before anybody had a computer": (lambda rows: changed(rows, 40, **{name: later(name, -36525) for name in TIMES}), None),
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    rows = clean_rows()
    workspace, told = company(tmp_path_factory.mktemp("clean") / "ws", rows)
    yield rows, learnt_from(workspace), told
    workspace.close()


def test_of_clean_rows_nothing_is_named(clean):
    assert [one.code for one in clean[2].warnings] == [] and not clean[2].problems


def same(found, expected):
    return found.keys() >= expected.keys() and all(
        found[name][:2] == expected[name][:2] and np.array_equal(found[name][2], expected[name][2], equal_nan=True)
        for name in expected)


@pytest.mark.parametrize(("more", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_rows_are_named_and_the_others_are_learnt_from_as_without_them(clean, tmp_path, more, code):
    rows, expected, _ = clean
    further = more(rows)
    workspace, told = company(tmp_path / "ws", [*rows, *further])
    named = len(told.bad_lines) if code is None else [one.code for one in told.warnings]
    assert named == (len(further) if code is None else [code])
    found = learnt_from(workspace)
    assert found[1:] == expected[1:] and found[0].keys() == expected[0].keys()
    differ = [name for name in expected[0] if not same({name: found[0][name]}, {name: expected[0][name]})]
    assert [found[0][name][0] for name in differ] == [expected[0][name][0] for name in differ]
    workspace.close()
    assert not differ or code is not None


@pytest.mark.parametrize("leak", [
    lambda row: 5000.0 if row["outcome"] == "converted" else "", lambda row: 1.0 if row["outcome"] == "lost" else 0.0,
    lambda row: (row["ended_at"] - row["assigned_at"]) / timedelta(days=1),
], ids=["there on successes alone", "a score of the loss", "how long it took"])
def test_a_leak_column_is_named_and_all_is_learnt_as_without_it(clean, tmp_path, leak):
    rows, expected, _ = clean
    workspace, told = company(tmp_path / "ws", [{**row, "leak": leak(row)} for row in rows])
    assert [(one.code, one.of) for one in told.warnings] == [("column_tells_outcome", ("leak",))]
    found = learnt_from(workspace)
    workspace.close()
    assert same(found[0], expected[0]) and found[2] == expected[2]
    assert found[1] == [name for name in expected[1] if name != "leak"]


@pytest.mark.parametrize("how", [BLANK, {**BLANK, "end": "", "ended_at": ""}, {**BLANK, "outcome": "   "}],
                         ids=["closed without a word", "nothing at all", "spaces"])
def test_blank_outcomes_are_named_and_no_label_comes_of_them(clean, tmp_path, how):
    rows, expected, _ = clean
    workspace, told = company(tmp_path / "ws", [*rows, *changed(rows, 9, **how)])
    assert [one.code for one in told.warnings] == ["outcomes_not_recorded"]
    kept, [dry] = read_source(workspace, None).card, told.cards
    assert (kept.assignments, kept.settled, kept.successes, kept.unrecorded) == (
        dry.assignments, dry.settled, dry.successes, dry.unrecorded) and 100 < dry.unrecorded < 170
    found = learnt_from(workspace)
    workspace.close()
    assert found[0].keys() == expected[0].keys() and found[1:] == expected[1:]
    assert all(found[0][name][0] == expected[0][name][0] for name in expected[0])


def test_a_reason_passes_a_mark_is_kept_with_the_model_and_holds_for_whoever_judges_it(clean, tmp_path):
    rows, _, _ = clean
    workspace, _ = company(tmp_path / "ws", [{**row, "leak": 1.0 if row["outcome"] == "lost" else 0.0} for row in rows])
    assert "leak" not in read_source(workspace, None).book.attributes
    report = train(workspace, track=False, because="column_tells_outcome=it is asked on the form")
    assert [(one.verdict, one.because) for one in report.card.findings if one.code == "column_tells_outcome"] == [
        ("passed", "it is asked on the form")]
    assert "leak" in [field.name for field in report.parts.item_fields]
    kept = workspace.store.snapshot("dataset_card:lead", workspace.store.active("dataset_card:lead"))
    assert kept["bundle"] == report.bundle_hash and "it is asked on the form" in kept["dataset_card.md"]
    assert "leak" in read_source(workspace, None, as_trained=True).book.attributes
    workspace.close()
