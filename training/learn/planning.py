"""Which features a model of this log will have: the attributes owners differ by, effect strengths, owner columns."""
import numpy as np

from features.catalogue import is_protected, numeric_owner_columns
from features.plan import EffectSettings, FeaturePlan
from rules.book.schema import RuleBook
from rules.errors import Refused, nearest_name
from rules.model import Directory
from serving.ranking.layers import sigmoid
from serving.runtime.settings import Settings
from training.learn.dataset import TrainingTable
from training.learn.owner_variance import Component, Residuals, choose_effects
from training.learn.quality import Prequential

#: An attribute is a candidate for owner effects when it has this many values, fewer than this share of all rows, is
#: known of enough of them, and when no value covers nearly all: effects by such an attribute only repeat the owner's own.
VALUES, UNIQUE_SHARE, KNOWN_SHARE, ONE_VALUE_SHARE = (2, 100), 0.05, 0.2, 0.9
CLOSED_TYPES = ("enum", "bands", "map", "country", "language", "flag")


def choose_plan(kind: str, table: TrainingTable, then: Prequential, places: np.ndarray, *, book: RuleBook, directory: Directory,
                settings: Settings) -> tuple[FeaturePlan, tuple[Component, ...]]:
    """The plan, estimated on the settled rows at `places`, and what was found of each attribute."""
    named = named_dimensions(book, settings)
    coded = {name: codes_of(table, name) for name in named or candidate_dimensions(book, table)}
    log = Residuals(owner=table.owner[places], y=table.y[places], expected=sigmoid((then.m + then.shift)[places]),
                    codes={name: codes[places] for name, (codes, _) in coded.items()},
                    values={name: values for name, (_, values) in coded.items()})
    dimensions, effects, components = choose_effects(log, named=named, half_life_days=EffectSettings().half_life_days)
    plan = FeaturePlan(objective=kind, dimensions=dimensions, effects=effects,
                       owner_columns=numeric_owner_columns(directory, settings.policy.protected))
    return plan, components


def named_dimensions(book: RuleBook, settings: Settings) -> tuple[str, ...]:
    """`effects_by` of rightful.toml; Refused where it names no attribute of the book."""
    unknown = [name for name in settings.effects_by if name not in book.attributes]
    if unknown:
        near = nearest_name(unknown[0], book.attributes)
        raise Refused(f"`effects_by` in rightful.toml names `{unknown[0]}`, expected attributes of the rule book"
                      + (f"; did you mean `{near}`?" if near else f": {', '.join(book.attributes)}"))
    return settings.effects_by


def candidate_dimensions(book: RuleBook, table: TrainingTable) -> tuple[str, ...]:
    """Item attributes that owners may differ by: closed lists, neither nearly unique nor nearly constant."""
    most = min(VALUES[1], max(VALUES[0], UNIQUE_SHARE * len(table)))
    found = []
    for name, attribute in book.attributes.items():
        if attribute.type in CLOSED_TYPES and not is_protected(name, of_item=True):
            codes, values = codes_of(table, name)
            counts = np.bincount(codes[codes >= 0], minlength=1)
            if not VALUES[0] <= len(values) <= most or counts.sum() < KNOWN_SHARE * len(table):
                continue
            if counts.max() <= ONE_VALUE_SHARE * counts.sum():
                found.append(name)
    return tuple(found)


def codes_of(table: TrainingTable, name: str) -> tuple[np.ndarray, list[object]]:
    """An attribute as codes by row, -1 = missing, and the values they stand for."""
    return table.columns.codes(table.assignments, name)
