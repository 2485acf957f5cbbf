"""Territories: the stages of the book, top-down, until one takes the item.

Inside a stage exceptions stand first. Two rules of one stage that match an item with different targets decide nothing:
the item goes to the last stage, with the reason `overlap`.
"""
from collections.abc import Sequence
from dataclasses import dataclass

from rules.book.cells import matches
from rules.book.indexing.index import CompiledStage, compiled
from rules.book.schema import NamedAccount, Rule, RuleBook, SlaBy, Stage, Target
from rules.intake.days import today_of
from rules.intake.location import time_zones
from rules.model import Directory, Moment, Span, WorkItem
from rules.refdata.times import format_moment
from rules.routing_result import Route, Via

OVERLAP = "overlap"
NOT_COVERED = "not_covered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Where an item goes: the route in the book's words, the target (None for a named owner), the named row if any."""

    route: Route
    target: Target | None
    named: NamedAccount | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTrace:
    """A rule that matched, or the few things that kept it from matching."""

    rule: str
    matched: bool
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StageTrace:
    """One stage: whether it would take the item, and its rules that matched or came within one cell."""

    stage: str
    matched: bool
    rules: tuple[RuleTrace, ...] = ()


def find_route(book: RuleBook, item: WorkItem, directory: Directory, at: Moment, *, after: str | None = None) -> Found:
    """The first stage, `after` one if that is named, that takes the item; there is one, as the last covers everything."""
    stages = compiled(book)
    if after is not None:
        stages = stages[[index.stage.name for index in stages].index(after) + 1:]
    for index in stages:
        found = _in_stage(index, book, item, directory, at)
        if isinstance(found, str):
            break
        if found is not None:
            return found
    return _fallback(stages[-1], book, item, at, OVERLAP if found is OVERLAP else NOT_COVERED)


def trace(book: RuleBook, item: WorkItem, directory: Directory, at: Moment) -> tuple[StageTrace, ...]:
    """Every stage, also those after the one that takes the item, with what matched and what only just did not."""
    return tuple(
        _trace_named(stage, book, item, directory, at) if stage.named else _trace_rules(stage, book, item, at)
        for stage in book.stages
    )


def is_in_force(rule: Rule, at: Moment) -> bool:
    """Whether a rule may match at all: an exception ends with its last day in UTC, or at its instant."""
    return not rule.is_exception or Span(ends=rule.expires).covers(at.at)


def border_of(rule: Rule) -> str | None:
    """Why a border case goes elsewhere, who decided so, who disputes it, and until when; None for an ordinary rule."""
    if not rule.is_exception:
        return None
    decided = f"; decided by {rule.decided_by}" if rule.decided_by else ""
    disputed = f"; disputed with {rule.disputed_with}" if rule.disputed_with else ""
    return f"{rule.because}{decided}{disputed}; until {format_moment(rule.expires) or ''}"


def same_target(rules: Sequence[Rule]) -> bool:
    """Whether rules send to one place in one way: team, options, else and service level."""
    return len({(rule.target, rule.sla) for rule in rules}) == 1


def _in_stage(
    index: CompiledStage, book: RuleBook, item: WorkItem, directory: Directory, at: Moment,
) -> Found | str | None:
    """What a stage makes of an item: a find, OVERLAP, or None when nothing matches."""
    if index.named:
        return _named(index, book, item, directory, at)
    rules = [rule for rule in index.matching(item, today_of(item, book, at)) if is_in_force(rule, at)]
    if not rules:
        return None
    exceptions = [rule for rule in rules if rule.is_exception]
    rules = exceptions or rules
    if len(rules) > 1 and not same_target(rules):
        return OVERLAP
    return _found(index.stage, rules[0], item, Via.LAST_STAGE if index.stage is book.stages[-1] else Via.RULE)


def _found(stage: Stage, rule: Rule, item: WorkItem, via: Via, reason: str | None = None) -> Found:
    route = Route(
        stage=stage.name, rule=rule.id, team=rule.target.team, says=rule.says, **rule.how,
        reason=reason or rule.reason or border_of(rule),
        sla=rule.sla.of(item.value(rule.sla.attribute)) if isinstance(rule.sla, SlaBy) else rule.sla,
        via=via,
    )
    return Found(route=route, target=rule.target)


def _named(
    index: CompiledStage, book: RuleBook, item: WorkItem, directory: Directory, at: Moment,
) -> Found | None:
    """The row of the item's account or of its nearest ancestor that applies."""
    if item.account is None:
        return None
    for distance, account_id in enumerate(directory.ancestors(item.account.account_id)):
        for row in index.named.get(account_id, ()):
            if (distance == 0 or row.include_children) and not _failed_dates(row.span, book, item, at):
                route = Route(stage=index.stage.name, rule=f"named/{account_id}", team=row.team, sla=row.sla,
                              named_owner=row.owner_id, via=Via.NAMED)
                return Found(route=route, target=Target(team=row.team) if row.team else None, named=row)
    return None


def _fallback(index: CompiledStage, book: RuleBook, item: WorkItem, at: Moment, reason: str) -> Found:
    """The last stage's rule for an item that rules disagree about; the first one where it disagrees itself."""
    today = today_of(item, book, at)
    rules = [rule for rule in index.matching(item, today) if is_in_force(rule, at)] or index.stage.rules[-1:]
    return _found(index.stage, rules[0], item, Via.LAST_STAGE, reason)


def _trace_rules(stage: Stage, book: RuleBook, item: WorkItem, at: Moment) -> StageTrace:
    traces, today = [], today_of(item, book, at)
    for rule in stage.rules:
        failed = tuple(cell.attribute for cell in rule.when if not matches(cell, item, today))
        if not is_in_force(rule, at):
            failed = (*failed, "expires")
        if len(failed) <= 1:
            traces.append(RuleTrace(rule=rule.id, matched=not failed, failed=failed))
    return StageTrace(stage=stage.name, matched=any(found.matched for found in traces), rules=tuple(traces))


def _trace_named(stage: Stage, book: RuleBook, item: WorkItem, directory: Directory, at: Moment) -> StageTrace:
    """Rows of the item's account and its ancestors; of several that apply only the nearest matches."""
    chain = directory.ancestors(item.account.account_id) if item.account else ()
    traces: list[RuleTrace] = []
    for distance, account_id in enumerate(chain):
        for row in stage.named:
            if row.account_id != account_id:
                continue
            failed: tuple[str, ...] = () if distance == 0 or row.include_children else ("include_children",)
            failed += _failed_dates(row.span, book, item, at)
            if not failed and any(found.matched for found in traces):
                failed = ("account_id",)                      # a nearer row wins
            if len(failed) <= 1:
                traces.append(RuleTrace(rule=f"named/{account_id}", matched=not failed, failed=failed))
    return StageTrace(stage=stage.name, matched=any(found.matched for found in traces), rules=tuple(traces))


def _failed_dates(span: Span, book: RuleBook, item: WorkItem, at: Moment) -> tuple[str, ...]:
    """`from` or `to` where the row does not apply at the moment.

    A plain day is the item's; where the time zones it may be in do not agree, or none is known, it is a day in UTC,
    so that of two rows that follow each other exactly one applies.
    """
    if span.starts is None and span.ends is None:
        return ()
    zones = time_zones(item, book)
    zone_name = next(iter(zones)) if len({span.covers(at.at, name) for name in zones}) == 1 else "UTC"
    if span.covers(at.at, zone_name):
        return ()
    return ("to",) if Span(starts=span.starts).covers(at.at, zone_name) else ("from",)
