"""Logged inputs: nothing is lost in their bytes, and they answer nothing that was not logged."""
from dataclasses import fields, replace

import numpy as np
import pytest

from rules.errors import Refused
from serving.decision.bundle import assemble
from serving.decision.inputs import DecisionInputs, LoggedView
from tests.serving.decision.conftest import lead


def same(one, other):
    if isinstance(one, np.ndarray):
        return one.tobytes() == other.tobytes() and one.shape == other.shape
    return one == other


def test_every_field_survives_its_bytes(ask, view):
    view.cells["o-3", "load_ratio"] = np.nan
    view.cells["o-4", "load_ratio"] = 0.1 + 0.2
    inputs = ask(mode="assign", exclude_full=("o-1",), current_owner="o-2", exclude=("o-5",)).inputs
    again = DecisionInputs.from_bytes(inputs.to_bytes())
    for field in fields(DecisionInputs):
        assert same(getattr(inputs, field.name), getattr(again, field.name)), field.name
    assert np.isnan(again.matrix).any() and again.exposure["o-3"] is not None and again.u is not None


def test_an_altered_matrix_is_kept_only_where_it_differs(ask, view):
    assert ask().inputs.invariant is None
    view.shift = 1e-13
    inputs = ask().inputs
    again = DecisionInputs.from_bytes(inputs.to_bytes())
    assert inputs.invariant is not None and same(inputs.invariant, again.invariant)


def test_a_decision_without_a_model_logs_no_features(ask):
    inputs = ask(bundle=None).inputs
    assert inputs.matrix is None and inputs.exposure is None and inputs.rotation is not None
    assert DecisionInputs.from_bytes(inputs.to_bytes()).matrix is None


def test_what_was_not_logged_is_refused(ask, bundle):
    logged = LoggedView(ask(bundle=None).inputs)
    with pytest.raises(Refused, match="exposure"):
        logged.exposure(["o-1"])
    with pytest.raises(Refused, match="workload of `ghost`"):
        logged.workload("ghost")
    with pytest.raises(Refused, match="asked for"):
        LoggedView(ask().inputs).matrix(None, ["o-1"], bundle.plan)


def test_other_bytes_are_refused(ask):
    with pytest.raises(Refused, match="altered"):
        DecisionInputs.from_bytes(b"{}")


def test_another_bundle_gives_another_decision_from_the_same_inputs(ask, book, directory, parts):
    from serving.decision.document import same_decision
    from serving.decision.recommend import replay
    decision = ask(lead())
    other = replay(decision.inputs, book=book, directory=directory, bundle=assemble(replace(parts, a=0.2)))
    assert not same_decision(decision.document, other.document)
