"""Which item attributes owners differ by, and how strongly their effects shrink: a search judged on later rows.

Candidates are the closed-list attributes of the rule book. Forward selection adds the attribute whose owner and team
effects lower the time-forward log loss of m + l most, as long as one does; then the strengths k are tried on a grid.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from features.plan import EffectSettings
from training.asof import Settled, pair_codes, settled_before
from training.backtest import Origin, PairTable, fit_line, origins, say
from training.metrics import losses

TRIAL = EffectSettings(k_owner=6.0, k_child=6.0)
K_GRID = (3.0, 6.0, 12.0, 25.0, 50.0)
TRIAL_RIDGE = 30.0
MAX_DIMENSIONS = 4
#: An attribute must pay at least this much log loss per row, and this many standard errors of its gain.
LEAST_GAIN, LEAST_ERRORS = 2e-5, 0.5
#: Tenure bands, in days since an owner's first assignment (as in features/effects.py).
BAND_DAYS = (30.0, 90.0, 365.0)


@dataclass(frozen=True, kw_only=True)
class Log:
    """All assignments as the search needs them: codes, times, residuals and the attributes tried (n rows each)."""

    owner: np.ndarray
    team: np.ndarray
    day: np.ndarray
    settled_day: np.ndarray
    y: np.ndarray
    expected: np.ndarray
    values: Mapping[str, np.ndarray]
    half_life_days: float = 240.0


@dataclass(frozen=True, kw_only=True)
class Sums:
    """S and V as of each assignment: of its owner, its team's tenure band, and both by attribute."""

    owner: Settled
    band: Settled
    by_owner: Mapping[str, Settled]
    by_team: Mapping[str, Settled]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One round of the search, for the report: what was added and what it gained (log loss per row)."""

    name: str
    gain: float
    taken: bool


def sums_of(log: Log) -> Sums:
    """Everything the effect formula needs, for every attribute at once."""
    residual, variance = log.y - log.expected, log.expected * (1.0 - log.expected)

    def of(groups: np.ndarray) -> Settled:
        return settled_before(groups, log.settled_day, residual, variance, groups, log.day,
                              half_life_days=log.half_life_days)

    first = np.full(int(log.owner.max(initial=0)) + 1, np.inf)
    np.minimum.at(first, log.owner, log.day)
    band = np.searchsorted(BAND_DAYS, log.day - first[log.owner], side="right")
    return Sums(owner=of(log.owner), band=of(pair_codes(log.team, band)),
                by_owner={name: of(pair_codes(log.owner, codes)) for name, codes in log.values.items()},
                by_team={name: of(pair_codes(log.team, codes)) for name, codes in log.values.items()})


def effect_columns(sums: Sums, dimensions: Sequence[str], k: EffectSettings) -> tuple[tuple[str, ...], np.ndarray]:
    """The historical-conversion features under some strengths (the formula of features/effects.py on columns)."""
    newcomers = sums.band.s / (sums.band.v + k.k_team)
    owner = (sums.owner.s + k.k_owner * newcomers) / (sums.owner.v + k.k_owner)
    names, columns, hier = ["effect_owner"], [owner], owner.copy()
    for name in dimensions:
        child = (sums.by_owner[name].s + k.k_child * owner) / (sums.by_owner[name].v + k.k_child)
        team = sums.by_team[name].s / (sums.by_team[name].v + k.k_team)
        names += [f"effect_owner_x_{name}", f"effect_team_x_{name}"]
        columns += [child - owner, team]
        hier += child - owner
    return (*names, "effect_hier"), np.column_stack([*columns, hier])


def choose_dimensions(table: PairTable, sums: Sums, rows: np.ndarray,
                      candidates: Sequence[str]) -> tuple[tuple[str, ...], tuple[Step, ...]]:
    """Forward selection; `rows` are the places of the table's rows in the log."""
    cuts = origins(table)
    if not cuts:
        return (), ()
    chosen: tuple[str, ...] = ()
    best = _judge(table, sums, rows, cuts, chosen, TRIAL)
    steps, left = [], list(candidates)
    while left and len(chosen) < MAX_DIMENSIONS:
        trials = {name: best - _judge(table, sums, rows, cuts, (*chosen, name), TRIAL) for name in left}
        name = max(left, key=lambda candidate: float(trials[candidate].mean()))
        gain = trials[name]
        error = float(gain.std()) / np.sqrt(len(gain))
        taken = bool(gain.mean() > max(LEAST_GAIN, LEAST_ERRORS * error))
        steps.append(Step(name=name, gain=float(gain.mean()), taken=taken))
        if not taken:
            break
        chosen, best = (*chosen, name), best - gain
        left.remove(name)
    return chosen, tuple(steps)


def choose_strengths(table: PairTable, sums: Sums, rows: np.ndarray, dimensions: Sequence[str],
                     half_life_days: float) -> EffectSettings:
    """k of owners and of their children by time-forward log loss of m + l; the defaults when the log is too short."""
    cuts = origins(table)
    if not cuts:
        return EffectSettings(half_life_days=half_life_days)
    grid = [EffectSettings(k_owner=owner, k_child=child, half_life_days=half_life_days)
            for owner, child in product(K_GRID, K_GRID if dimensions else (10.0,))]
    return min(grid, key=lambda k: float(_judge(table, sums, rows, cuts, dimensions, k).mean()))


def _judge(table: PairTable, sums: Sums, rows: np.ndarray, cuts: Sequence[Origin], dimensions: Sequence[str],
           k: EffectSettings) -> np.ndarray:
    """Losses of m + l on the judged rows, l on the effects alone."""
    names, columns = effect_columns(sums, dimensions, k)
    trial = table.with_matrix(columns[rows], names, (1,) * len(names))
    found = []
    for cut in cuts:
        line = fit_line(trial, cut.fit, TRIAL_RIDGE)
        found.append(losses(table.m[cut.judge] + say(line, trial.matrix[cut.judge]), table.y[cut.judge]))
    return np.concatenate(found)
