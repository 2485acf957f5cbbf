"""Map tables: what a derived attribute becomes for its source's value.

A map from postal codes may list prefixes and ranges, each of a country (`US:941*`): the most precise row wins, a code
before a longer prefix before a shorter one before a range; rows that disagree make it `missing`. Texts (a city's name)
are compared without regard to capitals and blanks.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.book.schema import Attribute
from rules.caching import cached_per_instance
from rules.model import Value
from rules.refdata.postal import PostalArea


def outcome_of(attribute: Attribute, value: Value, country: str | None = None) -> str | None:
    """What a map attribute is for a value of its source, None = missing; `country` is where a postal code or state belongs.

    A map from states of one country says nothing of a like-named state of another: `WA` is in the US and in Australia.
    """
    if attribute.homes and country is not None and country not in attribute.homes:
        return None
    if value in attribute.mapping:
        return attribute.mapping[value]
    if attribute.folds:
        return _index(attribute).folded.get(fold_text(str(value)))
    return _index(attribute).area_outcome(str(value), country) if attribute.areas else None


def fold_text(text: str) -> str:
    """A text as it is compared."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, kw_only=True)
class _Index:
    """A map's rows ready for lookup: texts folded, areas by what they begin with, and ranges."""

    folded: Mapping[str, str]
    begins: Mapping[tuple[str, bool], tuple[tuple[PostalArea, str], ...]]
    lengths: tuple[int, ...]
    ranges: tuple[tuple[PostalArea, str], ...]

    def area_outcome(self, code: str, country: str | None) -> str | None:
        """The one outcome of the most precise rows that cover the code, None where there is none or several."""
        steps = [self.begins.get((code, False), ())]
        steps += [self.begins.get((code[:length], True), ()) for length in self.lengths if length <= len(code)]
        for rows in (*steps, self.ranges):
            found = {outcome for area, outcome in rows if area.covers(code, country)}
            if found:
                return found.pop() if len(found) == 1 else None
        return None


@cached_per_instance
def _index(attribute: Attribute) -> _Index:
    begins: dict[tuple[str, bool], list[tuple[PostalArea, str]]] = {}
    ranges = []
    for area, outcome in attribute.areas:
        if area.is_prefix or area.is_code:
            begins.setdefault((area.low, area.is_prefix), []).append((area, outcome))
        else:
            ranges.append((area, outcome))
    return _Index(folded=_folded(attribute), begins={key: tuple(rows) for key, rows in begins.items()}, ranges=tuple(ranges),
                  lengths=tuple(sorted({len(text) for text, is_prefix in begins if is_prefix}, reverse=True)))


def _folded(attribute: Attribute) -> dict[str, str]:
    return {fold_text(str(text)): outcome for text, outcome in attribute.mapping.items()} if attribute.folds else {}


def disagreeing(rows: Iterable[tuple[PostalArea, str]]) -> tuple[PostalArea, PostalArea] | None:
    """Two rows as precise as each other that cover one code of one country and say different things, None if none do."""
    rows = list(rows)
    seen: dict[tuple[str | None, str, bool], tuple[PostalArea, str]] = {}
    for area, outcome in rows:
        if area.is_prefix or area.is_code:
            first = seen.setdefault((area.country, area.low, area.is_prefix), (area, outcome))
            if first[1] != outcome:
                return first[0], area
    by_sort: dict[tuple[str | None, int], list[tuple[PostalArea, str]]] = {}
    for area, outcome in rows:
        if not (area.is_prefix or area.is_code):
            by_sort.setdefault((area.country, len(area.low)), []).append((area, outcome))
    for same in by_sort.values():
        same.sort(key=lambda row: row[0].low)
        widest, told = same[0]
        for area, outcome in same[1:]:
            if area.low <= widest.high and outcome != told:
                return widest, area
            if area.high > widest.high:
                widest, told = area, outcome
    return None
