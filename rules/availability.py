"""Availability: is an owner active, present, below their ceilings and at work at the moment of the decision?"""
from datetime import date, datetime

from rules.vocabulary import ALWAYS, Absence, Moment, Owner, Span, Verdict, Workload
from rules.working_time import calendar_of

_YES = Verdict(eligible=True)
_AT_WORK = Verdict(eligible=True, reason="at work")


def judge_span(spans: tuple[Span, ...], owner: Owner, at: Moment) -> bool:
    """Whether any of the spans covers the moment, plain days being the owner's."""
    return any(span is ALWAYS or span.covers(at.at, owner.time_zone) for span in spans)


def judge_active(owner: Owner, at: Moment) -> Verdict:
    """Whether the owner works here (`active_from`, `active_to`); evidence `from` and `to`."""
    if owner.active is ALWAYS or owner.active.covers(at.at, owner.time_zone):
        return _YES
    return Verdict(eligible=False, reason=f"not active {_span_text(owner.active)}", evidence=_span_evidence(owner.active))


def judge_absence(absences: tuple[Absence, ...], owner: Owner, at: Moment) -> Verdict:
    """Whether the owner is here; evidence `from`, `to` and `reason` of the absence."""
    for absence in absences:
        if absence.span.covers(at.at, owner.time_zone):
            return Verdict(eligible=False, reason=f"away {_span_text(absence.span)}",
                           evidence={**_span_evidence(absence.span), "reason": absence.reason})
    return _YES


def judge_capacity(owner: Owner, workload: Workload) -> Verdict:
    """Whether one more item fits under `max_open` and `max_per_day`; evidence names the ceiling that is reached."""
    if owner.max_open is not None and workload.open_items >= owner.max_open:
        return Verdict(eligible=False, reason=f"carries {workload.open_items} of at most {owner.max_open} open items",
                       evidence={"open_items": workload.open_items, "max_open": owner.max_open})
    if owner.max_per_day is not None and workload.assigned_today >= owner.max_per_day:
        return Verdict(eligible=False,
                       reason=f"was given {workload.assigned_today} of at most {owner.max_per_day} items today",
                       evidence={"assigned_today": workload.assigned_today, "max_per_day": owner.max_per_day})
    return _YES


def judge_working_hours(owner: Owner, at: Moment) -> Verdict:
    """Whether the owner is at work; evidence `time_zone` and `local_time`."""
    if calendar_of(owner).is_working(at.at):
        return _AT_WORK
    return Verdict(eligible=False, reason="outside working hours", evidence={"time_zone": owner.time_zone})


def _span_text(span: Span) -> str:
    parts = [f"from {_day_text(span.starts)}" if span.starts is not None else "",
             f"to {_day_text(span.ends)}" if span.ends is not None else ""]
    return " ".join(part for part in parts if part) or "always"


def _span_evidence(span: Span) -> dict[str, object]:
    return {"from": _day_text(span.starts), "to": _day_text(span.ends)}


def _day_text(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
