"""The holdback's guard: harm takes a model's place from it, chance does not, and figures and step are kept."""
import json

import numpy as np
import pytest

from rules.errors import Refused
from training.guard import ACTOR, at_every_look, enforce, judge
from training.judge.benefit import Benefit, BenefitAnswer
from training.judge.clustered import Estimate
from training.promotion import promote

pytestmark = pytest.mark.train


@pytest.fixture
def promoted(copied):
    """A workspace whose one model ranks."""
    promote(copied, "latest", actor="test")
    return copied


@pytest.fixture
def second():
    """The name of another model, which is not asked for itself."""
    return "sha256:" + "0" * 64


def difference(points, error):
    value, half = points / 100, 1.96 * error / 100
    return Estimate(value=value, error=error / 100, low=value - half, high=value + half, clustered_by="day")


def report(workspace, lift, items=8_000):
    one = BenefitAnswer(name="holdback", question="?", lift=lift, items=items, informative=items)
    return Benefit(objective="lead", model=workspace.store.champion("lead"), starts=None, ends=None, items=items, known=items,
                   rate=0.2, comparisons=(one,), refused={}, left_out={})


@pytest.mark.parametrize(("points", "error", "verdict"), [
    (0.0, 2.0, "too early"), (-2.0, 2.0, "too early"), (-9.0, 2.0, "rolled back"), (3.0, 2.0, "too early"),
    (0.0, 0.25, "holds"), (-0.3, 0.25, "holds"), (-0.6, 0.25, "rolled back"), (-2.0, 0.25, "rolled back"), (1.0, 0.25, "holds")])
def test_a_wide_interval_is_too_early_and_a_lower_bound_under_the_floor_binds(points, error, verdict):
    assert judge(difference(points, error), 8_000, -0.01)[0] == verdict


def test_a_wider_floor_binds_later():
    assert judge(difference(-0.6, 0.25), 8_000, -0.02)[0] == "holds"


def test_looking_every_day_rolls_back_few_models_that_do_no_harm():
    """A year of days of 60 items, a fifth held back, no difference: looked at daily, as a scheduler would."""
    random, rolled = np.random.default_rng(3), 0
    for _ in range(200):
        held = np.cumsum(random.binomial(60, 0.2, 365))
        ranked = 60 * np.arange(1, 366) - held
        won, lost = (np.cumsum(random.binomial(np.diff(side, prepend=0), 0.15)) for side in (ranked, held))
        for day in range(10, 365):
            n, m = ranked[day], held[day]
            error = 100 * np.sqrt(0.1275 * (1 / n + 1 / m))
            told = difference(100 * (won[day] / n - lost[day] / m), error)
            if judge(told, int(n + m), -0.01)[0] == "rolled back":
                rolled += 1
                break
    assert rolled <= 0.05 * 200


def test_the_bound_of_every_look_is_wider_than_that_of_one():
    for items in (200, 2_000, 20_000, 200_000):
        assert 2.5 < at_every_look(1.0, items) < 5.0


def test_without_a_holdback_there_is_nothing_to_guard_by(promoted):
    found = report(promoted, difference(0, 1))
    empty = Benefit(**{**vars(found), "comparisons": (), "refused": {"holdback": "no item is held back"}})
    with pytest.raises(Refused, match="cannot guard `lead`: no item is held back"):
        enforce(promoted, empty)


def test_a_model_that_holds_keeps_its_place_and_nothing_is_written(promoted):
    before = promoted.store.head().last_change
    assert enforce(promoted, report(promoted, difference(0.0, 0.25))).verdict == "holds"
    assert promoted.store.head().last_change == before


def test_harm_brings_the_model_before_back_and_keeps_the_evidence(promoted, second):
    first = promoted.store.champion("lead")
    promoted.store.set_champion("lead", second, "test")
    done = enforce(promoted, report(promoted, difference(-5.0, 0.5)))
    assert done.verdict == "rolled back" and promoted.store.champion("lead") == first
    assert [change.actor for change in promoted.store.changes("champion:lead")][0] == ACTOR
    [noted] = promoted.store.changes("guard:lead")
    assert (noted.value, noted.actor) == (done.evidence, ACTOR)
    kept = json.loads(promoted.store.snapshot("evidence", done.evidence)["benefit.json"])
    assert kept["model"] == second and kept["comparisons"][0]["lift"]["value"] == -0.05 and kept["reason"] == done.reason


def test_where_no_model_ranked_before_items_go_by_turns(promoted):
    first = promoted.store.champion("lead")
    done = enforce(promoted, report(promoted, difference(-5.0, 0.5)))
    assert done.promotion is None and "items go by turns" in done.reason
    assert promoted.store.champion("lead") is None
    assert [change.value for change in promoted.store.changes("champion:lead")] == ["", first]


def test_a_report_on_another_champion_takes_no_place(promoted, second):
    stale = report(promoted, difference(-5.0, 0.5))
    promoted.store.set_champion("lead", second, "test")
    with pytest.raises(Refused, match="has changed while this was judged"):
        enforce(promoted, stale)
    assert promoted.store.champion("lead") == second
