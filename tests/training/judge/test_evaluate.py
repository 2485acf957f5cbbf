"""Four models side by side, in the contract's shape, and honest about what was known before the split."""
import json
from datetime import timedelta

import pytest

from rules.errors import Refused
from training.judge.evaluate import evaluate
from training.learn.metrics import logloss

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def found(trained):
    return evaluate(trained[0])


def test_the_report_has_the_contracts_shape(found):
    data = json.loads(json.dumps(found.as_json()))
    assert [model["name"] for model in data["models"]] == ["item", "item+shuffled_owner", "item+owner_id",
                                                           "item+owner_statistics"]
    assert all(set(model) == {"name", "auc", "logloss", "brier", "gain"} for model in data["models"])
    assert {"objective", "split", "models", "constant_logloss", "agreement", "signal", "signal_reason", "warnings"} <= set(data)


def test_owner_statistics_help_where_owners_differ_and_a_placebo_does_not(found):
    by_name = {model.name: model for model in found.models}
    assert by_name["item+owner_statistics"].gain.low > 0
    assert not by_name["item+shuffled_owner"].gain.low > 0
    assert by_name["item"].gain.value == 0.0
    assert found.constant_logloss > by_name["item"].logloss
    assert found.verdict.signal == "owner signal"


def test_its_figures_are_those_of_the_training(trained, found):
    _, report = trained
    by_name = {model.name: model for model in found.models}
    assert by_name["item+owner_statistics"].logloss == logloss(report.backtest.full, report.backtest.y)
    assert by_name["item"].logloss == logloss(report.backtest.item, report.backtest.y)
    assert found.verdict == report.verdict
    assert (found.origins, found.judged) == (report.backtest.origins, len(report.backtest))


def test_a_split_is_the_one_moment_that_is_learnt_at(trained):
    workspace, report = trained
    split = (report.prepared.as_of - timedelta(days=120)).replace(microsecond=0)
    found = evaluate(workspace, split=split)
    assert found.origins == (split,) and found.split == split
    assert 100 < found.judged < len(report.backtest)


def test_a_split_that_leaves_too_little_is_refused_with_the_range(trained):
    workspace, report = trained
    with pytest.raises(Refused, match="choose --split between"):
        evaluate(workspace, split=report.prepared.as_of)
