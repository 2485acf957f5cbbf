"""The geometry of bars: numbers from 0 to 100 that a page writes into an SVG, so that no page needs inline styles."""
from collections.abc import Iterable
from dataclasses import dataclass

LEAST_SEEN = 0.6                 # a bar of something that is there is never thinner than this


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A bar from `x`, `width` long, on a scale of 100."""

    x: float
    width: float


def length(amount: float, most: float) -> Bar:
    """A bar from the left edge."""
    return Bar(x=0.0, width=_shown(amount / most * 100.0 if most > 0.0 else 0.0))


def centred(amount: float, most: float) -> Bar:
    """A bar around the middle, for a funnel."""
    width = length(amount, most).width
    return Bar(x=round(50.0 - width / 2.0, 2), width=width)


def diverging(amount: float, most: float) -> Bar:
    """A bar from the middle: to the right above zero, to the left below."""
    width = _shown(abs(amount) / most * 50.0 if most > 0.0 else 0.0)
    return Bar(x=round(50.0 if amount >= 0.0 else 50.0 - width, 2), width=width)


def largest(amounts: Iterable[float]) -> float:
    """What a common scale has to hold."""
    return max(map(abs, amounts), default=0.0)


def _shown(width: float) -> float:
    return 0.0 if width <= 0.0 else round(max(width, LEAST_SEEN), 2)
