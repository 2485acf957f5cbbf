"""Worth: what a change of teams may be worth, from what teams achieved with items of a kind in the past.

For each kind of item and team, the share of settled items that succeeded; an item counts its value times that share.
The interval comes from how few items a share rests on (Agresti and Coull, "Approximate is better than exact", The
American Statistician 52, 1998). It is no experiment: teams got different items, and what made the difference may not be
the team.
"""
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

#: With fewer settled items a share of successes is not used.
LEAST_SETTLED = 20
_Z = 1.959963984540054                                    # 95 % of a normal distribution


@dataclass(frozen=True, kw_only=True, slots=True)
class SettledOutcome:
    """One past assignment that is settled: the kind of item, the team that had it, whether it succeeded."""

    kind: str
    team: str
    success: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedItem:
    """One item: where it goes under either book, and its value, None where it is not known."""

    kind: str
    value: float | None
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """Expected value under either book over the `items` whose teams are known well enough, with a 95 % interval.

    `unit`: `value`, or `successes` where no item has a value. `left_out`: items of which a team has fewer than
    LEAST_SETTLED settled items of the kind. `values_filled`: items that count with the median, their own value unknown.
    """

    unit: str
    items: int
    left_out: int
    values_filled: int
    before: float
    after: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """What the second book would bring more."""
        return self.after - self.before

    def as_json(self) -> dict[str, object]:
        """The estimate as data."""
        return {"unit": self.unit, "before": self.before, "after": self.after, "difference": self.difference,
                "low": self.low, "high": self.high, "confidence": 0.95, "items": self.items, "left_out": self.left_out,
                "values_filled": self.values_filled}


def expected(items: Sequence[MovedItem], handled: Iterable[SettledOutcome]) -> Expected | None:
    """The estimate; None where no team has enough settled items."""
    settled: Counter[tuple[str, str]] = Counter()
    succeeded: Counter[tuple[str, str]] = Counter()
    for each in handled:
        settled[each.kind, each.team] += 1
        succeeded[each.kind, each.team] += each.success
    known = {cell for cell, count in settled.items() if count >= LEAST_SETTLED}
    if not known:
        return None
    values, filled = _values(items)
    before, after = 0.0, 0.0
    weight: dict[tuple[str, str], float] = defaultdict(float)
    used = values_filled = 0
    for item, value, was_filled in zip(items, values, filled, strict=True):
        old, new = (item.kind, item.before), (item.kind, item.after)
        if old not in known or new not in known:
            continue
        used, values_filled = used + 1, values_filled + was_filled
        before += value * succeeded[old] / settled[old]
        after += value * succeeded[new] / settled[new]
        weight[old] -= value
        weight[new] += value
    spread = _Z * math.sqrt(sum(_variance(succeeded[cell], settled[cell]) * by * by for cell, by in weight.items()))
    unit = "successes" if all(item.value is None for item in items) else "value"
    return Expected(unit=unit, items=used, left_out=len(items) - used, values_filled=0 if unit == "successes" else values_filled,
                    before=before, after=after, low=after - before - spread, high=after - before + spread)


def _values(items: Sequence[MovedItem]) -> tuple[list[float], list[bool]]:
    """Each item's value, the median of its kind where its own is not known, 1 where none is; and which were filled."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for item in items:
        if item.value is not None:
            by_kind[item.kind].append(item.value)
    usual = {kind: median(values) for kind, values in by_kind.items()}
    return ([usual.get(item.kind, 1.0) if item.value is None else item.value for item in items],
            [item.value is None for item in items])


def _variance(successes: int, settled: int) -> float:
    share = (successes + 2) / (settled + 4)
    return share * (1 - share) / (settled + 4)
