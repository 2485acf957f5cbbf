"""Closing days: when a company, those of a holiday calendar, a team or one owner do not work, as closing_days.csv says."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from rules.directory.columns import RowReader
from rules.errors import nearest_name
from rules.model import Membership, Owner, zone

CLOSING_DAY_COLUMNS = ("date", "calendar", "team", "owner_id", "name")
#: Past this many problems no near name is looked for.
_SUGGESTIONS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosingDay:
    """A day on which those of a calendar, a team or one owner do not work; all where none of them is named."""

    day: date
    calendar: str
    team: str
    owner_id: str


def read_closing_day(row: RowReader, owners: Mapping[str, Owner], members: Mapping[str, Sequence[Membership]], *,
                 known_owners: bool) -> ClosingDay | None:
    """A row of the table, None for a faulty one."""
    named = [name for name in ("calendar", "team", "owner_id") if row.text(name)]
    if len(named) > 1:
        row.fault(named[1], "the row names two", given=row.text(named[1]), expected="a calendar, team, owner, or none for all")
    calendars = {owner.holidays.partition("+")[0] for owner in owners.values() if owner.holidays}
    known = {"calendar": calendars | {code.partition("-")[0] for code in calendars}, "team": members, "owner_id": owners}
    for name in named if known_owners else ():
        if row.text(name) not in known[name]:
            row.fault(name, "nobody has it", given=row.text(name), expected="one that owners.csv or memberships.csv names",
                      nearest=nearest_name(row.text(name), known[name]) if len(row.problems) < _SUGGESTIONS else None)
    day = row.day("date") if row.required("date") else None
    return None if day is None else ClosingDay(day=day, calendar=row.text("calendar"), team=row.text("team"),
                                                owner_id=row.text("owner_id"))


def with_closing_days(owners: Mapping[str, Owner], members: Mapping[str, Sequence[Membership]],
                      closing: Sequence[ClosingDay]) -> dict[str, Owner]:
    """The owners, each with the closing days that are theirs."""
    found: dict[str, set[date]] = {}
    for closed in closing:
        for owner in owners.values():
            code = (owner.holidays or "").partition("+")[0]
            if (closed.owner_id in ("", owner.owner_id) and closed.calendar in ("", code, code.partition("-")[0])
                    and (not closed.team or _is_member(owner, members.get(closed.team, ()), closed.day))):
                found.setdefault(owner.owner_id, set()).add(closed.day)
    return {owner_id: replace(owner, closed=frozenset(found[owner_id])) if owner_id in found else owner
            for owner_id, owner in owners.items()}


def _is_member(owner: Owner, rows: Sequence[Membership], day: date) -> bool:
    noon = datetime.combine(day, time(12), zone(owner.time_zone))
    return any(row.owner_id == owner.owner_id and row.span.covers(noon, owner.time_zone) for row in rows)
