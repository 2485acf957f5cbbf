"""From rows to a bundle: the layers fitted on everything settled, with what later rows chose, as serving's parts."""
import hashlib
from dataclasses import dataclass, replace

import numpy as np

from features.catalogue import catalogue, catalogue_digest
from rules.digests import PREFIX
from serving.ranking.bundle import NO_SIGNAL, BundleParts
from serving.ranking.layers import Linear
from training.learn.boosting import fit_trees
from training.learn.choosing import EFFECTS, LayerChoice, choose, fit_line
from training.learn.linear import EFFECT, EFFECT_PART, column_signs, learn_filling
from training.learn.pairs import PairTable
from training.learn.preparing import PreparedRows

#: How near a near tie is, in probability.
TAU = 0.002
GOLDEN_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class PairLayers:
    """l and f as fitted on all settled rows; `trees` is LightGBM text, "" where they have no weight."""

    line: Linear
    trees: str


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learnt from a source: its rows, what later rows chose, the layers and the bundle's parts without a verdict."""

    prepared: PreparedRows
    choice: LayerChoice
    layers: PairLayers
    parts: BundleParts


def learn(prepared: PreparedRows) -> Learned:
    """Choose on later rows of what is settled, then fit everything that is kept on all of it."""
    choice = choose(prepared.pairs)
    layers = fit_layers(prepared.pairs, choice)
    return Learned(prepared=prepared, choice=choice, layers=layers, parts=_compose(prepared, choice, layers))


def fit_layers(table: PairTable, choice: LayerChoice) -> PairLayers:
    """The last fit, on every settled row."""
    if choice.pair == EFFECTS:
        return PairLayers(line=_effects_alone(table), trees="")
    line = fit_line(table, np.arange(len(table)), choice.ridge)
    if not choice.s:
        return PairLayers(line=line, trees="")
    expanded = line.expand(table.matrix)
    trees = fit_trees(expanded, table.y, table.m + line.log_odds(expanded), columns=line.names,
                      signs=column_signs(line, table.signs))
    return PairLayers(line=line, trees=trees.model_to_string())


def _effects_alone(table: PairTable) -> Linear:
    """The owners' effects as a straight line: each part counts once, everything else not at all."""
    line = learn_filling(table.matrix, table.features)
    return replace(line, coef=np.array([float(name == EFFECT or name.startswith(EFFECT_PART)) for name in line.names]))


def _compose(prepared: PreparedRows, choice: LayerChoice, layers: PairLayers) -> BundleParts:
    """The parts of a bundle; the calibration's slope of the pair part goes into its layers, that of m into b."""
    features, table, items = catalogue(prepared.plan), prepared.pairs, prepared.items[prepared.places]
    golden = np.unique(np.linspace(0, len(table) - 1, GOLDEN_ROWS).astype(int)) if len(table) else np.zeros(0, int)
    low, high = ranges(table.matrix, layers.line)
    ratio = choice.full.g / choice.full.b
    line = replace(layers.line, coef=layers.line.coef * ratio, intercept=layers.line.intercept * ratio)
    return BundleParts(
        objective=prepared.objective.kind, plan=prepared.plan, features=tuple(feature.name for feature in features),
        catalogue_digest=catalogue_digest(features), item_fields=prepared.fields, linear=line, pair_text=layers.trees,
        quality_text=prepared.quality.text, quality_init=prepared.quality.init, a=0.0, b=choice.full.b,
        s=choice.s * ratio, tau=TAU, signal=NO_SIGNAL, signal_reason="not judged", range_low=low, range_high=high,
        value_median=_value_median(prepared), training_digest=training_digest_of(table, items),
        golden_matrix=table.matrix[golden], golden_items=items[golden])


def _value_median(prepared: PreparedRows) -> float:
    """What a missing value counts as: the median of the known ones, 1 where none is known."""
    name = prepared.objective.value
    known = [number for one in prepared.table.assignments if (number := one.item.number(name)) is not None]
    return float(np.median(known)) if known else 1.0


def training_digest_of(table: PairTable, items: np.ndarray) -> str:
    """What identifies the training data: a hash over every number that was fitted on."""
    content = hashlib.sha256(repr((table.features, table.matrix.shape, items.shape)).encode())
    for column in (table.matrix, table.m, table.y, table.day, table.settled_day, items):
        content.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
    return PREFIX + content.hexdigest()


def ranges(matrix: np.ndarray, line: Linear) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest of each feature as its values count, NaN where it was never seen."""
    matrix = line.bound(matrix)
    absent = np.isnan(matrix)
    low = np.where(absent, np.inf, matrix).min(axis=0, initial=np.inf)
    high = np.where(absent, -np.inf, matrix).max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)
