"""Rollback of a model that its holdback shows to do harm; a scheduler asks, `rightful report benefit --enforce`.

Two ways lead to it, whatever is asked how often. The loss is proven: the difference lies below zero by a bound that holds at
every look (an asymptotic confidence sequence; Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024). Or the holdback is large
enough (the interval reaches at most half of `holdback.rollback_under` to either side) and its lower bound lies under that.
A young holdback with a wide interval is neither: then it is too early.
"""
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log, sqrt
from typing import Literal

import orjson

from rules.digests import digest_of
from rules.errors import Refused
from serving.runtime.workspace import Workspace
from serving.store import snapshots
from serving.store.writer import Writing
from training.judge.benefit import Benefit, lift_in_points
from training.judge.clustered import Estimate
from training.promotion import Promotion, retire, rollback

ACTOR = "holdback guard"
EVIDENCE = "evidence"
#: How many items the bound that holds at every look is tightest at, and how often it may be wrong over all looks.
_TIGHT_AT, _ALPHA = 2000, 0.05


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """What was found, in words, and what was done; `evidence`: the digest of the kept report, where a model lost its place."""

    verdict: Literal["rolled back", "holds", "too early"]
    reason: str
    promotion: Promotion | None = None
    evidence: str | None = None

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"verdict": self.verdict, "reason": self.reason, "evidence": self.evidence,
                "promotion": None if self.promotion is None else self.promotion.as_json()}


def enforce(workspace: Workspace, report: Benefit) -> Guarded:
    """Take the champion's place from it where its holdback says so; figures and step are kept together in the store."""
    found = report.of("holdback")
    if found is None:
        raise Refused(f"cannot guard `{report.objective}`: {report.refused.get('holdback', 'nothing is held back')}")
    if report.model is None or workspace.store.champion(report.objective) != report.model:
        raise Refused(f"the champion of `{report.objective}` has changed while this was judged; ask again")
    floor = workspace.settings.rollback_under / 100.0
    verdict, reason = judge(found.lift, found.informative, floor)
    if verdict != "rolled back":
        return Guarded(verdict=verdict, reason=reason)
    evidence = _keep(workspace, report, reason)
    try:
        done: Promotion | None = rollback(workspace, report.objective, actor=ACTOR)
    except Refused as why:
        done = None
        retire(workspace, report.objective, actor=ACTOR)
        reason += f"; items go by turns: {why}"
    return Guarded(verdict=verdict, reason=reason, promotion=done, evidence=evidence)


def judge(lift: Estimate, items: int, floor: float) -> tuple[Literal["rolled back", "holds", "too early"], str]:
    """What a cumulative difference means for the model; `floor` is below zero, in successes per item."""
    told = lift_in_points(lift)
    if lift.low is None or lift.high is None or lift.error is None:
        return "too early", f"the difference to what is held back is {told}: {lift.refused}"
    half = lift.high - lift.value
    if lift.value + at_every_look(lift.error, items) < 0.0 and lift.low < floor:
        return "rolled back", f"the model loses {told} to what is held back, proven at every look"
    if half > -floor / 2.0:
        return "too early", (f"the difference to what is held back is {told}; it must be known within {-50 * floor:.2f} points "
                             f"before {100 * floor:+.2f} binds")
    if lift.low < floor:
        return "rolled back", f"the difference to what is held back is {told}, its lower bound under {100 * floor:+.2f}"
    return "holds", f"the difference to what is held back is {told}, its lower bound not under {100 * floor:+.2f}"


def at_every_look(error: float, items: int) -> float:
    """How far a difference with this standard error may be off, however often somebody has looked."""
    rho = (-2.0 * log(_ALPHA) + log(-2.0 * log(_ALPHA) + 1.0)) / _TIGHT_AT
    grown = items * rho + 1.0
    return error * sqrt(items) * sqrt(grown / (items ** 2 * rho) * (log(grown) - 2.0 * log(_ALPHA)))


def _keep(workspace: Workspace, report: Benefit, reason: str) -> str:
    """Keep the report as evidence, named by a change of `guard:KIND`; its digest."""
    text = orjson.dumps({**report.as_json(), "reason": reason}, option=orjson.OPT_SORT_KEYS).decode()
    digest = digest_of(text.encode())

    def job(writing: Writing) -> None:
        snapshots.keep(writing, EVIDENCE, digest, {"benefit.json": text})
        snapshots.change(writing, f"guard:{report.objective}", digest, actor=ACTOR, at=datetime.now(UTC))

    workspace.store.write(job)
    return digest
