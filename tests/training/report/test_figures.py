"""Every figure of a report is of rows that chose nothing, and is what an independent count of them gives."""
import json

import numpy as np
import pytest

from features.clock import micros
from features.effects import in_general
from features.state import State
from training.learn.metrics import logloss
from training.report.curves import learning_curve, log_odds_of_later
from training.report.figures import figures_of
from training.report.groups import worse_slices
from training.report.owners import owner_figures
from training.report.rows import TEAM, TENURE, judged_rows

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def figures(trained):
    return figures_of(trained[1])


def test_the_figures_are_those_of_the_judged_rows(trained, figures):
    backtest = trained[1].backtest
    assert figures.judged.rows == len(backtest) and figures.judged.gains == backtest.gains
    assert figures.judged.logloss["full"] == logloss(backtest.full, backtest.y)
    assert sum(one.rows for one in figures.judged.reliability) == len(backtest)
    first = backtest.by_origin[0].origin
    assert all(one.assigned_at >= first for one in judged_rows(backtest, trained[1].prepared).assignments)


def test_a_group_tells_what_a_count_of_its_rows_gives(trained, figures):
    report = trained[1]
    table, backtest = report.prepared.table, report.backtest
    here = np.array([table.assignments[row].item.value("industry") == "energy" for row in backtest.rows])
    [found] = [one for one in figures.judged.groups if (one.heading, one.label) == ("industry", "energy")]
    said = 1 / (1 + np.exp(-backtest.full[here]))
    assert found.rows == here.sum() and found.owners == len(np.unique(backtest.owner[here]))
    assert found.happened == pytest.approx(backtest.y[here].mean()) and found.said == pytest.approx(said.mean())
    assert found.off.value == pytest.approx(found.happened - found.said) and found.off.low < found.off.value < found.off.high


def test_groups_of_a_heading_share_out_its_rows_and_their_gains(trained, figures):
    for heading in (TEAM, TENURE, "industry"):
        groups = [one for one in figures.judged.groups if one.heading == heading]
        if groups and sum(one.rows for one in groups) == figures.judged.rows:
            mean = sum(one.rows * one.gain.value for one in groups) / figures.judged.rows
            assert mean == pytest.approx(figures.judged.gains["pair"].value)
    assert {one.heading for one in figures.judged.groups} >= {TEAM, "industry", "colour"}
    assert all(one.gain.value < 0 for one in worse_slices(figures.judged.groups))


def test_an_interval_over_few_owners_is_wider_than_one_over_rows_alone(trained):
    judged = judged_rows(trained[1].backtest, trained[1].prepared)
    told = judged.mean(judged.y - judged.said)
    alone = 1.96 * (judged.y - judged.said).std() / np.sqrt(len(judged))
    assert told.high - told.low > 2 * alone


def test_what_an_origin_says_of_later_rows_is_what_serving_would_have_said(trained):
    report = trained[1]
    for part in report.backtest.by_origin:
        z = log_odds_of_later(part.learned, report.prepared, part.rows, report.prepared.folded)
        assert z == pytest.approx(part.full, abs=1e-9)


def test_the_learning_curve_is_of_one_and_the_same_rows_and_ends_with_the_last_origin(trained):
    report = trained[1]
    points = learning_curve(report.backtest, report.prepared)
    assert len({one.rows for one in points}) == 1 and [one.at for one in points] == sorted(one.at for one in points)
    assert points[-1].at == report.backtest.by_origin[-1].learned.prepared.table.settled.sum()


def test_the_owners_stand_as_a_fold_of_the_log_has_them(trained):
    prepared = trained[1].prepared
    state = State(prepared.fold, expectations=prepared.expected)
    for event in prepared.events:
        state.follow(event)
    state.advance_to(prepared.as_of)
    found = {one.owner: one for one in owner_figures(prepared)}
    numbers = np.array([state.owners.number(name) for name in found])
    told = in_general(state.effects["lead"], dimensions=prepared.plan.dimensions, settings=prepared.plan.effects, owners=numbers,
                      us=micros(prepared.as_of))
    for one, (effect, error, n) in zip(found.values(), told.tolist(), strict=True):
        assert one.effect == pytest.approx(effect, abs=1e-4) and one.high - one.effect == pytest.approx(1.96 * error, abs=1e-4)
        assert one.settled == pytest.approx(n, abs=2)


def test_where_nothing_could_be_judged_the_report_says_so_and_judges_nothing(trained):
    from dataclasses import replace

    found = figures_of(replace(trained[1], backtest=None))
    assert found.judged is None and json.loads(json.dumps(found.as_json()))["judged"] is None
