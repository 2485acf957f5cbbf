"""Areas of postal codes, so kept that those around a code are found without asking each."""
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from rules.book.indexing.interval_index import Stretches
from rules.refdata.postal import PostalArea

Row = TypeVar("Row")


class PostalIndex(Generic[Row]):
    """What rows say of the areas that they stand for: codes and prefixes by hash, ranges by bisection."""

    def __init__(self, rows: Iterable[tuple[PostalArea, Row]]):
        self._rows = tuple(rows)
        self._begins: dict[tuple[str, bool], list[int]] = {}
        for place, (area, _) in enumerate(self._rows):
            if not area.is_range:
                self._begins.setdefault((area.low, area.is_prefix), []).append(place)
        self._lengths = sorted({len(text) for text, is_prefix in self._begins if is_prefix}, reverse=True)
        self._ranges = Stretches((area, place) for place, (area, _) in enumerate(self._rows) if area.is_range)

    def around(self, code: str, country: str | None, *, home: str | None = None) -> Iterator[set[Row]]:
        """The rows whose area covers a code, the most precise first: code, longer prefix, shorter prefix, range.

        `country` is the code's (None where unknown), `home` that of areas written without one.
        """
        steps = [self._begins.get((code, False), ())]
        steps += [self._begins.get((code[:length], True), ()) for length in self._lengths if length <= len(code)]
        for places in (*steps, self._ranges.around(code)):
            rows = [self._rows[place] for place in places]
            found = {row for area, row in rows if area.covers(code, country, home=home)}
            if found:
                yield found
