"""Who MAY own an item: compliance on the item, its route, then the owners of its team, each eligible or excluded once.

Order for an owner: membership, active, compliance rules in file order, asked to be left out, absence, capacity,
working hours. Pure: the time and the workloads come in as values.
"""
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from rules.book.schema import Nearest, RuleBook, Target, attribute_of_type
from rules.caching import cached_per_instance
from rules.intake.location import point_of
from rules.model import (
    ALLOWED,
    ALWAYS,
    EMPTY,
    Directory,
    Eligibility,
    Moment,
    Owner,
    Route,
    RoutingResult,
    Span,
    Verdict,
    Via,
    WorkItem,
    Workloads,
)
from rules.refdata.working_time import Calendar
from rules.routing.availability import (
    Stretches,
    at_ceiling,
    inside,
    judge_absence,
    judge_active,
    judge_capacity,
    judge_working_hours,
    outside,
    overloaded,
    presence_of,
    resting,
    stretch_of,
    too_heavy,
)
from rules.routing.compliance.engine import Block, blocking_rule, judge_pair, pair_rules, window_closed
from rules.routing.compliance.refusal_cache import RefusalCache
from rules.routing.funnel import Funnel, Lineup
from rules.routing.hold import HOLD, PendingHold, rests_on, wait_for
from rules.routing.named_owner import home_of, manager_of, teams_of, why_passed_on
from rules.routing.nearest import distance_km, judge_reach
from rules.routing.territory import Found, find_route

COMPLIANCE_STAGE = "compliance"
#: The rule under which those are left out who had the item before and gave it back.
HAD_IT = "had_it"
NO_PLACE, NONE_IN_RANGE, NONE_OPEN, NONE_ELIGIBLE = "no_place", "none_in_range", "none_open", "none_eligible"

_NOT_A_MEMBER = Verdict(eligible=False, reason="no membership is valid now")
_LEFT_OUT = Verdict(eligible=False, reason="asked to be left out")
_FARTHER = "another branch is nearer"


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
def _rosters(directory: Directory) -> dict[str, TeamRoster]:
    rosters = {}
    for team, members in directory.members.items():
        spans: dict[str, tuple[Span, ...]] = {}
        for member in members:
            if member.owner_id in directory.owners:
                spans[member.owner_id] = (*spans.get(member.owner_id, ()), member.span)
        owners = {owner_id: directory.owners[owner_id] for owner_id in spans}
        dated = {owner_id: tuple(stretch_of(span, owners[owner_id].time_zone) for span in rows)
                 for owner_id, rows in spans.items() if ALWAYS not in rows}
        rosters[team] = _roster(owners.values(), dated, directory)
    return rosters


def _roster(owners: Collection[Owner], dates: dict[str, Stretches], directory: Directory) -> TeamRoster:
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


_NOBODY = TeamRoster(lineup=Lineup(()), dates={}, active_from=-math.inf, active_until=math.inf, away=(), calendars=(),
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


def route_and_filter(item: WorkItem, *, book: RuleBook, directory: Directory, at: datetime,
           workload: Workloads, exclude: Collection[str] = (), had: Mapping[str, Verdict] = EMPTY,
           person_else: bool = True) -> RoutingResult:
    """Everything the rules say about one item: route, funnel, and what follows where nobody is sought or free.

    `had`: who had the item before and gave it back, last one last, each with the refusal that says how and when.
    Without `person_else` a named owner who cannot take the item is the end of its way, as decisions of old had it.
    """
    case = RoutingContext(item=item, book=book, directory=directory, at=Moment(at=at), workload=workload, exclude=exclude,
                          had=had, person_else=person_else)
    wait = wait_for(item, book, case.at)
    if wait is None:
        return _narrow(case, None)
    narrowing = _narrow(case, None if wait.is_over else wait)
    return replace(narrowing, warnings=(*narrowing.warnings, wait.told)) if wait.is_over else narrowing


def _narrow(case: RoutingContext, wait: PendingHold | None) -> RoutingResult:
    item, book, directory = case.item, case.book, case.directory
    taken = blocking_rule(item, case.at, book)
    if taken is not None and not (wait and rests_on(taken.rule, wait.missing, book)):
        route = Route(stage=COMPLIANCE_STAGE, rule=taken.rule.id, team=taken.rule.send_to, reason=taken.verdict.reason,
                      via=Via.COMPLIANCE)
        return _to_queue(case, route, taken.rule.send_to)
    found = find_route(book, item, directory, case.at)
    if wait is not None and (taken is not None or found.target is not None):
        return _waiting(case, _with_home(case, found.route), wait)
    return _follow(case, found, wait)


def _follow(case: RoutingContext, found: Found, wait: PendingHold | None) -> RoutingResult:
    """To where a stage sends the item: a queue, a person, the nearest branch or a team; held while its window is closed."""
    if found.target is not None and _is_queue(case.book, found.target.team):
        return _to_queue(case, found.route, found.target.team)
    closed = window_closed(case.item, case.at, case.book)
    if closed is not None:
        return _held(case, _with_home(case, found.route), closed)
    if found.target is None:
        return _to_named_owner(case, found.route, wait)
    if found.target.nearest is not None:
        return _to_nearest(case, found.route, found.target, found.target.nearest)
    return _to_team(case, found.route, found.target.team)


def is_allowed(item: WorkItem, owner_id: str, *, book: RuleBook, directory: Directory, at: datetime) -> Verdict:
    """Compliance once more, on the owner chosen: no other step may return one that it excludes.

    A queue may hold any item: that is where compliance sends those that nobody may work on.
    """
    owner = directory.owners.get(owner_id)
    if owner is None:
        return Verdict(eligible=False, reason=f"unknown owner `{owner_id}`")
    if owner.kind == "queue":
        return ALLOWED
    moment = Moment(at=at)
    taken = blocking_rule(item, moment, book) or window_closed(item, moment, book)
    if taken is not None:
        return replace(taken.verdict, evidence={"rule": taken.rule.id, **taken.verdict.evidence})
    for rule in pair_rules(item, moment, book):
        verdict = judge_pair(rule, item, owner, moment, directory)
        if not verdict.eligible:
            return replace(verdict, evidence={"rule": rule.id, **verdict.evidence})
    return ALLOWED


def _is_queue(book: RuleBook, team: str | None) -> bool:
    return team is not None and team in book.teams and book.teams[team].kind == "queue"


def _to_queue(case: RoutingContext, route: Route, queue: str | None) -> RoutingResult:
    """No owner is sought: the item waits in a queue."""
    team = case.book.teams.get(queue or "")
    return RoutingResult(route=route, eligibility=_nobody_sought(case), queue=queue,
                     queue_owner=_queue_owner(case.directory, queue), automation=team.automation if team else None)


def _held(case: RoutingContext, route: Route, closed: Block) -> RoutingResult:
    """The contact window is closed: the item stays in its route's team until it opens."""
    held = replace(route, via=route.via.then(Via.WINDOW), reason=closed.rule.id)
    return RoutingResult(route=held, eligibility=_nobody_sought(case), queue=route.team, wait_until=closed.wait_until,
                     warnings=(f"{closed.rule.id}: {closed.verdict.reason}",))


def _waiting(case: RoutingContext, route: Route, wait: PendingHold) -> RoutingResult:
    """Held for enrichment: in the hold's queue, else in its route's team as far as that is known by now."""
    hold = case.book.intake.hold
    queue = (hold.send_to if hold else None) or route.team
    return RoutingResult(route=replace(route, via=route.via.then(Via.HOLD), team=queue, reason=HOLD),
                     eligibility=_nobody_sought(case), queue=queue,
                     queue_owner=_queue_owner(case.directory, queue) if _is_queue(case.book, queue) else None,
                     wait_until=wait.until, warnings=(wait.told,))


def _nobody_sought(case: RoutingContext) -> Eligibility:
    return Eligibility(considered=0, outside_team=len(case.directory.owners), eligible=())


def _queue_owner(directory: Directory, queue: str | None) -> str | None:
    """The queue's own row: the owner of its name, else the one queue among its members."""
    if queue is None:
        return None
    owner = directory.owners.get(queue)
    if owner is not None and owner.kind == "queue":
        return queue
    queues = [owner.owner_id for owner in _rosters(directory).get(queue, _NOBODY).lineup.owners if owner.kind == "queue"]
    return queues[0] if len(queues) == 1 else None


def _to_named_owner(case: RoutingContext, route: Route, wait: PendingHold | None) -> RoutingResult:
    """The person whom a row names; else their team, their manager or the next stage.

    Who only rests keeps the item as long as the book lets it wait.
    """
    owner = case.directory.owners.get(route.named_owner or "")
    roster = _NOBODY if owner is None else _roster([owner], {}, case.directory)
    funnel = _present(case, Funnel(roster.lineup), roster)
    rests = bool(funnel.left)
    _narrow_by_hours(case, funnel, roster)
    missing = () if owner is not None else (f"the named owner `{route.named_owner}` is not in the directory",)
    found = _outcome(case, route if funnel.left else _with_home(case, route), funnel, missing)
    if funnel.left or not case.person_else or (rests and found.wait_until is not None):
        return found
    passed = _to_somebody_else(case, replace(route, via=route.via.then(Via.ELSE)), owner, funnel, wait)
    return replace(passed, warnings=(*missing, *passed.warnings))


def _to_somebody_else(
    case: RoutingContext, route: Route, owner: Owner | None, named: Funnel, wait: PendingHold | None,
) -> RoutingResult:
    """The team of a named person, their manager, or the next stage: the first where somebody may and can take the item."""
    after = find_route(case.book, case.item, case.directory, case.at, after=route.stage)
    why = partial(why_passed_on, route.named_owner, named.excluded)
    teams = teams_of(owner, case.book, case.directory, case.at)
    for team in sorted(teams, key=lambda team: after.target is None or team != after.target.team):
        roster = _rosters(case.directory).get(team, _NOBODY)
        funnel = _present(case, _members(case, roster), roster)
        if funnel.left:
            told = why(f"their team {case.book.teams[team].name or team}")
            return _passed(case, replace(route, team=team, named_owner=None), funnel, roster, told)
    manager = manager_of(owner, case.directory)
    if owner is not None and manager is not None and manager is not owner:
        roster = _roster([owner, manager], {}, case.directory)
        funnel = _present(case, Funnel(roster.lineup), roster)
        if funnel.left_ids == (manager.owner_id,):
            told = why(f"their manager {manager.owner_id}")
            return _passed(case, replace(_with_home(case, route), named_owner=manager.owner_id), funnel, roster, told)
    return _to_next_stage(case, route, after, why(f"the next stage, {after.route.stage}"), wait)


def _passed(case: RoutingContext, route: Route, funnel: Funnel, roster: TeamRoster, told: str) -> RoutingResult:
    """The end of a funnel of those who stand in for a named person."""
    _narrow_by_hours(case, funnel, roster)
    return _outcome(case, replace(route, reason=told), funnel, (told,), passed_on=told)


def _to_next_stage(case: RoutingContext, route: Route, after: Found, told: str, wait: PendingHold | None) -> RoutingResult:
    """On to the stage that takes the item after the one that names a person; a service level of the account stays."""
    sent = replace(after.route, via=after.route.via.then(Via.ELSE), sla=route.sla or after.route.sla,
                   reason=after.route.reason or told)
    found = _follow(case, replace(after, route=sent), wait)
    return replace(found, warnings=(told, *found.warnings),
                   passed_on=told if found.passed_on is None else f"{told}; {found.passed_on}")


def _with_home(case: RoutingContext, route: Route) -> Route:
    """The route to a person with the team in which the item waits for them; any other route as it is."""
    if route.named_owner is None or not case.person_else:
        return route
    owner = case.directory.owners.get(route.named_owner)
    home = home_of(owner, case.book, case.directory, case.at)
    if home is None:
        after = find_route(case.book, case.item, case.directory, case.at, after=route.stage)
        home = _with_home(case, after.route).team
    return replace(route, team=home)


def _present(case: RoutingContext, funnel: Funnel, roster: TeamRoster) -> Funnel:
    """Those of a funnel who may have the item and are here with room for it, whatever their hours."""
    _narrow_by_who(case, funnel, roster)
    _narrow_by_presence(case, funnel, roster)
    return funnel


def _to_team(case: RoutingContext, route: Route, team: str) -> RoutingResult:
    roster = _rosters(case.directory).get(team, _NOBODY)
    funnel = _present(case, _members(case, roster), roster)
    _narrow_by_hours(case, funnel, roster)
    return _outcome(case, route, funnel)


def _members(case: RoutingContext, roster: TeamRoster) -> Funnel:
    """Everyone with a row for the team, those without a valid one excluded."""
    funnel = Funnel(roster.lineup)
    if roster.dates:
        funnel.require("membership", lambda owner: _NOT_A_MEMBER, among=outside(funnel.left, roster.dates, case.second))
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


def _narrow_by_hours(case: RoutingContext, funnel: Funnel, roster: TeamRoster, *, open_now: bool = False) -> None:
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


def _text_of(case: RoutingContext, kind: str) -> str | None:
    name = attribute_of_type(case.book, kind)
    value = case.item.value(name) if name else None
    return value if isinstance(value, str) else None


def _to_nearest(case: RoutingContext, route: Route, target: Target, nearest: Nearest) -> RoutingResult:
    """The nearest branch that may have the item; else where the rule says."""
    postal, country = (_text_of(case, kind) for kind in ("postal", "country"))
    point = point_of(case.item)
    if point is None and postal is None:
        return _otherwise(case, route, target, NO_PLACE)
    roster = _rosters(case.directory).get(target.team, _NOBODY)
    funnel = _present(case, _members(case, roster), roster)
    if not funnel.left:
        return _otherwise(case, route, target, NONE_ELIGIBLE)
    funnel.require("range", lambda owner: judge_reach(nearest, owner, point, postal, country))
    if not funnel.left:
        return _otherwise(case, route, target, NO_PLACE if point is None else NONE_IN_RANGE)
    _narrow_by_hours(case, funnel, roster, open_now=nearest.open_now)
    if not funnel.left:
        return _otherwise(case, route, target, NONE_OPEN)
    away: dict[str, float | None] = {owner.owner_id: distance_km(point, owner) for owner in funnel.left}
    winner = min(away, key=lambda owner_id: (away[owner_id] is None, away[owner_id] or 0.0, owner_id))
    funnel.require("nearest", lambda owner: ALLOWED if owner.owner_id == winner else Verdict(
        eligible=False, reason=_FARTHER,
        evidence={"km": None if (km := away[owner.owner_id]) is None else round(km, 1)}))
    return replace(_outcome(case, replace(route, via=route.via.then(Via.NEAREST)), funnel), nearest=True)


def _otherwise(case: RoutingContext, route: Route, target: Target, reason: str) -> RoutingResult:
    """The rule's `else`, with why no branch could have the item."""
    sent = replace(route, via=route.via.then(Via.ELSE), team=target.otherwise, reason=reason)
    if target.otherwise is None or _is_queue(case.book, target.otherwise):
        return _to_queue(case, sent, target.otherwise)
    return _to_team(case, sent, target.otherwise)


def _outcome(case: RoutingContext, route: Route, funnel: Funnel, warnings: tuple[str, ...] = (),
             passed_on: str | None = None) -> RoutingResult:
    """The funnel's end; where nobody is left, what the book says about that."""
    eligibility = Eligibility(considered=funnel.considered,
                              outside_team=len(case.directory.owners) - funnel.considered,
                              eligible=funnel.left_ids, excluded=tuple(funnel.excluded))
    found = RoutingResult(route=route, eligibility=eligibility, warnings=warnings, passed_on=passed_on)
    if funnel.left:
        return found
    found = replace(found, route=replace(route, via=route.via.then(Via.NOBODY_FREE)), none_free=True)
    policy, now = case.book.availability, case.at.at
    since = min(case.item.received_at, now)
    if policy.wait is not None and now < since + policy.wait:
        return replace(found, wait_until=since + policy.wait)
    if policy.then in case.book.teams:
        found = replace(found, queue=policy.then, queue_owner=_queue_owner(case.directory, policy.then),
                        automation=case.book.teams[policy.then].automation)
    return _to_manager(case, found)


def _to_manager(case: RoutingContext, found: RoutingResult) -> RoutingResult:
    """What somebody gave back and nobody else can have waits with the last one's manager, where compliance lets it."""
    given_back = [owner for out in found.eligibility.excluded if out.rule == HAD_IT for owner in out.owners]
    if not given_back:
        return found
    last = [owner_id for owner_id in case.had if owner_id in given_back][-1]
    manager = case.directory.owners[last].manager_id
    if manager is None or not is_allowed(case.item, manager, book=case.book, directory=case.directory, at=case.at.at).eligible:
        return replace(found, warnings=(*found.warnings, f"{last} had it and nobody else can have it: it waits for the team"))
    return replace(found, queue_owner=manager, warnings=(
        *found.warnings, f"{last} had it and nobody else can have it: it waits with their manager {manager}"))
