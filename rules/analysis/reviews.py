"""Reviews: what of a book somebody must look at again soon: the book by its review date, border cases before they end."""
from datetime import date, datetime, timedelta

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.schema import Rule, RuleBook
from rules.model import Moment
from rules.refdata.times import day_of
from rules.routing.territory import is_in_force

#: So long before a day it is told.
AHEAD = timedelta(days=30)


def check_reviews(book: RuleBook, at: datetime, findings: Findings) -> None:
    """Remind of the book's review and of exceptions that end within thirty days."""
    if book.review_by is not None:
        days = _days_until(book.review_by, at)
        if days <= AHEAD.days:
            findings.add("review_due", f"the book is to be reviewed by {day_of(book.review_by)}, {_when(days)}"
                         + (f"; `{book.owner}` answers for it" if book.owner else ""), _place(book),
                         given=day_of(book.review_by).isoformat(), expected="a later `review_by` once it is reviewed")
    for stage, rule in book.placed_rules:
        if rule.is_exception and rule.expires is not None and is_in_force(rule, Moment(at=at)) \
                and (days := _days_until(rule.expires, at)) <= AHEAD.days:
            findings.within(rule=rule.id, stage=stage.name).add(
                "review_due", f"the exception `{rule.id}` ends on {day_of(rule.expires)}, {_when(days)}{parties_of(rule)}",
                rule.place, given=str(rule.expires), expected="a decision: a later day, or the rule taken out")


def parties_of(rule: Rule) -> str:
    """Who is to be asked about a border case, as the end of a sentence."""
    said = [f"{verb} {who}" for verb, who in (("decided by", rule.decided_by), ("disputed with", rule.disputed_with)) if who]
    return f" ({', '.join(said)})" if said else ""


def _days_until(bound: date | datetime, at: datetime) -> int:
    return (day_of(bound) - at.date()).days


def _when(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {days} day{'s' if days != 1 else ''}" if days > 0 else f"{-days} day{'s' if days != -1 else ''} ago"


def _place(book: RuleBook) -> SourcePosition | None:
    """Where the book says so: the line that begins with the key."""
    for name, text in book.files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith("review_by"):
                return SourcePosition(file=name, line=number)
    return None
