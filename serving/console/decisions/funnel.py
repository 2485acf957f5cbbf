"""The funnel of one decision: from everyone in the directory to the one who got the item, rule by rule."""
from dataclasses import dataclass

from serving.decision.parts import DecisionDocument


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """How many are left after one step, and how many it took out; `anchor` names the place that tells who."""

    label: str
    left: int
    out: int
    reason: str
    anchor: str | None = None


def steps(document: DecisionDocument) -> tuple[FunnelStep, ...]:
    """Everyone, the team, each rule in its order, the one chosen."""
    funnel, route, owner = document.eligibility, document.route, document.owner
    everyone = funnel.considered + funnel.outside_team
    told = [FunnelStep(label="everyone in the directory", left=everyone, out=0, reason="")]
    if funnel.considered:
        told.append(FunnelStep(label=f"in {route.team or 'the slate'}", left=funnel.considered, out=funnel.outside_team,
                               reason=f"sought by {route.stage} / {route.rule}"))
    left = funnel.considered
    for number, out in enumerate(funnel.excluded, 1):
        left -= len(out.owners)
        told.append(FunnelStep(label=f"pass {out.rule}", left=left, out=len(out.owners), reason=out.reason,
                               anchor=f"excluded-{number}"))
    if owner is None:
        told.append(FunnelStep(label="nobody was chosen", left=0, out=0, reason=route.reason or ""))
    elif document.outcome == "held":
        told.append(FunnelStep(label="held already, no owner is sought", left=1, out=everyone, reason=f"by `{document.held_by}`"))
    elif funnel.considered:
        told.append(FunnelStep(label="chosen", left=1, out=max(left - 1, 0), reason=f"by {document.decided_by}", anchor="slate"))
    else:
        told.append(FunnelStep(label=f"sent by {document.decided_by}, no owner is sought", left=1, out=everyone,
                               reason=route.reason or route.rule))
    return tuple(told)
