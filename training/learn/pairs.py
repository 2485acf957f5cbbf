"""Settled assignments as the pair layers see them, and the cuts in time that they are tried at."""
from dataclasses import dataclass, replace

import numpy as np

MIN_FIT, MIN_JUDGED = 300, 100


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """Settled assignments in time order (n rows, k features, NaN = missing).

    `known_m` is the item's log-odds as known then, `m` the same and what moved for everyone beyond it: what owners are
    measured against. `day` and `settled_day` in days since 1970, `owner` codes, `quasi_random` whether the owner was not
    picked by hand.
    """

    features: tuple[str, ...]
    signs: tuple[int, ...]
    matrix: np.ndarray
    m: np.ndarray
    known_m: np.ndarray
    y: np.ndarray
    day: np.ndarray
    settled_day: np.ndarray
    owner: np.ndarray
    quasi_random: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def column(self, name: str) -> np.ndarray:
        """One feature, 0 where it is missing."""
        return np.nan_to_num(self.matrix[:, self.features.index(name)])

    def at(self, rows: np.ndarray) -> "PairTable":
        """Some of the rows."""
        by_row = ("matrix", "m", "known_m", "y", "day", "settled_day", "owner", "quasi_random")
        return replace(self, **{name: getattr(self, name)[rows] for name in by_row})

    @property
    def clusters(self) -> tuple[np.ndarray, np.ndarray]:
        """What rows share beside their features: the day, and the owner."""
        return np.floor(self.day), self.owner


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One moment (`day`): which rows are fitted on, settled before it, and which are judged, assigned from it to the next."""

    day: float
    fit: np.ndarray
    judge: np.ndarray


def cuts_at(table: PairTable, days: tuple[float, ...]) -> tuple[Cut, ...]:
    """The cuts at some days, each with enough rows on both sides."""
    found = []
    for low, high in zip(days, (*days[1:], np.inf), strict=True):
        fit = np.flatnonzero(table.settled_day < low)
        judge = np.flatnonzero((table.day >= low) & (table.day < high))
        if len(fit) >= MIN_FIT and len(judge) >= MIN_JUDGED and 0 < table.y[fit].sum() < len(fit):
            found.append(Cut(day=low, fit=fit, judge=judge))
    return tuple(found)


def cuts_by_share(table: PairTable, shares: tuple[float, ...]) -> tuple[Cut, ...]:
    """The cuts at shares of the rows."""
    return cuts_at(table, tuple(float(np.quantile(table.day, share)) for share in shares)) if len(table) else ()
