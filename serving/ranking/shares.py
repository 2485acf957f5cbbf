"""Who may have the next item within shares: whoever has had their largest share steps back, whoever is due goes first.

Of E items that an owner could have been given in the day or week, this one included, they have at most ceil(most * E) and
at least floor(least * E). With the same owners eligible throughout, both hold at every item wherever n * least <= 1 <= n * most.
"""
from dataclasses import dataclass

import numpy as np

from features.exposure import Had

#: Sums and products of shares such as 0.1 are no exact numbers.
EXACT = 1e-9
#: So many items ahead are looked for whether everyone's least share can still be met.
AHEAD = 2048


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """n owners within shares, before the item in question: `had`, bounds (n), and who may have it now (n, bool).

    `overrun`: all of them have had their largest share, and those least over it may have the item. `due`: the least share
    decides who may.
    """

    had: Had
    least: np.ndarray
    most: np.ndarray
    open_to: np.ndarray
    overrun: bool = False
    due: bool = False


def stand(had: Had, least: np.ndarray, most: np.ndarray, without_ramp: np.ndarray) -> Standing:
    """Who may have one more item; where ramps would leave nobody they do not bind (`without_ramp`: the bounds then)."""
    under = _under(had, most)
    if not under.any():
        under = _under(had, without_ramp)
    if not under.any():
        over = (had.given + 1) - without_ramp * (had.eligible + 1)
        return Standing(had=had, least=least, most=most, open_to=over <= over.min() + EXACT, overrun=True)
    due = must_come(had, least) & under
    binds = bool(due.any()) and bool((due != under).any())
    return Standing(had=had, least=least, most=most, open_to=due if due.any() else under, due=binds)


def _under(had: Had, most: np.ndarray) -> np.ndarray:
    return had.given + 1 <= np.ceil(most * (had.eligible + 1) - EXACT)


def must_come(had: Had, least: np.ndarray) -> np.ndarray:
    """Who may have this item if everyone's least share is to be met at every item to come; all, where there is room.

    Within the next t items of these owners, sum(max(0, floor(least * (E + t)) - G)) fall due. At the first t at which these
    are t or more, only somebody whose next one falls due by then may have it (earliest deadlines first).
    """
    if least.max() <= EXACT:
        return np.ones(len(least), dtype=bool)
    period = 1.0 / np.maximum(least, EXACT)
    next_due = np.maximum(np.ceil((had.given + 1) * period - had.eligible - EXACT), 1.0)
    ahead = np.arange(1, int(min(AHEAD, (next_due + period).max())) + 2)
    falling = np.floor(least[:, np.newaxis] * (had.eligible[:, np.newaxis] + ahead) + EXACT) - had.given[:, np.newaxis]
    tight = np.flatnonzero(np.maximum(falling, 0.0).sum(axis=0) >= ahead)
    return next_due <= ahead[tight[0]] if len(tight) else np.ones(len(least), dtype=bool)
