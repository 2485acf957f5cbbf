"""The tree layer f: few small LightGBM trees on the pair features, m + l as offset, each feature under its sign constraint.

LightGBM forgets the offset at prediction: `raw_scores` answers the trees' own part, to be added to m + l.
"""
from collections.abc import Sequence

import lightgbm
import numpy as np

MAX_TREES, PATIENCE, LAST_SHARE = 60, 12, 0.15
DETERMINISTIC = {"deterministic": True, "force_row_wise": True, "seed": 7, "num_threads": 1, "verbosity": -1}
SHAPE = {"objective": "binary", "boost_from_average": False, "learning_rate": 0.05, "num_leaves": 8, "max_depth": 3,
         "lambda_l2": 20.0, "feature_fraction": 0.8, "max_bin": 63}


def fit_trees(filled: np.ndarray, y: np.ndarray, offset: np.ndarray, *, columns: Sequence[str],
              signs: Sequence[int]) -> lightgbm.Booster:
    """Fit on rows in time order: the number of trees is chosen on the last 15 % of time, then refitted on all."""
    params = DETERMINISTIC | SHAPE | {"min_data_in_leaf": max(50, len(y) // 100), "monotone_constraints": list(signs),
                                      "monotone_constraints_method": "intermediate"}
    cut = int(len(y) * (1.0 - LAST_SHARE))
    names = [f"f{index}" for index in range(len(columns))]

    def dataset(rows: slice) -> lightgbm.Dataset:
        return lightgbm.Dataset(filled[rows], label=y[rows], init_score=offset[rows], feature_name=names,
                                params=params, free_raw_data=False)

    probe = lightgbm.train(params, dataset(slice(0, cut)), num_boost_round=MAX_TREES,
                           valid_sets=[dataset(slice(cut, None))],
                           callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)])
    return lightgbm.train(params, dataset(slice(None)), num_boost_round=max(1, probe.best_iteration))
