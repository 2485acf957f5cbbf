"""Decisions on a state really folded from events: the same interface, live features, logged and made again."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.catalogue import catalogue, catalogue_digest
from features.events import Event
from features.plan import FoldPlan, OwnerPrior
from features.state import State
from features.view import view
from rules.errors import Refused
from rules.intake.item import read_item
from serving.decision.document import differing_parts
from serving.decision.inputs import DecisionInputs, InputRecorder, LoggedView
from serving.decision.recommend import replay
from serving.decision.request import Policy
from serving.ranking.bundle import assemble, load_bundle, write_bundle
from tests.serving.conftest import lead
from tests.serving.decision.company import AT, OWNERS


def folded(book, directory, policy, days=120):
    """Four leads a day for four months; o-1 to o-4 succeed twice as often as the others."""
    plan = FoldPlan(objectives=policy.objectives, dimensions=(("lead", ("segment",)),))
    rng, events = np.random.default_rng(11), []
    for number in range(days * 4):
        at = AT - timedelta(days=days) + timedelta(hours=6 * number)
        item = read_item(lead(f"H-{number}", received_at=at.isoformat()), book=book, directory=directory, at=at)
        owner = OWNERS[int(rng.integers(0, 11))]
        common = {"assignment_id": f"a-{number}", "item_id": item.item_id, "owner_id": owner}
        events.append(Event(event_id=f"e-{number}", kind="assigned", occurred_at=at, known_at=at, team="pool", item=item,
                            expected=0.3, assigned_by="rule", **common))
        later = [("responded", timedelta(hours=float(rng.gamma(2, 2))), None), ("closed", timedelta(days=10), None)]
        if rng.random() < (0.5 if owner in OWNERS[:4] else 0.25):
            later.append(("outcome", timedelta(days=float(rng.uniform(1, 40))), "converted"))
        for kind, after, outcome in later:
            if at + after < AT:
                events.append(Event(event_id=f"{kind}-{number}", kind=kind, occurred_at=at + after,
                                    known_at=at + after, outcome=outcome, **common))
    state = State(plan)
    for seq, event in enumerate(sorted(events, key=lambda each: each.known_at), start=1):
        state.apply(replace(event, seq=seq))
    return state


@pytest.fixture
def live(book, directory, policy):
    return view(folded(book, directory, policy), directory=directory, at=AT)


def test_the_model_decides_on_live_features_and_the_log_gives_the_same_again(ask, live, book, directory, bundle):
    decision = ask(mode="assign", view=live)
    document = decision.document
    assert document.decided_by == "model", document.why_not_model
    invariance = next(check for check in document.fairness.checks if check.id == "D3")
    assert invariance.value == 0.0 and decision.inputs.invariant is None
    again = replay(DecisionInputs.from_bytes(decision.inputs.to_bytes()), book=book, directory=directory, bundle=bundle)
    assert not differing_parts(document, again.document)


def test_the_kill_switch_needs_no_state_but_loads_and_credits(ask, live, monkeypatch):
    def refuse(*args, **named):
        raise AssertionError("a feature of the state was read")

    for name in ("matrix", "matrix_invariant", "exposure", "matured", "evidence"):
        monkeypatch.setattr(type(live), name, refuse)
    document = ask(mode="assign", view=live, policy=Policy(ranking="rotation")).document
    assert (document.outcome, document.why_not_model) == ("assigned", "switched_off")


def test_how_unsure_the_effects_are_is_logged_with_what_else_was_read(ask, live, bundle, book, directory):
    inputs = ask(mode="assign", view=live).inputs
    item, owners = read_item(dict(inputs.request.item), book=book, directory=directory, at=AT), inputs.owners
    recorder = InputRecorder(live)
    read = recorder.effect_variance(item, owners, bundle.plan, bundle.effect_weights)
    assert read.shape == (len(owners), 2 + len(bundle.plan.dimensions)) and (read[:, 0] >= 0.0).all()
    again = DecisionInputs.from_bytes(replace(inputs, variance=recorder.noted()["variance"]).to_bytes())
    assert LoggedView(again).effect_variance(item, owners, bundle.plan, bundle.effect_weights).tobytes() == read.tobytes()
    with pytest.raises(Refused, match="do not hold the variances of effects"):
        LoggedView(replace(inputs, variance=None)).effect_variance(item, owners, bundle.plan, bundle.effect_weights)


# -- a bundle whose effects are solved together


@pytest.fixture
def joint(parts):
    """The conftest's bundle under a prior by which segments vary together."""
    values = tuple((("SMB", "MM", "ENT") if name == "segment" else ()) for name in parts.plan.dimensions)
    width = 1 + sum(len(each) + 1 for each in values)
    covariance = 0.1 * np.eye(width) + 0.05
    plan = replace(parts.plan, effects=replace(parts.plan.effects, prior=OwnerPrior(
        values=values, covariance=tuple(map(tuple, covariance.tolist())))))
    return replace(parts, plan=plan, catalogue_digest=catalogue_digest(catalogue(plan)))


def test_a_prior_survives_its_bundle_and_its_decision_replays(ask, live, joint, book, directory, tmp_path):
    bundle = load_bundle(tmp_path / write_bundle(tmp_path, joint).removeprefix("sha256:"))
    assert bundle.plan == joint.plan
    decision = ask(mode="assign", view=live, bundle=bundle)
    assert decision.document.decided_by == "model", decision.document.why_not_model
    again = replay(DecisionInputs.from_bytes(decision.inputs.to_bytes()), book=book, directory=directory, bundle=bundle)
    assert not differing_parts(decision.document, again.document)


def test_thin_records_are_told_by_how_much_is_known_and_like_items_as_same_or_similar(ask, live, joint, monkeypatch):
    monkeypatch.setattr("serving.decision.choice.COLD_LIMIT", 10_000)
    decision = ask(mode="assign", view=live, bundle=assemble(joint))
    told = [word for word in decision.document.warnings if "of how they do with such items" in word]
    assert len(told) == 2 and all(0 < int(word.split("tell ")[1].split("%")[0]) < 100 for word in told)
    labels = {feature.name: feature.label for feature in catalogue(joint.plan)}
    assert labels["effect_owner_x_segment"] == "past results with the same or similar segment, beyond the general"
