"""The funnel of one decision: from everyone in the directory to the one who got the item, rule by rule."""
from dataclasses import dataclass

from serving.console.web.bars import Bar, centred
from serving.decision.parts import DecisionDocument


@dataclass(frozen=True, kw_only=True, slots=True)
class FunnelStep:
    """How many are left after one step, and how many it took out; `anchor` names the place that tells who."""

    label: str
    left: int
    out: int
    reason: str
    bar: Bar
    out_bar: Bar
    anchor: str | None = None


def steps(document: DecisionDocument) -> tuple[FunnelStep, ...]:
    """Everyone, the team, each rule in its order, the one chosen."""
    funnel, route, owner = document.eligibility, document.route, document.owner
    everyone = funnel.considered + funnel.outside_team
    rows: list[tuple[str, int, int, str, str | None]] = [("everyone in the directory", everyone, 0, "", None)]
    if funnel.considered:
        rows.append((f"in {route.team or 'the slate'}", funnel.considered, funnel.outside_team,
                     f"sought by {route.stage} / {route.rule}", None))
    left = funnel.considered
    for number, out in enumerate(funnel.excluded, 1):
        left -= len(out.owners)
        rows.append((f"pass {out.rule}", left, len(out.owners), out.reason, f"excluded-{number}"))
    if owner is None:
        rows.append(("nobody was chosen", 0, 0, route.reason or "", None))
    elif funnel.considered:
        rows.append(("chosen", 1, max(left - 1, 0), f"by {document.decided_by}", "slate"))
    else:
        rows.append((f"sent by {document.decided_by}, no owner is sought", 1, everyone, route.reason or route.rule, None))
    return tuple(FunnelStep(label=label, left=count, out=out, reason=reason, bar=centred(count, everyone),
                      out_bar=centred(count + out, everyone), anchor=anchor) for label, count, out, reason, anchor in rows)
