"""Shares that cannot be kept: too few people for so small a largest share, or too many for so large a least one."""
from collections.abc import Iterator
from datetime import UTC, datetime

from rules.book.findings import Findings
from rules.book.schema import RuleBook, Spread, Target
from rules.model import Directory, Moment
from rules.routing.availability import judge_active, stretch_of
from rules.routing.spread import bounds_of, infeasible


def check_shares(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Each team's and rule's shares against those who are there now and after every day on which somebody joins or leaves."""
    for what, spread, target, here in _that_share(book, findings):
        if spread.shares is None:
            continue
        for moment in (at, *_turns(directory, target, at)):
            owners = _present(directory, target, moment)
            bounds = bounds_of(spread.shares, target.team, owners, book=book, directory=directory, at=moment, ramps=False)
            why = infeasible(bounds)
            if why is not None:
                when = "" if moment == at else f" from {moment.date()}"
                here.add("infeasible_shares", f"the shares of {what} cannot be kept{when}: {why}", spread.place,
                         given=f"min {spread.shares.least:g}, max {spread.shares.most:g}",
                         expected=f"with {len(owners)} people a `max` of {_up(1 / len(owners)):g} or more and a `min` of at most "
                                  f"{_down(1 / len(owners)):g}, where weights are equal")
                break


def _up(share: float) -> float:
    return -(-share * 100 // 1) / 100


def _down(share: float) -> float:
    return share * 100 // 1 / 100


def _that_share(book: RuleBook, findings: Findings) -> Iterator[tuple[str, Spread, Target, Findings]]:
    for team in book.teams.values():
        if team.spread is not None:
            yield f"team `{team.id}`", team.spread, Target(team=team.id), findings
    for stage, rule in book.placed_rules:
        if rule.spread is not None and rule.target.nearest is None:
            yield f"rule `{rule.id}`", rule.spread, rule.target, findings.within(rule=rule.id, stage=stage.name)


def _present(directory: Directory, target: Target, at: datetime) -> tuple[str, ...]:
    """The members of a team, in the roles that are asked for, who work here at a moment."""
    there: dict[str, None] = {}
    for row in directory.members.get(target.team, ()):
        owner = directory.owners.get(row.owner_id)
        if owner is not None and row.span.covers(at, owner.time_zone) and (not target.roles or row.role in target.roles):
            there[row.owner_id] = None
    return tuple(owner for owner in there if judge_active(directory.owners[owner], Moment(at=at)).eligible)


def _turns(directory: Directory, target: Target, at: datetime) -> list[datetime]:
    """The coming moments at which somebody joins or leaves, in order."""
    seconds = set()
    for row in directory.members.get(target.team, ()):
        owner = directory.owners.get(row.owner_id)
        if owner is not None:
            seconds |= {end for span in (row.span, owner.active) for end in stretch_of(span, owner.time_zone)}
    far = 253_000_000_000
    return [datetime.fromtimestamp(second, UTC) for second in sorted(seconds) if at.timestamp() < second < far]
