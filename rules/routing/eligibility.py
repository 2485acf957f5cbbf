"""Who MAY own an item: compliance on the item, its route, then the owners of its team, each eligible or excluded once.

How the owners of a team are narrowed stands in team_roster.py. Pure: the time and the workloads come in as values.
"""
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from rules.book.schema import Nearest, RuleBook, Target, attribute_of_type
from rules.intake.location import point_of
from rules.model import EMPTY, Directory, Moment, Owner, WorkItem
from rules.routing.compliance.engine import Block, blocking_rule, judge_pair, pair_rules, window_closed
from rules.routing.funnel import Funnel
from rules.routing.hold import HOLD, PendingHold, rests_on, wait_for
from rules.routing.named_owner import home_of, manager_of, teams_of, why_passed_on
from rules.routing.nearest import distance_km, judge_reach
from rules.routing.team_roster import (
    HAD_IT,
    NOBODY,
    RoutingContext,
    TeamRoster,
    members_of,
    narrow_by_hours,
    present,
    roster_of,
    rosters,
)
from rules.routing.territory import Found, find_route
from rules.routing_result import ALLOWED, Eligibility, Route, RoutingResult, Verdict, Via
from rules.workload import Workloads

COMPLIANCE_STAGE = "compliance"
NO_PLACE, NONE_IN_RANGE, NONE_OPEN, NONE_ELIGIBLE = "no_place", "none_in_range", "none_open", "none_eligible"

_FARTHER = "another branch is nearer"


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
    return _to_team(case, found.route, found.target)


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
    queues = [owner.owner_id for owner in rosters(directory).get(queue, NOBODY).lineup.owners if owner.kind == "queue"]
    return queues[0] if len(queues) == 1 else None


def _to_named_owner(case: RoutingContext, route: Route, wait: PendingHold | None) -> RoutingResult:
    """The person whom a row names; else their team, their manager or the next stage.

    Who only rests keeps the item as long as the book lets it wait.
    """
    owner = case.directory.owners.get(route.named_owner or "")
    roster = NOBODY if owner is None else roster_of([owner], {}, case.directory)
    funnel = present(case, Funnel(roster.lineup), roster)
    rests = bool(funnel.left)
    narrow_by_hours(case, funnel, roster)
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
        roster = rosters(case.directory).get(team, NOBODY)
        funnel = present(case, members_of(case, roster), roster)
        if funnel.left:
            told = why(f"their team {case.book.teams[team].name or team}")
            return _passed(case, replace(route, team=team, named_owner=None), funnel, roster, told)
    manager = manager_of(owner, case.directory)
    if owner is not None and manager is not None and manager is not owner:
        roster = roster_of([owner, manager], {}, case.directory)
        funnel = present(case, Funnel(roster.lineup), roster)
        if manager.owner_id in funnel.left_ids:           # who is named may be left too, and only be at rest
            told = why(f"their manager {manager.owner_id}")
            return _passed(case, replace(_with_home(case, route), named_owner=manager.owner_id), funnel, roster, told)
    return _to_next_stage(case, route, after, why(f"the next stage, {after.route.stage}"), wait)


def _passed(case: RoutingContext, route: Route, funnel: Funnel, roster: TeamRoster, told: str) -> RoutingResult:
    """The end of a funnel of those who stand in for a named person."""
    narrow_by_hours(case, funnel, roster)
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


def _to_team(case: RoutingContext, route: Route, target: Target) -> RoutingResult:
    roster = rosters(case.directory).get(target.team, NOBODY)
    funnel = present(case, members_of(case, roster, target), roster)
    narrow_by_hours(case, funnel, roster)
    return _outcome(case, route, funnel)


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
    roster = rosters(case.directory).get(target.team, NOBODY)
    funnel = present(case, members_of(case, roster), roster)
    if not funnel.left:
        return _otherwise(case, route, target, NONE_ELIGIBLE)
    funnel.require("range", lambda owner: judge_reach(nearest, owner, point, postal, country))
    if not funnel.left:
        return _otherwise(case, route, target, NO_PLACE if point is None else NONE_IN_RANGE)
    narrow_by_hours(case, funnel, roster, open_now=nearest.open_now)
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
    return _to_team(case, sent, Target(team=target.otherwise))


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
