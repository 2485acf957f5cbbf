"""What MLflow loads of a version, `mlflow.pyfunc.load_model(...)`: the bundle, scoring the owners of a slate as serving does.

A row is an owner for an item: a column per feature, as `rightful export training` names them, and `item.FIELD` for the item
itself (a number, or the value's word). What is empty is not known. No pickle: MLflow imports this module and gives it the bundle.
"""
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.matrix import ItemField
from serving.ranking.bundle import Bundle, BundleParts, load_bundle

if TYPE_CHECKING:
    import pandas

#: What comes out of each row: the item's own log-odds m, the log-odds z of the pair, and the probability of success.
SCORES = ("item_log_odds", "log_odds", "probability")
ITEM = "item."


class SlateModel:
    """A bundle as MLflow calls it."""

    def __init__(self, bundle: Bundle):
        self.bundle = bundle

    def predict(self, rows: "pandas.DataFrame", params: Mapping[str, Any] | None = None) -> "pandas.DataFrame":
        """The scores of each row; they never hang on the other rows."""
        import pandas

        bundle = self.bundle
        matrix = np.column_stack([np.asarray(rows[name], dtype=np.float64) for name in bundle.features])
        items = [_encoded(rows[ITEM + one.name].tolist() if ITEM + one.name in rows else [None] * len(rows), one)
                 for one in bundle.item_fields]
        m = bundle.quality_log_odds(np.column_stack(items) if items else np.zeros((len(rows), 0)))
        z = bundle.log_odds(matrix, m)
        return pandas.DataFrame(dict(zip(SCORES, (m, z, bundle.probability(z)), strict=True)), index=rows.index)


def columns_of(parts: BundleParts) -> dict[str, str]:
    """The columns of a row with their types as MLflow names them; those of the item may be left out."""
    return {**dict.fromkeys(parts.features, "double"),
            **{ITEM + one.name: "double" if one.read == "number" else "string" for one in parts.item_fields}}


def rows_of(parts: BundleParts, matrix: np.ndarray, items: np.ndarray) -> dict[str, list[object]]:
    """Rows of a pair matrix and of item vectors, as serving has them, as columns of the model's input."""
    columns: dict[str, list[object]] = dict(zip(parts.features, matrix.T.tolist(), strict=True))
    return columns | {ITEM + one.name: [_decoded(cell, one) for cell in column.tolist()]
                      for one, column in zip(parts.item_fields, items.T, strict=True)}


def _encoded(values: Sequence[Any], field: ItemField) -> np.ndarray:
    """A column of an item vector."""
    if field.read == "number":
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    words = ("no", "yes") if field.read == "has" else field.values
    return np.array([float(words.index(value)) if value in words else np.nan for value in values])


def _decoded(cell: float, field: ItemField) -> object:
    if np.isnan(cell) or field.read == "number":
        return None if np.isnan(cell) else cell
    return ("no", "yes")[int(cell)] if field.read == "has" else field.values[int(cell)]


def _load_pyfunc(path: str) -> SlateModel:
    """MLflow's own hook: the bundle lies in `path`, under its hash."""
    return SlateModel(load_bundle(Path(path)))
