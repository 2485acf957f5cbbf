"""Logged inputs: nothing is lost in their bytes, and they answer nothing that was not logged."""
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest

from features.exposure import Exposures
from features.plan import Objective
from rules.errors import Refused
from rules.workload import Workload
from serving.decision.inputs import DecisionInputs, InputRecorder, LoggedView
from serving.decision.request import Policy
from serving.ranking.bundle import assemble
from tests.serving.conftest import lead
from tests.serving.decision.company import FakeView


def same(one, other):
    if isinstance(one, np.ndarray):
        return one.tobytes() == other.tobytes() and one.shape == other.shape and one.dtype == other.dtype
    if isinstance(one, Exposures):
        return all(map(same, one, other))
    return one == other


def test_every_field_survives_its_bytes(ask, view):
    view.cells["o-3", "load_ratio"] = np.nan
    view.cells["o-4", "load_ratio"] = 0.1 + 0.2
    view.exposures = {"o-3": (0.1 + 0.2, 40)}
    inputs = ask(mode="assign", exclude_full=("o-1",), current_owner="o-2", exclude=("o-5",)).inputs
    again = DecisionInputs.from_bytes(inputs.to_bytes())
    for field in fields(DecisionInputs):
        assert same(getattr(inputs, field.name), getattr(again, field.name)), field.name
    assert np.isnan(again.matrix).any() and again.exposure.slates.any() and again.u is not None


OTHER_THAN_USUAL = Policy(
    edition=1, pace=0.0, told_apart=0.7, exploration_share=0.6, ranking="rotation", min_slate=3, stale_after=timedelta(hours=36),
    protected=("grade",), holdback=0.2, holdback_by="previous", coin=0.1,
    objectives=(Objective(kind="lead", learn="agreement", positive=("won",), value="worth", horizon=None),))


def test_every_setting_that_changes_a_decision_survives_its_bytes(ask):
    for shape, value in ((Policy(), OTHER_THAN_USUAL), (Objective(kind="lead"), OTHER_THAN_USUAL.objectives[0])):
        assert all(field.name == "kind" or getattr(shape, field.name) != getattr(value, field.name) for field in fields(shape))
    again = DecisionInputs.from_bytes(ask(policy=OTHER_THAN_USUAL).inputs.to_bytes()).policy
    assert again == OTHER_THAN_USUAL and hash(again) == hash(OTHER_THAN_USUAL)


def test_a_setting_newer_than_the_decision_is_read_with_its_default(ask):
    content = ask(policy=Policy(min_slate=3)).inputs.to_bytes()
    before = content.replace(b'"min_slate":3,', b" " * len(b'"min_slate":3,'))
    assert before != content and DecisionInputs.from_bytes(before).policy == Policy()


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
        logged.exposure(("o-1",))
    with pytest.raises(Refused, match="workload of `ghost`"):
        logged.of("ghost")
    with pytest.raises(Refused, match="asked for"):
        LoggedView(ask().inputs).matrix(None, ["o-1"], bundle.plan)


def test_owners_asked_about_in_another_order_are_refused(ask):
    inputs = ask().inputs
    logged = LoggedView(inputs)
    for question in (lambda ids: logged.exposure(ids), lambda ids: logged.matured("lead", ids)):
        question(inputs.owners)
        with pytest.raises(Refused, match="asked for"):
            question(inputs.owners[::-1])
    recorder = InputRecorder(FakeView())
    recorder.matured("lead", ("o-1", "o-2"))
    with pytest.raises(Refused, match="asked about before"):
        recorder.exposure(("o-2", "o-1"))


def test_workloads_are_logged_once_however_they_were_asked_for():
    view = FakeView()
    view.carried = {f"o-{number}": Workload(open_items=number, assigned_today=number % 3) for number in range(1, 13)}
    for asked in ([("o-1", "o-2")], ["o-2"], [("o-3", "o-1"), "o-3"], [("o-1", "o-2"), "o-7", ("o-2", "o-4")], []):
        recorder = InputRecorder(view)
        for question in asked:
            recorder.workload.of(question) if isinstance(question, str) else recorder.workload.many(question)
        noted = recorder.noted()
        names = {name for question in asked for name in ([question] if isinstance(question, str) else question)}
        assert sorted(noted["loads_of"]) == sorted(names)
        for owner_id, open_items, assigned_today in zip(noted["loads_of"], *noted["loads"], strict=True):
            assert Workload(open_items=open_items, assigned_today=assigned_today) == view.carried[owner_id]


def test_the_loads_of_more_owners_than_were_eligible_survive(ask, view):
    view.carried = {"o-3": Workload(open_items=20), "o-5": Workload(open_items=7, assigned_today=2)}
    inputs = ask().inputs
    again = LoggedView(DecisionInputs.from_bytes(inputs.to_bytes()))
    assert "o-3" in inputs.loads_of and "o-3" not in inputs.owners
    assert [again.of(owner_id) for owner_id in ("o-3", "o-5")] == list(view.carried.values())
    assert again.many(("o-5", "o-3")) == ([7, 20], [2, 0])


@pytest.mark.parametrize("content", [b"{}", b"rightful inputs 1\n" + bytes(20)])
def test_other_bytes_are_refused(content):
    with pytest.raises(Refused, match="altered"):
        DecisionInputs.from_bytes(content)


def test_another_bundle_gives_another_decision_from_the_same_inputs(ask, book, directory, parts):
    from serving.decision.document import differing_parts
    from serving.decision.recommend import replay
    decision = ask(lead())
    other = replay(decision.inputs, book=book, directory=directory, bundle=assemble(replace(parts, a=0.2)))
    assert differing_parts(decision.document, other.document)
