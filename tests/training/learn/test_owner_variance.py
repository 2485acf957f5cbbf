"""The variance among owners is found where it is planted, and nowhere else; and what varies together is found to."""
import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

from training.learn import owner_variance
from training.learn.owner_variance import (
    LEAST,
    Residuals,
    bar_of,
    choose_effects,
    covariance_of,
    fixed_point,
    joint_covariance,
    log_likelihoods,
)

pytestmark = pytest.mark.train
OWNERS, ROWS = 80, 16_000


def planted(seed=0, *, owner=0.4, industry=0.4, rows=ROWS, together=0.0):
    """Outcomes of owners who differ in general and by industry, and not at all by colour or size.

    `together`: how far an owner's effects by the first and second industry are correlated.
    """
    random = np.random.default_rng(seed)
    who = random.integers(0, OWNERS, rows)
    codes = {"colour": random.integers(0, 4, rows), "industry": random.integers(0, 6, rows), "size": random.integers(-1, 3, rows)}
    q = 1 / (1 + np.exp(-random.normal(-1.2, 0.8, rows)))
    general, special = random.normal(0, owner, OWNERS), random.normal(0, industry, (OWNERS, 6))
    special[:, 1] = together * special[:, 0] + np.sqrt(1 - together**2) * special[:, 1]
    z = np.log(q / (1 - q)) + general[who] + special[who, codes["industry"]]
    return Residuals(owner=who, y=(random.random(rows) < 1 / (1 + np.exp(-z))).astype(float), expected=q, codes=codes,
                     values={name: [f"{name}{code}" for code in range(values.max() + 1)] for name, values in codes.items()})


def turned(log, order):
    return Residuals(owner=log.owner[order], y=log.y[order], expected=log.expected[order], values=log.values,
                     codes={name: codes[order] for name, codes in log.codes.items()})


def sums_of(log, *names):
    return owner_variance._sums(log, names, owner_variance._kept_values(log, names))


def test_the_attribute_that_owners_differ_by_is_taken_and_the_others_left_out():
    dimensions, effects, found = choose_effects(planted(), half_life_days=240.0)
    assert dimensions == ("industry",)
    assert {component.name: component.taken for component in found} == {"industry": True, "colour": False, "size": False}
    assert effects.k_of("industry") == dict(effects.k_children)["industry"]
    assert effects.prior.values == (tuple(f"industry{code}" for code in range(6)),)
    assert np.linalg.eigvalsh(effects.prior.covariance).min() > 0.0 and len(effects.prior.covariance) == 1 + 6 + 1


@pytest.mark.parametrize(("owner", "industry"), [(0.3, 0.5), (0.5, 0.3)])
def test_the_variances_are_those_planted(owner, industry):
    """To a fifth of the deviation: one step from the offset understates large effects a little (Breslow & Clayton 1993)."""
    found = [choose_effects(planted(seed, owner=owner, industry=industry), half_life_days=240.0)[1] for seed in range(6)]
    deviations = np.array([[effects.k_owner, effects.k_of("industry")] for effects in found]) ** -0.5
    assert deviations.mean(axis=0) == pytest.approx([owner, industry], rel=0.2)


def test_owners_who_do_not_differ_shrink_as_far_as_may_be():
    sums = sums_of(planted(owner=0.0, industry=0.0), "industry")
    assert LEAST <= fixed_point(sums, np.array([0.05, 0.05]), 30).max() < 1 / 100


def test_attributes_that_settings_name_stay_whatever_is_found():
    dimensions, effects, found = choose_effects(planted(), half_life_days=240.0, named=("colour", "industry"))
    assert dimensions == ("colour", "industry")
    assert effects.k_of("colour") > 5 * effects.k_of("industry")
    assert all(component.taken for component in found)


def test_where_owners_differ_by_nothing_an_attribute_is_taken_in_hardly_any_log():
    taken = [bool(choose_effects(planted(seed, industry=0.0, rows=4000), half_life_days=240.0)[0]) for seed in range(40)]
    assert sum(taken) <= 5, "5 % of 40 are 2; more than 5 come up once in a hundred times"


def test_the_bar_rises_with_how_many_attributes_are_tried():
    assert bar_of(1) == pytest.approx(2.706, abs=1e-3)
    assert 0.5 * chi2.sf(bar_of(10), 1) == pytest.approx(0.005)


def test_the_choice_does_not_depend_on_the_order_of_rows():
    log = planted()
    other = turned(log, np.random.default_rng(1).permutation(ROWS))
    assert choose_effects(other, half_life_days=240.0)[:2] == choose_effects(log, half_life_days=240.0)[:2]


def test_rare_values_share_a_column_where_there_is_no_room_for_them(monkeypatch):
    monkeypatch.setattr(owner_variance, "MOST_COLUMNS", 5)
    log = planted(rows=3000)
    _, effects, _ = choose_effects(log, half_life_days=240.0, named=("industry",))
    counts = np.bincount(log.codes["industry"])
    assert set(effects.prior.values[0]) == {f"industry{code}" for code in np.argsort(-counts, kind="stable")[:3]}
    assert len(effects.prior.covariance) == 5


def test_information_and_score_are_those_of_the_rows():
    log = planted(rows=500)
    sums = sums_of(log, "industry", "size")
    z = np.zeros((500, 1 + 7 + 4))
    z[:, 0] = 1
    for row in range(500):
        z[row, 1 + log.codes["industry"][row]] = 1
        if log.codes["size"][row] >= 0:
            z[row, 8 + log.codes["size"][row]] = 1
    for at, owner in enumerate(np.unique(log.owner)):
        mine, q = z[log.owner == owner], log.expected[log.owner == owner]
        assert sums.information[at] == pytest.approx(mine.T @ np.diag(q * (1 - q)) @ mine)
        assert sums.score[at] == pytest.approx(mine.T @ (log.y[log.owner == owner] - q))


def test_the_likelihood_is_that_of_scores_drawn_from_the_prior():
    """s ~ N(0, A + A covariance A): the same density, written for the score itself, A being regular here."""
    random = np.random.default_rng(4)
    half = random.normal(0, 1, (3, 5, 9))
    information, score = half @ half.transpose(0, 2, 1), random.normal(0, 2, (3, 5))
    sums = owner_variance._Sums(information=information, score=score, group=np.array([0, 1, 1, 2, 2]))

    def density(covariance):
        return sum(multivariate_normal.logpdf(s, np.zeros(5), a + a @ covariance @ a)
                   for a, s in zip(information, score, strict=True))

    one, other = np.diag([0.3, 0.2, 0.2, 0.1, 0.1]), 0.05 * np.eye(5) + 0.02
    assert log_likelihoods(sums, one).sum() - log_likelihoods(sums, other).sum() == pytest.approx(density(one) - density(other))


def test_a_ratio_is_what_the_likelihood_loses_without_the_attribute():
    sums, variance = sums_of(planted(rows=4000), "industry", "size"), np.array([0.1, 0.15, 0.02])
    found = owner_variance._ratios(sums, variance)
    for at, without in enumerate((np.array([0.1, 1e-12, 0.02]), np.array([0.1, 0.15, 1e-12]))):
        lost = log_likelihoods(sums, np.diag(variance[sums.group])) - log_likelihoods(sums, np.diag(without[sums.group]))
        assert found[at] == pytest.approx(2 * lost.sum(), abs=1e-6)


def test_industries_that_vary_together_are_found_to_and_those_that_do_not_stay_apart():
    def correlations(together):
        found = []
        for seed in range(4):
            sums = sums_of(planted(seed, together=together), "industry")
            covariance = covariance_of(sums, fixed_point(sums, np.array([0.05, 0.05]), 15))
            found.append(covariance[1, 2] / np.sqrt(covariance[1, 1] * covariance[2, 2]))
        return np.array(found)

    assert correlations(0.95).mean() > 0.1 > 0.05 > abs(correlations(0.0)).mean()


def test_the_more_the_diagonal_weighs_the_nearer_a_covariance_stays_to_it():
    sums = sums_of(planted(1, together=0.9), "industry")
    variance = fixed_point(sums, np.array([0.05, 0.05]), 15)
    off = [abs(joint_covariance(sums, variance, shrinkage)[1, 2]) for shrinkage in (1.0, 20.0, 400.0)]
    assert off[0] > off[1] > off[2] and off[0] > 0.3 * variance[1] and off[2] < 0.05 * variance[1]


def test_an_empty_log_names_nothing():
    empty = Residuals(owner=np.zeros(0, int), y=np.zeros(0), expected=np.zeros(0), codes={"colour": np.zeros(0, int)},
                      values={"colour": []})
    assert choose_effects(empty, half_life_days=240.0)[0] == ()
