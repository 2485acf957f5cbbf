"""SLA: by when a first reply is due and when each escalation is, in business or elapsed time.

Pure: the moment at which the clock starts and the working time that it runs in come in as arguments; nothing here reads
a clock. The business clock runs in the chosen owner's working time, so that nobody is late for hours they do not work;
for an item that waits without an owner, in that of the queue's own row, else of anybody in the team. The elapsed clock
never stops. Absences stop neither: what was promised to a customer is escalated and not put off.
"""
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.book.schema import SlaPolicy
from rules.caching import cached_per_instance
from rules.model import Directory
from rules.refdata.working_time import Calendar, SharedCalendar, calendar_of

#: The working time of nobody in particular: every moment.
ALWAYS_AT_WORK = Calendar("UTC", (), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueStep:
    """What is to be done when: an escalation of a policy with its moment."""

    due_at: datetime
    do: str


def due_at(policy: SlaPolicy, started_at: datetime, calendar: Calendar) -> datetime | None:
    """By when a first reply is promised; None where the working time of ten years does not suffice.

    The first moment by which `respond_within` has passed on the policy's clock; a reply at that very moment is in time.
    """
    return _moment(policy, policy.respond_within, started_at, calendar)


def escalations(policy: SlaPolicy, started_at: datetime, calendar: Calendar) -> tuple[DueStep, ...]:
    """Every escalation with its moment, in the order of time; those that ten years do not reach are left out."""
    moments = ((_moment(policy, step.after, started_at, calendar), step.do) for step in policy.escalate)
    return tuple(DueStep(due_at=at, do=do) for at, do in moments if at is not None)


def _moment(policy: SlaPolicy, within: timedelta, started_at: datetime, calendar: Calendar) -> datetime | None:
    return started_at + within if policy.clock == "elapsed" else calendar.after(started_at, within)


def business_calendar(directory: Directory, *, owner_id: str | None = None, team: str | None = None) -> Calendar:
    """Whose working time the business clock runs in: the owner's, else that of anybody with a row for the team."""
    owner = directory.owners.get(owner_id) if owner_id is not None else None
    if owner is not None:
        return calendar_of(owner)
    return _team_calendars(directory).get(team or "", ALWAYS_AT_WORK)


@cached_per_instance
def _team_calendars(directory: Directory) -> dict[str, Calendar]:
    """By team when anybody in it is at work; queue rows do no work."""
    found: dict[str, Calendar] = {}
    for team, members in directory.members.items():
        owners = [directory.owners[member.owner_id] for member in members if member.owner_id in directory.owners]
        found[team] = SharedCalendar(dict.fromkeys(calendar_of(owner) for owner in owners if owner.kind != "queue"))
    return found
