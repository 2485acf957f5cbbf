"""All proofs about one book: gap, shadowed rules, overlaps, what only the fallback takes, and how hard it was to tell."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.analysis.any_country import find_any_country
from rules.analysis.complexity import Complexity, complexity_of
from rules.analysis.fallback_only import find_fallback_only
from rules.analysis.order import Order, order_of
from rules.analysis.overlap import find_overlaps
from rules.analysis.shadowed import find_shadowed
from rules.book.findings import Findings
from rules.book.schema import RuleBook
from rules.model import Directory
from rules.progress import Progress, silent
from rules.regions.boxes import NotProved

#: So many pieces are looked at for each claim about one book; what is not settled by then is not claimed.
MOST_PIECES = 500_000
#: A book of more rules is not proved: what tells them apart alone would fill the memory.
MOST_RULES = 25_000


def find_gap(order: Order, findings: Findings) -> bool:
    """Report one item that no rule takes; False when it could not be told whether there is one."""
    last = order.book.stages[-1]
    here = findings.within(stage=last.name)
    try:
        example, any_part = order.example(order.cover.left(order.space.full, order.lasting()), telling=True)
    except NotProved:
        here.add("not_proved", "gap: whether every item is taken by some rule was not proved: too many cases", last.place,
                 expected="a rule without `when` in the last stage")
        return False
    if example is not None:
        here.add("gap", "no rule takes some items", last.place, expected="a rule for them in the last stage", example=example)
    elif any_part:
        here.add("not_proved", "gap: no rule takes some values together, and no item was found that has them", last.place,
                 expected="a rule without `when` in the last stage")
    return example is not None or not any_part


#: What is claimed about all items, and who finds what contradicts it.
CLAIMS = {"gap": find_gap, "shadowed": find_shadowed, "overlap": find_overlaps}


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """Which claims hold for every item, and the book's complexity (None where no proof was tried)."""

    proved: Mapping[str, bool]
    complexity: Complexity | None


def prove(book: RuleBook, directory: Directory | None, at: datetime, findings: Findings, *, most: int = MOST_PIECES,
          most_rules: int = MOST_RULES, progress: Progress = silent) -> Proofs:
    """Every finding about the items of a book from a moment on; what could not be told becomes a `not_proved` finding."""
    rules = sum(len(stage.rules) for stage in book.stages)
    if rules > most_rules:
        return no_proofs(findings, f"{rules:,} rules are more than the {most_rules:,} that are looked at")
    progress(f"telling the items of {rules:,} rules apart")
    try:
        order = order_of(book, directory, at)
    except NotProved as limit:
        return no_proofs(findings, str(limit))
    if order.space.deciding is not None and any(isinstance(rule.expires, datetime) for rule in order.rules):
        return no_proofs(findings, "an exception ends within a day, and an attribute is asked for days both from today and of "
                         "the calendar")
    proved = {}
    for claim, find in CLAIMS.items():
        progress(f"looking for {claim} among {rules:,} rules")
        order.cover.effort.allow(most)
        proved[claim] = find(order, findings)
    progress("looking for what only the last stage takes")
    order.cover.effort.allow(most)
    find_fallback_only(order, findings)
    find_any_country(order, findings)
    return Proofs(proved=proved, complexity=complexity_of(order))


def no_proofs(findings: Findings, why: str = "errors leave rules out") -> Proofs:
    """Nothing is claimed of a book, such as one whose errors leave out rules."""
    findings.add("not_proved", f"{', '.join(CLAIMS)} were not looked for, as {why}")
    return Proofs(proved=dict.fromkeys(CLAIMS, False), complexity=None)
