"""SLA due time of a decision: by when its service level asks for a first reply, on the clock of whoever has the item."""
from datetime import datetime

from rules.book.schema import RuleBook
from rules.model import Directory
from rules.routing.sla import business_calendar, due_at
from rules.routing_result import RoutingResult


def respond_by(sla: str | None, *, book: RuleBook, directory: Directory, owner_id: str | None, team: str | None,
               at: datetime) -> datetime | None:
    """When the first reply is due on an item that an owner, or else a team, has from a moment on; None = not promised."""
    policy = book.slas.get(sla) if sla is not None else None
    if policy is None:
        return None
    return due_at(policy, at, business_calendar(directory, owner_id=owner_id, team=team))


def response_due(narrowing: RoutingResult, *, book: RuleBook, directory: Directory, owner_id: str | None, at: datetime,
             ) -> datetime | None:
    """The same for what the rules said of an item; while the rules hold an item back the clock stands still."""
    held = None if narrowing.none_free else narrowing.wait_until
    return respond_by(narrowing.route.sla, book=book, directory=directory, owner_id=owner_id,
                      team=narrowing.queue or narrowing.route.team, at=held or at)
