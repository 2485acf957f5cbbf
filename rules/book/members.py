"""Lists: several values of one attribute at once (a multi-select picklist), and what a cell asks of them.

A list is kept as one text, `cloud; edge`: each member once, in the declared order, so that it is one value wherever a value
is kept. A cell names members: at least one is in the list, after `all of` every one, after `none of` none.
"""
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rules.book.keys import Keys

#: What separates the members of a list in a text, such as an export's cell.
SEPARATOR = ";"
_JOINT = "; "
ANY, ALL, NONE = "any of", "all of", "none of"

LIST_CELL = Keys(
    title="A cell of a list", where="`when`, under an attribute that is a list; `cloud; all of edge; care` does as well",
    known={
        ANY: "At least one of these is in the list. A plain word or list of words says the same.",
        ALL: "Each of these is in the list.",
        NONE: "None of these is in the list; an item without a list is `missing`, and does not meet it.",
    })


@dataclass(frozen=True, kw_only=True, slots=True)
class Members:
    """What a cell asks of a list: one of `any_of` (where it names any), each of `all_of`, and none of `none_of`."""

    any_of: frozenset[str] = frozenset()
    all_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def holds(self, value: str) -> bool:
        """Whether a list, as the text that it is kept as, is as asked."""
        own = members_in(value)
        return ((not self.any_of or not self.any_of.isdisjoint(own)) and self.all_of <= own
                and self.none_of.isdisjoint(own))

    @property
    def contradicts(self) -> bool:
        """Whether no list can be as asked."""
        return not self.all_of.isdisjoint(self.none_of) or bool(self.any_of) and self.any_of <= self.none_of


@lru_cache(maxsize=8192)
def members_in(value: str) -> frozenset[str]:
    """The members of a list that is kept as a text."""
    return frozenset(value.split(_JOINT))


def list_of(members: Collection[str], declared: Iterable[str]) -> str | None:
    """The text that a list is kept as, None for an empty one; what is not declared is left out."""
    return _JOINT.join(member for member in declared if member in members) or None


def ways_named(words: Iterable[str], way: str = ANY) -> Iterator[tuple[str, str]]:
    """Each word with the way in which it is asked for: `all of cloud`, `edge` are both asked for by `all of`."""
    for word in words:
        way = next((other for other in LIST_CELL if word.startswith(f"{other} ")), way)
        yield way, word.removeprefix(f"{way} ").strip()


def as_written(named: Sequence[tuple[str, str]]) -> str:
    """Words and the ways in which they are asked for as one cell."""
    parts = [(way, [word for own, word in named if own == way]) for way in LIST_CELL]
    return _JOINT.join(_JOINT.join(words) if way == ANY else f"{way} {_JOINT.join(words)}" for way, words in parts if words)
