"""The owner effects of a whole log at once, under another item model and another prior: what each moment of the past would
have read.

One fold of the log says where every effect was read and which cells its label entered (`Readings`); neither depends on a
model. The sums themselves do, through what was expected: here they are made for all rows together instead of event by event.
The numbers are those of the fold (features/effects.py, features/joint.py) but for the last digits of the sums.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.assignments import Label
from features.catalogue import catalogue
from features.clock import DAY, NEVER, REFERENCE, Decay
from features.effects import Where
from features.joint import columns_of, posterior
from features.plan import HALF_LIFE_DAYS, FeaturePlan, OwnerPrior
from rules.model import WorkItem

#: As many solutions are made at once.
TOGETHER = 256


@dataclass(frozen=True, kw_only=True)
class Readings:
    """By assignment (n) where its effects were read and when (`us`), and what its label enters.

    `owner`, `team`, `band`: columns as read; `into_team`, `into_band`: of the cells the label enters, which is settled at
    `settled_us` (NEVER = not), weighs by its day `due_us` and is `success`. A row that was never read has `us` -1. `known_us`:
    what was known before it could be read. The owner took the item on at `handled_us`, known at `handled_known_us` (NEVER = not).
    """

    owner: np.ndarray
    team: np.ndarray
    band: np.ndarray
    us: np.ndarray
    known_us: np.ndarray
    into_team: np.ndarray
    into_band: np.ndarray
    settled_us: np.ndarray
    due_us: np.ndarray
    success: np.ndarray
    handled_us: np.ndarray
    handled_known_us: np.ndarray

    @classmethod
    def empty(cls, rows: int) -> "Readings":
        """Of so many assignments of which nothing is known yet."""
        return cls(**{name: np.zeros(rows, dtype=np.int64) for name in cls.__dataclass_fields__} |
                   {"us": np.full(rows, -1)} | {name: np.full(rows, NEVER) for name in ("settled_us", "handled_known_us")})

    def enter(self, row: int, entered: tuple[Where, int] | None, label: Label | None) -> None:
        """What became of one assignment, by the end of the log."""
        if entered is not None:
            where, self.due_us[row] = entered
            self.owner[row], self.into_team[row], self.into_band[row] = where.owner, where.team, where.band
        if label is not None:
            self.success[row], self.settled_us[row] = label.success, label.settled_us

    def owned_as(self, source: np.ndarray) -> "Readings":
        """The same with each row's owner that of another row (n places); what became of the items stays theirs."""
        of_owner = ("owner", "team", "band", "into_team", "into_band")
        return replace(self, **{name: getattr(self, name)[source] for name in of_owner})


@dataclass(frozen=True, kw_only=True)
class Folded:
    """One log as folded once: ids and items of its assignments, their rows by feature name, and where effects were read.

    What hangs on a plan is counted anew for another one: the effects, and how many like items an owner handled.
    """

    ids: Mapping[str, int]
    items: Sequence[WorkItem]
    names: tuple[str, ...]
    matrix: np.ndarray
    readings: Readings

    def owned_as(self, source: np.ndarray) -> "Folded":
        """The same with each row's owner, and what was known of them, that of another row (n places)."""
        return replace(self, matrix=self.matrix[source], readings=self.readings.owned_as(source))

    def rows_of(self, ids: Sequence[str], expected: Mapping[str, float], plan: FeaturePlan) -> np.ndarray:
        """The rows of some assignments under a plan and what was expected (ids x the plan's features)."""
        chances = np.full(len(self.items), 0.5)
        for assignment_id, chance in expected.items():
            chances[self.ids[assignment_id]] = chance
        rows = np.array([self.ids[assignment_id] for assignment_id in ids], dtype=np.intp)
        read = np.flatnonzero(self.readings.us[rows] >= 0)
        found = refold(self.readings, self.items, chances, plan, rows[read])
        matrix = np.full((len(rows), len(features := catalogue(plan))), np.nan)
        for column, feature in enumerate(features):
            told = found.get(feature.name)
            matrix[read, column] = self.matrix[rows[read], self.names.index(feature.name)] if told is None else told
        return matrix


def refold(readings: Readings, items: Sequence[WorkItem], expected: np.ndarray, plan: FeaturePlan,
           rows: np.ndarray) -> dict[str, np.ndarray]:
    """By feature name what of some rows hangs on a plan, as of when each was read; `expected` of every assignment."""
    prior, decay = plan.effects.prior, Decay(plan.effects.half_life_days)
    assert prior is not None
    entered = np.flatnonzero(readings.settled_us < NEVER)
    q, half_life = expected[entered], plan.effects.half_life_days * DAY
    weight = np.exp2((readings.due_us[entered] - REFERENCE) / half_life)
    log = _Log(us=readings.settled_us[entered], owner=readings.owner[entered], s=weight * (readings.success[entered] - q),
               v=weight * q * (1.0 - q))
    asked, team, us = readings.owner[rows], readings.team[rows], readings.us[rows]
    factor, k = np.exp2((REFERENCE - us) / half_life), plan.effects.k_team

    def of_teams(into: np.ndarray, of: np.ndarray) -> np.ndarray:
        """The shrunk effect of teams by band or by value: codes from 0, -1 = none."""
        many = max(into.max(initial=0), of.max(initial=0)) + 1
        cells = np.where((readings.into_team > 0) & (into >= 0), readings.into_team * many + into, -1)[entered]
        s, v, _ = log.as_of(cells, np.where((team > 0) & (of >= 0), team * many + of, -2), us)
        return np.asarray(s * factor / (v * factor + k))

    newcomers = of_teams(readings.into_band, readings.band[rows])
    columns = np.array([columns_of(prior).of(item, plan.dimensions) for item in items])
    parts = _joint(log, prior, columns[entered], asked, columns[rows], us, newcomers, decay)
    found = {"effect_owner": parts[0], "effect_hier": parts[0].copy(), "n_matured": log.as_of(log.owner, asked, us)[2]}
    for number, name in enumerate(plan.dimensions):
        found[f"effect_owner_x_{name}"] = parts[number + 1]
        found["effect_hier"] += parts[number + 1]
        codes = _codes([item.value(name) for item in items])
        found[f"effect_team_x_{name}"] = of_teams(codes, codes[rows])
    found["familiarity"] = _familiarity(readings, items, plan, rows)
    return found


def _familiarity(readings: Readings, items: Sequence[WorkItem], plan: FeaturePlan, rows: np.ndarray) -> np.ndarray:
    """Decayed counts of like items that the owners of some rows had taken on by then; alike by a plan's first attribute."""
    first, half_life = next(iter(plan.dimensions), None), HALF_LIFE_DAYS * DAY
    codes = 1 + _codes([None if first is None else item.value(first) for item in items])
    cells = readings.owner * (codes.max(initial=0) + 1) + codes
    taken = np.flatnonzero(readings.handled_known_us < NEVER)
    weight = np.exp2((readings.handled_us[taken] - REFERENCE) / half_life)
    counts, = sums_before(cells[taken], readings.handled_known_us[taken], (weight,), cells[rows], readings.known_us[rows])
    return np.asarray(counts * np.exp2((REFERENCE - readings.us[rows]) / half_life))


def _codes(values: Sequence[object]) -> np.ndarray:
    """Values as codes from 0, -1 = missing."""
    code: dict[object, int] = {}
    return np.array([-1 if value is None else code.setdefault(value, len(code)) for value in values], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class _Log:
    """Labels that entered (m): when, whose, and what they add to S and V, undecayed."""

    us: np.ndarray
    owner: np.ndarray
    s: np.ndarray
    v: np.ndarray

    def as_of(self, keys: np.ndarray, wanted: np.ndarray, us: np.ndarray) -> tuple[np.ndarray, ...]:
        """S, V and n of the wanted cells, of all that entered a cell of that key before each moment."""
        return sums_before(keys, self.us, (self.s, self.v, np.ones(len(self.us))), wanted, us)


def sums_before(keys: np.ndarray, at: np.ndarray, added: Sequence[np.ndarray], wanted: np.ndarray, us: np.ndarray
                ) -> tuple[np.ndarray, ...]:
    """Sums of what was added to the wanted keys before each moment (each as long as `wanted`)."""
    many = len(wanted)
    key, at = np.concatenate([wanted, keys]), np.concatenate([us, at])
    order = np.lexsort((np.arange(len(key)) >= many, at, key))            # at one instant the reading comes first
    starts = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
    group = np.repeat(starts, np.diff(np.r_[starts, len(key)]))
    found = []
    for each in added:
        passed = np.r_[0.0, np.cumsum(np.concatenate([np.zeros(many), each])[order])]
        sums = np.empty(len(key))
        sums[order] = passed[:-1] - passed[group]
        found.append(sums[:many])
    return tuple(found)


def _joint(log: _Log, prior: OwnerPrior, entered: np.ndarray, asked: np.ndarray, columns: np.ndarray, us: np.ndarray,
           newcomers: np.ndarray, decay: Decay) -> np.ndarray:
    """The parts of each reading ((1 + dimensions) x readings): owner by owner, all their solutions in a few batches."""
    parts = np.zeros((columns.shape[1], len(asked)))
    by_owner, by_asked = np.lexsort((log.us, log.owner)), np.lexsort((us, asked))
    owners = np.unique(asked)
    bounds = [np.searchsorted(codes, owners, side)
              for codes in (log.owner[by_owner], asked[by_asked]) for side in ("left", "right")]
    for own, end, begin, stop in zip(*bounds, strict=True):
        mine = by_owner[own:end]
        for start in range(begin, stop, TOGETHER):
            some = by_asked[start:min(start + TOGETHER, stop)]
            before = np.searchsorted(log.us[mine], us[some])
            information, score = _sums(log, mine, entered, before, columns_of(prior).none + 1)
            factor = np.array([decay.factor(int(each) // DAY * DAY) for each in us[some]])
            general, pull = posterior(prior, information * factor[:, np.newaxis, np.newaxis], score * factor[:, np.newaxis])
            zero = np.zeros((len(some), 1))
            general, pull = np.hstack([general, zero]), np.hstack([pull, zero])
            at = np.arange(len(some))
            parts[:, some] = (general[at, columns[some].T] + newcomers[some] * pull[at, columns[some].T])
    return parts


def _sums(log: _Log, mine: np.ndarray, entered: np.ndarray, before: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """One owner's information and score after the first `before` labels (ascending), a row for each."""
    segment = np.searchsorted(before, np.arange(len(mine)), side="right")
    used = mine[segment < len(before)]
    segment, z = segment[segment < len(before)], entered[used]
    first = segment[:, np.newaxis] * width + z
    score = np.bincount(first.ravel(), np.repeat(log.s[used], z.shape[1]), len(before) * width)
    both = first[:, :, np.newaxis] * width + z[:, np.newaxis, :]
    information = np.bincount(both.ravel(), np.repeat(log.v[used], z.shape[1] ** 2), len(before) * width**2)
    return (np.cumsum(information.reshape(len(before), width, width), axis=0)[:, :-1, :-1],
            np.cumsum(score.reshape(len(before), width), axis=0)[:, :-1])
