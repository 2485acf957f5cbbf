"""`rightful report` on a workspace whose decisions were really made: what is read of them, printed, drawn and enforced."""
import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import typer
from sqlalchemy import insert
from typer.testing import CliRunner

from features.events import Event
from rightful.cli.report import register
from serving.ranking.bundle import write_bundle
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import tables
from tests.serving import small_company
from tests.serving.small_company import NOON, lead
from tests.serving.store.fakes import append
from training.judge.decided_items import read_items

pytestmark = pytest.mark.train
ITEMS, HELD = 700, 0.4
#: True chances; the model prefers whoever succeeded least so far, its challenger the others.
MORE = [f"p{number:02d}" for number in range(24)]
CHANCE = {"ann": 0.6, "bob": 0.6, "cleo": 0.02, "dan": 0.02, **{name: (0.02, 0.6)[at % 2] for at, name in enumerate(MORE)}}


def told(kind, event, number, at, **more):
    return Event(event_id=f"{kind}-{number}", kind=kind, assignment_id=event.assignment_id, item_id=event.item_id,
                 owner_id=event.owner_id, occurred_at=at, known_at=at, **more)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A workspace in which every item was decided, got its outcome minutes later, and every seventh was handed on before."""
    folder = small_company.with_model(tmp_path_factory.mktemp("lived") / "ws")
    (folder / "rightful.toml").write_text(
        small_company.SETTINGS.replace("30d", "1d")
        + f"[holdback]\nshare = {HELD}\n[exploration]\nshare = 0.3\ncoin = 0.0\n", encoding="utf-8")
    (folder / "owners.csv").write_text(small_company.OWNERS.replace("EU,3,1", "EU,,1")
                                       + "".join(f"{name},{name},person,UTC,en,US,,1\n" for name in MORE), encoding="utf-8")
    (folder / "memberships.csv").write_text(small_company.MEMBERSHIPS
                                            + "".join(f"{name},sales,,,\n" for name in MORE), encoding="utf-8")
    workspace = Workspace.at(folder)
    key = insert(tables.secrets).values(name="policy", value=b"k" * 32)          # one key, so that every run draws the same
    workspace.store.write(lambda writing: writing.connection.execute(key))
    other = write_bundle(workspace.bundles, small_company.bundle_parts(weight=-1.5))
    workspace.store.set_challenger("lead", workspace.store.champion("lead"), "test")
    workspace.store.set_champion("lead", other, "test")
    decider, random = Decider(Live(workspace)), np.random.default_rng(1)
    for number in range(ITEMS):
        at = NOON + timedelta(minutes=12 * number)
        made = decider.decide(DecideCommand(item=lead(f"N-{number}"), mode="assign", at=at))
        [given] = workspace.store.happened(made.decision_id)
        won, later = random.random() < CHANCE[given.owner_id], at + timedelta(minutes=5)
        if number % 7 == 3:
            taken = replace(given, event_id=f"on-{number}", assignment_id=f"on-{number}", owner_id="dan", occurred_at=later,
                            known_at=later, seq=0, propensity=None, assigned_by="manual", exposure=None, rotation=None)
            append(workspace.store, [told("reassigned", given, number, later), taken])
            given = taken
        append(workspace.store, [told("outcome", given, number, later, outcome="converted" if won else "lost"),
                                 told("closed", given, number, later)])
    last = NOON + timedelta(minutes=12 * ITEMS)
    append(workspace.store, [told("responded", given, "last", last + timedelta(days=2))])
    workspace.close()
    return folder


@pytest.fixture(scope="module")
def run():
    app = typer.Typer()
    register(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def found(lived, run):
    done = run("report", "benefit", "--workspace", lived, "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_every_item_is_read_with_what_came_of_it_in_the_end(lived):
    workspace = Workspace.at(lived)
    items = read_items(workspace, workspace.settings.objectives["lead"]).items
    events = list(workspace.store.events())
    workspace.close()
    won = {event.item_id for event in events if event.outcome == "converted"}
    assert len(items) == ITEMS
    by_decision = {event.assignment_id: event.item_id for event in events}
    assert all(item.success == float(by_decision[item.decision_id] in won) for item in items)
    assert all(item.expected == pytest.approx(0.2689, abs=1e-4) for item in items)
    assert sum(item.holdback.held for item in items) == pytest.approx(ITEMS * HELD, abs=40)


def test_a_model_that_prefers_the_wrong_people_is_told_to_harm(found):
    holdback = next(one for one in found["comparisons"] if one["name"] == "holdback")
    assert (found["answer"], found["items"], found["known"]) == ("no", ITEMS, ITEMS)
    assert holdback["sides"]["model"]["rate"] < holdback["sides"]["held back"]["rate"] - 0.1
    assert holdback["lift"]["high"] < 0 and holdback["randomised"]


def test_a_challenger_that_is_only_asked_is_screened_by_what_exploration_shows(found):
    screen = next(one for one in found["comparisons"] if one["name"] == "challenger over champion")
    assert set(screen["estimators"]["lift"]) == {"IPS", "SNIPS", "DR", "Switch-DR"}
    assert screen["estimators"]["lift"]["IPS"]["value"] > 0.1
    assert (screen["answer"], screen["randomised"]) == ("cannot tell", False)
    assert "no coin was flipped" in found["refused"]["coin"]


def test_for_people_the_answer_comes_first(lived, run):
    done = run("report", "benefit", "--workspace", lived)
    assert done.stdout.startswith("No: items succeed less often by the model than without it.")
    for words in ("clustered by day and owner", "held back:", "a screen, which answers nothing"):
        assert words in done.stdout


def test_a_period_is_judged_by_itself(lived, run):
    done = run("report", "benefit", "--workspace", lived, "--json", "--to", (NOON + timedelta(minutes=1_200)).isoformat())
    assert json.loads(done.stdout)["items"] == 100
    done = run("report", "benefit", "--workspace", lived, "--enforce", "--to", NOON.isoformat())
    assert done.exit_code == 2


def test_the_page_fetches_nothing_and_draws_each_interval(lived, run, tmp_path, found):
    done = run("report", "benefit", "--workspace", lived, "--html", tmp_path / "benefit.html")
    assert done.exit_code == 0
    page = (tmp_path / "benefit.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page) and "<script" not in page
    assert page.count("<circle") == len(found["comparisons"])
    assert "Lift in points of success per item, with 95 % intervals (n = 700 items)" in page


def test_a_scheduler_takes_the_models_place_from_it_and_the_log_says_why(lived, run, tmp_path):
    import shutil

    folder = shutil.copytree(lived, tmp_path / "ws")
    done = run("report", "benefit", "--workspace", folder, "--enforce", "--json")
    guard = json.loads(done.stdout)["guard"]
    assert guard["verdict"] == "rolled back" and guard["evidence"].startswith("sha256:")
    workspace = Workspace.at(folder)
    assert workspace.store.champion("lead") is None
    decided = Decider(Live(workspace)).decide(DecideCommand(item=lead("after"))).document
    assert (decided.decided_by, decided.why_not_model) == ("rotation", "no_bundle")
    workspace.close()
    assert run("report", "benefit", "--workspace", folder, "--enforce").exit_code == 1


def test_agreement_is_never_called_benefit(lived, run, tmp_path):
    import shutil

    folder = shutil.copytree(lived, tmp_path / "ws")
    (folder / "rightful.toml").write_text('[objectives.lead]\nlearn = "agreement"\n', encoding="utf-8")
    done = run("report", "benefit", "--workspace", folder)
    assert done.exit_code == 1 and "agrees with who owned such items is no benefit" in str(done.exception)


def test_power_takes_the_logs_own_rate_and_pace(lived, run):
    asked = json.loads(run("report", "power", "--lift", "5", "--workspace", lived, "--json").stdout)["asked"]
    assert asked["per_day"] == pytest.approx(120.0, rel=0.02) and asked["eligible"] == 28.0
    assert 0.1 < asked["rate"] < 0.5 and asked["holdback"] == HELD and asked["exploration"] == 0.3
