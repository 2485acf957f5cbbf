"""ServiceNow's audit log of incidents: many rows per incident become one incident, and every repair is counted.

The first row of an incident is its arrival: only what stands there, and is known then, describes the item. The last row
is its end: who resolved it, in which group, and whether the service level was kept. `?` is a missing value, times are
d/m/Y H:M and taken as UTC. Repaired without asking, and told by `ReadLog.repairs`: a second column called `category`
(the subcategory), `ident_state` (the incident's state), rows that stand apart or out of order, rows that stand twice, an
end without `resolved_at`. `assigned_to`, `resolved_by` and `opened_by` are three code tables that do not fit together:
nothing is ever joined across them.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.errors import Problem, nearest_name
from rules.exports.repairs import Repair
from rules.records import TableRecord
from rules.refdata.times import possible_times, untrusted
from rules.tabular import sound_records

MISSING = "?"
#: Columns of the first row that are known when an incident comes in; they keep their names as item attributes.
ARRIVAL = ("opened_by", "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency",
           "priority")
#: Made from the moment of opening, so known then as well.
MOMENT = ("opened_hour", "opened_weekday")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Columns that say what became of an incident: read from its last row, never a property of the item.
ENDING = ("assignment_group", "resolved_by", "resolved_at", "closed_at", "made_sla")
#: Known late (a default while the incident is open, a counter, or filled in afterwards), or a code nobody can use.
LATE = ("incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "assigned_to", "knowledge",
        "u_priority_confirmation", "notify", "problem_id", "rfc", "vendor", "caused_by", "closed_code", "caller_id",
        "sys_created_by", "sys_created_at", "sys_updated_by")
REQUIRED = ("number", "opened_at", "sys_updated_at", *ARRIVAL, *ENDING)
_SLA = {"true": True, "false": False}
_TIME_EXPECTED = "day/month/year hour:minute, such as `29/2/2016 01:16`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One incident: what was known when it came in, and how it ended. `line` is that of its last row.

    `facts` holds the arrival columns that are not missing; `made_sla` and the ending are None where unknown.
    """

    number: str
    line: int
    opened_at: datetime
    facts: Mapping[str, str]
    group: str | None
    resolver: str | None
    resolved_at: datetime | None
    closed_at: datetime | None
    made_sla: bool | None

    @property
    def settled_at(self) -> datetime | None:
        """When its end was known, by closing or else by resolution; None while it is open."""
        return self.closed_at or self.resolved_at


@dataclass(frozen=True, kw_only=True)
class ReadLog:
    """What an audit log holds; `problems` carry the line of the row concerned, `row_count` counts all rows.

    `used_count`: rows that are part of an incident read, `twice_count`: those that stand twice.
    """

    incidents: tuple[Incident, ...]
    repairs: tuple[Repair, ...]
    problems: tuple[Problem, ...]
    row_count: int
    unused: tuple[str, ...]
    used_count: int = 0
    twice_count: int = 0


def read_log(text: str, *, file: str, now: datetime) -> ReadLog:
    """Every incident of an audit log in the order of their first rows; what cannot be read, or be, is a problem with its line."""
    faults: list[Problem] = []
    rows = sound_records(text, file, faults)
    columns, repairs = mended_header(next(rows, TableRecord(1, "")).texts)
    problems = [*faults, *_header_problems(columns, file)]
    if problems:
        return ReadLog(incidents=(), repairs=(), problems=tuple(problems), row_count=0, unused=())
    at = {name: place for place, name in enumerate(columns)}
    events, row_count, missing = _rows_by_incident(((row.line, row.texts) for row in rows), at, file, problems, repairs)
    problems += faults
    row_count += sum(1 for one in faults if not one.whole_file)
    by_column = ", ".join(f"{name} {count:,}" for name, count in missing.most_common())
    repairs.append(Repair(code="missing", count=missing.total(), message=f"cells `{MISSING}` taken as missing: {by_column}"))
    reader = _Reader(file=file, at=at, problems=problems, now=now)
    read = [(found, len(own)) for number, own in events.items() if (found := reader.incident(number, own)) is not None]
    incidents = tuple(found for found, _rows in read)
    repairs.extend(reader.repairs(incidents))
    left = [name for name in LATE if name in at]
    repairs.append(Repair(code="late_columns", count=len(left),
                          message="columns not known on arrival, or of no use then, left out: " + ", ".join(left)))
    known = {*REQUIRED, *LATE, "sys_created_at"}
    return ReadLog(incidents=incidents, repairs=tuple(repair for repair in repairs if repair.count), problems=tuple(problems),
                   row_count=row_count, unused=tuple(name for name in columns if name not in known),
                   used_count=sum(rows for _found, rows in read),
                   twice_count=sum(repair.count for repair in repairs if repair.code == "repeated_rows"))


def mended_header(names: list[str]) -> tuple[tuple[str, ...], list[Repair]]:
    """The header under the log's proper names, and what was put right."""
    mended, repairs = list(names), []
    twice = [place for place, name in enumerate(names) if name == "category"]
    if len(twice) == 2 and "subcategory" not in names:
        mended[twice[1]] = "subcategory"
        repairs.append(Repair(code="header", count=1, message="the second column called `category` read as `subcategory`"))
    if "ident_state" in names and "incident_state" not in names:
        mended[names.index("ident_state")] = "incident_state"
        repairs.append(Repair(code="header", count=1, message="column `ident_state` read as `incident_state`"))
    return tuple(mended), repairs


def _header_problems(columns: tuple[str, ...], file: str) -> list[Problem]:
    if not any(columns):
        return [Problem(message="the table has no header", file=file, line=1, expected=",".join(REQUIRED))]
    problems = [Problem(message="the column is not there", file=file, line=1, column_name=name,
                        expected="the columns of an incident's audit log", nearest=nearest_name(name, columns))
                for name in REQUIRED if name not in columns]
    return problems + [Problem(message="the column stands twice", file=file, line=1, column_name=name,
                               expected="each column once; only `category` may stand twice")
                       for name, count in Counter(columns).items() if count > 1]


Event = tuple[int, list[str]]


def _rows_by_incident(rows: Iterable[tuple[int, list[str]]], at: Mapping[str, int], file: str, problems: list[Problem],
                      repairs: list[Repair]) -> tuple[dict[str, list[Event]], int, Counter[str]]:
    """The rows of each incident, each once, with their lines; how many rows there were, and `?` by column."""
    number_at, width = at["number"], len(at)
    names = {place: name for name, place in at.items()}
    events: dict[str, list[Event]] = {}
    missing: Counter[str] = Counter()
    row_count = twice = apart = 0
    last = None
    for line, cells in rows:
        if not any(cells):
            continue
        row_count += 1
        number = cells[number_at].strip() if len(cells) == width else ""
        if not number or number == MISSING:
            problems.append(Problem(message="the row has no number" if len(cells) == width else "the row has another length",
                                    file=file, line=line, given=number if len(cells) == width else len(cells),
                                    expected="an incident's number" if len(cells) == width else f"{width} cells"))
            continue
        if MISSING in cells:
            missing.update(names[place] for place, cell in enumerate(cells) if cell == MISSING)
        own = events.setdefault(number, [])
        if own and cells == own[-1][1]:
            twice += 1
            continue
        apart += bool(own) and number != last
        last = number
        own.append((line, cells))
    repairs.append(Repair(code="repeated_rows", count=twice, message="rows that stand twice counted once"))
    repairs.append(Repair(code="scattered_rows", count=apart, message="rows that stood apart put back with their incident"))
    return events, row_count, missing


class _Reader:
    """Makes incidents of their rows; keeps count of what it puts right."""

    def __init__(self, *, file: str, at: Mapping[str, int], problems: list[Problem], now: datetime):
        self.file, self.at, self.problems, self.now = file, at, problems, now
        self.disordered = self.changed = self.dates = 0
        self._times: dict[str, datetime | None] = {}

    def incident(self, number: str, rows: list[Event]) -> Incident | None:
        """One incident from its rows; None, with its problems told, where it cannot be read."""
        before = len(self.problems)
        rows = self._in_order(rows)
        first, (line, last) = rows[0], rows[-1]
        opened_at = self._time(*first, "opened_at")
        if opened_at is None and len(self.problems) == before:
            self._fault(first[0], "opened_at", "the cell is empty", None, _TIME_EXPECTED)
        resolved_at, closed_at = self._time(line, last, "resolved_at"), self._time(line, last, "closed_at")
        for name, moment in (("resolved_at", resolved_at), ("closed_at", closed_at)):
            if moment is not None and opened_at is not None and moment < opened_at:
                opened = first[1][self.at["opened_at"]]
                self._fault(line, name, "lies before `opened_at`", last[self.at[name]], f"{opened} or later")
        kept = self._cell(last, "made_sla")
        if kept is not None and kept.casefold() not in _SLA:
            self._fault(line, "made_sla", "unknown word", kept, "true or false")
        if len(self.problems) > before or opened_at is None:
            return None
        facts = {name: cell for name in ARRIVAL if (cell := self._cell(first[1], name)) is not None}
        self.changed += any(first[1][self.at[name]] != last[self.at[name]] for name in ARRIVAL)
        facts |= {"opened_hour": str(opened_at.hour), "opened_weekday": WEEKDAYS[opened_at.weekday()]}
        return Incident(number=number, line=line, opened_at=opened_at, facts=facts, closed_at=closed_at, resolved_at=resolved_at,
                        group=self._cell(last, "assignment_group"), resolver=self._cell(last, "resolved_by"),
                        made_sla=None if kept is None else _SLA[kept.casefold()])

    def repairs(self, incidents: tuple[Incident, ...]) -> list[Repair]:
        """What was put right on the way."""
        no_end = sum(1 for one in incidents if one.resolved_at is None and one.closed_at is not None)
        return [
            Repair(code="dates", count=self.dates, message="times read as d/m/Y H:M in UTC"),
            Repair(code="disordered_rows", count=self.disordered, message="incidents whose rows were put in order of time"),
            Repair(code="changed_later", count=self.changed,
                   message="incidents whose arrival columns were changed later: taken as they arrived"),
            Repair(code="no_resolved_at", count=no_end, message="incidents without `resolved_at`: their end is `closed_at`"),
        ]

    def _in_order(self, rows: list[Event]) -> list[Event]:
        """By the time of change; rows of one minute as they stand."""
        if len(rows) == 1:
            return rows
        moments = [moment for row in rows if (moment := self._time(*row, "sys_updated_at")) is not None]
        if len(moments) < len(rows) or all(left <= right for left, right in zip(moments, moments[1:], strict=False)):
            return rows
        self.disordered += 1
        order = sorted(range(len(rows)), key=lambda place: moments[place])
        return [rows[place] for place in order]

    def _cell(self, cells: list[str], name: str) -> str | None:
        cell = cells[self.at[name]].strip()
        return None if cell in ("", MISSING) else cell

    def _time(self, line: int, cells: list[str], name: str) -> datetime | None:
        text = self._cell(cells, name)
        if text is None:
            return None
        self.dates += 1
        if text not in self._times:
            self._times[text] = parse_day_first(text)
        read = self._times[text]
        if read is None:
            self._fault(line, name, "not a time", text, _TIME_EXPECTED)
        elif (wrong := untrusted(read, now=self.now)) is not None:
            self._fault(line, name, wrong, text, possible_times(self.now))
        return read

    def _fault(self, line: int, name: str, message: str, given: object, expected: str) -> None:
        self.problems.append(Problem(message=message, file=self.file, line=line, column_name=name, given=given,
                                     expected=expected))


def parse_day_first(text: str) -> datetime | None:
    """A time written day/month/year hour:minute, as UTC; None where it is none."""
    day, _, clock = text.partition(" ")
    parts = (*day.split("/"), *clock.split(":"))
    if len(parts) != 5 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    on, month, year, hour, minute = map(int, parts)
    try:
        return datetime(year, month, on, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
