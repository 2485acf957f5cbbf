"""Why the model abstained: when it must not decide, and the word that says so in `why_not_model`.

An abstention is an answer: the decision falls to rotation and is never shown as the model's.
"""
from datetime import datetime

import numpy as np

from serving.decision.request import Policy
from serving.ranking.bundle import Bundle
from serving.ranking.reasons import Reason

SHARE_OF_ROWS = 0.5             # more of the slate than this out of range: the model has not seen such a slate
SHARE_OF_FEATURES = 0.25        # so much of an owner's known features out of range: the owner is


def before_reading(policy: Policy, bundle: Bundle | None, kind: str, slate: int) -> Reason | None:
    """The reasons that need no look at any owner's behaviour."""
    if policy.ranking == "rotation":
        return Reason.SWITCHED_OFF
    if bundle is None or bundle.objective != kind:
        return Reason.NO_BUNDLE
    if not bundle.has_signal:
        return Reason.NO_OWNER_SIGNAL
    if slate < policy.min_slate:
        return Reason.TINY_SLATE
    return None


def is_stale(newest_event_at: datetime | None, at: datetime, policy: Policy) -> bool:
    """Whether the newest event is older than `stale_after` at the moment of the decision."""
    return newest_event_at is not None and at - newest_event_at > policy.stale_after


def share_out_of_range(matrix: np.ndarray, bundle: Bundle) -> float:
    """The share of owners whose features lie grossly outside what training saw, or are all missing.

    A feature is out when it lies beyond `Bundle.gross_range`; an owner is when a quarter of the known features are.
    """
    low, high = bundle.gross_range
    out = (matrix < low) | (matrix > high)
    missing = np.isnan(matrix)
    if not out.any():                                     # so it is nearly always, and then nothing needs counting
        return np.count_nonzero(missing.all(axis=1)) / len(matrix)
    known = matrix.shape[1] - np.count_nonzero(missing, axis=1)
    owners = np.count_nonzero(out, axis=1) >= np.maximum(known * SHARE_OF_FEATURES, 0.5 * (known > 0))
    return np.count_nonzero(owners) / len(matrix)
