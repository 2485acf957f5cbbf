"""Compliance rules that nobody in a team can meet, though they bind on everything that a rule sends there.

Only demands that hang on the owner are judged; one for what the item names is met by whoever holds anything of the kind.
"""
from collections.abc import Iterable, Sequence
from datetime import datetime

from rules.book.cell_types import Cell, SourcePosition
from rules.book.findings import Findings
from rules.book.schema import ComplianceRule, Requirement, RuleBook
from rules.model import Directory, Moment, Owner, Span
from rules.routing.compliance.applicability import is_in_force
from rules.routing.compliance.engine import NO_ITEM, judge_of
from rules.routing.compliance.kinds import licence
from rules.routing.compliance.owner_columns import held_by


def check_demands(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Report each team, and each named person, to whom rules send only what compliance lets nobody there have."""
    able = _able(book, directory, Moment(at=at))
    binding: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    places: dict[tuple[str, tuple[str, ...]], SourcePosition | None] = {}
    for rule_id, when, team, place in _ways(book):
        key = (team, tuple(rule.id for rule in book.compliance if rule.id in able and _always_binds(rule, when)))
        binding.setdefault(key, []).append(rule_id)
        places.setdefault(key, place)
    for (team, rules), senders in binding.items():
        people = {row.owner_id for row in directory.members.get(team, ()) if row.owner_id in directory.owners
                  and Span(ends=row.span.ends).covers(at) and Span(ends=directory.owners[row.owner_id].active.ends).covers(at)}
        if people and not people.intersection(*(able[rule] for rule in rules)):
            told = ", ".join(f"`{rule}`" for rule in rules if not people & able[rule]) or " together with ".join(
                f"`{rule}`" for rule in rules)
            more = f" and {len(senders) - 1} more" if len(senders) > 1 else ""
            findings.add("nobody_can_take", f"nobody in team `{team}` can take what `{senders[0]}`{more} sends there: none of "
                         f"them meets {told}", places[team, rules], given=team, rules=senders,
                         expected="somebody in the team who meets it, or another team")
    for_all = [rule.id for rule in book.compliance if rule.id in able and not rule.when]
    for stage in book.stages:
        for row in stage.named:
            unmet = [rule for rule in for_all if row.owner_id in directory.owners and row.owner_id not in able[rule]]
            if unmet:
                findings.within(rule=f"named/{row.account_id}", stage=stage.name).add(
                    "nobody_can_take", f"account `{row.account_id}` is named for `{row.owner_id}`, who does not meet "
                    f"`{unmet[0]}`: its items go to their team, their manager or the next stage", row.place,
                    given=row.owner_id, expected="an owner who meets it, or a team")


def _ways(book: RuleBook) -> Iterable[tuple[str, Sequence[Cell], str, SourcePosition | None]]:
    """Every rule, or named row, with what it asks and a team of people that it sends to."""
    ways = [(rule.id, rule.when, team, rule.place) for _stage, rule in book.placed_rules
            for team in (rule.target.team, rule.target.otherwise)]
    ways += [(f"named/{row.account_id}", (), row.team, row.place) for stage in book.stages for row in stage.named]
    return [(rule_id, when, team, place) for rule_id, when, team, place in ways
            if team is not None and team in book.teams and book.teams[team].kind != "queue"]


def _able(book: RuleBook, directory: Directory, at: Moment) -> dict[str, set[str]]:
    """Who may meet each rule on owners that is in force."""
    return {rule.id: {owner.owner_id for owner in directory.owners.values() if _may_meet(rule, owner, at, directory)}
            for rule in book.compliance if rule.takes is None and is_in_force(rule, at)}


def _may_meet(rule: ComplianceRule, owner: Owner, at: Moment, directory: Directory) -> bool:
    return all(_holds(demand, owner, at, directory) for demand in rule.require
               if demand.window is None and not (demand.contains and rule.if_missing_skip)) and not any(
        _holds(demand, owner, at, directory) for demand in rule.forbid if demand.window is None and demand.contains is None)


def _holds(demand: Requirement, owner: Owner, at: Moment, directory: Directory) -> bool:
    """Whether an owner has what is asked for, or anything of the kind where the item says which."""
    if demand.subject == licence.SUBJECT:
        held = {name.partition("@")[0] for name, last in owner.certifications.items()
                if last is None or at.day_for(owner) <= last}
        return bool(held) if demand.contains else not held.isdisjoint(demand.any_of)
    if demand.contains is not None:
        return bool(held_by(owner, demand.subject, at))
    return judge_of(demand)(demand, NO_ITEM, owner, at, directory).eligible


def _always_binds(rule: ComplianceRule, when: Sequence[Cell]) -> bool:
    """Whether every item that meets some cells meets those of a rule; what is unknown does, unless the rule skips it."""
    return all(any(cell.attribute == asked.attribute and not cell.spans and not cell.members and cell.values <= asked.values
                   and (asked.missing or not (cell.missing and rule.if_missing_skip)) for cell in when) for asked in rule.when)
