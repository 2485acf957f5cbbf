"""Availability: is an owner active, present (no leave day), below their ceilings and at work at the moment of decision?"""
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from rules.caching import cached_per_instance
from rules.model import ALWAYS, EMPTY, Absence, Directory, Moment, Owner, Span, zone
from rules.refdata.times import format_moment
from rules.refdata.working_time import Calendar, calendar_of
from rules.routing_result import ALLOWED, Verdict
from rules.workload import Loads, Workload, Workloads

#: Stretches of time as seconds since 1970, the end being out.
Stretches = tuple[tuple[float, float], ...]

#: Sums of weights such as 0.1 are no exact numbers.
_ROUNDING = 1e-9

_AT_WORK = Verdict(eligible=True, reason="at work")


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """A directory's dates in seconds, so that a team is gone through at the cost of comparing numbers.

    Owners without dates stand in none of them; `calendars` holds those with hours or holidays.
    """

    active: Mapping[str, Stretches]
    absent: Mapping[str, Stretches]
    calendars: Mapping[str, Calendar]


@cached_per_instance
def presence_of(directory: Directory) -> Presence:
    """When the owners of a directory are active, absent and at work."""
    owners = directory.owners.values()
    return Presence(
        active={owner.owner_id: (stretch_of(owner.active, owner.time_zone),) for owner in owners
                if owner.active != ALWAYS},
        absent={owner_id: tuple(stretch_of(absence.span, directory.owners[owner_id].time_zone) for absence in absences)
                for owner_id, absences in directory.absences.items() if owner_id in directory.owners},
        calendars={owner.owner_id: calendar_of(owner) for owner in owners 
                   if owner.working_hours or owner.holidays or owner.closed},
    )


def stretch_of(span: Span, zone_name: str) -> tuple[float, float]:
    """A span as seconds: from the first moment of its first day to the first moment after its last."""
    return (-math.inf if span.starts is None else _second(span.starts, zone_name, 0),
            math.inf if span.ends is None else _second(span.ends, zone_name, 1))


def _second(bound: date | datetime, zone_name: str, days: int) -> float:
    if isinstance(bound, datetime):
        return bound.timestamp()
    day = bound + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).astimezone(UTC).timestamp()


def outside(owners: Iterable[Owner], stretches: Mapping[str, Stretches], second: float) -> list[Owner]:
    """The owners with dates of whom none covers the moment."""
    return [owner for owner in owners if (dates := stretches.get(owner.owner_id)) is not None
            and not _covered(dates, second)]


def inside(owners: Iterable[Owner], stretches: Mapping[str, Stretches], second: float) -> list[Owner]:
    """The owners with dates of whom one covers the moment."""
    return [owner for owner in owners if (dates := stretches.get(owner.owner_id)) is not None
            and _covered(dates, second)]


def _covered(dates: Stretches, second: float) -> bool:
    for start, end in dates:  # noqa: SIM110 - a loop costs a third of any(), and this runs for every owner
        if start <= second < end:
            return True
    return False


def resting(owners: Iterable[Owner], calendars: Mapping[str, Calendar], at: datetime) -> list[Owner]:
    """The owners who are not at work; each calendar that they share is asked once."""
    working: dict[Calendar | None, bool] = {None: True}
    found = []
    for owner in owners:
        calendar = calendars.get(owner.owner_id)
        if calendar is not None and calendar not in working:
            working[calendar] = calendar.is_working(at)
        if not working[calendar]:
            found.append(owner)
    return found


@dataclass(frozen=True, slots=True)
class FullOwners(Workloads):
    """The same workloads with some owners at their ceilings: those that lost their last place since."""

    workloads: Workloads
    full: Collection[str]
    directory: Directory

    def of(self, owner_id: str) -> Workload:
        """What the owner carries, and no less than the ceilings of one who is full."""
        load = self.workloads.of(owner_id)
        if owner_id not in self.full:
            return load
        owner = self.directory.owners[owner_id]
        return Workload(open_items=max(load.open_items, owner.max_open or 0),
                        assigned_today=max(load.assigned_today, owner.max_per_day or 0))

    def by_kind(self, owner_id: str) -> Mapping[str, int]:
        """As counted: a ceiling of items says nothing about their kinds."""
        return self.workloads.by_kind(owner_id)


@dataclass(frozen=True, slots=True)
class WithPlace(Workloads):
    """The same workloads, where one owner has the item in question and needs no further place to keep it."""

    workloads: Workloads
    owner_id: str

    def of(self, owner_id: str) -> Workload:
        """What the owner carries, nothing for the one who has the item."""
        return Workload() if owner_id == self.owner_id else self.workloads.of(owner_id)

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """What some owners carry, in their order."""
        loads = self.workloads.many(owner_ids)
        return Loads(*([0 if owner_id == self.owner_id else count for owner_id, count in zip(owner_ids, counts, strict=True)]
                       for counts in loads))

    def by_kind(self, owner_id: str) -> Mapping[str, int]:
        """How many open items of each kind an owner has, none for the one who has the item."""
        return EMPTY if owner_id == self.owner_id else self.workloads.by_kind(owner_id)


def at_ceiling(owners: Sequence[Owner], loads: Loads) -> list[Owner]:
    """The owners for whom one more item is too much; `loads` stand in their order."""
    found = []
    for owner, open_items, assigned_today in zip(owners, loads.open_items, loads.assigned_today, strict=True):
        most, today = owner.max_open, owner.max_per_day
        if (most is not None and open_items >= most) or (today is not None and assigned_today >= today):
            found.append(owner)
    return found


def load_of(by_kind: Mapping[str, int], weights: Mapping[str, float]) -> float:
    """What open items weigh together; one of a kind without a weight counts 1."""
    return sum(weights.get(kind, 1.0) * count for kind, count in by_kind.items())


def overloaded(owners: Sequence[Owner], kind: str, weights: Mapping[str, float],
               workload: Workloads) -> dict[str, float]:
    """What the owners carry for whom one more item of a kind is over their `max_load`, by id."""
    loads = [(owner, load_of(workload.by_kind(owner.owner_id), weights)) for owner in owners if owner.max_load is not None]
    return {owner.owner_id: load for owner, load in loads if not fits(owner, load, kind, weights)}


def fits(owner: Owner, load: float, kind: str, weights: Mapping[str, float]) -> bool:
    """Whether one more item of a kind fits under an owner's `max_load`."""
    return owner.max_load is None or load + weights.get(kind, 1.0) <= owner.max_load + _ROUNDING


def too_heavy(owner: Owner, load: float, kind: str, weights: Mapping[str, float]) -> Verdict:
    """No: one more item of the kind is over `max_load`; evidence names what is carried, the item's weight and the ceiling."""
    weight = weights.get(kind, 1.0)
    return Verdict(eligible=False, reason=f"carries a load of {load:g} of at most {owner.max_load:g}, a {kind} weighs {weight:g}",
                   evidence={"load": load, "weight": weight, "max_load": owner.max_load})


def judge_role(held: Mapping[str, Stretches], wanted: Collection[str], second: float) -> Verdict:
    """Whether somebody has one of some roles in the team at a moment; evidence `needs` and `found`."""
    now = [role for role, dates in held.items() if _covered(dates, second)]
    if any(role in wanted for role in now):
        return ALLOWED
    found = " and ".join(filter(None, now))
    return Verdict(eligible=False, reason=f"needs the role {' or '.join(sorted(wanted))} in the team, "
                   + (f"has {found}" if found else "has none on record"), evidence={"needs": sorted(wanted), "found": now})


def judge_active(owner: Owner, at: Moment) -> Verdict:
    """Whether the owner works here (`active_from`, `active_to`); evidence `from` and `to`."""
    if owner.active is ALWAYS or owner.active.covers(at.at, owner.time_zone):
        return ALLOWED
    return Verdict(eligible=False, reason=f"not active {_span_text(owner.active)}", evidence=_span_evidence(owner.active))


def judge_absence(absences: tuple[Absence, ...], owner: Owner, at: Moment) -> Verdict:
    """Whether the owner is here; evidence `from`, `to` and `reason` of the absence."""
    for absence in absences:
        if absence.span.covers(at.at, owner.time_zone):
            return Verdict(eligible=False, reason=f"away {_span_text(absence.span)}",
                           evidence={**_span_evidence(absence.span), "reason": absence.reason})
    return ALLOWED


def judge_capacity(owner: Owner, workload: Workload) -> Verdict:
    """Whether one more item fits under `max_open` and `max_per_day`; evidence names the ceiling that is reached."""
    return _room(workload.open_items, owner.max_open, workload.assigned_today, owner.max_per_day)


@lru_cache(maxsize=4096)
def _room(open_items: int, most: int | None, today: int, most_today: int | None) -> Verdict:
    """Kept, since in a large team many carry the same."""
    if most is not None and open_items >= most:
        return Verdict(eligible=False, reason=f"carries {open_items} of at most {most} open items",
                       evidence={"open_items": open_items, "max_open": most})
    if most_today is not None and today >= most_today:
        return Verdict(eligible=False, reason=f"was given {today} of at most {most_today} items today",
                       evidence={"assigned_today": today, "max_per_day": most_today})
    return ALLOWED


def judge_working_hours(owner: Owner, at: Moment) -> Verdict:
    """Whether the owner is at work; evidence `time_zone` and `local_time`."""
    if calendar_of(owner).is_working(at.at):
        return _AT_WORK
    return Verdict(eligible=False, reason="outside working hours", evidence={"time_zone": owner.time_zone})


def _span_text(span: Span) -> str:
    parts = [f"from {format_moment(span.starts)}" if span.starts is not None else "",
             f"to {format_moment(span.ends)}" if span.ends is not None else ""]
    return " ".join(part for part in parts if part) or "always"


def _span_evidence(span: Span) -> dict[str, object]:
    return {"from": format_moment(span.starts), "to": format_moment(span.ends)}
