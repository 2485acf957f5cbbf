"""A view: one state at one moment, and what must not matter."""
import random
from dataclasses import replace
from datetime import timedelta, timezone

import numpy as np
import pytest

from features.plan import EffectSettings, FeaturePlan
from features.view import altered_item, view
from rules.errors import Refused
from rules.model import Absence, Span
from tests.features.histories import DAY, HOUR, PLAN, START, directory, event, folded, given, item, random_history

COMPANY = directory(9)


def test_a_view_says_up_to_which_event_it_knows():
    state = folded(given("a1", START, seq=41), event("accepted", "a1", START + HOUR, known_at=START + DAY, seq=42))
    now = view(state, directory=COMPANY, at=START + DAY, seq=42)
    assert (now.seq, now.newest_event_at) == (42, START + HOUR)
    assert view(folded(), directory=COMPANY, at=START).newest_event_at is None
    with pytest.raises(Refused, match="seq `43`"):
        view(state, directory=COMPANY, at=START, seq=43)


def test_a_view_is_refused_once_the_state_has_moved_on():
    state = folded(given("a1", START))
    now = view(state, directory=COMPANY, at=START)
    state.apply(given("a2", START))
    for ask in (lambda: now.matrix(item(), ["ann"], PLAN), lambda: now.rotation("sales", ["ann"]),
                lambda: now.matured("lead", ["ann"]), lambda: now.exposure(("ann",)), lambda: now.of("ann")):
        with pytest.raises(Refused, match="moved on"):
            ask()


@pytest.mark.parametrize("seed", range(10))
def test_many_owners_carry_what_each_of_them_carries_whatever_was_asked_before(seed):
    rng = random.Random(seed)
    company, state = directory(40), folded()
    ids = (*company.owners, "nobody")
    for one in random_history(rng, 40, 80):
        if rng.random() < 0.5:
            now = view(state, directory=company, at=one.known_at + timedelta(hours=rng.choice((0, 1, 30, 800))))
            asked = rng.choice((ids, ids[::-1], tuple(rng.sample(ids, 7))))
            alone = [now.of(owner_id) for owner_id in asked]
            assert now.many(asked) == ([load.open_items for load in alone], [load.assigned_today for load in alone])
        state.apply(one)


def test_a_slate_is_numbered_anew_once_the_state_has_met_another_of_its_owners():
    state, asked = folded(given("a1", START)), ("ann", "bob")
    assert view(state, directory=COMPANY, at=START).many(asked).open_items == [1, 0]
    state.apply(given("a2", START, owner="bob"))
    assert view(state, directory=COMPANY, at=START).many(asked).open_items == [1, 1]
    other = folded(given("b1", START, owner="bob"), given("b2", START, owner="ann"), given("b3", START, owner="ann"))
    assert view(other, directory=COMPANY, at=START).many(asked).open_items == [2, 1]


def test_two_views_at_different_moments_do_not_disturb_each_other():
    state = folded(given("a1", START))
    early, late = (view(state, directory=COMPANY, at=START + days * DAY) for days in (5, 50))
    assert [late.matured("lead", ["ann"])[0], early.matured("lead", ["ann"])[0], late.matured("lead", ["ann"])[0]] == [1, 0, 1]


def test_a_moment_is_the_same_in_every_zone():
    state = folded(given("a1", START), event("responded", "a1", START + HOUR))
    there = (START + 20 * DAY).astimezone(timezone(timedelta(hours=9)))
    rows = [view(state, directory=COMPANY, at=at).matrix(item(segment="big"), ["ann", "bob"], PLAN)
            for at in (START + 20 * DAY, there)]
    assert rows[0].tobytes() == rows[1].tobytes()


def test_the_matrix_is_a_plain_block_of_float64():
    matrix = view(folded(given("a1", START)), directory=COMPANY, at=START).matrix(item(), ["ann", "bob"], PLAN)
    assert matrix.dtype == np.float64 and matrix.flags.c_contiguous and matrix.shape == (2, 22)
    empty = view(folded(), directory=COMPANY, at=START).matrix(item(), [], PLAN)
    assert empty.shape == (0, 22)


def test_names_addresses_and_leave_do_not_matter():
    away = replace(COMPANY, absences={"ann": (Absence(owner_id="ann", span=Span()),)})
    state = folded(given("a1", START), event("responded", "a1", START + HOUR))
    of = item(segment="big", language="de", email="jo@example.com", phone="+49 30 1", required_skill="gas")
    now = view(state, directory=away, at=START + DAY)
    ids = list(COMPANY.owners)
    assert now.matrix_invariant(of, ids, PLAN).tobytes() == now.matrix(of, ids, PLAN).tobytes()
    assert altered_item(of).value("email") != of.value("email")
    assert altered_item(of).value("phone") != of.value("phone")


def test_a_declared_column_among_the_features_is_found_out():
    state = folded(given("a1", START))
    blind = view(state, directory=COMPANY, at=START)
    declared = view(state, directory=COMPANY, at=START, must_not_matter=("grade",))
    ids = list(COMPANY.owners)
    assert blind.matrix_invariant(item(), ids, PLAN).tobytes() == blind.matrix(item(), ids, PLAN).tobytes()
    assert declared.matrix_invariant(item(), ids, PLAN).tobytes() != declared.matrix(item(), ids, PLAN).tobytes()


@pytest.mark.parametrize("plan, match", [
    (FeaturePlan(objective="renewal"), "objective `renewal`"),
    (FeaturePlan(objective="lead", dimensions=("colour",)), "fold anew"),
    (FeaturePlan(objective="lead", effects=EffectSettings(half_life_days=100.0)), "fold anew"),
])
def test_a_plan_that_the_state_was_not_folded_for_is_refused(plan, match):
    now = view(folded(given("a1", START)), directory=COMPANY, at=START)
    with pytest.raises(Refused, match=match):
        now.matrix(item(), ["ann"], plan)


def test_a_plan_may_use_fewer_dimensions_than_the_fold_keeps():
    fewer = FeaturePlan(objective="lead", dimensions=("industry",))
    assert view(folded(given("a1", START)), directory=COMPANY, at=START).matrix(item(), ["ann"], fewer).shape == (1, 19)


def test_evidence_and_counts_of_an_unknown_objective_are_refused_and_of_an_unknown_owner_are_nought():
    now = view(folded(given("a1", START)), directory=COMPANY, at=START + 20 * DAY)
    with pytest.raises(Refused, match="renewal"):
        now.matured("renewal", ["ann"])
    assert now.matured("lead", ["ann", "zoe"]).tolist() == [1.0, 0.0]
    assert now.evidence("lead", ["ann", "zoe"])[1] == 0.0
