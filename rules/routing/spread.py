"""Which turns or shares bind an item's owners: the rule's own, else the team's; and how much of the whole is each one's.

By `balance` an owner's part goes by weight; by `ramp` it grows from nothing for somebody new or back from a long leave.
"""
import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rules.book.schema import AS_RANKED, RuleBook, Shares, Spread
from rules.caching import cached_per_instance
from rules.model import Directory
from rules.routing.availability import presence_of, stretch_of


class Bounds(NamedTuple):
    """At least and at most how much of what each owner could have been given, in the owners' order."""

    least: list[float]
    most: list[float]


def spread_of(book: RuleBook, rule: str, team: str | None) -> tuple[Spread, str | None]:
    """What binds the items of a route, and under which name they are counted: `rule ID`, or None for the team's."""
    own = _rules_that_say(book).get(rule)
    if own is not None:
        return own, f"rule {rule}"
    described = book.teams.get(team) if team else None
    return (described.spread if described and described.spread else AS_RANKED), None


@cached_per_instance
def _rules_that_say(book: RuleBook) -> dict[str, Spread]:
    return {rule.id: rule.spread for _, rule in book.placed_rules if rule.spread is not None}


def weights_of(team: str | None, owners: Sequence[str], book: RuleBook, directory: Directory) -> dict[str, float]:
    """What turns and shares go by: the owners' weights, or 1 each where the team's balance is equal or all weights are 0."""
    described = book.teams.get(team) if team else None
    if described is not None and described.balance == "equal":
        return dict.fromkeys(owners, 1.0)
    weights = {owner: max(directory.owners[owner].weight, 0.0) for owner in owners}
    return weights if any(weights.values()) else dict.fromkeys(owners, 1.0)


def bounds_of(shares: Shares, team: str | None, owners: Sequence[str], *, book: RuleBook, directory: Directory, at: datetime,
              ramps: bool = True) -> Bounds:
    """The bounds of those eligible at a moment; `ramps` False: as if nobody were new or back from leave."""
    weights = weights_of(team, owners, book, directory)
    largest = max(weights.values(), default=1.0)
    parts = [weights[owner] / largest for owner in owners]
    if ramps and shares.ramp is not None:
        second, over = at.timestamp(), shares.ramp.total_seconds()
        parts = [part * _grown(since_of(owner, team, directory, second, over), second, over)
                 for owner, part in zip(owners, parts, strict=True)]
    return Bounds(least=[shares.least * part for part in parts], most=[shares.most * part for part in parts])


def since_of(owner_id: str, team: str | None, directory: Directory, second: float, over: float) -> float:
    """Since when an owner has been here without a leave as long as a ramp, in seconds since 1970; -inf: ever since."""
    owner = directory.owners[owner_id]
    begun = [stretch_of(owner.active, owner.time_zone)[0]]
    joined = [stretch_of(row.span, owner.time_zone)[0] for row in directory.members.get(team or "", ())
              if row.owner_id == owner_id]
    begun += [min((start for start in joined if start <= second), default=-math.inf)]
    begun += [end for start, end in presence_of(directory).absent.get(owner_id, ()) if end - start >= over]
    return max((start for start in begun if start <= second), default=-math.inf)


def _grown(since: float, second: float, over: float) -> float:
    return min((second - since) / over, 1.0)


def infeasible(bounds: Bounds) -> str | None:
    """Why not all items can be given within bounds of these owners, None where they can; nobody has a choice with one."""
    if len(bounds.most) < 2:
        return None
    most, least = (math.fsum(each) for each in (bounds.most, bounds.least))
    if most < 1.0 - 1e-9:
        return f"{len(bounds.most)} people may have at most {most:.4g} of the items together"
    return f"{len(bounds.least)} people must have at least {least:.4g} of the items together" if least > 1.0 + 1e-9 else None
