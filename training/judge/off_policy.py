"""Off-policy value of a ranking that did not decide, from logged propensities: IPS, SNIPS, DR and Switch-DR.

A screen and never a promotion. With r the reward, p the logged chance of what was done, t the chance that the target does the
same, w = t / p, q the reward predicted of what was done and v the target's predicted reward:

    IPS        mean(w r)                          Horvitz & Thompson 1952
    SNIPS      sum(w r) / sum(w)                  Swaminathan & Joachims 2015
    DR         mean(v + w (r - q))                Dudik, Langford & Li 2011
    Switch-DR  as DR, where w <= tau; else v      Wang, Agarwal & Dudik 2017

tau is the one of a few quantiles of w with the least variance + bias bound squared, the bound being the target's chance of
what is left to the guess. Propensities are those logged with a decision: a log of people's choices has none, and estimated
ones look better than they are (+1 to +3 points), so a log without them is refused.
"""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rules.errors import Refused
from training.judge.clustered import Estimate, Sized, estimate

#: Fewer rows than this on which the two could differ, and no normal interval is given (learning.md).
LEAST_INFORMATIVE = 200
#: More of the target's choices than this that the log could never have shown, and nothing is said of it.
MOST_UNSEEN = 0.01
#: Below this many effective rows the intervals of heavy weights cover too seldom (bench benefit).
LEAST_EFFECTIVE = 100
_SWITCH_QUANTILES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class LoggedChoices:
    """n decisions as logged, seen from a target that might have decided; all arrays (n).

    `propensity` of what was done, `target` the chance that the target does the same, `could_differ` where the two are not
    the same on that decision. `unseen`: the target's chance of what had no chance in the log. `predicted` and `promised`
    (q and v) only where a model predicts.
    """

    reward: np.ndarray
    propensity: np.ndarray
    target: np.ndarray
    could_differ: np.ndarray
    clusters: Mapping[str, np.ndarray]
    unseen: np.ndarray | None = None
    predicted: np.ndarray | None = None
    promised: np.ndarray | None = None

    @property
    def weight(self) -> np.ndarray:
        """w = t / p."""
        return self.target / self.propensity

    @property
    def informative(self) -> int:
        """How many decisions could have gone otherwise."""
        return int(np.count_nonzero(self.could_differ))

    @property
    def matched(self) -> int:
        """How many of those went as the target could have decided: what is known of it rests on them."""
        return int(np.count_nonzero(self.could_differ & (self.target > 0.0)))

    @property
    def effective(self) -> float:
        """As how many equal rows the weighted informative ones count: (sum w)^2 / sum w^2 (Kish 1965)."""
        w = self.weight[self.could_differ]
        return float(w.sum() ** 2 / np.sum(w ** 2)) if w.any() else 0.0

    def as_decided(self) -> Sized:
        """The value of what did decide."""
        mean = float(self.reward.mean())
        return Sized(value=mean, influence=self.reward - mean)


@dataclass(frozen=True, kw_only=True)
class OffPolicy:
    """What one target is worth by every estimator, and its lift over what decided; with what that rests on."""

    decisions: int
    informative: int
    matched: int
    effective: float
    value: Mapping[str, Estimate]
    lift: Mapping[str, Estimate]

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"decisions": self.decisions, "informative": self.informative, "matched": self.matched,
                "effective": round(self.effective, 1),
                "value": {name: one.as_json() for name, one in self.value.items()},
                "lift": {name: one.as_json() for name, one in self.lift.items()}}


def off_policy(logged: LoggedChoices) -> OffPolicy:
    """Every estimator that the log allows. Refused where it has no propensities, or could not have shown the target's choices."""
    require_propensities(logged)
    refused = None
    if logged.informative < LEAST_INFORMATIVE:
        refused = f"{logged.informative} informative decisions, expected at least {LEAST_INFORMATIVE}"
    elif logged.effective < LEAST_EFFECTIVE:
        refused = (f"the informative decisions count as {logged.effective:.0f} equal ones, expected at least {LEAST_EFFECTIVE}: "
                   "a normal interval would be too narrow")
    found = estimators(logged)
    decided = logged.as_decided()
    return OffPolicy(
        decisions=len(logged.reward), informative=logged.informative, matched=logged.matched, effective=logged.effective,
        value={name: estimate(one, logged.clusters, refused=refused) for name, one in found.items()},
        lift={name: estimate(one - decided, logged.clusters, refused=refused) for name, one in found.items()})


def require_propensities(logged: LoggedChoices) -> None:
    """Refused unless every decision has the chance it was drawn with, and the target's choices had one."""
    known = np.isfinite(logged.propensity) & (logged.propensity > 0.0) & (logged.propensity <= 1.0)
    if not len(known) or not known.all():
        raise Refused(f"{int(np.count_nonzero(~known))} of {len(known)} decisions have no propensity, expected one above 0 and "
                      "at most 1 for each: what people chose has none, and an estimated one is no gate; let the share of "
                      "`[exploration]` log it, or compare by a coin or a holdback")
    if logged.unseen is not None and (unseen := float(logged.unseen.mean())) > MOST_UNSEEN:
        raise Refused(f"{unseen:.1%} of what the target would choose had no chance in the log, expected at most "
                      f"{MOST_UNSEEN:.0%}; set `[exploration] share` above 0 and wait")


def estimators(logged: LoggedChoices) -> dict[str, Sized]:
    """The value of the target by name of estimator, each with its influence; DR and Switch-DR where a model predicts."""
    found = {"IPS": ips(logged), "SNIPS": snips(logged)}
    if logged.predicted is not None and logged.promised is not None:
        found |= {"DR": doubly_robust(logged), "Switch-DR": switched(logged)}
    return found


def ips(logged: LoggedChoices) -> Sized:
    """Each reward counted as often as the target would have done the same."""
    return _mean(logged.weight * logged.reward)


def snips(logged: LoggedChoices) -> Sized:
    """The same by the sum of weights in place of n."""
    w = logged.weight
    total = w.sum()
    value = float((w * logged.reward).sum() / total) if total > 0.0 else float("nan")
    return Sized(value=value, influence=w * (logged.reward - value) * len(w) / total if total > 0.0 else np.zeros(len(w)))


def doubly_robust(logged: LoggedChoices, tau: float = np.inf) -> Sized:
    """What is predicted of the target, mended by the weighted misses of rows whose weight is at most tau."""
    assert logged.predicted is not None and logged.promised is not None
    w = logged.weight
    return _mean(logged.promised + np.where(w <= tau, w, 0.0) * (logged.reward - logged.predicted))


def switched(logged: LoggedChoices) -> Sized:
    """DR with the tau whose estimated variance and bias bound are least."""
    w, n, most = logged.weight, len(logged.reward), float(np.ptp(logged.reward))
    best, least = doubly_robust(logged), np.inf
    for tau in np.unique(np.quantile(w[w > 0.0], _SWITCH_QUANTILES)) if w.any() else ():
        found = doubly_robust(logged, float(tau))
        bias = most * min(1.0, float(np.where(w > tau, w, 0.0).mean()))   # a guess is wrong by the whole range at worst
        if (badness := found.influence.var() / n + bias ** 2) < least:
            best, least = found, badness
    return best


def _mean(rows: np.ndarray) -> Sized:
    value = float(rows.mean())
    return Sized(value=value, influence=rows - value)
