"""How long `rules diff` takes on large books of which a few rules changed, beside both books compared in full."""
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from unittest.mock import patch

from bench.proofs import AT, book_apart, book_in_layers
from bench.rules_book import draw_book
from rules.book.schema import RuleBook
from rules.change import diff
from rules.loading import require_book

#: Changed rules of a book, each by its target.
CHANGED = 5


@dataclass(frozen=True, kw_only=True)
class Differed:
    """One pair of books: processor seconds with what no changed rule touches left out, and in full; regions and proof."""

    shape: str
    rules: int
    few_s: float
    full_s: float | None
    regions: int
    proved: bool
    equal: bool | None

    def as_json(self) -> dict[str, object]:
        """The figures as data."""
        return {"shape": self.shape, "rules": self.rules, "changed": CHANGED, "few_s": round(self.few_s, 3),
                "full_s": None if self.full_s is None else round(self.full_s, 3), "regions": self.regions,
                "proved": self.proved, "equal": self.equal}


def differences(sizes: tuple[int, ...], *, in_full: bool = True) -> Iterator[Differed]:
    """Every shape at every size, each timed once; the answers of both ways are compared by the rules that they name."""
    for count in sizes:
        for shape, draw in (("apart", book_apart), ("in ten layers", book_in_layers), ("one table", _table)):
            before = require_book(draw(count))
            after = _retargeted(before)
            few_s, few = _timed(before, after)
            full_s, full = None, None
            if in_full:
                with patch.object(diff, "touched", lambda *books: books):
                    full_s, full = _timed(before, after)
            yield Differed(shape=shape, rules=before.rule_count, few_s=few_s, full_s=full_s, regions=len(few.regions),
                           proved=few.proved, equal=None if full is None else _rules(few) == _rules(full))


def _table(count: int) -> dict[str, str]:
    return draw_book(count, items=10).files


def _retargeted(book: RuleBook) -> RuleBook:
    """The book with the targets of a few rules drawn exchanged for others."""
    draw = random.Random(5)
    chosen = {rule.id for rule in draw.sample([rule for stage in book.stages[:-1] for rule in stage.rules], CHANGED)}
    teams = list(book.teams)
    return replace(book, stages=tuple(replace(stage, rules=tuple(
        replace(rule, target=replace(rule.target, team=draw.choice([team for team in teams if team != rule.target.team])))
        if rule.id in chosen else rule for rule in stage.rules)) for stage in book.stages))


def _timed(before: RuleBook, after: RuleBook) -> tuple[float, diff.Difference]:
    started = time.process_time()
    found = diff.differ(before, after, at=AT)
    return time.process_time() - started, found


def _rules(found: diff.Difference) -> set[tuple[str, str]]:
    return {(region.before.rule, region.after.rule) for region in found.regions}


def lines(found: list[Differed]) -> list[str]:
    """The figures as a table."""
    told = [f"{'rules':>6} {'shape':<14} {'diff s':>7} {'in full s':>10}  {CHANGED} rules changed"]
    for own in found:
        full = "" if own.full_s is None else f"{own.full_s:.2f}"
        same = "" if own.equal is None else f", the same in full: {'yes' if own.equal else 'NO'}"
        told.append(f"{own.rules:>6} {own.shape:<14} {own.few_s:>7.2f} {full:>10}  {own.regions} regions, "
                    f"{'proved' if own.proved else 'not proved'}{same}")
    return told
