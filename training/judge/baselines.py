"""What a ranker must beat: turns, least loaded, best raw rate, effects alone, trees with half of them, joint owner ridge.

Each is a scorer of one slate: (item, owner ids, pair matrix of those owners) -> one score per owner, the highest first.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from rules.model import WorkItem
from rules.progress import one_thread
from serving.ranking.bundle import raw_scores
from serving.ranking.layers import Linear
from training.learn.boosting import fit_trees
from training.learn.linear import column_signs, learn_filling
from training.learn.metrics import logloss
from training.learn.pairs import Cut, cuts_by_share
from training.learn.preparing import PreparedRows

Scorer = Callable[[WorkItem, Sequence[str], np.ndarray], np.ndarray]
#: The raw rate is shrunk by this many average outcomes.
RATE_STRENGTH = 10.0
#: How much of the owner effects the composed ranker adds to its trees.
EFFECTS_SHARE = 0.5
#: Ridge: column scales tried for (owner, owner x attribute), and that of the standardised pair features.
SCALES, PAIR_SCALE, ITEM_SCALE = ((0.2, 0.1), (0.3, 0.2), (0.4, 0.3)), 0.3, 3.0
#: The scales are chosen on the rows after this share of time.
LAST = (0.85,)
#: Features of the ridge beside its owner blocks: all but what already sums up owners' past results.
HISTORY = ("effect_", "n_matured")


@one_thread()
def baselines(prepared: PreparedRows) -> dict[str, Scorer]:
    """Every baseline, fitted on the same settled rows as the ranker."""
    features = prepared.pairs.features
    return {
        "rotation": _column(features, "days_since_last_assignment", absent=np.inf),
        "least loaded": _column(features, "load_ratio", absent=0.0, sign=-1.0),
        "best raw rate": raw_rate(prepared),
        "effects alone": _column(features, "effect_hier", absent=0.0),
        "composed": composed(prepared),
        "ridge": Ridge.fit(prepared).score,
    }


def _column(features: Sequence[str], name: str, *, absent: float, sign: float = 1.0) -> Scorer:
    at = features.index(name)

    def score(_item: WorkItem, _owners: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        return sign * np.where(np.isnan(matrix[:, at]), absent, matrix[:, at])

    return score


def raw_rate(prepared: PreparedRows) -> Scorer:
    """Successes over settled assignments of each owner, shrunk to the mean rate; blind to the items they were given."""
    table = prepared.table
    rows = table.settled
    mean = float(table.y[rows].mean())
    won = np.bincount(table.owner[rows], weights=table.y[rows], minlength=len(table.owners))
    count = np.bincount(table.owner[rows], minlength=len(table.owners))
    rates = dict(zip(table.owners, (won + RATE_STRENGTH * mean) / (count + RATE_STRENGTH), strict=True))

    def score(_item: WorkItem, owners: Sequence[str], _matrix: np.ndarray) -> np.ndarray:
        return np.array([rates.get(owner, mean) for owner in owners])

    return score


def composed(prepared: PreparedRows) -> Scorer:
    """Trees on the pair features without a line before them, and half of the owner effects: the first ranker of this project."""
    pairs = prepared.pairs
    filling, effects = learn_filling(pairs.matrix, pairs.features), _column(pairs.features, "effect_hier", absent=0.0)
    trees = fit_trees(filling.expand(pairs.matrix), pairs.y, pairs.m, columns=filling.names,
                      signs=column_signs(filling, pairs.signs))

    def score(item: WorkItem, owners: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        return raw_scores(trees, filling.expand(matrix)) + EFFECTS_SHARE * effects(item, owners, matrix)

    return score


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """Joint logistic ridge: owner one-hot, owner x attribute blocks and pair features, with m as a near-free column."""

    codes: Mapping[tuple[str, ...], int]
    dimensions: tuple[str, ...]
    weights: np.ndarray
    keep: np.ndarray
    filling: Linear
    spread: np.ndarray
    scales: tuple[float, float]

    @classmethod
    def fit(cls, prepared: PreparedRows) -> "Ridge":
        """The scales are chosen on later rows, then everything settled is fitted."""
        pairs, table, dimensions = prepared.pairs, prepared.table, prepared.plan.dimensions
        items = [table.assignments[row].item for row in prepared.places]
        owners = [table.assignments[row].owner_id for row in prepared.places]
        keep = np.array([not name.startswith(HISTORY) for name in pairs.features])
        filling = learn_filling(pairs.matrix, pairs.features)
        spread = filling.expand(pairs.matrix)[:, :len(keep)][:, keep].std(axis=0)
        spread = np.where(spread > 1e-9, spread, 1.0)
        codes: dict[tuple[str, ...], int] = {}
        for item, owner in zip(items, owners, strict=True):
            for key in _keys(item, owner, dimensions):
                codes.setdefault(key, len(codes))

        def blank(scales: tuple[float, float], weights: np.ndarray) -> Ridge:
            return cls(codes=codes, dimensions=dimensions, weights=weights, keep=keep, filling=filling, spread=spread,
                       scales=scales)

        cuts = cuts_by_share(pairs, LAST)
        designs = {scales: blank(scales, np.zeros(0)).design(items, owners, pairs.matrix) for scales in SCALES}
        scales = SCALES[1] if not cuts else min(SCALES, key=lambda one: _later_loss(designs[one], prepared, cuts[-1]))
        return blank(scales, logistic(designs[scales], pairs.m, pairs.y).weights)

    def design(self, items: Sequence[WorkItem], owners: Sequence[str], matrix: np.ndarray) -> sparse.csr_matrix:
        """Sparse columns of the owner blocks, then the standardised pair features; unseen pairs stay 0."""
        row, column, cell = [], [], []
        for index, (item, owner) in enumerate(zip(items, owners, strict=True)):
            for place, key in enumerate(_keys(item, owner, self.dimensions)):
                if key in self.codes:
                    row.append(index)
                    column.append(self.codes[key])
                    cell.append(self.scales[0] if place == 0 else self.scales[1])
        blocks = sparse.csr_matrix((cell, (row, column)), shape=(len(owners), len(self.codes)))
        kept = self.filling.expand(matrix)[:, :len(self.keep)][:, self.keep]
        standard = (kept - self.filling.imputation[self.keep]) / self.spread * PAIR_SCALE
        return sparse.hstack([blocks, sparse.csr_matrix(standard)]).tocsr()

    def score(self, item: WorkItem, owners: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        """The ridge's log-odds without the item's own part."""
        return np.asarray(self.design([item] * len(owners), owners, matrix) @ self.weights)


def _keys(item: WorkItem, owner: str, dimensions: Sequence[str]) -> list[tuple[str, ...]]:
    return [(owner,)] + [(owner, name, str(item.value(name))) for name in dimensions]


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """A ridge logistic regression with the item's m as a column that is hardly penalised."""

    weights: np.ndarray
    slope: float
    intercept: float

    def log_odds(self, design: sparse.csr_matrix, m: np.ndarray) -> np.ndarray:
        """Log-odds of rows."""
        return self.intercept + self.slope * m + design @ self.weights


def logistic(design: sparse.csr_matrix, m: np.ndarray, y: np.ndarray) -> Logistic:
    """Fit with scikit-learn; the penalty of a column is set by its scale."""
    from sklearn.linear_model import LogisticRegression  # takes a second to import: only when it is used

    full = sparse.hstack([design, sparse.csr_matrix(ITEM_SCALE * m[:, np.newaxis])]).tocsr()
    model = LogisticRegression(C=1.0, solver="lbfgs", max_iter=500, tol=1e-4).fit(full, y)
    return Logistic(weights=model.coef_[0, :-1], slope=float(model.coef_[0, -1] * ITEM_SCALE),
                    intercept=float(model.intercept_[0]))


def _later_loss(design: sparse.csr_matrix, prepared: PreparedRows, cut: Cut) -> float:
    pairs = prepared.pairs
    model = logistic(design[cut.fit], pairs.m[cut.fit], pairs.y[cut.fit])
    return logloss(model.log_odds(design[cut.judge], pairs.m[cut.judge]), pairs.y[cut.judge])
