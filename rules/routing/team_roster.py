"""The owners of a team, and how they are narrowed: each stays, or is left out once and by what.

In order: membership, role where the rule asks for one, active, compliance rules in file order, asked to be left out, gave it
back, absence, capacity, hours.
"""
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rules.book.schema import RuleBook, Target
from rules.caching import cached_per_instance
from rules.model import ALWAYS, Directory, Moment, Owner, Span, WorkItem
from rules.refdata.working_time import Calendar
from rules.routing.availability import (
    Stretches,
    at_ceiling,
    inside,
    judge_absence,
    judge_active,
    judge_capacity,
    judge_role,
    judge_working_hours,
    outside,
    overloaded,
    presence_of,
    resting,
    stretch_of,
    too_heavy,
)
from rules.routing.compliance.engine import pair_rules
from rules.routing.compliance.refusal_cache import RefusalCache
from rules.routing.funnel import Funnel, Lineup
from rules.routing_result import ALLOWED, Verdict
from rules.workload import Workloads

#: The rule under which those are left out who had the item before and gave it back.
HAD_IT = "had_it"
_NOT_A_MEMBER = Verdict(eligible=False, reason="no membership is valid now")
_LEFT_OUT = Verdict(eligible=False, reason="asked to be left out")


@dataclass(frozen=True, kw_only=True, eq=False)
class TeamRoster:
    """Everyone with any row for a team, whatever its dates, once each and in file order (`lineup`).

    `dates`: of those without an undated row. Between `active_from` and `active_until` all are active; `away`: those with
    absences on record; `calendars`: the working times that any of them keeps, `always_at_work`: whether some keep none;
    `has_ceilings`: whether any may carry only so many items, `has_load_ceilings`: only so much; `refusals`: whom of them
    the rules on owners refuse.
    """

    lineup: Lineup
    dates: dict[str, Stretches]
    active_from: float
    active_until: float
    away: tuple[Owner, ...]
    calendars: tuple[Calendar, ...]
    refusals: RefusalCache
    always_at_work: bool = False
    has_ceilings: bool = False
    has_load_ceilings: bool = False


@cached_per_instance
def rosters(directory: Directory) -> dict[str, TeamRoster]:
    found = {}
    for team, members in directory.members.items():
        spans: dict[str, tuple[Span, ...]] = {}
        for member in members:
            if member.owner_id in directory.owners:
                spans[member.owner_id] = (*spans.get(member.owner_id, ()), member.span)
        owners = {owner_id: directory.owners[owner_id] for owner_id in spans}
        dated = {owner_id: tuple(stretch_of(span, owners[owner_id].time_zone) for span in rows)
                 for owner_id, rows in spans.items() if ALWAYS not in rows}
        found[team] = roster_of(owners.values(), dated, directory)
    return found


@cached_per_instance
def roles_in(directory: Directory) -> dict[str, dict[str, dict[str, Stretches]]]:
    """Of each team the roles of its members, each with when they have it."""
    found: dict[str, dict[str, dict[str, Stretches]]] = {}
    for team, members in directory.members.items():
        own = found.setdefault(team, {})
        for member in members:
            if member.owner_id in directory.owners:
                held = own.setdefault(member.owner_id, {})
                dates = stretch_of(member.span, directory.owners[member.owner_id].time_zone)
                held[member.role] = (*held.get(member.role, ()), dates)
    return found


def roster_of(owners: Collection[Owner], dates: dict[str, Stretches], directory: Directory) -> TeamRoster:
    presence = presence_of(directory)
    active = [stretch for owner in owners for stretch in presence.active.get(owner.owner_id, ())]
    lineup = Lineup(owners)
    return TeamRoster(lineup=lineup, dates=dates, refusals=RefusalCache(lineup.owners),
                  active_from=max((start for start, _ in active), default=-math.inf),
                  active_until=min((end for _, end in active), default=math.inf),
                  away=tuple(owner for owner in owners if owner.owner_id in presence.absent),
                  calendars=tuple({presence.calendars[owner.owner_id]: None for owner in owners
                                   if owner.owner_id in presence.calendars}),
                  always_at_work=any(owner.owner_id not in presence.calendars for owner in owners),
                  has_ceilings=any(owner.max_open is not None or owner.max_per_day is not None for owner in owners),
                  has_load_ceilings=any(owner.max_load is not None for owner in owners))


NOBODY = TeamRoster(lineup=Lineup(()), dates={}, active_from=-math.inf, active_until=math.inf, away=(), calendars=(),
                 refusals=RefusalCache(()))


@dataclass(frozen=True, kw_only=True)
class RoutingContext:
    """One item at one moment with everything that narrowing it looks at."""

    item: WorkItem
    book: RuleBook
    directory: Directory
    at: Moment
    workload: Workloads
    exclude: Collection[str]
    had: Mapping[str, Verdict]
    person_else: bool = True

    @property
    def second(self) -> float:
        """The moment as seconds since 1970."""
        return self.at.at.timestamp()


def members_of(case: RoutingContext, roster: TeamRoster, target: Target | None = None) -> Funnel:
    """Everyone with a row for the team, those without a valid one, or in none of the target's roles, excluded."""
    funnel = Funnel(roster.lineup)
    if roster.dates:
        funnel.require("membership", lambda owner: _NOT_A_MEMBER, among=outside(funnel.left, roster.dates, case.second))
    if target is not None and target.roles:
        held = roles_in(case.directory).get(target.team, {})
        funnel.require("role", lambda owner: judge_role(held[owner.owner_id], target.roles, case.second))
    return funnel


def _narrow_by_who(case: RoutingContext, funnel: Funnel, roster: TeamRoster) -> None:
    """Active, compliance in file order, and whoever is to be left out."""
    if not roster.active_from <= case.second < roster.active_until:
        active = presence_of(case.directory).active
        funnel.require("active", lambda owner: judge_active(owner, case.at), among=outside(funnel.left, active, case.second))
    for rule in pair_rules(case.item, case.at, case.book):
        funnel.refuse(rule.id, roster.refusals.of(rule, case.item, case.at, case.directory))
    if case.exclude:
        funnel.require("excluded", lambda owner: _LEFT_OUT if owner.owner_id in case.exclude else ALLOWED)
    if case.had:
        funnel.require(HAD_IT, lambda owner: case.had.get(owner.owner_id, ALLOWED))


def _narrow_by_presence(case: RoutingContext, funnel: Funnel, roster: TeamRoster) -> None:
    """Absence and capacity, as the book's availability says."""
    policy, absences = case.book.availability, case.directory.absences
    if roster.away:
        away = funnel.still_in(inside(roster.away, presence_of(case.directory).absent, case.second))
        funnel.apply(policy.absence, "absence", lambda owner: judge_absence(absences[owner.owner_id], owner, case.at),
                     "others are here", among=away)
    if policy.capacity == "ignore" or not (roster.has_ceilings or roster.has_load_ceilings):
        return
    full = at_ceiling(funnel.left, case.workload.many(funnel.left_ids)) if roster.has_ceilings else []
    kind = case.item.kind
    heavy = overloaded(funnel.left, kind, policy.weights, case.workload) if roster.has_load_ceilings else {}
    counted = {owner.owner_id for owner in full}

    def judge(owner: Owner) -> Verdict:
        if owner.owner_id in counted:
            return judge_capacity(owner, case.workload.of(owner.owner_id))
        return too_heavy(owner, heavy[owner.owner_id], kind, policy.weights)

    among = [owner for owner in funnel.left if owner.owner_id in counted or owner.owner_id in heavy] if heavy else full
    funnel.apply(policy.capacity, "capacity", judge, "others have room", among=among)


def narrow_by_hours(case: RoutingContext, funnel: Funnel, roster: TeamRoster, *, open_now: bool = False) -> None:
    policy = "require" if open_now else case.book.availability.working_hours
    if policy == "ignore":
        return
    working = [calendar.is_working(case.at.at) for calendar in roster.calendars]
    all_rest = not (roster.always_at_work or any(working))
    if all(working) or (all_rest and policy == "prefer"):
        return
    at_rest = funnel.left if all_rest else resting(funnel.left, presence_of(case.directory).calendars, case.at.at)
    if policy == "require" or len(at_rest) < len(funnel.left):
        funnel.apply(policy, "working_hours", lambda owner: judge_working_hours(owner, case.at), "others are in hours",
                     among=at_rest)


def present(case: RoutingContext, funnel: Funnel, roster: TeamRoster) -> Funnel:
    """Those of a funnel who may have the item and are here with room for it, whatever their hours."""
    _narrow_by_who(case, funnel, roster)
    _narrow_by_presence(case, funnel, roster)
    return funnel
