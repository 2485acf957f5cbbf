"""What stands of the events at a point of the log: without what was taken back by then, and by a clock that was right.

The log itself never changes, so that every decision replays from what stood when it was made. A `retracted` event takes one
back, and with an `assigned` everything told of that assignment. Where known times go back, the stint of events before that
began with a jump ahead: its clock was wrong, and it counts as of the moment at which the clock was right again.
"""
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from features.clock import moment
from features.events import Event
from serving.store import event_log, tables
from serving.store.assignments import taken_back

_E = tables.events.c


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stint:
    """Events that a clock stamped which ran ahead, by number from one to before another; `until` it was right again."""

    first: int
    end: int
    until: int

    def by_right_clock(self, event: Event) -> Event:
        """The event as of then, where it lies later; a promised reply as long after it as before."""
        at = moment(self.until)
        late = max(event.occurred_at - at, timedelta(0))
        due = None if event.respond_by is None else event.respond_by - late
        return replace(event, known_at=min(event.known_at, at), occurred_at=event.occurred_at - late, respond_by=due)


def changes_the_past(event: Event, known_before: datetime | None) -> bool:
    """Whether other events may stand no more once this one is told, which follows one known at a moment."""
    return event.kind == "retracted" or (known_before is not None and event.known_at < known_before)


def events(connection: Connection, until: int) -> Iterator[Event]:
    """What stands at a number, in order of `seq`."""
    gone = taken_back(connection, until)
    never = {event.assignment_id for event in event_log.by_ids(connection, sorted(gone)).values() if event.kind == "assigned"}
    stints = _stints(connection, until)
    for event in event_log.events(connection, until=until):
        if event.kind == "retracted" or event.event_id in gone or event.assignment_id in never:
            continue
        for stint in stints:
            if stint.first <= event.seq < stint.end:
                event = stint.by_right_clock(event)
        yield event


def _stints(connection: Connection, until: int) -> list[_Stint]:
    """Where a clock ran ahead: from the jump ahead, of at least half as much as it then went back, to before that."""
    before = func.lag(_E.known_at).over(order_by=_E.seq)
    told = select(_E.seq, _E.known_at, before.label("before")).where(_E.seq <= until).subquery()
    found = []
    for back in connection.execute(select(told).where(told.c.known_at < told.c.before).order_by(told.c.seq)).all():
        last = connection.execute(select(_E.seq, _E.known_at).where(_E.seq < back.seq, _E.known_at <= back.known_at)
                                  .order_by(_E.seq.desc()).limit(1)).one_or_none()
        if last is not None:
            jump = connection.scalar(select(_E.known_at).where(_E.seq == last.seq + 1)) - last.known_at
            if 2 * jump >= back.before - back.known_at:
                found.append(_Stint(first=last.seq + 1, end=back.seq, until=back.known_at))
    return found
