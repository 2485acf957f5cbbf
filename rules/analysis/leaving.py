"""Who can take this today, and after each known leaving date: of named persons and of teams, and whose team is unknown.

Looked at are the days on record: when owners start and leave, their memberships and, where the book makes them bind, absences.
Whose ceiling leaves no room for a single item can take nothing, on whatever day.
"""
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.schema import NamedAccount, Rule, RuleBook, Team
from rules.model import Directory, Moment, Owner, Span, zone
from rules.routing.availability import Stretches, stretch_of
from rules.routing.named_owner import manager_of, teams_of

_OWNERS_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A stretch of time, in seconds since 1970, in which nobody can take anything; days are those of `zone_name`."""

    starts: float
    ends: float
    zone_name: str

    @property
    def first_day(self) -> str:
        """The day from which nobody can."""
        return _day(self.starts, self.zone_name)

    def told(self, at: datetime) -> str:
        """When, in words, as seen from a moment."""
        until = "" if math.isinf(self.ends) else f" until {_day(self.ends, self.zone_name)}"
        if math.isinf(self.starts):
            return until.strip() or "at any time"
        if self.starts <= at.timestamp():
            return f"since {self.first_day}{until}"
        return f"from {self.first_day}{until or ' on'}"


@dataclass(frozen=True, kw_only=True)
class Presences:
    """When owners and teams can take something, by what is on record; worked out once for each."""

    book: RuleBook
    directory: Directory
    kept: dict[str, Stretches] = field(default_factory=dict)

    def of(self, owner: Owner) -> Stretches:
        """When an owner works here and is not away; never, where they have room for nothing."""
        if owner.owner_id not in self.kept:
            free: Stretches = (stretch_of(owner.active, owner.time_zone),) if self.ceiling_of(owner) is None else ()
            if self.book.availability.absence == "require":
                for absence in self.directory.absences.get(owner.owner_id, ()):
                    free = tuple(_without(free, stretch_of(absence.span, owner.time_zone)))
            self.kept[owner.owner_id] = free
        return self.kept[owner.owner_id]

    def ceiling_of(self, owner: Owner) -> str | None:
        """The column that lets an owner have no item at all, where the book makes ceilings bind."""
        if self.book.availability.capacity != "require":
            return None
        nothing = next((name for name in ("max_open", "max_per_day") if getattr(owner, name) == 0), None)
        weights = self.book.availability.weights
        least = min((weights.get(kind, 1.0) for kind in self.book.kinds), default=1.0)
        return nothing or ("max_load" if owner.max_load is not None and owner.max_load < least else None)

    def of_team(self, team: str, roles: frozenset[str] = frozenset()) -> dict[tuple[float, float], str]:
        """When each member of a team, or each in one of some roles, is in it and there, with the zone whose days those are."""
        found: dict[tuple[float, float], str] = {}
        for row in self.directory.members.get(team, ()):
            owner = self.directory.owners.get(row.owner_id)
            if owner is not None and (not roles or row.role in roles):
                member = stretch_of(row.span, owner.time_zone)
                found |= dict.fromkeys(_within(self.of(owner), member), owner.time_zone)
        return found

    def stand_in(self, owner: Owner, second: float) -> str:
        """Who gets what is named for an owner at a moment when they cannot take it."""
        at = Moment(at=datetime.fromtimestamp(second, UTC))
        for team in teams_of(owner, self.book, self.directory, at):
            if any(start <= second < end for start, end in self.of_team(team)):
                return f"their team `{team}`"
        manager = manager_of(owner, self.directory)
        if manager is not None and any(start <= second < end for start, end in self.of(manager)):
            return f"their manager `{manager.owner_id}`"
        return "the next stage"


def check_leaving(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Report every named row and team that nobody can take something for, today or from a coming day on."""
    presences = Presences(book=book, directory=directory)
    for stage in book.stages:
        for row in stage.named:
            owner = directory.owners.get(row.owner_id or "")
            if owner is not None:
                _check_row(row, owner, presences, at, findings.within(rule=f"named/{row.account_id}", stage=stage.name))
    for team in book.teams.values():
        if team.kind != "queue":
            _check_team(team, presences, at, findings)
    for stage, rule in book.placed_rules:
        if rule.target.roles:
            _check_role(rule, presences, at, findings.within(rule=rule.id, stage=stage.name))
    _check_memberships(book, directory, at, findings)


def _check_row(row: NamedAccount, owner: Owner, presences: Presences, at: datetime, findings: Findings) -> None:
    when = stretch_of(row.span, owner.time_zone)
    gap = next(_gaps(dict.fromkeys(presences.of(owner), owner.time_zone), at, owner.time_zone, within=when), None)
    if gap is not None:
        instead = presences.stand_in(owner, max(gap.starts, at.timestamp()))
        ceiling = presences.ceiling_of(owner)
        findings.add(
            "nobody_can_take", f"account `{row.account_id}` is named for {owner.name or 'the owner'} (`{owner.owner_id}`), who "
            f"cannot take its items {gap.told(at)}{f', by `{ceiling}`' if ceiling else ''}: they go to {instead}", row.place,
            given=row.owner_id, expected="an owner who is here, or a team")


def _check_team(team: Team, presences: Presences, at: datetime, findings: Findings) -> None:
    members = presences.directory.members.get(team.id, ())
    owners = [presences.directory.owners.get(row.owner_id) for row in members if Span(ends=row.span.ends).covers(at)]
    lasting = [owner for owner in owners if owner is not None and Span(ends=owner.active.ends).covers(at)]
    gaps = list(_gaps(presences.of_team(team.id), at, "UTC")) if lasting else []
    if gaps:
        more = f", and {'once' if len(gaps) == 2 else f'{len(gaps) - 1} times'} more" if len(gaps) > 1 else ""
        findings.add("nobody_can_take", f"nobody in team `{team.id}` can take an item {gaps[0].told(at)}{more}", team.place,
                     given=team.id, expected="somebody who is in the team then")


def _check_role(rule: Rule, presences: Presences, at: datetime, findings: Findings) -> None:
    """A time at which nobody in the roles that a rule asks for can take an item."""
    team, roles = rule.target.team, rule.target.roles
    present = presences.of_team(team, roles)
    gap = next(_gaps(present, at, "UTC"), None) if present else None
    if gap is not None:
        findings.add("nobody_can_take", f"nobody in the role {' or '.join(sorted(roles))} of team `{team}` can take an item "
                     f"{gap.told(at)}", rule.place, given=team, expected="somebody who is in the role then")


def _check_memberships(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Memberships that have not ended, of teams that the book lacks."""
    for team, rows in directory.members.items():
        current = [row for row in rows if Span(ends=row.span.ends).covers(at)]
        if team in book.teams or not current:
            continue
        owners = list(dict.fromkeys(row.owner_id for row in current))
        more = f" and {len(owners) - _OWNERS_NAMED} more" if len(owners) > _OWNERS_NAMED else ""
        findings.unknown(
            "unknown_membership", f"the book has no team `{team}`, which {', '.join(owners[:_OWNERS_NAMED])}{more} "
            f"{'belong' if len(owners) > 1 else 'belongs'} to: no item reaches them through it",
            SourcePosition(file="memberships.csv", line=current[0].line or 1), given=team, known=book.teams,
            expected="a team of the book, or the row taken out")


def _gaps(present: dict[tuple[float, float], str], at: datetime, zone_name: str,
          within: tuple[float, float] = (-math.inf, math.inf)) -> Iterator[Gap]:
    """Where nothing covers the time, now or later."""
    reached, here = within[0], zone_name
    for (start, end), zone_of in sorted(present.items()):
        if start > reached and min(start, within[1]) > max(reached, at.timestamp()):
            yield Gap(starts=reached, ends=min(start, within[1]), zone_name=here)
        if end > reached:
            reached, here = end, zone_of
    if within[1] > max(reached, at.timestamp()):
        yield Gap(starts=reached, ends=within[1], zone_name=here)


def _within(stretches: Iterable[tuple[float, float]], other: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """What of some stretches lies in another."""
    for start, end in stretches:
        if max(start, other[0]) < min(end, other[1]):
            yield max(start, other[0]), min(end, other[1])


def _without(stretches: Iterable[tuple[float, float]], other: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """What of some stretches lies outside another."""
    for start, end in stretches:
        yield from _within([(start, end)], (-math.inf, other[0]))
        yield from _within([(start, end)], (other[1], math.inf))


def _day(second: float, zone_name: str) -> str:
    return datetime.fromtimestamp(second, zone(zone_name)).date().isoformat()
