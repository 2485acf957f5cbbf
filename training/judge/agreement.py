"""How often a ranking puts first who in the end owned the item: agreement with the past, which is no proof of benefit.

On what was assigned after a split: the ranking's top 1, 3, 5, 10 and mean reciprocal rank (cut at 10) of the final owner
among the owners who were eligible then (one who was not eligible counts as missed); beside it what counting alone reaches,
for the owner and, where the log names it, for the team: the most frequent, and counts by item attributes with back-off.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rules.model import WorkItem
from serving.ranking.bundle import assemble
from training.learn.backtest import Judged
from training.learn.counts import fit_counts, most_frequent
from training.learn.dataset import days
from training.learn.fit import Learned
from training.learn.preparing import later_expectations
from training.learn.slates import each_slate, of_expected, of_ranks
from training.learn.source import Source

#: At most this many later assignments are ranked anew, evenly over time.
MOST_RANKED = 20_000
#: A team is judged where at least this share of the later assignments name one of two or more.
TEAMS_NAMED = 0.5


def measure(source: Source, judged: Judged, progress: Callable[[int, int], None] = lambda done, of: None) -> Mapping[str, object]:
    """The `agreement` of `evaluate --json`; nothing is counted or fitted that was settled after the origin."""
    table, origin = source.table, days(judged.origin)
    later = np.flatnonzero(table.day >= origin)
    later = later[np.unique(np.linspace(0, len(later) - 1, MOST_RANKED).astype(int))]
    before = np.flatnonzero(table.settled_day < origin)
    ranked = _rank_slates(source, later, judged.learned, progress)
    baselines: dict[str, object] = {"owner_by_chance": of_expected(ranked.chances)}
    baselines |= _counted("owner", source, before, later, table.owner)
    named = table.team >= 0
    if named[later].mean() >= TEAMS_NAMED and len(np.unique(table.team[before][named[before]])) > 1:
        baselines |= _counted("team", source, before[named[before]], later[named[later]], table.team)
    eligible = np.isfinite(ranked.ranks)
    return {**of_ranks(ranked.ranks), "ranked": len(later), "eligible_share": float(eligible.mean()),
            "slate_least": ranked.least, "slate_most": ranked.most, "baselines": baselines,
            "meaning": "agreement with the past, not benefit: how often the final owner was ranked so high"}


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    """Rank of the final owner by row, the chance of a blind draw, and the sizes of the slates."""

    ranks: np.ndarray
    chances: np.ndarray
    least: int
    most: int


def _rank_slates(source: Source, rows: np.ndarray, learned: Learned, progress: Callable[[int, int], None]) -> _Ranked:
    """Rank who was eligible at each of the rows, by the pair layers, with what was known then."""
    table, prepared, bundle = source.table, learned.prepared, assemble(learned.parts)
    ranks, chances, sizes = np.full(len(rows), np.inf), np.zeros(len(rows)), []
    expected = later_expectations(prepared, source)
    for place, owners, matrix in each_slate(source, prepared.fold, prepared.plan, rows.tolist(), expected, progress):
        sizes.append(len(owners))
        if matrix is not None:
            final = owners.index(table.assignments[rows[place]].owner_id)
            ranks[place] = rank_of(bundle.log_odds(matrix, 0.0), final)
            chances[place] = 1.0 / len(owners)
    return _Ranked(ranks=ranks, chances=chances, least=min(sizes, default=0), most=max(sizes, default=0))


def rank_of(scores: np.ndarray, at: int) -> float:
    """The rank of one entry, from 1; of equals the first stands higher."""
    return 1.0 + float(np.sum(scores > scores[at]) + np.sum(scores[:at] == scores[at]))


def _counted(what: str, source: Source, before: np.ndarray, later: np.ndarray, target: np.ndarray) -> dict[str, object]:
    """Two baselines for owner or team codes: the most frequent, and counts by the attributes that tell most."""
    items = [one.item for one in source.table.assignments]
    counts = fit_counts([items[row] for row in before], target[before], source.book)
    plain = most_frequent(target[before], int(target.max()) + 1)
    return {f"{what}_most_frequent": of_ranks(_ranks(lambda _item: plain, items, later, target)),
            f"{what}_counts": {**of_ranks(_ranks(counts.shares, items, later, target)), "by": list(counts.attributes)}}


def _ranks(shares: Callable[[WorkItem], np.ndarray], items: Sequence[WorkItem], rows: np.ndarray,
           target: np.ndarray) -> np.ndarray:
    """Where the true code of each row stands; inf where it was never seen before the split."""
    ranks = np.full(len(rows), np.inf)
    for place, row in enumerate(rows.tolist()):
        told = shares(items[row])
        if target[row] < len(told) and told[target[row]] > 0:
            ranks[place] = rank_of(told, int(target[row]))
    return ranks
