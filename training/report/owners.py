"""How much owners differ, by attribute, and what is known of each of them, with its interval."""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.catalogue import counts_items
from features.clock import DAY, NEVER, micros
from features.joint import columns_of, posterior
from features.plan import OwnerPrior
from training.learn.backtest import Backtest
from training.learn.preparing import PreparedRows

GENERAL = "in general"


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerFigures:
    """One owner's effect on the mix of items that all owners had, in log-odds, from their own results alone."""

    owner: str
    settled: int
    effect: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DimensionSpread:
    """By what owners differ: standard deviation among owners (log-odds), now and as learnt at each origin (None = left out)."""

    name: str
    deviation: float
    ratio: float | None
    taken: bool
    at_origins: tuple[float | None, ...]


def differences(source: PreparedRows, backtest: Backtest | None) -> tuple[DimensionSpread, ...]:
    """In general, then by attribute in the order in which they were found; none where no results are learnt."""
    if counts_items(source.plan):
        return ()
    parts = backtest.by_origin if backtest else ()
    past = [_deviations(part.learned.prepared) for part in parts]
    general = DimensionSpread(name=GENERAL, deviation=source.plan.effects.k_owner ** -0.5, ratio=None, taken=True,
                         at_origins=tuple(one[GENERAL] for one in past))
    return (general, *(DimensionSpread(name=found.name, deviation=found.deviation, ratio=found.ratio, taken=found.taken,
                                  at_origins=tuple(one.get(found.name) for one in past)) for found in source.components))


def _deviations(prepared: PreparedRows) -> Mapping[str, float]:
    return {GENERAL: prepared.plan.effects.k_owner ** -0.5} | {found.name: found.deviation for found in prepared.components
                                                               if found.taken}


def owner_figures(source: PreparedRows) -> tuple[OwnerFigures, ...]:
    """Everybody in the directory with a settled result, the best first, as known at the log's end.

    The numbers that a fold of the log gives (`in_general` of features/effects.py), but for their last digits.
    """
    prior, folded, table = source.plan.effects.prior, source.folded, source.table
    if prior is None or folded is None:
        return ()
    rows = np.array([folded.ids[one.assignment_id] for one in table.assignments], dtype=np.intp)
    settled = np.flatnonzero(folded.readings.settled_us[rows] < NEVER)
    if not len(settled):
        return ()
    owners, of = np.unique(table.owner[settled], return_inverse=True)
    information, score, mix = _sums(source, prior, rows[settled], settled, of)
    columns = columns_of(prior)
    effects = posterior(prior, information, score)[0] @ mix
    spread = columns.covariance @ np.linalg.inv(columns.identity + information @ columns.covariance)
    reach = 1.96 * np.sqrt(np.einsum("ojk,j,k->o", spread, mix, mix))
    found = [OwnerFigures(owner=table.owners[code], settled=int(n), effect=effect, low=effect - wide, high=effect + wide)
             for code, n, effect, wide in zip(owners.tolist(), np.bincount(of), effects.tolist(), reach.tolist(), strict=True)]
    return tuple(sorted((one for one in found if one.owner in source.directory.owners), key=lambda one: (-one.effect, one.owner)))


def _sums(source: PreparedRows, prior: OwnerPrior, rows: np.ndarray, settled: np.ndarray,
          of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decayed information and score by owner over the prior's columns, and what share of all rows falls to each column."""
    folded, columns, expected = source.folded, columns_of(prior), source.expected
    assert folded is not None
    q = np.array([expected[source.table.assignments[row].assignment_id] for row in settled.tolist()])
    now, half_life = micros(source.as_of) // DAY * DAY, source.plan.effects.half_life_days * DAY
    weight = np.exp2((folded.readings.due_us[rows] - now) / half_life)
    z = np.array([columns.of(folded.items[row], source.plan.dimensions) for row in rows.tolist()])
    width, owners = columns.none + 1, int(of.max()) + 1
    information, score = np.zeros((owners, width, width)), np.zeros((owners, width))
    for one in z.T:
        np.add.at(score, (of, one), weight * (folded.readings.success[rows] - q))
        for other in z.T:
            np.add.at(information, (of, one, other), weight * q * (1.0 - q))
    return information[:, :-1, :-1], score[:, :-1], np.bincount(z.ravel(), minlength=width)[:-1] / len(z)
