"""Drift: an index by hand, silence where nothing moves, an alarm where something does, and no word where too little is known."""
import math
import shutil
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from rules.errors import Refused
from rules.model import Fact
from serving.runtime.workspace import Workspace
from tests.serving.store.fakes import append
from tests.training import small_log
from training.judge.moved import PSI_BAR, RATE_BAR, drift_since, psi, verdict_of
from training.retrain import train

OWNERS = [f"o{number:02d}" for number in range(2 * small_log.PER_TEAM)]
CUT = small_log.START + timedelta(days=200)


def by_hand(before, after):
    """PSI over tenths of the first sample, by a loop."""
    edges = sorted(np.quantile(before, [tenth / 10 for tenth in range(1, 10)]))
    total = 0.0
    for low, high in zip([-math.inf, *edges], [*edges, math.inf], strict=True):
        t, r = (sum(low <= value < high for value in sample) / len(sample) for sample in (before, after))
        total += (r - t) * math.log(r / t)
    return total


def test_the_index_of_a_great_move_is_the_one_by_hand():
    random = np.random.default_rng(1)
    before, after = random.normal(0, 1, 20_000), random.normal(0.7, 1, 20_000)
    day = np.arange(20_000) / 100
    value, low, high = psi(before, after, day, day)
    assert value == pytest.approx(by_hand(before, after), abs=0.01) and low < by_hand(before, after) < high
    assert verdict_of(low, high, (0.0, PSI_BAR)) == "alarm"


def test_what_does_not_move_never_alarms_and_is_nearly_always_steady_even_in_small_samples():
    told = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        _, low, high = psi(random.normal(size=900), random.normal(size=250), np.arange(900) / 9, np.arange(250) / 9)
        told.append(verdict_of(low, high, (0.0, PSI_BAR)))
    assert told.count("alarm") == 0 and told.count("steady") >= 190


def test_codes_and_missing_values_are_cells_of_their_own():
    day = np.arange(1000) / 20
    codes = np.tile([0.0, 1.0, 2.0, np.nan], 250)
    assert psi(codes, codes, day, day, coded=True)[0] == 0.0
    assert psi(codes, np.where(codes == 2.0, np.nan, codes), day, day, coded=True)[1] > PSI_BAR
    assert psi(codes, np.where(np.isnan(codes), 3.0, codes), day, day, coded=True)[1] > PSI_BAR


@pytest.mark.parametrize(("low", "high", "told"), [(0.5, 0.8, "alarm"), (1.2, 1.4, "alarm"), (0.95, 1.05, "steady"),
                                                   (0.85, 1.05, "cannot tell"), (None, None, "cannot tell")])
def test_an_alarm_lies_wholly_beyond_its_bar(low, high, told):
    assert verdict_of(low, high, (1 - RATE_BAR, 1 + RATE_BAR)) == told


@pytest.fixture(scope="module")
def known_then(tmp_path_factory):
    """(workspace that knows the first 200 days and ranks by what it learnt of them, the events that come after)."""
    events = small_log.past(OWNERS, rows=4000, skill=0.8, fit=0.8, seed=1)
    workspace = small_log.build(tmp_path_factory.mktemp("moved") / "ws", rows=0)
    append(workspace.store, [event for event in events if event.known_at < CUT])
    workspace.store.set_champion("lead", train(workspace, track=False).bundle_hash, "test")
    yield workspace, [event for event in events if event.known_at >= CUT]
    workspace.close()


def then(known_then, folder, change=lambda event: event, rows=None):
    """The report after the later events came in, each as `change` makes it."""
    workspace, events = known_then
    shutil.copytree(workspace.folder, folder)
    copy = Workspace.at(folder)
    append(copy.store, [change(event) for event in events[:rows]])
    found = drift_since(copy)
    copy.close()
    return found


def turned_red(event):
    if event.item is None or int(event.item_id[2:]) % 2:
        return event
    return replace(event, item=replace(event.item, facts={**event.item.facts, "colour": Fact(value="red")}))


def mostly_lost(event):
    return replace(event, outcome="lost") if event.kind == "outcome" and int(event.item_id[2:]) % 3 else event


@pytest.mark.train
def test_a_log_that_goes_on_as_before_raises_no_alarm(known_then, tmp_path):
    found = then(known_then, tmp_path / "same")
    assert found.alarms == () and found.recent_rows > 1000
    verdicts = {f"{one.of} {one.name}": one.verdict for one in found.measures}
    assert verdicts["item colour"] == verdicts["score log-odds of success"] == "steady"
    assert verdicts["owner tenure_days"] == "moved"                   # everybody grows older: told, and no alarm


@pytest.mark.train
def test_other_leads_and_other_outcomes_alarm_each_by_its_own_measure(known_then, tmp_path):
    assert [f"{one.of} {one.name}" for one in then(known_then, tmp_path / "red", turned_red).alarms] == ["item colour"]
    lost = {f"{one.of} {one.name}" for one in then(known_then, tmp_path / "lost", mostly_lost).alarms}
    assert {"outcome rate of success over training's", "calibration successes over what was promised"} <= lost
    assert "item colour" not in lost


@pytest.mark.train
def test_soon_after_a_training_nobody_can_tell(known_then, tmp_path):
    found = then(known_then, tmp_path / "soon", mostly_lost, rows=400)
    assert {one.verdict for one in found.measures} == {"cannot tell"}
    assert all("expected at least 200" in one.note for one in found.measures)


@pytest.mark.train
def test_where_nothing_ranks_there_is_nothing_to_compare_with(tmp_path):
    workspace = small_log.build(tmp_path / "ws", rows=300)
    with pytest.raises(Refused, match="no model ranks `lead` yet"):
        drift_since(workspace)
    workspace.close()
