"""Whether owners can be told apart at all: the verdict that lets a model rank or sends decisions to rotation.

Two questions, each on rows that cannot flatter the answer. Do owners differ: how far outcomes of one owner (and of one owner
with one value of an attribute) go together, r r' summed over pairs of rows, r = y - q, against the same sums with owners
permuted among the rows of a team at about the same time; where enough rows have an owner whom nobody picked, on those alone,
since people pick by what no log holds. That is a test of the variance components by permutation (score test, Lin 1997): exact
whatever the item model and the drift are. And does what was learnt of them hold out of time: it must not lose to the item
alone or to permuted owners.
"""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from serving.ranking.bundle import NO_SIGNAL, SIGNAL
from serving.ranking.layers import sigmoid
from training.learn.backtest import Backtest, blocks_of, shuffled_within
from training.learn.metrics import CANNOT_TELL, NO, YES, Interval
from training.learn.planning import candidate_dimensions, codes_of
from training.learn.preparing import PreparedRows

#: Permutations behind the test, its seed, and the share of them that may reach the log's own sums.
PERMUTATIONS, SEED, LEVEL = 999, 17, 0.01
#: So many rows whose owner nobody picked are enough to judge by them alone.
ENOUGH_UNPICKED = 1000
#: Owners whose general effects spread surely less than this (log-odds) do not differ for any purpose.
SMALL = 0.1
#: The hidden-selection test needs this many judged rows whose owner was not picked by hand.
MIN_QUASI_RANDOM = 500
TOO_SHORT = "too few settled outcomes to try the model on later ones"


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerDifference:
    """Do owners differ: `p` of the permutation test, the variance of their general effect (log-odds squared), on what rows.

    `unpicked`: only rows whose owner nobody picked were read.
    """

    p: float
    variance: Interval
    rows: int
    unpicked: bool

    @property
    def answer(self) -> str:
        """yes, no (surely less than SMALL), or cannot tell."""
        return YES if self.p <= LEVEL else NO if self.variance.high < SMALL**2 else CANNOT_TELL

    def __str__(self) -> str:
        low, value, high = (max(each, 0.0) ** 0.5 for each in (self.variance.low, self.variance.value, self.variance.high))
        return (f"owners differ in general by {value:.2f} [{low:.2f}, {high:.2f}] log-odds, p {self.p:.3f} on {self.rows} rows"
                + (" whose owner nobody picked" if self.unpicked else ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalVerdict:
    """`signal` in the contract's words and the figures that decided; `answer` is yes, no or cannot tell.

    `hidden`: on rows whose owner nobody picked, by how much of itself the pair part bears out (1 = wholly, 0 = not at all);
    None where such rows are too few.
    """

    signal: str
    reason: str
    answer: str = CANNOT_TELL
    difference: OwnerDifference | None = None
    hidden: Interval | None = None


def judge_signal(difference: OwnerDifference, backtest: Backtest | None) -> SignalVerdict:
    """Owner signal: owners differ beyond chance, and what was learnt of them holds on later rows."""
    if backtest is None:
        return SignalVerdict(signal=NO_SIGNAL, reason=TOO_SHORT, difference=difference)
    gain, beyond, hidden = backtest.gains["pair"], backtest.gains["pair over placebo"], borne_out(backtest)
    told = (f"{difference}; out of time, log loss saved per row over the item alone {gain} ({gain.answer}), over permuted "
            f"owners {beyond} ({beyond.answer})" + _on_rotated(hidden))

    def none(answer: str, words: str) -> SignalVerdict:
        return SignalVerdict(signal=NO_SIGNAL, reason=f"{words}; {told}", answer=answer, difference=difference, hidden=hidden)

    if difference.answer != YES:
        words = "owners do not differ" if difference.answer == NO else "owners cannot be told from owners drawn at random"
        return none(difference.answer, words)
    if hidden is not None and hidden.high < 0:
        return none(NO, "hidden selection: where nobody picked the owner the owners' part points the wrong way")
    for one, words in ((gain, "the item alone"), (beyond, "permuted owners")):
        if not one.value > 0:
            answer = NO if one.high < 0 else CANNOT_TELL
            return none(answer, f"what was learnt of owners saves nothing on later rows over {words}")
    return SignalVerdict(signal=SIGNAL, reason=told, answer=YES, difference=difference, hidden=hidden)


def _on_rotated(hidden: Interval | None) -> str:
    if hidden is None:
        return "; hidden selection: cannot tell, too few later rows whose owner nobody picked"
    words = "borne out" if hidden.low > 0 else "contradicted" if hidden.high < 0 else "cannot tell"
    return f"; where nobody picked the owner: {words}, slope {hidden.value:.2f} [{hidden.low:.2f}, {hidden.high:.2f}]"


def owners_differ(prepared: PreparedRows) -> OwnerDifference:
    """The permutation test on the settled rows of a log, with the item model of then taken out."""
    table, q = prepared.table, sigmoid(prepared.then.m + prepared.then.shift)
    rows = np.flatnonzero(table.settled & ~prepared.then.warm_up)
    unpicked = rows[table.quasi_random[rows]]
    alone = len(unpicked) >= ENOUGH_UNPICKED
    rows = unpicked if alone else rows
    residual, spread, owner, blocks = (table.y - q)[rows], (q * (1.0 - q))[rows], table.owner[rows], blocks_of(prepared)[rows]
    codes = [codes_of(table, name)[0][rows] for name in candidate_dimensions(prepared.book, table)]
    random = np.random.default_rng(SEED)
    own = _together(residual, owner, codes)
    drawn = np.array([_together(residual, owner[shuffled_within(blocks, random)], codes) for _ in range(PERMUTATIONS)])
    mean, deviation = drawn.mean(axis=0), np.maximum(drawn.std(axis=0), 1e-12)
    reached = ((drawn - mean) / deviation).max(axis=1) >= ((own - mean) / deviation).max()
    return OwnerDifference(p=float((1 + reached.sum()) / (1 + PERMUTATIONS)), rows=len(rows), unpicked=alone,
                      variance=_variance(residual, spread, owner, mean[0], deviation[0]))


def _variance(residual: np.ndarray, spread: np.ndarray, owner: np.ndarray, mean: float, deviation: float) -> Interval:
    """The variance of owners' general effect by moments, over its mean under permutation; errors by owner and by permutation."""
    together = np.bincount(owner, weights=residual) ** 2 - np.bincount(owner, weights=residual**2)
    pairs = np.bincount(owner, weights=spread) ** 2 - np.bincount(owner, weights=spread**2)
    total = max(float(pairs.sum()), 1e-12)
    value = float((together.sum() - mean) / total)
    error = max(float(np.sqrt(np.sum((together - value * pairs) ** 2))), deviation) / total
    return Interval(value=value, low=value - 1.96 * error, high=value + 1.96 * error)


def _together(residual: np.ndarray, owner: np.ndarray, codes: Sequence[np.ndarray]) -> np.ndarray:
    """Sums of r r' over pairs of different rows of one owner, then of one owner and one value of each attribute."""
    found = [_pairs(residual, owner)]
    for values in codes:
        known = values >= 0
        found.append(_pairs(residual[known], owner[known] * (values.max(initial=0) + 1) + values[known]))
    return np.array(found)


def _pairs(residual: np.ndarray, cells: np.ndarray) -> float:
    return float(np.sum(np.bincount(cells, weights=residual) ** 2) - residual @ residual)


def borne_out(backtest: Backtest) -> Interval | None:
    """The slope of the pair part in a logistic regression on the rows whose owner nobody picked, with its 95 % interval.

    y ~ a + b * item + slope * pair part.
    """
    rows = np.flatnonzero(backtest.quasi_random)
    pair = backtest.full - backtest.item
    if len(rows) < MIN_QUASI_RANDOM or not np.ptp(pair[rows]):
        return None
    columns = np.column_stack([np.ones(len(rows)), backtest.item[rows], pair[rows]])
    return last_slope(columns, backtest.y[rows], *(clusters[rows] for clusters in backtest.clusters))


def last_slope(columns: np.ndarray, y: np.ndarray, *clusterings: np.ndarray) -> Interval:
    """The last column's coefficient in a logistic regression on columns of which the first is 1, with its 95 % interval.

    Standard errors by each clustering (sandwich); the wider one decides.
    """
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = columns @ theta
        return float(np.mean(np.logaddexp(0.0, z) - y * z)), columns.T @ (sigmoid(z) - y) / len(y)

    start = np.append(0.0, np.ones(columns.shape[1] - 1))
    found = minimize(objective, start, jac=True, method="BFGS").x
    q = sigmoid(columns @ found)
    bread = np.linalg.pinv(columns.T @ (columns * (q * (1.0 - q))[:, np.newaxis]))
    scores = columns * (y - q)[:, np.newaxis]
    errors = []
    for clusters in clusterings:
        codes = np.unique(clusters, return_inverse=True)[1]
        sums = np.column_stack([np.bincount(codes, weights=column) for column in scores.T])
        errors.append(float(np.sqrt(max((bread @ (sums.T @ sums) @ bread)[-1, -1], 0.0))))
    return Interval(value=float(found[-1]), low=float(found[-1] - 1.96 * max(errors)), high=float(found[-1] + 1.96 * max(errors)))
