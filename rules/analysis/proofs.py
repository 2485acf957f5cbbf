"""All proofs about one book: gap, shadowed rules, overlaps, what only the fallback takes, and how hard it was to tell."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.analysis.complexity import Complexity, complexity_of
from rules.analysis.fallback_only import find_fallback_only
from rules.analysis.gap import find_gap
from rules.analysis.order import order_of
from rules.analysis.overlap import find_overlaps
from rules.analysis.shadowed import find_shadowed
from rules.book.findings import Findings
from rules.book.format import RuleBook
from rules.vocabulary import Directory

#: What is claimed about all items, and who finds what contradicts it.
CLAIMS = {"gap": find_gap, "shadowed": find_shadowed, "overlap": find_overlaps}

#: So many pieces are looked at for each claim about one book; what is not settled by then is not claimed.
MOST_PIECES = 500_000
#: A book of more rules is not proved: what tells them apart alone would fill the memory.
MOST_RULES = 20_000


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """Which claims hold for every item, and the book's complexity (None where no proof was tried)."""

    proved: Mapping[str, bool]
    complexity: Complexity | None


def prove(book: RuleBook, directory: Directory | None, at: datetime, findings: Findings, *, most: int = MOST_PIECES,
          most_rules: int = MOST_RULES) -> Proofs:
    """Every finding about the items of a book from a moment on; what could not be told becomes a `not_proved` finding."""
    rules = sum(len(stage.rules) for stage in book.stages)
    if rules > most_rules:
        return no_proofs(findings, f"{rules:,} rules are more than the {most_rules:,} that are looked at")
    order = order_of(book, directory, at)
    proved = {}
    for claim, find in CLAIMS.items():
        order.cover.effort.allow(most)
        proved[claim] = find(order, findings)
    order.cover.effort.allow(most)
    find_fallback_only(order, findings)
    return Proofs(proved=proved, complexity=complexity_of(order))


def no_proofs(findings: Findings, why: str = "errors leave rules out") -> Proofs:
    """Nothing is claimed of a book, such as one whose errors leave out rules."""
    findings.add("not_proved", f"{', '.join(CLAIMS)} were not looked for, as {why}")
    return Proofs(proved=dict.fromkeys(CLAIMS, False), complexity=None)
