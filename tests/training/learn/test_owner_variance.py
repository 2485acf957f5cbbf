"""The variance among owners is found where it is planted, and nowhere else."""
import numpy as np
import pytest

from training.learn.owner_variance import K_MOST, Residuals, choose_effects, strengths

pytestmark = pytest.mark.train
OWNERS, ROWS = 80, 16_000


def planted(seed=0, *, owner=0.4, industry=0.4):
    """Outcomes of owners who differ in general and by industry, and not at all by colour or size."""
    random = np.random.default_rng(seed)
    who = random.integers(0, OWNERS, ROWS)
    values = {"colour": random.integers(0, 4, ROWS), "industry": random.integers(0, 6, ROWS),
              "size": random.integers(-1, 3, ROWS)}
    q = 1 / (1 + np.exp(-random.normal(-1.2, 0.8, ROWS)))
    general, special = random.normal(0, owner, OWNERS), random.normal(0, industry, (OWNERS, 6))
    z = np.log(q / (1 - q)) + general[who] + special[who, values["industry"]]
    return Residuals(owner=who, y=(random.random(ROWS) < 1 / (1 + np.exp(-z))).astype(float), expected=q, values=values)


def test_the_attribute_that_owners_differ_by_is_taken_and_the_others_left_out():
    dimensions, effects, found = choose_effects(planted(), half_life_days=240.0)
    assert dimensions == ("industry",)
    assert {component.name: component.taken for component in found} == {"industry": True, "colour": False, "size": False}
    assert effects.k_of("industry") == dict(effects.k_children)["industry"]


@pytest.mark.parametrize(("owner", "industry"), [(0.3, 0.5), (0.5, 0.3)])
def test_the_strengths_are_one_over_the_planted_variances(owner, industry):
    """To a fifth of the deviation: one step from the offset understates large effects a little (Breslow & Clayton 1993)."""
    k = np.array([[*strengths(planted(seed, owner=owner, industry=industry), ("industry",))[0].values()] for seed in range(6)])
    assert (k**-0.5).mean(axis=0) == pytest.approx([owner, industry], rel=0.2)


def test_owners_who_do_not_differ_shrink_as_far_as_may_be():
    k, _ = strengths(planted(owner=0.0, industry=0.0), ("industry",))
    assert min(k.values()) > 100.0
    assert max(k.values()) <= K_MOST


def test_attributes_that_settings_name_stay_whatever_is_found():
    dimensions, effects, found = choose_effects(planted(), half_life_days=240.0, named=("colour", "industry"))
    assert dimensions == ("colour", "industry")
    assert effects.k_of("colour") > 5 * effects.k_of("industry")
    assert all(component.taken for component in found)


def test_the_choice_does_not_depend_on_the_order_of_rows():
    log = planted()
    order = np.random.default_rng(1).permutation(ROWS)
    turned = Residuals(owner=log.owner[order], y=log.y[order], expected=log.expected[order],
                       values={name: codes[order] for name, codes in log.values.items()})
    assert choose_effects(turned, half_life_days=240.0)[:2] == choose_effects(log, half_life_days=240.0)[:2]


def test_an_empty_log_names_nothing():
    empty = Residuals(owner=np.zeros(0, int), y=np.zeros(0), expected=np.zeros(0), values={"colour": np.zeros(0, int)})
    assert choose_effects(empty, half_life_days=240.0)[0] == ()
