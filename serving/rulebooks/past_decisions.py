"""Past items from the store: what the newest decisions decided on, read again from the raw record by any rule book."""
from collections.abc import Collection, Iterable

from rules.book.schema import RuleBook
from rules.change.simulation import Case
from rules.errors import ItemError
from rules.intake.item import read_item
from rules.intake.reader import item_reader
from rules.model import Directory, WorkItem
from rules.plain_json import JsonObject
from rules.refdata.times import parse_instant
from serving.decision.parts import DecisionDocument
from serving.rulebooks.past_items import PastItems
from serving.store.decision_log import DecisionFilter
from serving.store.store import Store

#: Shares of stages and of exceptions rest on so many of the newest decisions.
COUNTED = 1000


def decided_past(store: Store, *, before: RuleBook, after: RuleBook, directory: Directory, last: int) -> PastItems:
    """The items of the newest decisions, each once, at the moment it was decided on; without past results."""
    cases: dict[str, Case] = {}
    unreadable = 0
    for document in store.newest_documents(DecisionFilter(), most=last):
        item = document.item
        if item["item_id"] in cases:
            continue
        read = [_read(item, book, directory) for book in (before, after)]
        known = read[0] or read[1]
        if known is None:
            unreadable += 1
            continue
        cases[known.item_id] = Case(item_id=known.item_id, kind=known.kind, at=parse_instant(document.decided_at),
                                    before=read[0], after=read[1], value=known.number("value"))
    ordered = sorted(cases.values(), key=lambda case: case.at)
    return PastItems(cases=tuple(ordered), unreadable=unreadable, handled=())


def stage_counts(found: Iterable[DecisionDocument]) -> dict[str, int]:
    """How many decisions each stage took, the largest first."""
    counts: dict[str, int] = {}
    for document in found:
        stage = document.route.stage
        counts[stage] = counts.get(stage, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def exception_count(found: Iterable[DecisionDocument], exceptions: Collection[str]) -> tuple[int, int]:
    """How many decisions one of these border cases took, and of how many."""
    rules = [document.route.rule for document in found]
    return sum(rule in exceptions for rule in rules), len(rules)


def _read(item: JsonObject, book: RuleBook, directory: Directory) -> WorkItem | None:
    """The item as a book reads its record; None where the book cannot."""
    known = item_reader(book).readers
    raw = {name: fact["raw"] for name, fact in item["attributes"].items() if fact["source"] == "record" and name in known}
    identity = {name: item[name] for name in ("item_id", "kind", "received_at")}
    try:
        return read_item({**raw, **identity}, book=book, directory=directory, at=None)
    except ItemError:
        return None
