"""Shift-share split of a lift: work moved to owners who succeed more anyway, and items that suit whoever has them.

Kitagawa (1955), Oaxaca (1973) and Blinder (1973), in log-odds so that an item that would succeed with anybody is nobody's
merit: logit p_i = slope * logit q_i + skill of the owner, fitted on both sides, each counting half, without shrinking (a
shrunken skill would leave part of itself to matching). With w the weights of a side (sum 1) and p0 the same at average skill:

    items        sum (w1 - w0) p0             luck of the draw, taken out of the lift
    utilisation  sum (w1 - w0) (p - p0)       owners who succeed more anyway get more
    matching     sum (w1 - w0) (y - p)        the same owner succeeds more, because items suit

Where owners differ in skill only, matching is 0 in expectation. Intervals by a jackknife over groups of days and of owners.
"""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from serving.ranking.layers import sigmoid
from training.judge.clustered import TAIL, Estimate

#: So many groups of days, and of owners, are left out in turn.
GROUPS = 40
_STEPS, _FURTHEST = 25, 8.0
#: How much wider an interval of 99 % is: that items suit somebody is told only where chance would say so once in a hundred times.
_SURER = 2.576 / 1.960


@dataclass(frozen=True, kw_only=True)
class Split:
    """The lift less the luck of the items, and its two parts, per item."""

    lift: Estimate
    matching: Estimate
    utilisation: Estimate

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"lift": self.lift.as_json(), "matching": self.matching.as_json(), "utilisation": self.utilisation.as_json(),
                "matching_share": self.matching_share, "says": self.says}

    @property
    def matching_share(self) -> float | None:
        """Which part of the lift is matching: 0 where it is not above nothing at 99 %; None where there is no lift to split."""
        if self.lift.answer != "yes" or self.matching.high is None:
            return None
        if self.matching.value <= _SURER * (self.matching.high - self.matching.value):
            return 0.0 if self.utilisation.answer != "cannot tell" else None
        share = float(np.clip(self.matching.value / self.lift.value, 0.0, 1.0))
        return 1.0 if self.utilisation.answer == "cannot tell" else share

    @property
    def says(self) -> str:
        """The split in a sentence."""
        share = self.matching_share
        if share is None:
            return "cannot tell matching from utilisation" if self.lift.answer == "yes" else "there is no lift to split"
        if share == 0.0:
            return "0 % matching: work went to owners who succeed more anyway, and nobody succeeds more than before"
        return (f"{share:.0%} matching (the same owners succeed more, because items suit them), the rest is work moved to owners "
                "who succeed more anyway")


def shift_share(success: np.ndarray, quality: np.ndarray, owner: np.ndarray, first: np.ndarray, second: np.ndarray,
                clusters: Mapping[str, np.ndarray], *, refused: str | None = None) -> Split:
    """n items: success 0/1, the item's own log-odds, the owner's code, and the weights of both sides (0 = not on it)."""
    _, owners = np.unique(owner, return_inverse=True)
    rows = _Rows(success=success, quality=quality, owner=owners, first=first, second=second)
    whole, fitted = _parts(rows, (1.0, np.zeros(int(owners.max()) + 1)))
    widths = np.zeros(3)
    for codes in clusters.values():
        _, groups = np.unique(codes, return_inverse=True)
        groups = groups % GROUPS
        left_out = [_parts(rows.where(groups != group), fitted)[0] for group in np.unique(groups)]
        if refused is None and len(left_out) > 1:
            spread = np.array(left_out) - np.mean(left_out, axis=0)
            error = np.sqrt((len(left_out) - 1) / len(left_out) * (spread ** 2).sum(axis=0))
            widths = np.maximum(widths, error * float(stdtrit(len(left_out) - 1, 1.0 - TAIL)))
    named = ("lift", "matching", "utilisation")
    return Split(**{name: Estimate(value=float(value), error=None, clustered_by="day, owner", refused=refused,
                                   low=None if refused else float(value - width), high=None if refused else float(value + width))
                    for name, value, width in zip(named, whole, widths, strict=True)})


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """The items as columns (n)."""

    success: np.ndarray
    quality: np.ndarray
    owner: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def where(self, kept: np.ndarray) -> "_Rows":
        """Some of them."""
        return _Rows(**{name: column[kept] for name, column in vars(self).items()})


#: Slope of the item's log-odds, and skill by owner.
_Fit = tuple[float, np.ndarray]


def _parts(rows: _Rows, start: _Fit) -> tuple[tuple[float, float, float], _Fit]:
    """Lift, matching and utilisation of some rows, and the fit that tells them."""
    one, other = rows.first / rows.first.sum(), rows.second / rows.second.sum()
    weight, counted = one - other, (one + other) * len(rows.success) / 2.0
    slope, skill = fit = _fitted(rows, counted, start)
    average = float(np.average(skill, weights=np.bincount(rows.owner, counted, len(skill))))
    p, p0 = sigmoid(slope * rows.quality + skill[rows.owner]), sigmoid(slope * rows.quality + average)
    matching, utilisation = float(weight @ (rows.success - p)), float(weight @ (p - p0))
    return (matching + utilisation, matching, utilisation), fit


def _fitted(rows: _Rows, counted: np.ndarray, start: _Fit) -> _Fit:
    """The fit by Newton steps from a start; a skill without bounds stops far out."""
    (slope, skill), quality, codes = start, rows.quality, rows.owner
    varies, owners = quality.std() > 1e-9, len(start[1])
    for _ in range(_STEPS):
        p = sigmoid(slope * quality + skill[codes])
        miss, weight = counted * (rows.success - p), np.maximum(counted * p * (1.0 - p), 1e-6)
        own = np.maximum(np.bincount(codes, weight, owners), 1e-9)
        between, of_skill = np.bincount(codes, weight * quality, owners), np.bincount(codes, miss, owners)
        step = 0.0
        if varies:
            step = float((miss @ quality - (between * of_skill / own).sum())
                         / max((weight * quality ** 2).sum() - (between ** 2 / own).sum(), 1e-9))
        moved = (of_skill - between * step) / own
        slope, skill = slope + step, np.clip(skill + np.clip(moved, -2.0, 2.0), -_FURTHEST, _FURTHEST)
        if max(abs(step), float(np.abs(moved).max())) < 1e-4:
            break
    return slope, skill
