"""Incidents as rows in our own words: a history of assignments, and a list of items to route.

An incident counts as given to its resolver when it was opened: the log does not say when the resolver got it. It is
settled when it was closed. An incident without a resolver has no owner, so it is no assignment; it is counted.
"""
from collections.abc import Iterable

from rules.exports.servicenow.audit_log import ARRIVAL, MOMENT, Incident
from rules.exports.servicenow.groups import owner_id_of, team_of_group
from rules.refdata.times import format_instant
from rules.tabular import Row, Table

KIND = "incident"
TEAM = "assignment_group"
MET, MISSED = "met", "missed"
_ITEM = ("item_id", "kind", "received_at", *ARRIVAL, *MOMENT)
_ASSIGNMENT = ("owner_id", "assigned_at", "ended_at", "end", "outcome", "outcome_at", "assigned_by", TEAM)


def history_table(incidents: Iterable[Incident], *, file: str) -> Table:
    """One assignment per incident with a resolver, on the line of the incident's last row."""
    return Table(file=file, columns=(*_ITEM, *_ASSIGNMENT),
                 rows=tuple(Row(line=one.line, cells=_assignment(one, one.resolver))
                            for one in incidents if one.resolver is not None))


def items_table(incidents: Iterable[Incident], *, file: str) -> Table:
    """One item per incident, as it came in."""
    return Table(file=file, columns=_ITEM, rows=tuple(Row(line=one.line, cells=_item(one)) for one in incidents))


def _item(one: Incident) -> dict[str, str]:
    return {"item_id": one.number, "kind": KIND, "received_at": format_instant(one.opened_at), **one.facts}


def _assignment(one: Incident, resolver: str) -> dict[str, str]:
    cells = {**_item(one), "owner_id": owner_id_of(resolver), "assigned_at": format_instant(one.opened_at),
             "assigned_by": "manual", "end": "open"}
    if one.group is not None:
        cells[TEAM] = team_of_group(one.group)
    if one.settled_at is not None:
        cells |= {"end": "resolved", "ended_at": format_instant(one.settled_at)}
        outcome = outcome_of(one)
        if outcome is not None:
            cells |= {"outcome": outcome, "outcome_at": format_instant(one.settled_at)}
    return cells


def outcome_of(one: Incident) -> str | None:
    """Whether its service level was kept; None while it is open, for the log says so by default then."""
    if one.settled_at is None or one.made_sla is None:
        return None
    return MET if one.made_sla else MISSED
