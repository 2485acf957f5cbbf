"""The pipeline of a scheduler: what it does, that it does nothing twice, and that being killed leaves everything as it was."""
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from rightful.cli.learning.retrain import register
from rightful.cli.report import register as register_reports
from serving.runtime.workspace import Workspace
from tests.serving.store.fakes import append
from tests.training import small_log
from training.promotion import promote
from training.scheduled import EXITS, LOCK, alone, retrain

pytestmark = pytest.mark.train
OWNERS = [f"o{number:02d}" for number in range(2 * small_log.PER_TEAM)]


def later(event, outcome=lambda event: event.outcome):
    """An event of a second past, after the first has ended and with ids of its own."""
    moved, item = timedelta(days=small_log.DAYS + 20), event.item
    return replace(event, event_id=f"n{event.event_id}", assignment_id=f"n{event.assignment_id}", item_id=f"N{event.item_id}",
                   occurred_at=event.occurred_at + moved, known_at=event.known_at + moved, outcome=outcome(event),
                   item=None if item is None else replace(item, item_id=f"N{item.item_id}", received_at=item.received_at + moved))


@pytest.fixture
def ranked(copied):
    """A workspace whose version 1 ranks."""
    promote(copied, "latest", actor="test")
    return copied


def more(workspace, rows=1500, *, fails=False):
    """A second past comes in, of the same owners as the first, or one in which most fails."""
    def spoilt(event):
        return "lost" if event.kind == "outcome" and int(event.item_id[2:]) % 3 else event.outcome

    past = small_log.past(OWNERS, rows=rows, skill=0.8, fit=0.8, seed=3)
    append(workspace.store, [later(event, spoilt) if fails else later(event) for event in past])


@pytest.fixture(scope="module")
def run():
    app = typer.Typer()
    register(app)
    register_reports(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def standing(workspace):
    store = workspace.store
    return (store.champion("lead"), store.challenger("lead"), store.changes("champion:lead"), store.changes("challenger:lead"),
            store.active("retrain:lead"))


def test_new_outcomes_give_a_challenger_in_shadow_and_the_champion_stays(ranked):
    champion = ranked.store.champion("lead")
    more(ranked)
    said = []
    found = retrain(ranked, "lead", said.append, write_up=lambda run: f"ended: {run.ending}\n")
    assert found.ending == "done", found.steps
    assert [step.name for step in found.steps] == ["data", "drift", "train", "gate", "challenger", "report"]
    assert [line for line in said if "step " in line][0] == "lead: step 1 of 6, data"
    assert ranked.store.champion("lead") == champion
    assert ranked.store.challenger("lead") == found.bundle and ranked.store.in_shadow("lead")
    assert (ranked.folder / found.report).read_text() == "ended: done\n"
    assert "<html" in (ranked.folder / found.report).with_suffix(".html").read_text()
    again = retrain(ranked, "lead")
    assert (again.ending, EXITS[again.ending], len(again.steps)) == ("nothing new", 3, 1)
    assert "nothing new came in" in again.steps[0].told


@pytest.mark.parametrize("step", ["train", "gate"])
def test_a_run_killed_at_a_step_leaves_champion_and_challenger_and_is_done_again(ranked, step):
    more(ranked)
    before = standing(ranked)
    words = [sys.executable, "-m", "rightful", "retrain", "--workspace", str(ranked.folder)]
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=place) as process:
        assert any(f", {step}" in line for line in process.stderr), "the step was never reached"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert standing(ranked) == before
    with alone(ranked) as free:
        assert free                                              # whoever was killed holds no lock
    assert not list(ranked.folder.glob("reports/*"))
    fresh = Workspace.at(ranked.folder)
    assert retrain(fresh, "lead").ending == "done"
    fresh.close()


def test_two_at_once_are_kept_apart(run, ranked):
    with alone(ranked) as free:
        done = run("retrain", "--workspace", ranked.folder)
    assert free and done.exit_code == 7 and "another `rightful retrain` runs" in done.stderr
    assert (ranked.folder / LOCK).exists()


def test_what_drifted_is_told_by_its_own_exit_and_only_a_flag_promotes(run, ranked):
    champion = ranked.store.champion("lead")
    more(ranked, fails=True)
    told = run("report", "drift", "--workspace", ranked.folder)
    assert told.exit_code == 1 and "rate of success over training's" in told.stdout
    done = run("retrain", "--workspace", ranked.folder, "--promote")
    assert done.exit_code in (6, 8), done.stdout
    assert (ranked.store.champion("lead") == champion) == (done.exit_code == 6)


def test_a_log_that_must_not_be_learnt_from_ends_at_the_data(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=0)
    found = retrain(workspace, "lead")
    assert (found.ending, EXITS[found.ending]) == ("data refused", 4) and "import a history first" in found.steps[0].told
    append(workspace.store, small_log.past(OWNERS, rows=300, skill=0.8, fit=0.8, seed=3))
    found = retrain(workspace, "lead")
    assert (found.ending, EXITS[found.ending]) == ("not learnt", 5) and "settled outcomes of 300" in found.steps[-1].told
    assert workspace.store.active("retrain:lead") is None
    workspace.close()


def test_owners_who_cannot_be_told_apart_do_not_pass_the_gate(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=2500, skill=0.0, fit=0.0, seed=1)
    found = retrain(workspace, "lead")
    assert (found.ending, EXITS[found.ending]) == ("gate not passed", 6) and "no owner signal" in found.steps[3].told
    assert workspace.store.champion("lead") is None and workspace.store.challenger("lead") is None
    assert retrain(workspace, "lead").ending == "nothing new"
    workspace.close()
