"""Whether the model's probabilities are the true ones: slope and mean beside the true chances of held-out items."""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logit

from serving.decision.parts import DecisionDocument
from serving.ranking.layers import sigmoid
from training.worlds.judge import JudgedSlate

NOTHING = float("nan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Over every eligible owner of every slate the model scored, whoever it put first; NaN where it scored none.

    `slope`: true log-odds per log-odds said, 1 = right, below 1 = too sure; `mean` and `mean_first`: what was said over what is
    true, of everybody and of those put first (1 = right; the first are those it errs about most). `group`: `mean` of the owners
    whom the past may have passed over, over that of the others.
    """

    pairs: int
    slope: float = NOTHING
    mean: float = NOTHING
    mean_first: float = NOTHING
    group: float = NOTHING


def calibration_of(slates: Sequence[JudgedSlate], documents: Mapping[str, DecisionDocument], *,
                   passed_over: Collection[str] = ()) -> Calibration:
    """The probabilities in the documents beside the true chances of the slates."""
    said, true, first, group = [], [], [], []
    for slate in slates:
        chances = dict(zip(slate.owners, slate.chances, strict=True))
        for candidate in documents[slate.item.item_id].candidates:
            if candidate.probability is not None:
                said.append(candidate.probability)
                true.append(chances[candidate.owner_id])
                first.append(candidate.rank == 1)
                group.append(candidate.owner_id in passed_over)
    if not said:
        return Calibration(pairs=0)
    p, q, inside = np.array(said), np.array(true), np.array(group)

    def mean(rows: np.ndarray) -> float:
        return float(p[rows].sum() / q[rows].sum()) if rows.any() else NOTHING

    return Calibration(pairs=len(p), slope=slope_of(p, q), mean=mean(np.full(len(p), True)), mean_first=mean(np.array(first)),
                       group=mean(inside) / mean(~inside))


def slope_of(said: np.ndarray, true: np.ndarray) -> float:
    """b of the logistic regression true ~ sigmoid(a + b * logit(said)), with chances in place of outcomes."""
    z = logit(np.clip(said, 1e-6, 1 - 1e-6))

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        u = theta[0] + theta[1] * z
        pull = sigmoid(u) - true
        return float(np.mean(np.logaddexp(0.0, u) - true * u)), np.array([pull.mean(), (pull * z).mean()])

    return float(minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS").x[1])
