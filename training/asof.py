"""Owner effects as of each assignment, for trying settings out: vectorised sums of everything settled before then.

The features a model trains on come from the one fold (features/state.py). This is the same arithmetic on whole
columns, so that a search over dimensions and strengths takes seconds; nothing here reaches a bundle but the choice.
Times are days, strengths are in units of V.
"""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Residual sums S and V of a group as of each query row, decayed to the query's time."""

    s: np.ndarray
    v: np.ndarray


def settled_before(groups: np.ndarray, settle_day: np.ndarray, residual: np.ndarray, variance: np.ndarray,
                   query_groups: np.ndarray, query_day: np.ndarray, *, half_life_days: float) -> Settled:
    """S and V of each query's group over rows settled strictly before the query's day; a group below 0 is nobody's."""
    usable = (groups >= 0) & np.isfinite(residual) & np.isfinite(settle_day)
    group, day = groups[usable], settle_day[usable]
    order = np.lexsort((day, group))
    group, day = group[order], day[order]
    reference = float(day.min()) if len(day) else 0.0
    growth = np.exp2((day - reference) / half_life_days)
    sum_s = np.concatenate([[0.0], np.cumsum(residual[usable][order] * growth)])
    sum_v = np.concatenate([[0.0], np.cumsum(variance[usable][order] * growth)])
    starts = np.searchsorted(group, query_groups, side="left")
    ends = _before(group, day, query_groups, query_day)
    decay = np.where(query_groups >= 0, np.exp2(-(query_day - reference) / half_life_days), 0.0)
    ends = np.maximum(ends, starts)
    return Settled(s=(sum_s[ends] - sum_s[starts]) * decay, v=(sum_v[ends] - sum_v[starts]) * decay)


def _before(group: np.ndarray, day: np.ndarray, query_groups: np.ndarray, query_day: np.ndarray) -> np.ndarray:
    """For each query the place in (group, day) order before which everything of its group is earlier."""
    everything = np.concatenate([group, query_groups])
    days = np.concatenate([day, query_day])
    is_query = np.concatenate([np.zeros(len(group)), np.ones(len(query_groups))])
    order = np.lexsort((1 - is_query, days, everything))      # at equal times the query comes first: strictly before
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(1 - is_query[order]).astype(np.int64)
    return rank[len(group):]


def pair_codes(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """One code for each pair of codes, -1 where either is absent."""
    span = int(right.max(initial=0)) + 1
    return np.where((left >= 0) & (right >= 0), left * span + right, -1)
