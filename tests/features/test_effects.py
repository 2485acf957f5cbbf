"""Historical conversion: the formula worked by hand, shrinkage along the chain, decay."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.effects import BAND_ENDS, tenure_band
from features.matrix import feature_names
from features.plan import EffectSettings, FeaturePlan
from features.view import view
from rules.errors import Refused
from rules.model import Directory, Membership, Owner, Span
from tests.features.histories import DAY, FOLD, HOUR, PLAN, START, event, folded, given, item

COMPANY = Directory(
    owners={name: Owner(owner_id=name, kind="person") for name in ("ann", "bob", "new", "loner")},
    members={"sales": tuple(Membership(owner_id=name, team="sales") for name in ("ann", "bob", "new"))})
AT = START + 20 * DAY


def column(state, name, owners=("ann",), *, of=None, plan=PLAN, at=AT, company=COMPANY):
    matrix = view(state, directory=company, at=at).matrix(of or item(segment="big"), owners, plan)
    return matrix[:, feature_names(plan).index(name)]


def won(assignment, at, **more):
    return event("outcome", assignment, at, outcome="won", **more)


def test_effects_follow_the_formula_along_the_chain():
    state = folded(given("a1", START, expected=0.3, of=item(segment="big", industry="a")),
                   given("a2", START + HOUR, expected=0.2, of=item(segment="mid", industry="a")), won("a1", START + DAY))
    decay = [0.5 ** ((AT - START - 10 * DAY - lag) / (240 * DAY)) for lag in (timedelta(), HOUR)]
    s = [decay[0] * 0.7, decay[1] * -0.2]
    v = [decay[0] * 0.21, decay[1] * 0.16]
    k = PLAN.effects
    band = sum(s) / (sum(v) + k.k_team)
    owner = (sum(s) + k.k_owner * band) / (sum(v) + k.k_owner)
    segment = (s[0] + k.k_child * owner) / (v[0] + k.k_child)
    industry = (sum(s) + k.k_child * owner) / (sum(v) + k.k_child)
    of = item(segment="big", industry="a")
    for name, expected in (("effect_owner", owner), ("effect_owner_x_segment", segment - owner),
                           ("effect_owner_x_industry", industry - owner), ("effect_team_x_segment", s[0] / (v[0] + k.k_team)),
                           ("effect_hier", owner + (segment - owner) + (industry - owner)), ("n_matured", 2)):
        assert column(state, name, of=of)[0] == pytest.approx(expected, rel=1e-12), name


def test_strengths_are_read_from_the_plan_and_not_from_the_fold():
    state = folded(given("a1", START), won("a1", START + DAY))
    firm = FeaturePlan(objective="lead", dimensions=("segment",), effects=EffectSettings(k_owner=1000.0))
    loose = FeaturePlan(objective="lead", dimensions=("segment",), effects=EffectSettings(k_owner=1.0))
    assert column(state, "effect_owner", plan=loose)[0] > 5 * column(state, "effect_owner", plan=firm)[0] > 0


def test_a_newcomer_shrinks_to_the_newcomers_of_the_team_and_an_outsider_to_nothing():
    state = folded(given("a1", START), won("a1", START + DAY))
    new, loner = column(state, "effect_owner", ("new", "loner"))
    assert 0 < new < column(state, "effect_owner")[0]
    assert loner == 0.0


def test_newcomers_of_long_standing_colleagues_do_not_inherit_their_results():
    first = START - 400 * DAY
    state = folded(given("a0", first, expected=None), given("a1", START), won("a1", START + DAY))
    assert column(state, "effect_owner", ("new",))[0] == 0.0
    assert column(state, "effect_owner")[0] > 0.0


def test_a_value_the_owner_never_had_counts_as_the_owner_in_general():
    state = folded(given("a1", START), won("a1", START + DAY))
    for of in (item(segment="never"), item(), item(segment="big", industry="z")):
        attribute = "segment" if of.value("industry") is None else "industry"
        assert column(state, f"effect_owner_x_{attribute}", of=of)[0] == pytest.approx(0.0, abs=1e-15)
        assert column(state, f"effect_team_x_{attribute}", of=of)[0] == 0.0


def test_an_item_without_the_attribute_teaches_nothing_about_its_values():
    state = folded(given("a1", START, of=item()), won("a1", START + DAY))
    assert column(state, "effect_owner")[0] > 0
    assert column(state, "effect_owner_x_segment")[0] == pytest.approx(0.0, abs=1e-15)


def test_the_past_fades_with_its_half_life():
    state = folded(given("a1", START), won("a1", START + DAY))
    evidence = [view(state, directory=COMPANY, at=AT + days * DAY).evidence("lead", ["ann"])[0] for days in (0, 240, 480)]
    assert evidence[1] == pytest.approx(evidence[0] / 2, rel=1e-12)
    assert evidence[2] == pytest.approx(evidence[0] / 4, rel=1e-12)
    assert column(state, "n_matured", at=AT + 480 * DAY)[0] == 1


def test_the_effects_of_a_kind_fade_with_a_half_life_of_their_own():
    plan, own = replace(FOLD, half_lives=(("lead", 60.0),)), replace(PLAN, effects=EffectSettings(half_life_days=60.0))
    assert (plan.half_life_of("lead"), plan.half_life_of("case")) == (60.0, 240.0)
    state = folded(given("a1", START), won("a1", START + DAY), plan=plan)
    now, later = (view(state, directory=COMPANY, at=AT + days * DAY) for days in (0, 60))
    assert later.evidence("lead", ["ann"])[0] == pytest.approx(now.evidence("lead", ["ann"])[0] / 2, rel=1e-12)
    effect = column(state, "effect_owner", plan=own)[0]
    assert 0.0 < column(state, "effect_owner", plan=own, at=AT + 60 * DAY)[0] < effect
    with pytest.raises(Refused, match="fold anew"):
        column(state, "effect_owner")


def test_the_team_is_the_one_of_the_day():
    moved = Directory(owners=COMPANY.owners, members={
        "north": (Membership(owner_id="new", team="north", span=Span(ends=AT)),),
        "sales": (*COMPANY.members["sales"][:2], Membership(owner_id="new", team="sales", span=Span(starts=AT)))})
    state = folded(given("a1", START), won("a1", START + DAY))
    before, after = (column(state, "effect_team_x_segment", ("new",), at=at, company=moved)[0] for at in (AT - HOUR, AT))
    assert before == 0.0 and after > 0.0


def test_of_several_teams_at_once_the_one_counts_in_which_such_items_came():
    both = Directory(owners=COMPANY.owners, members={
        "north": (Membership(owner_id="bob", team="north"), Membership(owner_id="new", team="north")),
        "sales": COMPANY.members["sales"]})
    events = (given("a1", START), won("a1", START + DAY), given("b1", START + 2 * DAY, owner="bob", expected=None),
              given("b2", START + 3 * DAY, owner="bob", team="north", of=item(kind="case")))
    bob, new = column(folded(*events), "effect_team_x_segment", ("bob", "new"), company=both)
    assert bob > 0.0 and new == 0.0, "one who had none yet counts for the first team"


def test_tenure_bands_begin_at_their_day():
    days = np.array([-1, 0, 29, 30, 89, 90, 364, 365, 4000], dtype=np.int64) * 86_400_000_000
    assert tenure_band(days).tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3]
    assert tenure_band(BAND_ENDS - 1).tolist() == [0, 1, 2]
