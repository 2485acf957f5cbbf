"""Simulating: past items through two rule books, each at its own moment, and what would have gone elsewhere.

Pure: items, books, people and past results come in as values. Nobody's desk is counted: the books are compared, not
how busy people were. What a simulation says holds for these items and this directory.
"""
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rules.book.schema import RuleBook
from rules.change.destination import Destination, land
from rules.change.impact import Expected, MovedItem, SettledOutcome, expected
from rules.model import Directory, WorkItem
from rules.refdata.times import format_moment

#: So many items are named for each move.
EXAMPLES = 5
KINDS = ("people", "queue", "fallback", "else", "compliance", "held", "nobody_free", "refused")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One past item as either book reads it, None where a book cannot; `value` its worth, None = not known."""

    item_id: str
    kind: str
    at: datetime
    before: WorkItem | None
    after: WorkItem | None
    value: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedExample:
    """A moved item: the moment it was routed at, and the rules that won it."""

    item_id: str
    at: datetime
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFlow:
    """Items that one destination loses to another, the first few named."""

    before: str
    after: str
    items: int
    examples: tuple[MovedExample, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many items something holds under the one book and under the other."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """Items more under the second book."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What the second book would change. Shares are of all `items`; `turns`: items per owner if those eligible took turns.

    `others_eligible`: items that stay in their destination and of which other people may be the owner. `sooner` and
    `later`: items whose promised answer time becomes shorter or longer, a promise being sooner than none.
    """

    before: RuleBook
    after: RuleBook
    items: int
    starts: datetime | None
    ends: datetime | None
    at: datetime | None
    moved: int
    moves: tuple[ItemFlow, ...]
    loads: tuple[Count, ...]
    kinds: tuple[Count, ...]
    slas: tuple[Count, ...]
    sla_changed: int
    sooner: int
    later: int
    playbook_changed: int
    others_eligible: int
    uncovered: ItemFlow
    covered: ItemFlow
    turns: Mapping[str, tuple[float, float]]
    expected: Expected | None

    def share(self, items: int) -> float:
        """A number of items as a share of all."""
        return items / self.items if self.items else 0.0

    def as_json(self) -> dict[str, Any]:
        """The simulation as `rules simulate --json` prints it."""
        return {
            "before": _book_json(self.before), "after": _book_json(self.after), "items": self.items,
            "from": format_moment(self.starts), "to": format_moment(self.ends), "at": format_moment(self.at) or "received",
            "moved": {"items": self.moved, "share": self.share(self.moved)},
            "moves": [{"from": move.before, "to": move.after, **_reached_json(move)} for move in self.moves],
            "load": [{"to": count.name, "before": count.before, "after": count.after, "change": count.change}
                     for count in self.loads],
            "coverage": {count.name: {"before": count.before, "after": count.after} for count in self.kinds},
            "newly_uncovered": _reached_json(self.uncovered), "newly_covered": _reached_json(self.covered),
            "sla": {"policies": [_sla_json(count, self.before, self.after) for count in self.slas],
                    "changed": self.sla_changed, "sooner": self.sooner, "later": self.later},
            "playbook_changed": self.playbook_changed, "other_owners_eligible": self.others_eligible,
            "expected": None if self.expected is None else self.expected.as_json(),
        }


def simulate(cases: Sequence[Case], *, before: RuleBook, after: RuleBook, directory: Directory,
             at: datetime | None = None, handled: Iterable[SettledOutcome] = ()) -> Simulation:
    """Every case through both books: at its own moment, or all of them `at` one.

    `handled` are past results, from which the expected value is taken; without any it is None.
    """
    pairs = [_Pair(case=case, before=land(case.before, book=before, directory=directory, at=at or case.at),
                   after=land(case.after, book=after, directory=directory, at=at or case.at)) for case in cases]
    moved = [pair for pair in pairs if pair.before.to != pair.after.to]
    moments = [case.at for case in cases]
    return Simulation(
        before=before, after=after, items=len(cases), starts=min(moments, default=None), ends=max(moments, default=None), at=at,
        moved=len(moved), moves=_moves(moved), loads=_counts(pairs, lambda landing: landing.to),
        kinds=_counts(pairs, lambda landing: landing.kind, KINDS),
        slas=_counts(pairs, lambda landing: landing.sla or "none"),
        sla_changed=sum(pair.before.sla != pair.after.sla for pair in pairs),
        sooner=sum(_promise(pair.after) < _promise(pair.before) for pair in pairs),
        later=sum(_promise(pair.after) > _promise(pair.before) for pair in pairs),
        playbook_changed=sum(pair.before.playbook != pair.after.playbook for pair in pairs),
        others_eligible=sum(pair.before.to == pair.after.to and dict(pair.before.turns).keys() != dict(pair.after.turns).keys()
                            for pair in pairs),
        uncovered=_reached("fallback", [pair for pair in pairs if _falls(pair.after) and not _falls(pair.before)]),
        covered=_reached("fallback", [pair for pair in pairs if _falls(pair.before) and not _falls(pair.after)]),
        turns=_turns(pairs),
        expected=expected([MovedItem(kind=pair.case.kind, value=pair.case.value, before=pair.before.to, after=pair.after.to)
                           for pair in pairs], handled),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """One case with where it lands under either book."""

    case: Case
    before: Destination
    after: Destination


def _moves(moved: Sequence[_Pair]) -> tuple[ItemFlow, ...]:
    """By destinations, the largest first."""
    by_way: dict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for pair in moved:
        by_way[pair.before.to, pair.after.to].append(pair)
    moves = [_reached(after, pairs, before=before) for (before, after), pairs in by_way.items()]
    return tuple(sorted(moves, key=lambda move: (-move.items, move.before, move.after)))


def _reached(after: str, pairs: Sequence[_Pair], *, before: str = "") -> ItemFlow:
    """These pairs as one move; the examples show different rules first, as long as there are any."""
    by_rules = {(pair.before.way, pair.after.way): pair for pair in reversed(pairs)}
    others = [pair for pair in pairs[:2 * EXAMPLES] if pair not in by_rules.values()]
    return ItemFlow(before=before, after=after, items=len(pairs), examples=tuple(
        MovedExample(item_id=pair.case.item_id, at=pair.case.at, before=pair.before.way, after=pair.after.way)
        for pair in [*reversed(by_rules.values()), *others][:EXAMPLES]))


def _counts(pairs: Sequence[_Pair], key, order: Sequence[str] = ()) -> tuple[Count, ...]:
    """Per word of a landing, how many under either book; in the order named, or those that change most first."""
    before, after = Counter(key(pair.before) for pair in pairs), Counter(key(pair.after) for pair in pairs)
    names = order or sorted(before | after, key=lambda name: (-abs(after[name] - before[name]), -after[name], name))
    return tuple(Count(name=name, before=before[name], after=after[name]) for name in names)


def _falls(landing: Destination) -> bool:
    return landing.kind == "fallback"


def _promise(landing: Destination) -> float:
    """Seconds until an answer is promised; without a policy there is no end."""
    return float("inf") if landing.within is None else landing.within.total_seconds()


def _turns(pairs: Sequence[_Pair]) -> dict[str, tuple[float, float]]:
    """Items per owner under either book, if those eligible took turns."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair in pairs:
        for side, landing in enumerate((pair.before, pair.after)):
            for owner, share in landing.turns:
                sums[owner][side] += share
    return {owner: (before, after) for owner, (before, after) in sums.items()}


def _book_json(book: RuleBook) -> dict[str, object]:
    return {"rulebook": book.digest, "version": book.version}


def _reached_json(move: ItemFlow) -> dict[str, object]:
    return {"items": move.items, "examples": [
        {"item_id": each.item_id, "at": format_moment(each.at), "before": _way_json(each.before), "after": _way_json(each.after)}
        for each in move.examples]}


def _way_json(way: tuple[str, str]) -> dict[str, str]:
    return {"stage": way[0], "rule": way[1]}


def _sla_json(count: Count, before: RuleBook, after: RuleBook) -> dict[str, object]:
    return {"policy": count.name, "before": count.before, "after": count.after,
            "respond_within_minutes": [_minutes(book, count.name) for book in (before, after)]}


def _minutes(book: RuleBook, sla: str) -> float | None:
    return book.slas[sla].respond_within.total_seconds() / 60 if sla in book.slas else None
