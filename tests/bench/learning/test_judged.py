"""The replay that judges: it sees nothing of what comes after, and it knows who is better."""
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bench.learning.judged import CONSTANT, COUNTS, MEMORY, figures, regressions
from bench.learning.replayed import read_labels, replay
from serving.runtime.workspace import Workspace
from serving.store import event_log
from tests.training import small_log

pytestmark = pytest.mark.train
SPLIT = small_log.START + timedelta(days=200)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return small_log.build(tmp_path_factory.mktemp("log") / "ws", rows=2000, skill=1.2, fit=0.0)


@pytest.fixture(scope="module")
def past(workspace):
    return replay(workspace, SPLIT)


def test_labels_are_the_last_word_that_was_told(workspace):
    events = list(workspace.store.standing_events())
    objective = workspace.settings.objectives["lead"]
    rows = {row.assignment_id: row for row in read_labels(events, objective)}
    told = {event.assignment_id: event.outcome for event in events if event.outcome}
    assert {name: row.success for name, row in rows.items()} == {name: word == "converted" for name, word in told.items()}
    first = next(event for event in events if event.outcome == "converted")
    taken_back = replace(first, kind="corrected", outcome="lost", known_at=events[-1].known_at)
    again = {row.assignment_id: row.success for row in read_labels([*events, taken_back], objective)}
    assert rows[first.assignment_id].success and not again[first.assignment_id]


def test_what_is_fitted_was_known_before_the_split_and_what_is_judged_was_assigned_after_it(past):
    assert max(row.known for row in past.before) < SPLIT <= min(row.at for row in past.later)
    assert len(past.chance) == len(past.later) > 500
    assert np.isfinite(past.chance).all()


def test_what_is_judged_changes_nothing_of_what_was_said_before_it_was_told(workspace, past, tmp_path):
    other_way = {"converted": "lost", "lost": "converted"}
    turned = [replace(event, seq=0, outcome=other_way.get(event.outcome) if event.known_at >= SPLIT else event.outcome)
              for event in workspace.store.standing_events()]
    other = small_log.build(tmp_path / "ws", rows=0)
    other.store.write(lambda writing: event_log.append(writing, turned))
    again = replay(Workspace.at(other.folder), SPLIT)
    first_told = min(row.known for row in past.later)
    early = [place for place, row in enumerate(past.later) if row.at < first_told]
    assert len(early) >= 5
    assert past.chance[early].tolist() == again.chance[early].tolist()
    assert past.chance.tolist() != again.chance.tolist()
    assert [row.success for row in again.later] != [row.success for row in past.later]


def test_where_owners_differ_the_model_is_ahead_and_its_chances_are_right(past):
    found = figures(past)
    assert found["signal"] == "owner signal"
    assert found["model_ahead_of"][CONSTANT]["low"] > 0
    assert found["model_ahead_of"][COUNTS]["low"] > 0
    assert found["slope"] == pytest.approx(1, abs=0.35)
    assert found["mean"] == pytest.approx(1, abs=0.15)
    assert found["models"][MEMORY]["auc"] > found["models"][COUNTS]["auc"] + 0.05


def test_a_fall_below_the_kept_interval_is_told_and_a_smaller_one_is_not(past):
    one = figures(past)
    kept = {"incidents": one, "maven": deepcopy(one), "open_bandit": {"all": {"observed": 0.1, "IPS": {"covers": True}}}}
    assert regressions(kept, kept) == []
    worse = deepcopy(kept)
    gain = worse["incidents"]["model_ahead_of"][CONSTANT]
    gain["value"] = (gain["value"] + gain["low"]) / 2
    assert regressions(kept, worse) == []
    gain["value"] = gain["low"] - 0.001
    worse["maven"]["signal"], worse["open_bandit"]["all"]["IPS"]["covers"] = "no owner signal", False
    assert [words.split(":")[0] for words in regressions(kept, worse)] == ["incidents", "maven", "open_bandit"]
