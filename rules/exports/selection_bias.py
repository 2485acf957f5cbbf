"""Whether a history was chosen by its outcome: owners, outcomes or starts that are there only where things went well.

Figures alone, so that an import and a training name the same thing by the same numbers.
"""
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

#: Outcomes may fall silent for this share of the horizon before a log counts as cut off.
SILENCE = 0.25
#: Early rows count as a selection of survivors when the odds of success are this many times the rest's, and this sure.
TIMES, SURE = 1.5, 4.0
#: A success rate from which on nobody's failures can have been recorded.
ALL_SUCCEED = 0.995
#: Settled assignments below which a rate says nothing.
ENOUGH = 200


def odds(rate: float) -> float:
    """The odds of a rate, finite also for 1."""
    return rate / max(1.0 - rate, 1e-9)


def survivors(successes: Sequence[float]) -> tuple[float, float] | None:
    """The success rates of the first twentieth and of the rest, where the first succeeded far more often.

    `successes`: 1 or 0 in the order of time. None where the first are too few or no better.
    """
    first_count = max(len(successes) // 20, 1)
    if first_count < ENOUGH // 2 or first_count >= len(successes):
        return None
    first = float(sum(successes[:first_count])) / first_count
    rest = float(sum(successes[first_count:])) / (len(successes) - first_count)
    error = max(rest * (1 - rest), 1e-9) ** 0.5 / first_count ** 0.5
    return (first, rest) if odds(first) > TIMES * odds(rest) and (first - rest) / error > SURE else None


def silence(last_success: datetime | None, until: datetime, horizon: timedelta | None) -> timedelta | None:
    """How long no success was heard of before the log ends, where that is too long for the horizon."""
    if horizon is None or last_success is None or until - last_success <= SILENCE * horizon:
        return None
    return until - last_success


def ownerless_failures(counts: Mapping[tuple[bool, bool], int], *, enough: int) -> bool:
    """Whether failures lack an owner, so that nearly only successes are left; keys: (has an owner, succeeded)."""
    owned = counts.get((True, True), 0) + counts.get((True, False), 0)
    left_out = counts.get((False, False), 0) >= 0.05 * owned
    more_often = _share_ownerless(counts, False) > _share_ownerless(counts, True)
    return owned >= enough and counts.get((True, True), 0) >= ALL_SUCCEED * owned and left_out and more_often


def often_ownerless(counts: Mapping[tuple[bool, bool], int]) -> bool:
    """Whether failures lack an owner far more often than successes do: by a fifth of them, and beyond chance."""
    failures, successes = (counts.get((True, ok), 0) + counts.get((False, ok), 0) for ok in (False, True))
    if min(failures, successes) < 20:
        return False
    missing, present = _share_ownerless(counts, False), _share_ownerless(counts, True)
    error = (missing * (1 - missing) / failures + present * (1 - present) / successes) ** 0.5
    return missing - present >= 0.2 and missing - present > SURE * error


def _share_ownerless(counts: Mapping[tuple[bool, bool], int], succeeded: bool) -> float:
    without = counts.get((False, succeeded), 0)
    return without / max(without + counts.get((True, succeeded), 0), 1)
