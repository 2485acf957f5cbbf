"""Destination: where one past item would go under a rule book, everyone's desk being empty."""
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.book.schema import RuleBook
from rules.model import Directory, WorkItem
from rules.routing.eligibility import route_and_filter
from rules.routing.spread import weights_of
from rules.workload import EMPTY_DESK

REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where an item lands: `to` is a team's id, `owner ID` for an owner named by the book, or `refused`.

    `kind`: people, queue, fallback (the last stage took it), else (no branch could), compliance, held (the contact
    window is closed, or something is waited for), nobody_free, refused (the book cannot read the item). `turns`: for each
    eligible owner the share of the item that would be theirs if those eligible took turns as the team balances.
    """

    to: str
    kind: str
    stage: str | None = None
    rule: str | None = None
    sla: str | None = None
    within: timedelta | None = None
    playbook: str | None = None
    turns: tuple[tuple[str, float], ...] = ()

    @property
    def way(self) -> tuple[str, str]:
        """The rule by which it came, with its stage."""
        return (self.stage or "", self.rule or "")


def land(item: WorkItem | None, *, book: RuleBook, directory: Directory, at: datetime) -> Destination:
    """Where an item goes at a moment; None stands for an item that the book cannot read."""
    if item is None:
        return Destination(to=REFUSED, kind=REFUSED)
    narrowing = route_and_filter(item, book=book, directory=directory, at=at, workload=EMPTY_DESK)
    route, eligible = narrowing.route, narrowing.eligibility.eligible
    to = f"owner {route.named_owner}" if route.named_owner else route.team or ""
    policy = book.slas.get(route.sla) if route.sla else None
    return Destination(to=to, kind=narrowing.ends, stage=route.stage, rule=route.rule, sla=route.sla,
                   within=policy.respond_within if policy else None, playbook=route.playbook,
                   turns=_turns(eligible, route.team, book, directory))


def _turns(eligible: tuple[str, ...], team: str | None, book: RuleBook,
           directory: Directory) -> tuple[tuple[str, float], ...]:
    """What each of those eligible would get of one item, by weight where the team balances so."""
    if not eligible:
        return ()
    weights = weights_of(team, eligible, book, directory)
    total = sum(weights.values())
    return tuple((owner, weight / total) for owner, weight in weights.items())
