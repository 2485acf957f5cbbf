"""Time to reply or to resolve: what the chance of keeping the promise tells of the hours, with open items as censored.

Learnt is who keeps the promise (`horizon`), of which every label is known once its time is up: an item still open then took
longer, whatever it will take in the end. Where times are log-logistic, log-odds of being done within the promise fix those of
being done within any time but for one number, the spread (serving/ranking/layers.py). It is fitted by maximum likelihood on
later rows: what is done by its hours, what is open by its having taken at least so long.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy.optimize import minimize_scalar

from features.plan import Objective
from rules.errors import Refused
from serving.ranking.layers import Hours
from training.learn.backtest import Backtest
from training.learn.dataset import LabelledAssignment
from training.learn.metrics import Interval, paired_gain
from training.learn.source import Source

#: Shorter times count as this many hours; the spread is looked for between the bounds.
LEAST, SPREADS = 1 / 60, (0.05, 20.0)
#: A promise that more than this share keeps, or breaks, tells owners apart badly.
TELLING, ENOUGH = 0.95, 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Times:
    """Hours from assignment of some rows (n), and whether they were `done` then or known only to have taken so long."""

    hours: np.ndarray
    done: np.ndarray

    def lost(self, z: np.ndarray, within: float, spread: float) -> np.ndarray:
        """Minus the log-likelihood of each row, where `z` are log-odds of being done within so many hours."""
        w = z + np.log(self.hours / within) / spread
        return np.logaddexp(0.0, w) + self.done * (np.logaddexp(0.0, w) - w + np.log(spread))

    def spread(self, z: np.ndarray, within: float) -> float:
        """The spread of greatest likelihood."""
        found = minimize_scalar(lambda log: float(self.lost(z, within, float(np.exp(log))).mean()),
                                bounds=tuple(np.log(SPREADS)), method="bounded")
        return float(np.exp(found.x))


def times_of(assignments: Sequence[LabelledAssignment], as_of: datetime) -> Times:
    """What is known of each by a moment."""
    ends = [one.done_at or one.over_at or as_of for one in assignments]
    took = [(end - one.assigned_at).total_seconds() / 3600.0 for end, one in zip(ends, assignments, strict=True)]
    return Times(hours=np.maximum(took, LEAST), done=np.array([one.done_at is not None for one in assignments], dtype=bool))


def promised(goal: Objective) -> float:
    """The hours of the promise."""
    assert goal.horizon is not None
    return goal.horizon.total_seconds() / 3600.0


def require_promise(source: Source) -> None:
    """Refused where nearly all keep the promise of a time, or break it: then it tells little of who is faster."""
    goal, settled = source.objective, [one for one in source.table.assignments if one.label is not None]
    if goal.done_by is None:
        return
    kept = float(np.mean([one.label for one in settled])) if len(settled) >= ENOUGH else 0.5
    if 1.0 - TELLING <= kept <= TELLING:
        return
    times = times_of(settled, source.as_of)
    half = float(np.median(np.where(times.done, times.hours, np.inf)))
    near = (f"half of them take {_told(half)} or less: set `horizon` near that" if np.isfinite(half)
            else "half of them are open still")
    raise Refused(f"objective `{goal.kind}` learns `{goal.learn}` from who keeps within `horizon`, {_told(promised(goal))}: "
                  f"{kept:.1%} of {len(settled):,} items did, which tells little of who is faster; {near}")


def _told(hours: float) -> str:
    return f"{hours * 60:.0f}m" if hours < 2 else f"{hours:.0f}h" if hours < 96 else f"{hours / 24:.0f}d"


def hours_of(source: Source, judged: Backtest | None) -> tuple[Hours | None, Mapping[str, Interval]]:
    """How the chance tells the time, by what was judged out of time, and what the hours gain there (nats per row).

    Each side has a spread of its own; without judged rows it is 1.
    """
    goal = source.objective
    if goal.done_by is None:
        return None, {}
    within = promised(goal)
    if judged is None:
        return Hours(learn=goal.learn, within=within, spread=1.0), {}
    times = times_of([source.table.assignments[row] for row in judged.rows.tolist()], source.as_of)
    spreads = {name: times.spread(getattr(judged, name), within) for name in ("constant", "item", "full")}
    lost = {name: times.lost(getattr(judged, name), within, spread) for name, spread in spreads.items()}
    return Hours(learn=goal.learn, within=within, spread=spreads["full"]), {
        f"hours over {name}": paired_gain(lost[name], lost["full"], *judged.clusters) for name in ("constant", "item")}


def with_hours(judged: Backtest, gains: Mapping[str, Interval]) -> Backtest:
    """The backtest with what the hours gain."""
    return replace(judged, gains={**judged.gains, **gains})
