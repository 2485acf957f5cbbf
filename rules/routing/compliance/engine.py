"""Compliance on an item and on a pair: each demand goes to the module of its kind; forbid wins, the first refusal stands.

`require` needs all of its demands, `forbid` is met by any. An unknown item value under `contains` lets nobody meet a
`require` (unless `if_missing: skip`) and forbids nothing; one known by weak evidence alone meets no `require` and yet forbids.
"""
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType

from rules.book.cell_types import LIST_JOINT
from rules.book.schema import ComplianceRule, Requirement, RuleBook
from rules.model import Directory, Moment, Owner, WorkItem
from rules.routing.compliance import kinds
from rules.routing.compliance.applicability import binds, is_unknown
from rules.routing.compliance.item_rules import judge_item
from rules.routing.compliance.kinds import contact_window, qualification
from rules.routing_result import ALLOWED, Verdict

#: An item that is nowhere and the last day there is: what is met then is met by every item on every day.
NO_ITEM = WorkItem(item_id="", kind="", received_at=datetime(1970, 1, 1, tzinfo=UTC))
_LAST_DAY = Moment(at=datetime(9999, 12, 30, tzinfo=UTC))

#: Every kind of demand by name: the modules in kinds/.
KINDS: dict[str, ModuleType] = {name: import_module(f"{kinds.__name__}.{name}")
                                for _, name, _ in pkgutil.iter_modules(kinds.__path__)}
#: Demands on the owner by subject; every other owner column is a qualification.
PAIR_JUDGES: dict[str, Callable[..., Verdict]] = {
    module.SUBJECT: module.judge for module in KINDS.values() if getattr(module, "SUBJECT", "").startswith("owner.")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A compliance rule that keeps an item from people, and why."""

    rule: ComplianceRule
    verdict: Verdict
    wait_until: datetime | None = None


def blocking_rule(item: WorkItem, at: Moment, book: RuleBook) -> Block | None:
    """The first rule in file order that takes the item, None where none does."""
    for rule in book.compliance:
        if rule.takes is not None:
            verdict = judge_item(rule, item, at, book)
            if not verdict.eligible:
                return Block(rule=rule, verdict=_citing(rule, verdict))
    return None


def window_closed(item: WorkItem, at: Moment, book: RuleBook) -> Block | None:
    """The first contact window that does not hold now; `wait_until` is when all of them hold, as far as known."""
    bound = [(rule, demand) for rule in book.compliance for demand in rule.require
             if demand.window is not None and binds(rule, item, at, book)]
    for rule, demand in bound:
        verdict = contact_window.judge(demand, item, at, book)
        if not verdict.eligible and not (rule.if_missing_skip and not verdict.evidence["local_times"]):
            return Block(rule=rule, verdict=_citing(rule, verdict), wait_until=_all_open_at(bound, item, at, book))
    return None


def _all_open_at(bound: list[tuple[ComplianceRule, Requirement]], item: WorkItem, at: Moment,
                 book: RuleBook) -> datetime | None:
    moment = at
    for _ in range(len(bound) + 1):
        closed = [demand for _rule, demand in bound if not contact_window.judge(demand, item, moment, book).eligible]
        if not closed:
            return moment.at
        openings = [opens_at for demand in closed
                    if (opens_at := contact_window.opens_at(demand, item, moment, book)) is not None]
        if len(openings) < len(closed):
            return None
        moment = Moment(at=max(openings))
    return None


def pair_rules(item: WorkItem, at: Moment, book: RuleBook) -> tuple[ComplianceRule, ...]:
    """The rules on owners that bind on an item at a moment, in file order."""
    return tuple(rule for rule in book.compliance if rule.takes is None and _asks_owner(rule) and binds(rule, item, at, book))


def _asks_owner(rule: ComplianceRule) -> bool:
    return any(demand.window is None for demand in (*rule.require, *rule.forbid))


def pair_judge(rule: ComplianceRule, item: WorkItem, at: Moment, directory: Directory) -> Callable[[Owner], Verdict]:
    """What a rule that binds on the item says of an owner; all that depends on the item alone is settled here."""
    required = [(judge_of(demand), one) for demand in rule.require
                if demand.window is None and not (rule.if_missing_skip and _unknown(demand, item))
                for one in ((demand,) if _unknown(demand, item) else _each(demand, item))]
    forbidden = [(judge_of(demand), one) for demand in rule.forbid
                 if demand.window is None and not (demand.contains is not None and item.value(demand.contains) is None)
                 for one in _each(demand, item)]

    def judge(owner: Owner) -> Verdict:
        for ask, demand in required:
            verdict = ask(demand, item, owner, at, directory)
            if not verdict.eligible:
                return _citing(rule, verdict)
        for ask, demand in forbidden:
            verdict = ask(demand, item, owner, at, directory)
            if verdict.eligible:
                return _citing(rule, _forbidden(demand, verdict))
        return ALLOWED

    return judge


def may_be_refused(rule: ComplianceRule, owners: Iterable[Owner], directory: Directory) -> tuple[Owner, ...]:
    """Those of some owners who do not meet a rule whatever the item and the day: the only ones who need to be asked.

    Everybody is where the answer hangs on the item; what an owner holds until a day, or for a place, does not count here.
    """
    demands = [demand for demand in rule.require if demand.window is None]
    if rule.forbid or any(demand.contains is not None for demand in demands):
        return tuple(owners)
    return tuple(owner for owner in owners if not all(
        judge_of(demand)(demand, NO_ITEM, owner, _LAST_DAY, directory).eligible for demand in demands))


def judge_pair(rule: ComplianceRule, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether a rule that binds on the item lets the owner have it."""
    return pair_judge(rule, item, at, directory)(owner)


def judge_of(demand: Requirement) -> Callable[..., Verdict]:
    """What says whether an owner meets a demand."""
    return PAIR_JUDGES.get(demand.subject, qualification.judge)


def _each(demand: Requirement, item: WorkItem) -> Iterable[Requirement]:
    """A demand that hangs on a list of the item once for each member; any other as it is."""
    if not demand.several or demand.contains is None:
        return (demand,)
    members = str(item.value(demand.contains)).split(LIST_JOINT)
    return [replace(demand, contains=None, any_of=frozenset({member})) for member in members]


def _unknown(demand: Requirement, item: WorkItem) -> bool:
    return demand.contains is not None and is_unknown(item, demand.contains)


def _citing(rule: ComplianceRule, verdict: Verdict) -> Verdict:
    """A refusal with the source that its rule cites."""
    return verdict if rule.cites is None else replace(verdict, evidence={**verdict.evidence, "cites": rule.cites})


def _forbidden(demand: Requirement, met: Verdict) -> Verdict:
    column = demand.subject.removeprefix("owner.")
    reason = met.reason or f"{column} {demand.text or ' or '.join(sorted(demand.any_of))} is forbidden"
    return Verdict(eligible=False, reason=reason, evidence=met.evidence or {"forbidden": sorted(demand.any_of)})
