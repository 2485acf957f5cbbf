"""The past routed as of then: blind to what came later, equal to the backtest of training, right where the truth is known; and a
rival under the same judge."""
import csv
import json
import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from rightful.cli.learning.past import register
from rules.directory.files import load_directory, read_directory_files
from rules.progress import silent
from serving.ranking.layers import sigmoid
from tests.serving.store.fakes import append
from tests.training import small_log
from training.judge.rival import read_rival, verdicts
from training.judge.routed import route_past, value_of
from training.learn import backtest
from training.learn.source import read_source

pytestmark = pytest.mark.train
OWNERS = [f"o{number:02d}" for number in range(2 * small_log.PER_TEAM)]
STARTS, ENDS = (small_log.START + timedelta(days=days) for days in (200, 240))
PAST = {"rows": 2000, "skill": 1.2, "fit": 0.8, "seed": 3}


@pytest.fixture(scope="module")
def routed(tmp_path_factory):
    """(workspace, its past routed from STARTS to ENDS, learnt once)."""
    workspace = small_log.build(tmp_path_factory.mktemp("routed") / "ws", **PAST)
    yield workspace, route_past(workspace, starts=STARTS, ends=ENDS, every=timedelta(days=60))
    workspace.close()


def test_every_item_of_the_period_is_routed_once_and_no_other(routed):
    workspace, past = routed
    given = [event for event in workspace.store.events() if event.kind == "assigned" and STARTS <= event.occurred_at < ENDS]
    assert [one.item_id for one in past.items] == [event.item_id for event in given]
    assert [one.company for one in past.items] == [event.owner_id for event in given]
    assert past.moments[0].signal == "owner signal"
    assert Counter(one.decided_by for one in past.items)["model"] > 0.9 * len(past.items)


def test_nothing_that_became_known_later_changes_a_choice(routed, tmp_path):
    """The same log with every outcome after the period lost, and no item after it, gives the same choices to the last digit."""
    workspace, past = routed
    other = small_log.build(tmp_path / "ws", rows=0)
    events = list(workspace.store.events())
    kept = {event.assignment_id for event in events if event.kind == "assigned" and event.known_at < ENDS}
    append(other.store, [replace(event, seq=0, outcome="lost" if event.outcome and event.known_at >= ENDS else event.outcome)
                         for event in events if event.assignment_id in kept])
    blind = route_past(other, starts=STARTS, ends=ENDS, every=timedelta(days=60))
    assert [(one.item_id, one.expected, one.chances) for one in blind.items] == [
        (one.item_id, one.expected, one.chances) for one in past.items]
    other.close()


def test_what_is_expected_of_the_companys_owner_is_what_training_judges(routed):
    """The backtest of training reads its rows by another way: one fold of the whole log, refolded for the moment."""
    workspace, past = routed
    judged = backtest.run(source := read_source(workspace, None), silent, split=STARTS)
    said = {source.table.assignments[row].assignment_id: chance
            for row, chance in zip(judged.rows.tolist(), sigmoid(judged.full).tolist(), strict=True)}
    compared = [(one.expected[one.company], said[one.assignment_id]) for one in past.items if one.assignment_id in said]
    assert len(compared) > 200
    assert all(ours == pytest.approx(theirs, abs=1e-9) for ours, theirs in compared)


def test_where_the_truth_is_known_our_choices_are_better_than_the_companys(routed):
    workspace, past = routed
    random = np.random.default_rng(PAST["seed"])
    able, suited = random.normal(0, PAST["skill"], len(OWNERS)), random.normal(0, PAST["fit"], (len(OWNERS), 3))
    items = {event.item_id: event.item for event in workspace.store.events() if event.kind == "assigned"}

    def true(item_id, owner):
        place, industry = OWNERS.index(owner), small_log.INDUSTRIES.index(items[item_id].facts["industry"].value)
        return able[place] + suited[place, industry]

    gained = [true(one.item_id, one.ours) - true(one.item_id, one.company) for one in past.items if one.ours]
    assert np.mean(gained) > 0.5


def test_of_a_log_that_people_chose_by_no_benefit_is_told(routed):
    _, past = routed
    told = value_of(past.items, "ours")
    assert told.answer == "cannot tell" and "what people chose has none" in told.reason


def test_of_a_log_drawn_by_known_chances_the_benefit_is_told(routed):
    """Whom the world gave it was drawn alike from seven: with that chance told, and rows enough, the answer is yes."""
    workspace, past = routed
    drawn = [replace(one, propensity=1 / small_log.PER_TEAM) for one in past.items]
    told = value_of(drawn, "ours")
    assert told.answer == "cannot tell" or told.lift.low < told.lift.high
    many = [replace(one, at=one.at + timedelta(days=turn)) for turn in range(12) for one in drawn]
    assert value_of(many, "ours").answer == "yes"
    certain = [replace(one, propensity=1.0) for one in past.items]
    assert "had no chance in the log" in value_of(certain, "ours").reason


def rival_of(past, directory, lines):
    return read_rival("\n".join(lines) + "\n", file="rival.csv", past=past, directory=directory)


def test_each_bad_row_is_told_and_rows_are_those_judged_and_those_told(routed):
    workspace, past = routed
    directory = load_directory(read_directory_files(workspace.folder))
    first, second = past.items[0].item_id, past.items[1].item_id
    found = rival_of(past, directory, ["item_id,owner_id", f"{first},o01", f"{second},o99", "L-0,o01", f"{first},o02", ",o01",
                                       f"{past.items[2].item_id},", f"{past.items[3].item_id},o03,more", f"{second},o04"])
    assert (found.rows, found.judged, len(found.problems)) == (8, 2, 6)
    assert found.choices == {first: "o01", second: "o04"}
    told = {problem.line: str(problem) for problem in found.problems}
    assert told[3].startswith("rival.csv:3:2: nobody has this id; column `owner_id`; given `o99`; expected an owner of owners.cs")
    assert "expected an item of `lead` that was first assigned from" in told[4]
    assert "one owner per item, or a column `score`" in told[5]
    assert set(told) == {3, 4, 5, 6, 7, 8}


def test_of_scores_the_highest_counts_and_what_is_no_number_is_told(routed):
    workspace, past = routed
    directory, item = load_directory(read_directory_files(workspace.folder)), past.items[0].item_id
    found = rival_of(past, directory, ["item_id,owner_id,score", f"{item},o01,0.2", f"{item},o02,0.9", f"{item},o03,nan",
                                       f"{item},o04,high", f"{item},o05,", f"{item},o02,0.1"])
    assert found.choices == {item: "o02"} and (found.rows, found.judged) == (6, 2)
    assert [problem.column_name for problem in found.problems] == ["score", "score", "score", "owner_id"]


def test_the_companys_own_choices_as_a_rival_are_judged_as_the_companys(routed):
    _, past = routed
    rival, ours, company = verdicts(past, {one.item_id: one.company for one in past.items})
    assert rival.agrees.value == company.agrees.value == 1.0 and rival.promised == company.promised
    assert ours.promised.value > company.promised.value and ours.agrees.value < 0.5
    assert rival.eligible.value == company.eligible.value == 1.0


def test_a_rival_that_sends_work_to_the_other_team_is_shown_to_break_the_rules(routed):
    _, past = routed
    other = {one.item_id: f"o{(int(one.company[1:]) + small_log.PER_TEAM) % len(OWNERS):02d}" for one in past.items}
    assert verdicts(past, other)[0].eligible.value == 0.0


def test_the_commands_write_a_row_per_item_and_end_as_they_say(routed, tmp_path):
    workspace, past = routed
    app = typer.Typer()
    register(app)
    period = ["--from", STARTS.isoformat(), "--to", ENDS.isoformat(), "--every", "60", "--workspace", str(workspace.folder)]
    (tmp_path / "rival.csv").write_text(f"item_id,owner_id\n{past.items[0].item_id},o01\nL-x,o01\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["backtest", *period, "--out", str(tmp_path / "r.csv"), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["items"] == len(past.items)
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ours"] for row in rows] == [one.ours or "" for one in past.items]
    assert math.isclose(float(rows[0]["expected_ours"]), past.items[0].expected[past.items[0].ours])
    judged = CliRunner().invoke(app, ["judge", str(tmp_path / "rival.csv"), *period])
    assert judged.exit_code == 1 and "2 rows: 1 judged, 1 told" in judged.stdout and "rival.csv:3:1" in judged.stderr
