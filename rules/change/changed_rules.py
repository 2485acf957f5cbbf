"""Changed rules: what two books do not have in common, and the rules that an item of theirs can meet.

A difference lies where a changed rule matches. Rules that share no item with any changed rule have no say in it, so both
books may be read without them: a few changed rules among thousands are compared with the few that they touch.
"""
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from rules.book.cell_types import Attribute, Cell
from rules.book.schema import Rule, RuleBook, Stage
from rules.model import EMPTY

#: With more changed rules than these nothing is left out: looking for what they touch would cost more than it saves.
MOST_CHANGED = 200


def in_common(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest run of equal things that stand in one order in both, as pairs of places."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(after):
        places[key].append(place)
    seen: Counter[Hashable] = Counter()
    pairs = []
    for place, key in enumerate(before):
        if seen[key] < len(places.get(key, ())):
            pairs.append((place, places[key][seen[key]]))
            seen[key] += 1
    return _rising(pairs)


def touched(before: RuleBook, after: RuleBook) -> tuple[RuleBook, RuleBook]:
    """Both books without the rules that no changed rule can share an item with; whole where that cannot be told."""
    books = (before, after)
    if _vocabulary(before) != _vocabulary(after) or len({_last(book) for book in books}) > 1:
        return books
    rules = [list(book.placed_rules) for book in books]
    kept = in_common(*([_key(stage, rule) for stage, rule in own] for own in rules))
    changed = []
    for side, own in enumerate(rules):
        alike = {pair[side] for pair in kept}
        changed += [rule for place, (_, rule) in enumerate(own) if place not in alike]
    if len(changed) > MOST_CHANGED:
        return books
    return _meeting(before, changed), _meeting(after, changed)


def changed_rules(before: RuleBook, after: RuleBook) -> tuple[tuple[str, str], ...]:
    """The rules that only one of the books has, by side and id; every rule where the books' words mean different things."""
    keys = [[_key(stage, rule) for stage, rule in book.placed_rules] for book in (before, after)]
    kept = in_common(*keys) if _vocabulary(before) == _vocabulary(after) else []
    return tuple((name, rule.id) for side, (name, book) in enumerate((("before", before), ("after", after)))
                 for place, (_, rule) in enumerate(book.placed_rules) if place not in {pair[side] for pair in kept})


def _meeting(book: RuleBook, changed: Sequence[Rule]) -> RuleBook:
    """The book with its last stage whole, and elsewhere only the rules that may share an item with a changed one."""
    return replace(book, stages=tuple(
        stage if stage is book.stages[-1] else replace(stage, rules=tuple(
            rule for rule in stage.rules if any(_may_meet(rule, other) for other in changed))) for stage in book.stages))


def _key(stage: Stage, rule: Rule) -> Hashable:
    """All by which a rule can decide; its id and its words are left out."""
    return (stage.name, frozenset(cell.asked for cell in rule.when), rule.target, rule.sla, *rule.how.values(), rule.reason,
            rule.spread, rule.is_exception, rule.expires if rule.is_exception else None)


def _last(book: RuleBook) -> Hashable:
    stage = book.stages[-1]
    return tuple(_key(stage, rule) for rule in stage.rules)


def _vocabulary(book: RuleBook) -> dict[str, Attribute]:
    """What the attributes mean, wherever and under whatever display names they are declared."""
    return {name: replace(own, place=None, names=EMPTY) for name, own in book.attributes.items()}


def _may_meet(one: Rule, other: Rule) -> bool:
    """Whether two rules may share an item; only what plain lists of values rule out is ruled out."""
    theirs = {cell.attribute: cell for cell in other.when}
    return all(cell.attribute not in theirs or _overlaps(cell, theirs[cell.attribute]) for cell in one.when)


def _overlaps(one: Cell, other: Cell) -> bool:
    if any(cell.ranges or cell.areas or cell.days or cell.members for cell in (one, other)):
        return True
    return (one.missing and other.missing) or not one.values.isdisjoint(other.values)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs whose second places rise (patience sorting)."""
    tops: list[int] = []
    last: list[int] = []
    below: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        below.append(last[pile - 1] if pile else None)
        if pile == len(tops):
            tops.append(place)
            last.append(number)
        else:
            tops[pile], last[pile] = place, number
    found, current = [], last[-1] if last else None
    while current is not None:
        found.append(pairs[current])
        current = below[current]
    return found[::-1]
