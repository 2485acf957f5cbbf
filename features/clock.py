"""Time inside the fold: whole microseconds for order, and forward decay against one fixed day.

Forward decay: what happened at t enters a sum with weight 2^((t - REFERENCE) / half-life); a reader at `at` multiplies
the sum by 2^(-(at - REFERENCE) / half-life). So a sum is written once and reading never changes it.
"""
from datetime import UTC, datetime, timedelta

from rules.errors import Refused
from rules.refdata.times import AHEAD

ZERO = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND
REFERENCE = 20_454 * DAY                                  # 2026-01-01
#: Later than everything: the first moment of what has not happened.
NEVER = 2**62

#: How far a plan may ask ahead: what would happen on a day to come. Nothing of it is kept.
PLANNED = timedelta(days=400)


def runs_ahead(newest: datetime | None, *, now: datetime) -> bool:
    """Whether the newest known time cannot be: what is known was stamped by a clock ahead of this one."""
    return newest is not None and newest > now + AHEAD


def micros(at: datetime) -> int:
    """Microseconds since 1970, exact; refuses a naive time."""
    if at.tzinfo is None:
        raise Refused(f"given the naive time `{at}`, expected one with an offset such as `{at}+00:00`")
    passed = at - ZERO
    return (passed.days * 86_400 + passed.seconds) * SECOND + passed.microseconds


def moment(us: int) -> datetime:
    """The UTC moment of a count of microseconds."""
    return ZERO + timedelta(microseconds=us)


class Decay:
    """Forward decay with a half-life in days."""

    __slots__ = ("_half_life",)

    def __init__(self, half_life_days: float):
        if not half_life_days > 0:
            raise Refused(f"given a half-life of `{half_life_days}` days, expected more than 0")
        self._half_life = half_life_days * DAY

    def weight(self, us: int) -> float:
        """With what weight something of this moment enters a sum."""
        return 2.0 ** ((us - REFERENCE) / self._half_life)

    def factor(self, us: int) -> float:
        """What a sum is worth to a reader at this moment."""
        return 2.0 ** ((REFERENCE - us) / self._half_life)
