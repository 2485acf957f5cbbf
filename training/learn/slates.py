"""Who was eligible for an item, as of then, with what was known of each; and how high a ranking put the final owner."""
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.matrix import pair_matrix
from features.plan import FeaturePlan, FoldPlan
from features.state import State
from features.view import view
from rules.routing.eligibility import route_and_filter
from training.learn.rows import before_each_instant
from training.learn.source import Source

TOPS = (1, 3, 5, 10)
EVERY = 2000


def each_slate(source: Source, fold: FoldPlan, plan: FeaturePlan, rows: Sequence[int], expectations: Mapping[str, float],
               progress: Callable[[int, int], None]) -> Iterator[tuple[int, tuple[str, ...], np.ndarray | None]]:
    """For each of some assignments its place among `rows`, who was eligible by the book, and their features.

    None in place of the features where the owner was not among them.
    """
    wanted = {source.table.assignments[row].assignment_id: place for place, row in enumerate(rows)}
    state, done = State(fold, expectations=expectations), 0
    for event in before_each_instant(source.events, state):
        place = wanted.get(event.assignment_id)
        if place is None:
            continue
        at, item = event.occurred_at, event.assigned_item
        now = view(state, directory=source.directory, at=at)
        found = route_and_filter(item, book=source.book, directory=source.directory, at=at, workload=now)
        owners, matrix = found.eligibility.eligible, None
        if event.owner_id in owners:
            matrix = pair_matrix(item, owners, state=state, directory=source.directory, at=at, plan=plan)
        yield place, owners, matrix
        done += 1
        if done % EVERY == 0:
            progress(done, len(wanted))


@dataclass(frozen=True, kw_only=True)
class Slates:
    """S slates of two or more with the final owner among them, in the order their items came; N rows one slate after another.

    `rows` (S): the assignments in the table; `sizes` (S); `final` (S): the final owner's place in the slate; `matrix` (N x k)
    and `owner` (N, codes into the table's owners, -1 = never had an item). `asked`: how many were looked at, `eligible` in how
    many of them the final owner was; `least`, `most`: sizes of all of them.
    """

    rows: np.ndarray
    sizes: np.ndarray
    final: np.ndarray
    matrix: np.ndarray
    owner: np.ndarray
    asked: int
    eligible: int
    least: int
    most: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def starts(self) -> np.ndarray:
        """Where each slate begins."""
        return np.concatenate(([0], np.cumsum(self.sizes)[:-1])).astype(np.intp) if len(self) else np.zeros(0, np.intp)

    @property
    def label(self) -> np.ndarray:
        """By row 1 for the final owner of its slate, 0 for the others."""
        found = np.zeros(len(self.owner))
        found[self.starts + self.final] = 1.0
        return found

    def at(self, wanted: np.ndarray) -> "Slates":
        """Some of the slates, by their places in order."""
        rows = np.concatenate([np.arange(start, start + size) for start, size in
                               zip(self.starts[wanted].tolist(), self.sizes[wanted].tolist(), strict=True)] or [np.zeros(0, int)])
        return replace(self, rows=self.rows[wanted], sizes=self.sizes[wanted], final=self.final[wanted],
                       matrix=self.matrix[rows], owner=self.owner[rows])

    def ranks(self, scores: np.ndarray) -> np.ndarray:
        """By slate the rank of the final owner, from 1; among equals in the middle of them."""
        own = np.repeat(scores[self.starts + self.final], self.sizes)
        ahead = (scores > own) + 0.5 * (scores == own)
        return 0.5 + np.add.reduceat(ahead, self.starts) if len(self) else np.zeros(0)


def slates_of(source: Source, fold: FoldPlan, plan: FeaturePlan, rows: np.ndarray, expectations: Mapping[str, float],
              progress: Callable[[int, int], None]) -> Slates:
    """The slates of some assignments (places in the table)."""
    codes = {name: code for code, name in enumerate(source.table.owners)}
    kept: list[tuple[int, int, np.ndarray, list[int]]] = []
    sizes, eligible = [], 0
    for place, owners, matrix in each_slate(source, fold, plan, rows.tolist(), expectations, progress):
        sizes.append(len(owners))
        if matrix is None:
            continue
        eligible += 1
        if len(owners) > 1:
            row = int(rows[place])
            final = owners.index(source.table.assignments[row].owner_id)
            kept.append((row, final, matrix, [codes.get(owner, -1) for owner in owners]))
    width = len(kept[0][2][0]) if kept else 0
    return Slates(
        rows=np.array([one[0] for one in kept], dtype=np.intp), sizes=np.array([len(one[3]) for one in kept], dtype=np.intp),
        final=np.array([one[1] for one in kept], dtype=np.intp),
        matrix=np.concatenate([one[2] for one in kept]) if kept else np.zeros((0, width)),
        owner=np.array([code for one in kept for code in one[3]], dtype=np.int64),
        asked=len(rows), eligible=eligible, least=min(sizes, default=0), most=max(sizes, default=0))


def of_ranks(ranks: np.ndarray) -> dict[str, float]:
    """Shares of later assignments by how high the true one was ranked (from 1; inf = not ranked at all)."""
    tops = {f"top{top}": float(np.mean(ranks <= top)) for top in TOPS}
    return {**tops, "mrr10": float(np.mean(np.where(ranks <= TOPS[-1], 1.0 / ranks, 0.0)))}


def of_expected(chances: np.ndarray) -> dict[str, float]:
    """What drawing blindly from each slate reaches; `chances`: 1 / slate size, 0 where the final owner was not in it."""
    tops = {f"top{top}": float(np.mean(np.minimum(1.0, top * chances))) for top in TOPS}
    size = np.divide(1.0, chances, out=np.full(len(chances), np.inf), where=chances > 0)
    mrr = [np.sum(1.0 / np.arange(1, int(min(n, TOPS[-1])) + 1)) / n if np.isfinite(n) else 0.0 for n in size]
    return {**tops, "mrr10": float(np.mean(mrr))}
