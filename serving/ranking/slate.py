"""The eligible owners as the model ranks them, best first, with all that a later question about them needs."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rules.digests import letters
from rules.model import EMPTY
from serving.ranking.bundle import Bundle
from serving.ranking.contrast import ScoredOwner
from serving.ranking.prices import Price


@dataclass(frozen=True, kw_only=True, eq=False)
class Slate:
    """n owners in rank order; `matrix` (n x k), `z`, `p`, `scores` and `propensity` (n) stand in that order.

    order: by rank the place among the eligible as the rules list them. m: the item's own log-odds. value: what the item is
    worth. tied: the tie set by rank index, the first who may have the item in front. drawn: index of the rank that u drew.
    base: the constant of the explained log-odds; contributions by rank index, for the ranks explained. prices: what is taken
    off value * p, in rank order.
    """

    bundle: Bundle
    owners: tuple[str, ...]
    order: np.ndarray
    matrix: np.ndarray
    m: float
    z: np.ndarray
    p: np.ndarray
    scores: np.ndarray
    value: float
    tied: tuple[int, ...]
    propensity: np.ndarray
    drawn: int
    base: float
    contributions: dict[int, np.ndarray]
    prices: tuple[Price, ...] = ()

    @property
    def first(self) -> int:
        """The rank index of the first who may have the item: 0 where turns and shares leave it open to all."""
        return self.tied[0]

    @property
    def rival(self) -> int:
        """Whom the drawn one is explained against: rank 2, or rank 1 when another was drawn."""
        return 1 if self.drawn == 0 else 0

    def standing(self, rank: int) -> ScoredOwner:
        """One explained rank (from 0) for a contrast."""
        return ScoredOwner(owner_id=self.owners[rank], row=self.matrix[rank], contributions=self.contributions[rank],
                        z=float(self.z[rank]), p=float(self.p[rank]), score=float(self.scores[rank]),
                           prices={each.name: (float(each.off[rank]), float(each.by[rank])) for each in self.prices},
                           hours=_hours(self.bundle, self.z[rank:rank + 1], self.value))


def rank_order(scores: np.ndarray, z: np.ndarray, owners: Sequence[str], item_id: str) -> np.ndarray:
    """Indices (n) by score, then log-odds, best first; owners that are equal in both fall by a hash that favours nobody."""
    order = np.lexsort((-z, -scores))
    ordered, beneath = scores[order], z[order]
    if not ((ordered[1:] == ordered[:-1]) & (beneath[1:] == beneath[:-1])).any():
        return order

    def lot(index: int) -> str:
        return letters(f"{item_id}\x1f{owners[index]}")

    return np.array(sorted(range(len(owners)), key=lambda index: (-scores[index], -z[index], lot(index))))


def explained(bundle: Bundle, matrix: np.ndarray, ranks: Iterable[int]) -> tuple[float, dict[int, np.ndarray]]:
    """The base and the contributions of some rows of a matrix, in one pass."""
    chosen = sorted({rank for rank in ranks if rank < len(matrix)})
    base, contributions = bundle.explain(matrix[chosen])
    return base, dict(zip(chosen, contributions, strict=True))


def standing_of(bundle: Bundle, owner_id: str, row: np.ndarray, m: float, value: float,
                prices: Mapping[str, tuple[float, float]] = EMPTY) -> ScoredOwner:
    """One owner scored and explained from a logged feature row (k), and what was taken off the score, as in `ScoredOwner`."""
    rows = np.ascontiguousarray(row[np.newaxis, :])
    z = bundle.log_odds(rows, m)
    p = bundle.probability(z)
    _, contributions = bundle.explain(rows)
    return ScoredOwner(owner_id=owner_id, row=row, contributions=contributions[0], z=float(z[0]), p=float(p[0]),
                       score=float(value * bundle.worth(z)[0]) - sum(off for off, _ in prices.values()), prices=prices,
                       hours=_hours(bundle, z, value))


def _hours(bundle: Bundle, z: np.ndarray, value: float) -> float | None:
    return None if bundle.hours is None else float(-value * bundle.worth(z)[0])
