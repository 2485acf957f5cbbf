"""Hold: an item that lacks what the book needs waits for enrichment until its deadline, then goes on with what is known."""
from dataclasses import dataclass
from datetime import datetime

from rules.book.cells import matches
from rules.book.schema import ComplianceRule, RuleBook
from rules.intake.days import today_of
from rules.model import Moment, WorkItem
from rules.refdata.times import format_instant

HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingHold:
    """What an item lacks and until when that is waited for; `is_over`: the deadline has passed."""

    missing: tuple[str, ...]
    until: datetime
    is_over: bool

    @property
    def told(self) -> str:
        """The wait in words, for the decision's warnings."""
        what = ", ".join(self.missing)
        until = format_instant(self.until)
        return f"hold: {what} still missing after {until}, routed on what is known" if self.is_over \
            else f"hold: waiting for {what} until {until}"


def wait_for(item: WorkItem, book: RuleBook, at: Moment) -> PendingHold | None:
    """What the item lacks of what the book needs, None where nothing is needed of it or all is there.

    The deadline counts from when the item came in, never from a later moment than now.
    """
    hold = book.intake.hold
    if hold is None or not all(matches(cell, item, today_of(item, book, at)) for cell in hold.when):
        return None
    missing = tuple(name for name in hold.needs if item.value(name) is None and item.number(name) is None)
    if not missing:
        return None
    until = min(item.received_at, at.at) + hold.until
    return PendingHold(missing=missing, until=until, is_over=at.at >= until)


def rests_on(rule: ComplianceRule, missing: tuple[str, ...], book: RuleBook) -> bool:
    """Whether a compliance rule may take the item only because something is missing that is still waited for."""
    asked = {name for cell in rule.when for name in (cell.attribute, cell.country) if name}
    sources = {book.attributes[name].source for name in asked if name in book.attributes}
    return not (asked | sources).isdisjoint(missing)
