"""Historical conversion: what owners and teams add to an item's own chance, by empirical Bayes with shrinkage k.

Residuals y - q of settled assignments (q: the item's chance under the item-quality model of then) are summed with
forward decay: S = sum d (y - q), V = sum d q (1 - q), n = count. An effect is S / (V + k) in log-odds; a child shrinks
to its parent: (S_c + k * parent) / (V_c + k). The chain is team x tenure band -> owner -> owner x item attribute.
A child's feature is what it adds to its parent, so that the features of an owner sum to the whole effect. Under a learned prior
all effects of an owner are solved together instead (features/joint.py), and only the newcomers of the team come before.
Method: empirical Bayes by one Newton step from the offset, cf. Efron & Morris (1975).
"""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.clock import DAY, Decay
from features.joint import JointTables, columns_of
from features.plan import EffectSettings, OwnerPrior
from features.tables import N, S, Slots, Sums, V, widened
from rules.model import WorkItem

#: Tenure bands end after these days since the first known assignment; the last is open.
BAND_ENDS = np.array([30 * DAY, 90 * DAY, 365 * DAY])


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """The cells an assignment will enter: owner and team columns, tenure band, its code per dimension and jointly."""

    owner: int
    team: int
    band: int
    codes: tuple[int, ...]
    joint: int


class EffectTables:
    """All sums of one objective; `last_team`: by owner column the team they last had such an item in, 0 = none."""

    def __init__(self, dimensions: tuple[str, ...], decay: Decay, *, owners: int, teams: int):
        self.dimensions = dimensions
        self.decay = decay
        self.values = tuple(Slots() for _ in dimensions)
        self.last_team = np.zeros(owners, dtype=np.intp)
        self.owner = Sums(1, owners)
        self.bands = Sums(len(BAND_ENDS) + 1, teams)
        self.by_owner = tuple(Sums(2, owners) for _ in dimensions)
        self.by_team = tuple(Sums(2, teams) for _ in dimensions)
        self.joint = JointTables(self.values, decay)

    def widen(self, *, owners: int, teams: int) -> None:
        """Make room for owner and team columns."""
        self.last_team = widened(self.last_team, (owners,))
        self.owner.widen(1, owners)
        self.bands.widen(1, teams)
        for by_owner, by_team in zip(self.by_owner, self.by_team, strict=True):
            by_owner.widen(1, owners)
            by_team.widen(1, teams)

    def enter(self, item: WorkItem) -> tuple[int, ...]:
        """The item's code per dimension, new values given a code; 0 where the attribute is missing."""
        codes = []
        for name, values, by_owner, by_team in zip(self.dimensions, self.values, self.by_owner, self.by_team, strict=True):
            value = item.value(name)
            code = 0 if value is None else values.enter(value)
            if code >= by_owner.array.shape[1]:
                by_owner.widen(2 * code, 1)
                by_team.widen(2 * code, 1)
            codes.append(code)
        return tuple(codes)

    def where(self, item: WorkItem, *, owner: int, team: int, band: int) -> Where:
        """The cells that an assignment of an item will enter."""
        codes = self.enter(item)
        return Where(owner=owner, team=team, band=band, codes=codes, joint=self.joint.enter(owner, codes))

    def _cells(self, where: Where) -> list[tuple[Sums, int, int]]:
        cells: list[tuple[Sums, int, int]] = [(self.owner, 0, where.owner), (self.joint, 0, where.joint)]
        if where.team:
            cells.append((self.bands, where.band, where.team))
        for code, by_owner, by_team in zip(where.codes, self.by_owner, self.by_team, strict=True):
            if code:
                cells.append((by_owner, code, where.owner))
                if where.team:
                    cells.append((by_team, code, where.team))
        return cells

    def add(self, where: Where, *, success: bool, expected: float | None, settled_us: int) -> None:
        """Enter one settled assignment; without an expectation it only counts in n."""
        s = v = 0.0
        if expected is not None:
            weight = self.decay.weight(settled_us)
            s = weight * ((1.0 if success else 0.0) - expected)
            v = weight * expected * (1.0 - expected)
        for sums, code, column in self._cells(where):
            sums.add(code, column, s, v)

    def correct(self, where: Where, *, success: bool, expected: float | None, settled_us: int) -> None:
        """Turn round what one assignment that has entered came to."""
        if expected is not None:
            s = self.decay.weight(settled_us) * (1.0 if success else -1.0)
            for sums, code, column in self._cells(where):
                sums.add(code, column, s, 0.0, 0.0)

    def remember(self, where: Where) -> list[tuple[Sums, int, int, np.ndarray]]:
        """The present content of the cells an assignment would enter, for `restore`."""
        return [(sums, code, column, sums.array[:, code, column].copy()) for sums, code, column in self._cells(where)]

    @staticmethod
    def restore(remembered: list[tuple[Sums, int, int, np.ndarray]]) -> None:
        """Put remembered cells back, bit for bit."""
        for sums, code, column, content in remembered:
            sums.put(code, column, content)


def tenure_band(worked_us: np.ndarray) -> np.ndarray:
    """The band of a time since the first known assignment; 0 for those never seen (a negative time)."""
    return BAND_ENDS.searchsorted(worked_us, side="right")


def fill_effects(cells: Mapping[str, np.ndarray], tables: EffectTables, item: WorkItem, *, dimensions: tuple[str, ...],
                 settings: EffectSettings, owners: np.ndarray, teams: np.ndarray, bands: np.ndarray, us: int) -> None:
    """Write the historical conversion of a slate; `owners`, `teams`, `bands` are the slate's columns in the tables."""
    factor, k_team = tables.decay.factor(us), settings.k_team
    of_bands = tables.bands.array
    at_bands = bands * of_bands.shape[2] + teams          # a row and a column of one array as one place
    newcomers = of_bands[S].take(at_bands) * factor / (of_bands[V].take(at_bands) * factor + k_team)
    if settings.prior is None:
        parts = _chain(tables, item, dimensions, settings, owners, newcomers, factor)
    else:
        parts = _joint(tables, item, dimensions, settings.prior, owners, newcomers, us)
    hier = cells["effect_owner"][:] = parts[0]
    for name, added in zip(dimensions, parts[1:], strict=True):
        cells[f"effect_owner_x_{name}"][:] = added
        hier = hier + added
        at = tables.dimensions.index(name)
        sums, code = tables.by_team[at].array, _code(tables.values[at], item, name)
        np.divide(sums[S, code].take(teams) * factor, sums[V, code].take(teams) * factor + k_team,
                  out=cells[f"effect_team_x_{name}"])
    cells["effect_hier"][:] = hier
    cells["n_matured"][:] = tables.owner.array[N, 0].take(owners)


def _code(values: Slots, item: WorkItem, name: str) -> int:
    value = item.value(name)
    return 0 if value is None else values.number(value)


def _chain(tables: EffectTables, item: WorkItem, dimensions: tuple[str, ...], settings: EffectSettings, owners: np.ndarray,
           newcomers: np.ndarray, factor: float) -> list[np.ndarray]:
    """The owner's effect and what each attribute adds, one after the other, each shrunk to the one before."""
    of_owner, k_owner = tables.owner.array[:, 0].take(owners, axis=1), settings.k_owner
    owner = (of_owner[S] * factor + k_owner * newcomers) / (of_owner[V] * factor + k_owner)
    parts = [owner]
    for name in dimensions:
        at = tables.dimensions.index(name)
        sums, code, k_child = tables.by_owner[at].array, _code(tables.values[at], item, name), settings.k_of(name)
        child = (sums[S, code].take(owners) * factor + k_child * owner) / (sums[V, code].take(owners) * factor + k_child)
        parts.append(child - owner)
    return parts


def _joint(tables: EffectTables, item: WorkItem, dimensions: tuple[str, ...], prior: OwnerPrior, owners: np.ndarray,
           newcomers: np.ndarray, us: int) -> list[np.ndarray]:
    """The same parts, all of an owner solved together."""
    places = tuple(map(tables.dimensions.index, dimensions))
    solved, columns = tables.joint.solve(prior, places, owners, us), columns_of(prior).of(item, dimensions)
    at = columns[:, np.newaxis] + owners * solved.general.shape[1]
    return [*(solved.general.take(at) + newcomers * solved.pull.take(at))]


def effect_variance(tables: EffectTables, item: WorkItem, *, dimensions: tuple[str, ...], settings: EffectSettings,
                    weights: np.ndarray, owners: np.ndarray, us: int) -> np.ndarray:
    """How unsure the effects of a slate with an item are, in log-odds squared (owners x 1 + parts).

    `weights`: what each part counts for (the owner's own, then by dimension). First stands the variance of the weighted sum,
    then that of each weighted part. Without a prior the parts count as known one apart from the other.
    """
    if settings.prior is None:
        factor = tables.decay.factor(us)
        kept = [(tables.owner.array, 0, settings.k_owner)]
        for name in dimensions:
            at = tables.dimensions.index(name)
            kept.append((tables.by_owner[at].array, _code(tables.values[at], item, name), settings.k_of(name)))
        parts = np.stack([weight**2 / (sums[V, code].take(owners) * factor + k)
                          for weight, (sums, code, k) in zip(weights.tolist(), kept, strict=True)], axis=1)
        return np.concatenate((parts.sum(axis=1, keepdims=True), parts), axis=1)
    columns = columns_of(settings.prior).of(item, dimensions)
    spread = tables.joint.spread(settings.prior, tuple(map(tables.dimensions.index, dimensions)), owners, us)
    return _weighed(spread[:, columns[:, np.newaxis], columns], weights)


def in_general(tables: EffectTables, *, dimensions: tuple[str, ...], settings: EffectSettings, owners: np.ndarray,
               us: int) -> np.ndarray:
    """Each owner's effect on the mix of items that all owners had, its standard error, and n (owners x 3).

    From their own results alone: what an owner has of the team's newcomers is left out. Without a prior: the owner's own part.
    """
    n = tables.owner.array[N, 0].take(owners)
    if settings.prior is None:
        of_owner, factor = tables.owner.array[:, 0].take(owners, axis=1), tables.decay.factor(us)
        known = of_owner[V] * factor + settings.k_owner
        return np.stack((of_owner[S] * factor / known, known**-0.5, n), axis=1)
    places = tuple(map(tables.dimensions.index, dimensions))
    mix = np.append(tables.joint.mix(settings.prior, places), 0.0)
    effects = tables.joint.solve(settings.prior, places, owners, us).general.take(owners, axis=0) @ mix
    spread = tables.joint.spread(settings.prior, places, owners, us)
    return np.stack((effects, np.sqrt(np.einsum("ojk,j,k->o", spread, mix, mix)), n), axis=1)


def prior_variance(item: WorkItem, *, dimensions: tuple[str, ...], settings: EffectSettings, weights: np.ndarray) -> np.ndarray:
    """The same of somebody of whom nothing is known (1 + parts)."""
    if settings.prior is None:
        parts = weights**2 / np.array([settings.k_owner, *map(settings.k_of, dimensions)])
        return np.concatenate(([parts.sum()], parts))
    columns = columns_of(settings.prior).of(item, dimensions)
    covariance = np.pad(columns_of(settings.prior).covariance, ((0, 1), (0, 1)))
    return _weighed(covariance[np.newaxis, columns[:, np.newaxis], columns], weights)[0]


def _weighed(spread: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Variances of a weighted sum and of its parts, of the parts' covariances (owners x parts x parts)."""
    weighed = spread * (weights[:, np.newaxis] * weights)
    return np.concatenate((weighed.sum(axis=(1, 2))[:, np.newaxis], np.einsum("ojj->oj", weighed)), axis=1)
