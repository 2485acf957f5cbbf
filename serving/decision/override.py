"""An override: a person's choice among the owners who are eligible now; the model may rank them, it does not decide.

Nobody, person or program, gives an item to an owner whom a rule excludes: the rule is named instead.
"""
from collections.abc import Collection
from dataclasses import dataclass, replace

from rules.errors import Problem, Refused
from rules.routing_result import RoutingResult
from serving.decision.choice import Abstained, Choice, RankingContext, rank
from serving.ranking.reasons import Reason

OUTSIDE_TEAM = "outside_team"
_MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """What stands between an owner and an item: the rule, and the reason in words."""

    rule: str
    reason: str


class NotEligible(Refused):
    """An owner who may not have the item now; `bar` names the rule, `eligible` who may."""

    code = "not-eligible"
    remedy = "Choose one of the owners that `problems` names, or change what the rule asks for."

    def __init__(self, owner_id: str, item_id: str, bar: Obstacle, eligible: Collection[str]):
        self.owner_id, self.bar, self.eligible = owner_id, bar, tuple(eligible)
        super().__init__(f"`{owner_id}` may not have item `{item_id}` now, by {bar.rule}: {bar.reason}; "
                         f"expected {self.expected}")
        self.problems = (Problem(message=f"{bar.rule}: {bar.reason}", column_name="owner_id", given=owner_id,
                                 expected=self.expected),)

    @property
    def expected(self) -> str:
        """Who may have it, in words."""
        if not self.eligible:
            return "nobody, for no owner is eligible now"
        more = len(self.eligible) - _MOST_NAMED
        return f"one of {', '.join(self.eligible[:_MOST_NAMED])}" + (f" and {more} more" if more > 0 else "")


def bar_of(owner_id: str, narrowing: RoutingResult) -> Obstacle | None:
    """The rule that keeps an owner from an item, None for an eligible one."""
    eligibility, route = narrowing.eligibility, narrowing.route
    if owner_id in eligibility.eligible:
        return None
    for out in eligibility.excluded:
        if owner_id in out.owners:
            return Obstacle(rule=out.rule, reason=out.reason)
    if not eligibility.considered and narrowing.queue is not None:
        return Obstacle(rule=route.rule, reason=f"no owner is sought, the item goes to {narrowing.queue}"
                                           + (f" ({route.reason})" if route.reason else ""))
    return Obstacle(rule=OUTSIDE_TEAM, reason=f"not in {route.team}, where the item goes")


def require_eligible(owner_id: str, item_id: str, narrowing: RoutingResult, *, but_for: Collection[str] = ()) -> None:
    """NotEligible unless the owner may have the item; rules named in `but_for` do not count."""
    bar = bar_of(owner_id, narrowing)
    if bar is not None and bar.rule not in but_for:
        raise NotEligible(owner_id, item_id, bar, narrowing.eligibility.eligible)


def chosen_by_person(situation: RankingContext, owner_id: str) -> Choice:
    """The person's choice, with the model's ranking of everyone eligible where it can give one. NotEligible."""
    require_eligible(owner_id, situation.item.item_id, situation.narrowing)
    if len(situation.narrowing.eligibility.eligible) == 1:
        return Choice(owner_id=owner_id, decided_by="person", reason=Reason.TINY_SLATE)
    judged = rank(replace(situation, person=owner_id))
    if isinstance(judged, Abstained):
        return Choice(owner_id=owner_id, decided_by="person", reason=judged.reason, checks=judged.checks,
                      warnings=judged.warnings)
    return replace(judged, decided_by="person", reason=Reason.OVERRIDE)
