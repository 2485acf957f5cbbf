"""A made-up audit log of 60 incidents in about 300 rows with every damage that the real one has, and what it should count.

Two columns called `category`, `ident_state`, `?`, day-first times, ends without `resolved_at`, incidents without a resolver
or a group, arrival columns changed later, rows that stand apart, twice, or out of order.
"""
from datetime import datetime, timedelta

HEADER = ("number,ident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_by,opened_at,"
          "sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,location,category,category,u_symptom,cmdb_ci,"
          "impact,urgency,priority,assignment_group,assigned_to,knowledge,u_priority_confirmation,notify,problem_id,rfc,vendor,"
          "caused_by,closed_code,resolved_by,resolved_at,closed_at")
START, INCIDENTS, STATES = datetime(2016, 3, 1, 8, 0), 60, ("New", "Active", "Active", "Resolved", "Closed")
#: Resolvers and their groups; 901 appears only in the last incidents.
GROUP_OF = {"11": "70", "12": "70", "13": "70", "14": "70", "21": "24", "22": "24"}
NO_RESOLVED_AT, NO_RESOLVER, NO_GROUP, CHANGED, LATE_RESOLVER = (5, 17, 29), (8, 33), (12,), (3, 20), (58, 59)
UNKNOWN_LATER = 57                                        # a category nobody saw before


def day_first(at: datetime) -> str:
    """As the log writes a time."""
    return f"{at.day}/{at.month}/{at.year} {at.hour:02d}:{at.minute:02d}"


def rows() -> list[list[str]]:
    """The rows in order of incidents and time, five each, before they are scattered."""
    return [_row(number, step) for number in range(INCIDENTS) for step in range(len(STATES))]


def text() -> str:
    """The log as a file holds it: one row stands twice, one apart from its incident, and two are in the wrong order."""
    listed = rows()
    listed.insert(10, list(listed[9]))                    # the last row of incident 1, twice
    listed.append(listed.pop(22))                         # a row of incident 4, at the end of the file
    listed[31], listed[32] = listed[32], listed[31]
    return "\n".join([HEADER, *(",".join(row) for row in listed)]) + "\n"


def _row(number: int, step: int) -> list[str]:
    opened = START + timedelta(hours=20 * number)
    resolved, closed = opened + timedelta(hours=10), opened + timedelta(days=2)
    updated = (opened, opened + timedelta(hours=1), opened + timedelta(hours=3), resolved, closed)[step]
    resolver = "901" if number in LATE_RESOLVER else sorted(GROUP_OF)[number % len(GROUP_OF)]
    last = step == len(STATES) - 1
    category = "99" if number == UNKNOWN_LATER else ("26", "46")[number % 2]
    if number in CHANGED and last:
        category = "53"
    group = "?" if number in NO_GROUP or step == 0 else GROUP_OF.get(resolver, "70")
    met = number % 3 > 0 or not last
    return [f"{number:07d}", STATES[step], "false" if last else "true", "0", "0", str(step), str(met).lower(), str(2000 + number),
            str(8 + number % 4), day_first(opened), "?", "?", "6", day_first(updated), "Phone", str(143 + number % 3), category,
            str(170 + number % 5), "?" if number % 4 == 0 else "72", "?", "2", "2", "3", group, "?" if step == 0 else "31",
            "true", "false", "Do Not Notify", "?", "?", "?", "?", "5", "?" if number in NO_RESOLVER else resolver,
            "?" if number in NO_RESOLVED_AT else day_first(resolved), day_first(closed)]
