"""Exact SHAP values of a booster of small trees, looked up instead of computed anew for every owner.

What a tree says of a row depends only on which of its conditions the row meets. LightGBM is asked once for every
combination of every tree; a row's values are then a sum of table rows. Method: path-dependent TreeSHAP (Lundberg et al.,
2020), as LightGBM computes it with `pred_contrib`.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import lightgbm
import numpy as np

#: A tree of more conditions has too many combinations for a table; LightGBM is asked for such a booster.
MOST_CONDITIONS = 8
#: Under this size LightGBM takes a number of a row as 0.
TINY = 1e-30
_WEIGHTS = 1 << np.arange(MOST_CONDITIONS)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShapTable:
    """The SHAP values of T trees on c columns.

    `columns`, `thresholds` (T x 8): each tree's conditions `x[column] <= threshold`, unused ones never met. `values`
    (T*256 x (c + 1)): by tree and by the conditions met, as bits, the value of each column and last the expected value.
    """

    columns: np.ndarray
    thresholds: np.ndarray
    values: np.ndarray

    def explain(self, rows: np.ndarray) -> np.ndarray:
        """SHAP values of some rows (n x c, no NaN) in log-odds: n x (c + 1), the last column the expected value."""
        return self.values.take(self._places(rows), axis=0).sum(axis=1)

    def _places(self, rows: np.ndarray) -> np.ndarray:
        met = rows[:, self.columns] <= self.thresholds
        return met @ _WEIGHTS + (np.arange(len(self.columns)) << MOST_CONDITIONS)


def shap_table(booster: lightgbm.Booster) -> ShapTable | None:
    """The table of a booster; None where a tree is too large or splits on categories or on missing values."""
    trees: list[list[tuple[int, float]]] = []
    for tree in booster.dump_model()["tree_info"]:
        conditions = list(_conditions(tree["tree_structure"]))
        plain = [condition for condition in conditions if condition is not None]
        if len(plain) < len(conditions) or len(plain) > MOST_CONDITIONS:
            return None
        trees.append(plain)
    width = booster.num_feature()
    columns = np.zeros((len(trees), MOST_CONDITIONS), dtype=np.intp)
    thresholds = np.full((len(trees), MOST_CONDITIONS), -np.inf)
    for number, plain in enumerate(trees):
        for place, (column, threshold) in enumerate(plain):
            columns[number, place], thresholds[number, place] = column, threshold
    table = ShapTable(columns=columns, thresholds=thresholds,
                      values=np.full((len(trees) << MOST_CONDITIONS, width + 1), np.nan))
    for number, plain in enumerate(trees):
        rows = _one_of_each(plain, width)
        table.values[table._places(rows)[:, number]] = shap_values(booster, rows, start_iteration=number, num_iteration=1)
    return table


def shap_values(booster: lightgbm.Booster, rows: np.ndarray, **trees: Any) -> np.ndarray:
    """LightGBM's own SHAP values of rows, the expected value last; `trees` names the iterations, all where none are named."""
    return np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1, **trees))


def _conditions(node: Mapping[str, Any]) -> Iterator[tuple[int, float] | None]:
    """Every `column <= threshold` of a tree, None for a split of another kind."""
    if "split_feature" not in node:
        return
    plain = node["decision_type"] == "<=" and node["missing_type"] == "None"
    yield (node["split_feature"], node["threshold"]) if plain else None
    yield from _conditions(node["left_child"])
    yield from _conditions(node["right_child"])


def _one_of_each(conditions: list[tuple[int, float]], width: int) -> np.ndarray:
    """A row for every combination of conditions that rows can meet: each column at each of its thresholds and beyond."""
    by_column: dict[int, list[float]] = {}
    for column, threshold in sorted(conditions):
        by_column.setdefault(column, []).append(threshold)
    tried = [_one_between(thresholds) for thresholds in by_column.values()]
    combinations = np.array(list(product(*tried))).reshape(-1, len(by_column))
    rows = np.zeros((len(combinations), width))
    rows[:, list(by_column)] = combinations
    return rows


def _one_between(thresholds: list[float]) -> list[float]:
    """A number at or below each threshold and above the one before, and one above all; LightGBM takes tiny ones as 0."""
    lows = [-2.0 * max(1.0, abs(thresholds[0])), *thresholds]
    within = [high if abs(high) > TINY else (low + high) / 2 for low, high in pairwise(lows)]
    last = thresholds[-1]
    return [*within, np.nextafter(last, np.inf) if abs(last) > TINY else 1.0]
