"""Power: how many decisions, and days, until a lift of a given size would be seen, by coin, by holdback and off-policy.

With z the sum of the two normal quantiles, v = rate (1 - rate), d the share of decisions on which the two would pick different
owners and L the lift per decision of all, the number of decisions is z^2 V / L^2, where V is the variance a decision adds:

    coin, chance c of the challenger       V = d v / (c (1 - c))
    holdback, share h                      V = v / (h (1 - h))
    off-policy, exploration e, n owners    V = d v (1 / p1 + 1 / p2), p1 = 1 - e, p2 = e / (n - 1)

What clusters by day and owner is not in it: a log's own design effect multiplies V.
"""
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, sqrt

from scipy.special import ndtri

from rules.errors import InputError, Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerQuestion:
    """What is to be seen: `lift` in points of success per hundred decisions, of all that the model decides.

    `disagree`: share of decisions on which champion and challenger pick different owners. `inflation`: the variance that
    clusters add, 1 = none.
    """

    lift: float
    rate: float
    per_day: float
    power: float = 0.8
    disagree: float = 0.3
    coin: float = 0.5
    holdback: float = 0.2
    exploration: float = 0.05
    eligible: float = 9.0
    inflation: float = 1.0

    def __post_init__(self) -> None:
        bounds: Mapping[str, tuple[float, float]] = {
            **dict.fromkeys(("rate", "power", "coin", "holdback", "exploration"), (0.0, 1.0)), "lift": (0.0, 100.0),
            "per_day": (0.0, 1e9), "disagree": (0.0, 1.0 + 1e-9), "eligible": (1.0, 1e6), "inflation": (0.0, 1e6)}
        wrong = [Problem(message=f"`{name}` does not fit", column_name=name, given=getattr(self, name),
                         expected=f"a number above {low:g} and below {high:g}")
                 for name, (low, high) in bounds.items() if not low < getattr(self, name) < high]
        if wrong:
            raise InputError(wrong)

    def variance(self, way: str) -> float:
        """V: what one decision adds to the variance of the lift."""
        v = self.inflation * self.rate * (1.0 - self.rate)
        if way == "coin":
            return self.disagree * v / (self.coin * (1.0 - self.coin))
        if way == "holdback":
            return v / (self.holdback * (1.0 - self.holdback))
        return self.disagree * v * (1.0 / (1.0 - self.exploration) + (self.eligible - 1.0) / self.exploration)


#: What can tell a lift, with what it compares.
WAYS: Mapping[str, str] = {"coin": "challenger over champion, a coin where they disagree",
                           "holdback": "the model over what is held back",
                           "off-policy": "challenger over champion, from exploration alone"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """What one way takes; `seen_in_90_days`: the lift in points that 90 days would show with the same power."""

    way: str
    compares: str
    decisions: int
    days: float
    seen_in_90_days: float

    def as_json(self) -> dict[str, object]:
        """As data."""
        return asdict(self)


def power(asked: PowerQuestion) -> tuple[Needed, ...]:
    """Every way, with the decisions and days it takes to see the lift at 95 % (two-sided)."""
    z, lift = float(ndtri(0.975) + ndtri(asked.power)), asked.lift / 100.0
    found = []
    for way, compares in WAYS.items():
        decisions = z ** 2 * asked.variance(way) / lift ** 2
        seen = z * sqrt(asked.variance(way) / (90.0 * asked.per_day))
        found.append(Needed(way=way, compares=compares, decisions=ceil(decisions), days=round(decisions / asked.per_day, 1),
                            seen_in_90_days=round(100.0 * seen, 2)))
    return tuple(found)
