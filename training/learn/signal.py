"""Whether owners can be told apart at all: the verdict that lets a model rank or sends decisions to rotation."""
from dataclasses import dataclass

import numpy as np

from serving.ranking.bundle import NO_SIGNAL, SIGNAL
from training.learn.backtest import Backtest, PairTable
from training.learn.metrics import losses

#: The hidden-selection test needs this many judged rows whose owner was not picked by hand.
MIN_QUASI_RANDOM = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalVerdict:
    """`signal` in the contract's words, and the figure that decided."""

    signal: str
    reason: str


def judge_signal(table: PairTable, backtest: Backtest | None) -> SignalVerdict:
    """Owner signal: the pair layers gain time-forward, beyond a shuffled-owner placebo, and not by hand-picking alone."""
    if backtest is None:
        return SignalVerdict(signal=NO_SIGNAL, reason="too few settled outcomes to try the model on later ones")
    gain, beyond = backtest.gains["pair"], backtest.gains["pair over placebo"]
    if not gain.low > 0:
        return SignalVerdict(signal=NO_SIGNAL, reason="the pair layers' time-forward gain in log loss over the item alone is "
                                                f"{gain}, its lower 95 % bound is not above 0")
    if not beyond.low > 0:
        return SignalVerdict(signal=NO_SIGNAL, reason="shuffled owners of the same team do as well: the gain over that "
                                                f"placebo is {beyond}")
    random = table.quasi_random[backtest.rows]
    if int(random.sum()) >= MIN_QUASI_RANDOM:
        there = losses(backtest.item, backtest.y)[random] - losses(backtest.full, backtest.y)[random]
        if not float(np.mean(there)) > 0:
            return SignalVerdict(signal=NO_SIGNAL, reason="hidden selection: the gain is found only where people picked the "
                                                    f"owner; on {int(random.sum())} rotated rows it is {there.mean():+.5f}")
    return SignalVerdict(signal=SIGNAL, reason=f"time-forward gain in log loss over the item alone {gain}, over shuffled "
                                         f"owners {beyond}")
