"""From rows to a bundle: the layers fitted on everything settled, with what the backtest chose, as serving's parts."""
import hashlib
from dataclasses import dataclass

import numpy as np

from features.catalogue import catalogue, catalogue_digest
from features.matrix import ItemField
from features.plan import FeaturePlan
from rules.digests import PREFIX
from serving.ranking.bundle import BundleParts
from serving.ranking.layers import Linear
from training.learn.backtest import Backtest, LayerChoice, PairTable, fit_line
from training.learn.boosting import fit_trees
from training.learn.linear import column_signs
from training.learn.quality import Quality
from training.learn.signal import SignalVerdict

#: How near a near tie is, in probability.
TAU = 0.002
GOLDEN_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class PairLayers:
    """l and f as fitted on all settled rows; `trees` is LightGBM text, "" where rows were too few."""

    line: Linear
    trees: str


def fit_layers(table: PairTable, backtest: Backtest | None) -> PairLayers:
    """The last fit, on every settled row, with the ridge strength the backtest chose."""
    rows = np.arange(len(table))
    line = fit_line(table, rows, backtest.choice.ridge if backtest else LayerChoice().ridge)
    if backtest is None:
        return PairLayers(line=line, trees="")
    expanded = line.expand(table.matrix)
    trees = fit_trees(expanded, table.y, table.m + line.log_odds(expanded), columns=line.names,
                      signs=column_signs(line, table.signs))
    return PairLayers(line=line, trees=trees.model_to_string())


def compose(*, objective: str, plan: FeaturePlan, item_fields: tuple[ItemField, ...], quality: Quality,
            table: PairTable, items: np.ndarray, layers: PairLayers, backtest: Backtest | None, verdict: SignalVerdict,
            value_median: float) -> BundleParts:
    """The parts of a bundle; `items` (rows x item fields) belong to the table's rows."""
    features = catalogue(plan)
    golden = np.unique(np.linspace(0, len(table) - 1, GOLDEN_ROWS).astype(int)) if len(table) else np.zeros(0, int)
    low, high = _ranges(table.matrix)
    choice = backtest.choice if backtest else LayerChoice()
    return BundleParts(
        objective=objective, plan=plan, features=tuple(feature.name for feature in features),
        catalogue_digest=catalogue_digest(features), item_fields=item_fields, linear=layers.line,
        pair_text=layers.trees, quality_text=quality.text, quality_init=quality.init,
        a=choice.a, b=choice.b, s=choice.s, tau=TAU, signal=verdict.signal, signal_reason=verdict.reason,
        range_low=low, range_high=high, value_median=value_median, training_digest=training_digest_of(table, items),
        golden_matrix=table.matrix[golden], golden_items=items[golden])


def training_digest_of(table: PairTable, items: np.ndarray) -> str:
    """What identifies the training data: a hash over every number that was fitted on."""
    content = hashlib.sha256(repr((table.features, table.matrix.shape, items.shape)).encode())
    for column in (table.matrix, table.m, table.y, table.day, table.settled_day, items):
        content.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
    return PREFIX + content.hexdigest()


def _ranges(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of each feature, NaN where it was never seen."""
    absent = np.isnan(matrix)
    low = np.where(absent, np.inf, matrix).min(axis=0, initial=np.inf)
    high = np.where(absent, -np.inf, matrix).max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)
