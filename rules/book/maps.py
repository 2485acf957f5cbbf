"""Map tables: what a derived attribute becomes for its source's value.

A map from postal codes may list prefixes and ranges, each of a country (`US:941*`): the most precise row wins, a code
before a longer prefix before a shorter one before a range; rows that disagree make it `missing`. Texts (a city's name)
are compared without regard to capitals and blanks.
"""
from collections.abc import Iterable

from rules.book.cell_types import Attribute
from rules.book.indexing.postal_index import PostalIndex
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
        return _folded(attribute).get(fold_text(str(value)))
    found = next(_areas(attribute).around(str(value), country), ()) if attribute.areas else ()
    return next(iter(found)) if len(found) == 1 else None


def fold_text(text: str) -> str:
    """A text as it is compared."""
    return " ".join(text.split()).casefold()


@cached_per_instance
def _folded(attribute: Attribute) -> dict[str, str]:
    return {fold_text(str(text)): outcome for text, outcome in attribute.mapping.items()}


@cached_per_instance
def _areas(attribute: Attribute) -> PostalIndex[str]:
    return PostalIndex(attribute.areas)


def disagreeing(rows: Iterable[tuple[PostalArea, str]]) -> tuple[PostalArea, PostalArea] | None:
    """Two rows as precise as each other that cover one code of one country and say different things, None if none do."""
    rows = list(rows)
    seen: dict[tuple[str | None, str, bool], tuple[PostalArea, str]] = {}
    for area, outcome in rows:
        if not area.is_range:
            first = seen.setdefault((area.country, area.low, area.is_prefix), (area, outcome))
            if first[1] != outcome:
                return first[0], area
    by_sort: dict[tuple[str | None, int], list[tuple[PostalArea, str]]] = {}
    for area, outcome in rows:
        if area.is_range:
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
