"""A book as one list of decisions: boxes of items with an outcome, the first box that holds an item decides.

Compliance on the item comes first, then every stage: what several exceptions disagree about, the exceptions, what several
rules disagree about, the rules. Named accounts are no boxes; of an item whose account a row takes nothing is said here.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rules.book.schema import AS_RANKED, ComplianceRule, Rule, RuleBook, SlaBy, Spread, Stage, Target
from rules.model import Moment
from rules.regions.boxes import Box, Cover, common, positions
from rules.regions.space import Space
from rules.routing.compliance.applicability import is_in_force as compliance_in_force
from rules.routing.eligibility import COMPLIANCE_STAGE
from rules.routing.spread import spread_of
from rules.routing.territory import NOT_COVERED, OVERLAP, is_in_force
from rules.routing_result import Treatment


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome(Treatment):
    """What becomes of an item: everything by which two books can treat it differently, and the rule that says so."""

    stage: str
    rule: str
    target: Target
    sla: str | SlaBy | None = None
    reason: str | None = None
    spread: Spread | None = None

    @property
    def treatment(self) -> tuple[object, ...]:
        """What happens to the item, whichever rule says so; where it differs an item changes hands or is treated otherwise."""
        return self.target, self.sla, *self.how.values(), self.reason, self.spread, self.stage == COMPLIANCE_STAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One decision of the list."""

    box: Box
    outcome: Outcome


def with_compliance(book: RuleBook, at: Moment) -> RuleBook:
    """The book with its rules on items as a first stage, so that one space holds all that its cells tell apart.

    How a team's work is spread is said by each rule that sends to it.
    """
    rules = tuple(_as_rule(rule) for rule in book.compliance if rule.takes is not None and compliance_in_force(rule, at))
    stages = book.stages
    if any(team.spread for team in book.teams.values()) or any(rule.spread for _, rule in book.placed_rules):
        stages = tuple(replace(stage, rules=tuple(replace(rule, spread=_said(rule, book)) for rule in stage.rules))
                       for stage in stages)
    return replace(book, stages=(Stage(name=COMPLIANCE_STAGE, rules=rules), *stages))


def decision_list(space: Space, number: int, at: Moment) -> list[Entry]:
    """The list of one of the space's books (made by `with_compliance`), for the moment; empty boxes are left out."""
    first, *stages = space.books[number].stages
    last = [(space.box_of(rule, number), rule) for rule in stages[-1].rules if is_in_force(rule, at)]
    entries = [Entry(box=space.box_of(rule, number), outcome=_outcome(first, rule)) for rule in first.rules]
    for stage in stages:
        boxed = [(space.box_of(rule, number), rule) for rule in stage.rules if is_in_force(rule, at)]
        for group in ([pair for pair in boxed if pair[1].is_exception], [pair for pair in boxed if not pair[1].is_exception]):
            for box in _disagreements(group, space.full):
                entries += _to_last(box, stages[-1], last, OVERLAP)
            entries += [Entry(box=box, outcome=_outcome(stage, rule)) for box, rule in group]
    entries += _to_last(space.full, stages[-1], last, NOT_COVERED)
    return [entry for entry in entries if all(entry.box)]


def _said(rule: Rule, book: RuleBook) -> Spread | None:
    """How a rule's items are spread, by itself or its team; None where the model ranks, as where nothing is said."""
    spread, _ = spread_of(book, rule.id, rule.target.team)
    return None if spread == AS_RANKED else spread


def _as_rule(rule: ComplianceRule) -> Rule:
    """A compliance rule on the item as a rule of a stage: what it does not know binds, unless it says otherwise."""
    cells = tuple(cell if rule.if_missing_skip or cell.attribute == "kind" else replace(cell, missing=True) for cell in rule.when)
    return Rule(id=rule.id, when=cells, target=Target(team=rule.send_to or ""), reason=rule.takes)


def _outcome(stage: Stage, rule: Rule, reason: str | None = None) -> Outcome:
    return Outcome(stage=stage.name, rule=rule.id, target=rule.target, sla=rule.sla, reason=reason or rule.reason,
                   spread=rule.spread, **rule.how)


def _to_last(box: Box, stage: Stage, last: Sequence[tuple[Box, Rule]], reason: str) -> Iterator[Entry]:
    """What the last stage does with items that rules disagree about, or that no rule takes."""
    for own, rule in last:
        shared = common(box, own)
        if shared is not None:
            yield Entry(box=shared, outcome=_outcome(stage, rule, reason))
            if shared == box:
                return
    if stage.rules:
        yield Entry(box=box, outcome=_outcome(stage, stage.rules[-1], reason))


def _disagreements(group: Sequence[tuple[Box, Rule]], full: Box) -> list[Box]:
    """The boxes that two rules of a stage share with different targets."""
    if len({(rule.target, rule.sla) for _, rule in group}) < 2:
        return []
    cover = Cover([box for box, _ in group], full)
    found: dict[Box, None] = {}
    for place, (box, rule) in enumerate(group):
        if not all(box):
            continue
        for other in positions(cover.meeting(box) >> (place + 1)):
            their_box, their_rule = group[place + 1 + other]
            shared = common(box, their_box)
            if shared is not None and (rule.target, rule.sla) != (their_rule.target, their_rule.sla):
                found[shared] = None
    return list(found)
