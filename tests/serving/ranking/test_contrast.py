"""The contrast: terms in value space that add up to the score difference, flat or steep."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import catalogue
from serving.ranking.contrast import ScoredOwner, contrast, known, secant
from serving.ranking.slate import standing_of
from tests.serving.conftest import PLAN
from tests.serving.decision.company import feature_rows


def standing(bundle, seed, value, change=None):
    row = feature_rows(np.random.default_rng(seed), 1, catalogue(PLAN))[0]
    for name, number in (change or {}).items():
        row[bundle.features.index(name)] = number
    return standing_of(bundle, f"o-{seed}", row, 0.3, value)


@given(one=st.integers(0, 500), other=st.integers(0, 500), value=st.floats(0.01, 1e9))
def test_terms_add_up_for_any_two_owners_and_any_value(bundle, one, other, value):
    told = contrast(standing(bundle, one, value), standing(bundle, other, value), value=value, bundle=bundle)
    assert told.adds_up(value)
    assert [abs(term.effect) for term in told.terms] == sorted((abs(term.effect) for term in told.terms), reverse=True)


def test_against_its_equal_there_are_no_terms_and_no_difference(bundle):
    one = standing(bundle, 3, 100.0)
    told = contrast(one, one, value=100.0, bundle=bundle)
    assert told.terms == () and told.difference == 0.0 and told.adds_up(100.0)


def test_between_near_equals_the_curves_slope_is_used(bundle):
    one = ScoredOwner(owner_id="a", row=np.zeros(1), contributions=np.zeros(1), z=0.5, p=0.6, score=60.0)
    near = ScoredOwner(owner_id="b", row=np.zeros(1), contributions=np.zeros(1), z=0.5 + 1e-12, p=0.6, score=60.0)
    assert secant(one, near, 0.9) == pytest.approx(0.9 * 0.6 * 0.4)


def test_the_other_way_round_every_effect_changes_its_sign(bundle):
    one, other = standing(bundle, 1, 50.0), standing(bundle, 2, 50.0)
    there, back = (contrast(*pair, value=50.0, bundle=bundle) for pair in ((one, other), (other, one)))
    assert {term.feature: term.effect for term in there.terms} == pytest.approx(
        {term.feature: -term.effect for term in back.terms})


def test_a_missing_value_is_shown_as_none(bundle):
    one, other = standing(bundle, 1, 50.0, {"distance_km": np.nan}), standing(bundle, 2, 50.0, {"distance_km": 3.0})
    term = next(t for t in contrast(one, other, value=50.0, bundle=bundle).terms if t.feature == "distance_km")
    assert term.chosen_value is None and term.versus_value == 3.0 and known(2.5) == 2.5


def test_terms_that_do_not_add_up_are_recognised(bundle):
    one, other = standing(bundle, 1, 50.0), standing(bundle, 2, 50.0)
    told = contrast(one, ScoredOwner(owner_id=other.owner_id, row=other.row, contributions=other.contributions + 0.01,
                                  z=other.z, p=other.p, score=other.score), value=50.0, bundle=bundle)
    assert not told.adds_up(50.0)
