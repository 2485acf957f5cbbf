"""The judged figures of the public sets: no later model falls below the intervals of the kept ones unseen."""
import pytest

from bench.learning.judged import CONSTANT, LOGISTIC, MODEL, judge, read_kept, regressions

pytestmark = [pytest.mark.data, pytest.mark.train]


@pytest.fixture(scope="module")
def found(public_data):
    return judge(public_data)


def test_nothing_fell_behind_the_kept_figures(found):
    assert regressions(read_kept(), found) == []


def test_the_rivals_reach_the_reference_figures(found):
    incidents, maven = found["incidents"]["models"], found["maven"]["models"]
    assert incidents[CONSTANT]["logloss"] == pytest.approx(0.6036, abs=0.004)
    assert incidents[LOGISTIC]["auc"] == pytest.approx(0.729, abs=0.015)
    assert maven[CONSTANT]["logloss"] == pytest.approx(0.6811, abs=0.001)


def test_the_model_tells_more_than_the_item_where_owners_differ_and_nothing_where_they_do_not(found):
    assert found["incidents"]["model_ahead_of"][LOGISTIC]["low"] > 0
    assert found["maven"]["models"][MODEL]["auc"] < 0.56
    assert found["maven"]["signal"] == "no owner signal"
