"""Whether owners can be told apart at all: the verdict that lets a model rank or sends decisions to rotation."""
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from serving.ranking.bundle import NO_SIGNAL, SIGNAL
from serving.ranking.layers import sigmoid
from training.learn.backtest import Backtest
from training.learn.metrics import CANNOT_TELL, NO, YES, Interval

#: The hidden-selection test needs this many judged rows whose owner was not picked by hand.
MIN_QUASI_RANDOM = 500
TOO_SHORT = "too few settled outcomes to try the model on later ones"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalVerdict:
    """`signal` in the contract's words and the figure that decided; `answer` is yes, no or cannot tell.

    `hidden`: on rows whose owner nobody picked, by how much of itself the pair part bears out (1 = wholly, 0 = not at all);
    None where such rows are too few.
    """

    signal: str
    reason: str
    answer: str = CANNOT_TELL
    hidden: Interval | None = None


def judge_signal(backtest: Backtest | None) -> SignalVerdict:
    """Owner signal: out of time the pair layers gain, more than permuted owners do, and not where people picked alone."""
    if backtest is None:
        return SignalVerdict(signal=NO_SIGNAL, reason=TOO_SHORT)
    gain, beyond, hidden = backtest.gains["pair"], backtest.gains["pair over placebo"], borne_out(backtest)
    told = f"out of time, log loss saved per row over the item alone {gain}, over permuted owners {beyond}{_on_rotated(hidden)}"
    for one, words in ((gain, "the gain over the item alone"), (beyond, "the gain over permuted owners")):
        if one.answer != YES:
            why = "is none" if one.answer == NO else "cannot be told from none: its 95 % interval is not above 0"
            return SignalVerdict(signal=NO_SIGNAL, reason=f"{words} {why}; {told}", answer=one.answer, hidden=hidden)
    if hidden is not None and hidden.high < 0:
        return SignalVerdict(signal=NO_SIGNAL, answer=NO, hidden=hidden, reason="hidden selection: where nobody picked the owner "
                             f"the owners' part points the wrong way; {told}")
    return SignalVerdict(signal=SIGNAL, reason=told, answer=YES, hidden=hidden)


def _on_rotated(hidden: Interval | None) -> str:
    if hidden is None:
        return "; hidden selection: cannot tell, too few rows whose owner nobody picked"
    words = "borne out" if hidden.low > 0 else "contradicted" if hidden.high < 0 else "cannot tell"
    return f"; where nobody picked the owner: {words}, slope {hidden.value:.2f} [{hidden.low:.2f}, {hidden.high:.2f}]"


def borne_out(backtest: Backtest) -> Interval | None:
    """The slope of the pair part in a logistic regression on the rows whose owner nobody picked, with its 95 % interval.

    y ~ a + b * item + slope * pair part; standard errors by days and by owners (sandwich), the wider one decides.
    """
    rows = np.flatnonzero(backtest.quasi_random)
    pair = backtest.full - backtest.item
    if len(rows) < MIN_QUASI_RANDOM or not np.ptp(pair[rows]):
        return None
    columns = np.column_stack([np.ones(len(rows)), backtest.item[rows], pair[rows]])
    y = backtest.y[rows]

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = columns @ theta
        return float(np.mean(np.logaddexp(0.0, z) - y * z)), columns.T @ (sigmoid(z) - y) / len(y)

    found = minimize(objective, np.array([0.0, 1.0, 1.0]), jac=True, method="BFGS").x
    q = sigmoid(columns @ found)
    bread = np.linalg.pinv(columns.T @ (columns * (q * (1.0 - q))[:, np.newaxis]))
    scores = columns * (y - q)[:, np.newaxis]
    errors = []
    for clusters in backtest.clusters:
        codes = np.unique(clusters[rows], return_inverse=True)[1]
        sums = np.column_stack([np.bincount(codes, weights=column) for column in scores.T])
        errors.append(float(np.sqrt(max((bread @ (sums.T @ sums) @ bread)[2, 2], 0.0))))
    return Interval(value=float(found[2]), low=float(found[2] - 1.96 * max(errors)), high=float(found[2] + 1.96 * max(errors)))
