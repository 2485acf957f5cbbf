"""Who is drawn: a small logged chance for everyone eligible, a lottery on near ties, one number per item.

pi = (1 - share) * top + share * q. `top` is rank 1 or, on a near tie, spread over the tie set in proportion to
1 + exposure deficit; q, over all but rank 1, is half uniform, half softmax(z). All vectors are in rank order.
"""
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from statistics import NormalDist

import numpy as np


def draw_number(key: bytes, item_id: str, received_at: datetime, policy_version: str) -> float:
    """u in [0, 1): HMAC-SHA256(key, item, time received, policy) / 2^256, so that asking again cannot re-roll.

    The 53 leading bits are kept: as many as a float holds, and never 1.
    """
    keyed = _keyed(key).copy()
    keyed.update("\x1f".join((item_id, received_at.astimezone(UTC).isoformat(), policy_version)).encode())
    return (int.from_bytes(keyed.digest()[:8], "big") >> 11) / 2.0**53


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> hmac.HMAC:
    """An HMAC that has taken in its key and nothing else; to be copied."""
    return hmac.new(key, digestmod="sha256")


def tie_set(scores: np.ndarray, value: float, tau: float) -> np.ndarray:
    """Which ranks lie within value * tau of rank 1, the first among them (n, bool)."""
    return scores >= scores[0] - value * tau


def unsure_set(scores: np.ndarray, errors: np.ndarray, bar: float) -> np.ndarray:
    """Which ranks rank 1 is better than with a probability of at most `bar`, `errors` being the scores' own (n, bool)."""
    return scores[0] - scores <= NormalDist().inv_cdf(bar) * np.hypot(errors[0], errors)


def mixture(z: np.ndarray, *, share: float, tied: np.ndarray, deficits: Sequence[float] | np.ndarray,
            weights: np.ndarray | None = None) -> np.ndarray:
    """The probability of each rank to be drawn, summing to 1.

    `tied` (n, bool): the tie set, rank 1 among them (alone = no lottery); `deficits`: each owner's exposure deficit, clipped
    here to 0..1; `weights`: whose turn counts how much, where some of those tied have any. A share of 0 turns the lottery off:
    rank 1 is taken.
    """
    n = len(z)
    top = np.zeros(n)
    if share == 0.0 or n == 1:
        top[0] = 1.0
        return top
    top[tied] = 1.0 + np.clip(np.asarray(deficits, dtype=float)[tied], 0.0, 1.0)
    if weights is not None and weights[tied].any():
        top *= weights
    top /= top.sum()
    attraction = np.exp(z[1:] - z[1:].max())
    others = np.empty(n)
    others[0] = 0.0
    others[1:] = 0.5 / (n - 1) + 0.5 * attraction / attraction.sum()
    pi = (1.0 - share) * top + share * others
    return pi / pi.sum()


def draw(pi: np.ndarray, u: float) -> int:
    """The rank (from 0) at which the cumulated probability passes u; one that has none is never drawn."""
    cumulated = np.cumsum(pi)
    index = int(np.searchsorted(cumulated, u * cumulated[-1], side="right"))
    return min(index, int(np.flatnonzero(pi)[-1]))
