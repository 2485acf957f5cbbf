"""Which features a model of this log will have: the attributes owners differ by, effect strengths, owner columns."""
import numpy as np

from features.catalogue import is_protected, numeric_owner_columns
from features.plan import HALF_LIFE_DAYS, FeaturePlan
from rules.book.schema import RuleBook
from rules.errors import Refused, nearest_name
from rules.model import Directory
from serving.ranking.layers import sigmoid
from serving.runtime.settings import Settings
from training.learn.dataset import TrainingTable
from training.learn.metrics import logloss
from training.learn.owner_variance import Component, Residuals, choose_effects
from training.learn.pairs import MIN_JUDGED
from training.learn.quality import Prequential
from training.learn.refolding import sums_before

#: An attribute is a candidate for owner effects when it has this many values, fewer than this share of all rows, is
#: known of enough of them, and when no value covers nearly all: effects by such an attribute only repeat the owner's own.
VALUES, UNIQUE_SHARE, KNOWN_SHARE, ONE_VALUE_SHARE = (2, 100), 0.05, 0.2, 0.9
#: Half-lives that are tried (days), and strengths by which effects are shrunk for it.
HALF_LIVES, STRENGTHS = (HALF_LIFE_DAYS, 60.0, 120.0, 480.0, 960.0), (3.0, 10.0, 30.0)
CLOSED_TYPES = ("enum", "bands", "map", "country", "language", "flag")


def choose_plan(kind: str, table: TrainingTable, then: Prequential, places: np.ndarray, *, book: RuleBook, directory: Directory,
                settings: Settings) -> tuple[FeaturePlan, tuple[Component, ...]]:
    """The plan, estimated on the settled rows at `places`, and what was found of each attribute."""
    named = named_dimensions(book, settings)
    coded = {name: codes_of(table, name) for name in named or candidate_dimensions(book, table)}
    log = Residuals(owner=table.owner[places], y=table.y[places], expected=sigmoid((then.m + then.shift)[places]),
                    codes={name: codes[places] for name, (codes, _) in coded.items()},
                    values={name: values for name, (_, values) in coded.items()})
    half_life = choose_half_life(log, day=table.day[places], settled_day=table.settled_day[places])
    dimensions, effects, components = choose_effects(log, named=named, half_life_days=half_life)
    plan = FeaturePlan(objective=kind, dimensions=dimensions, effects=effects,
                       owner_columns=numeric_owner_columns(directory, settings.policy.protected))
    return plan, components


def choose_half_life(log: Residuals, *, day: np.ndarray, settled_day: np.ndarray) -> float:
    """How fast an owner's results fade: the half-life whose general effects, as known then, would have told outcomes best.

    Judged on all rows but the first quarter, by the shrinkage that suits each; HALF_LIFE_DAYS where rows are few.
    """
    rows, z = np.arange(len(day) // 4, len(day)), np.log(log.expected / (1.0 - log.expected))
    if len(rows) < MIN_JUDGED:
        return HALF_LIFE_DAYS
    score, spread, now = log.y - log.expected, log.expected * (1.0 - log.expected), day.max()

    def lost(half_life: float) -> float:
        weight, factor = np.exp2((settled_day - now) / half_life), np.exp2((now - day) / half_life)
        s, v = sums_before(log.owner, settled_day, (weight * score, weight * spread), log.owner, day)
        return min(logloss((z + s * factor / (v * factor + k))[rows], log.y[rows]) for k in STRENGTHS)

    return min(HALF_LIVES, key=lost)


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
