"""SHAP values by table are LightGBM's own, for every booster of small trees; other boosters get no table."""
import lightgbm
import numpy as np
import pytest

from serving.ranking.attribution import shap_table

QUIET = {"objective": "binary", "num_threads": 1, "verbose": -1, "seed": 1, "min_data_in_leaf": 5}


def fitted(seed, *, columns=6, rows=400, trees=12, with_gaps=False, categorical=(), **params):
    random = np.random.default_rng(seed)
    x = np.round(random.normal(size=(rows, columns)), 1)      # values come again, thresholds lie on them
    if with_gaps:
        x[random.random(x.shape) < 0.2] = np.nan
    for column in categorical:
        x[:, column] = random.integers(0, 5, rows)
    y = random.random(rows) < 1 / (1 + np.exp(-np.nan_to_num(x[:, 0] - x[:, 1] * x[:, 2])))
    data = lightgbm.Dataset(x, y, categorical_feature=list(categorical) or "auto")
    return lightgbm.train(QUIET | params, data, trees)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("shape", [{"num_leaves": 8, "max_depth": 3}, {"num_leaves": 9}, {"num_leaves": 2}])
def test_a_table_gives_what_lightgbm_gives(seed, shape):
    booster = fitted(seed, **shape)
    rows = np.round(np.random.default_rng(seed + 100).normal(size=(200, 6)) * 2, 1)
    found = shap_table(booster).explain(rows)
    np.testing.assert_allclose(found, booster.predict(rows, pred_contrib=True, num_threads=1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), booster.predict(rows, raw_score=True, num_threads=1), rtol=0, atol=1e-12)


def test_a_row_is_explained_the_same_alone_as_among_others():
    booster = fitted(3, num_leaves=8)
    table, rows = shap_table(booster), np.random.default_rng(4).normal(size=(50, 6))
    together = table.explain(rows)
    for number in range(len(rows)):
        assert table.explain(rows[number:number + 1]).tobytes() == together[number].tobytes()


@pytest.mark.parametrize("unlike", [{"num_leaves": 31}, {"num_leaves": 8, "with_gaps": True},
                                    {"num_leaves": 8, "categorical": (0,)}])
def test_trees_that_are_large_or_split_on_gaps_or_categories_have_no_table(unlike):
    booster = fitted(5, **unlike) if "categorical" not in unlike else fitted(5, **unlike, cat_smooth=1, min_data_per_group=5)
    kinds = {(node["decision_type"], node["missing_type"]) for node in _splits(booster)}
    assert len(list(_splits(booster))) > 8 * booster.num_trees() or kinds != {("<=", "None")}
    assert shap_table(booster) is None


def _splits(booster):
    waiting = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    while waiting:
        node = waiting.pop()
        if "split_feature" in node:
            yield node
            waiting += [node["left_child"], node["right_child"]]
