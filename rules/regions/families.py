"""Which attributes of a book belong together, because one follows from another or lies in it, and the values they need.

A derived attribute belongs to its source, a state to its country, a postal code too where a map reads it by country, and
an account where accounts say their country. What no rule asks for and nothing ties together is left out.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from rules.book.cell_types import Attribute, Cell, named_for
from rules.book.schema import RuleBook
from rules.model import Value
from rules.refdata.times import day_of
from rules.regions.dates import Moments, date_families
from rules.regions.records import OTHER, Family
from rules.regions.values import codes_that_exist, told_apart

#: What a cell asks, whoever asks it: `Cell.asked`.
Asked = tuple


def cells_of(books: Sequence[RuleBook]) -> dict[str, dict[tuple[int, Asked], Cell]]:
    """Every different cell of territory rules, by attribute."""
    found: dict[str, dict[tuple[int, Asked], Cell]] = {}
    for number, book in enumerate(books):
        for _, rule in book.placed_rules:
            for cell in rule.when:
                found.setdefault(cell.attribute, {}).setdefault((number, cell.asked), cell)
    return found


def families_of(
    books: Sequence[RuleBook], cells: Mapping[str, Mapping[tuple[int, Asked], Cell]],
    accounts: Mapping[str, str | None] | None, moments: Moments,
) -> list[Family]:
    """The attributes that rules ask for, with those that tie them together, grouped by dependence; dates come last."""
    declared = tuple(book.attributes for book in books)
    dates = [name for name in cells if any(name in own and own[name].type == "date" for own in declared)]
    of_dates = date_families(dates, declared, {name: cells[name].values() for name in dates}, moments,
                             sorted(last_days(books)))
    cells = {name: own for name, own in cells.items() if name not in dates}
    country = next((name for own in declared if (name := named_for(own, "country"))), None)
    over = _dependences(cells, declared, country, accounts)
    groups: dict[str, set[str]] = {}
    for name in dict.fromkeys((*cells, *over, *over.values())):
        root = name
        while root in over:
            root = over[root]
        groups.setdefault(root, {root}).add(name)
    order = {name: number for number, name in enumerate(dict.fromkeys(name for own in declared for name in own))}
    families = []
    for root, names in sorted(groups.items(), key=lambda pair: order[pair[0]]):
        asked = [name for name in names if name in cells]
        if len(asked) == 1 and root != asked[0] and _is_plain(asked[0], declared):
            root, names = asked[0], {asked[0]}            # what it follows from matters to no rule
        families.append(Family(root=root, names=frozenset(names), declared=declared, country=country, accounts=accounts,
                               codes={name: _codes(name, names, declared, cells) for name in names if any(
                                   own[name].type == "postal" for own in declared if name in own)},
                               values={name: _values(name, names, declared, cells, accounts) for name in names}))
    return [*families, *of_dates]


def last_days(books: Sequence[RuleBook]) -> set[date]:
    """The days with which exceptions end."""
    return {day_of(rule.expires) for book in books for _, rule in book.placed_rules if rule.expires is not None}


def _dependences(
    cells: Mapping[str, Mapping[tuple[int, Asked], Cell]], declared: Sequence[Mapping[str, Attribute]], country: str | None,
    accounts: Mapping[str, str | None] | None,
) -> dict[str, str]:
    """Of attributes and all that they depend on: each with the one that it follows from or lies in."""
    over: dict[str, str] = {}
    pending = list(cells)
    for name in pending:
        sorts = [own[name] for own in declared if name in own]
        source = next((sort.source for sort in sorts if sort.source), None)
        tells = accounts is not None and country in cells and any(sort.type == "account_ref" for sort in sorts)
        in_country = tells or any(sort.type == "subdivision" for sort in sorts) or any(
            area.country for own in declared for other in pending if other in own and own[other].source == name
            for area, _ in own[other].areas) or any(cell.country for cell in cells.get(name, {}).values())
        parent = source or (country if in_country else None)
        if parent is not None:
            over[name] = parent
            pending += [parent] if parent not in pending else []
    return over


def _is_plain(name: str, declared: Sequence[Mapping[str, Attribute]]) -> bool:
    """Whether a derived attribute means the same in every book, so that its own values say all."""
    sorts = [own[name] for own in declared if name in own]
    first = sorts[0]
    return first.source is not None and all(
        sort.bands == first.bands and sort.values == first.values and dict(sort.mapping) == dict(first.mapping)
        and sort.areas == first.areas for sort in sorts)


def _values(
    name: str, names: Collection[str], declared: Sequence[Mapping[str, Attribute]],
    cells: Mapping[str, Mapping[tuple[int, Asked], Cell]], accounts: Mapping[str, str | None] | None,
) -> Sequence[Value]:
    sorts = [own[name] for own in declared if name in own]
    family = [own[other] for own in declared for other in names if other in own]
    countries = None
    if any(sort.type in ("postal", "account_ref") for sort in family) and all(sort.type != "subdivision" for sort in family):
        countries = _countries_named(names, declared, cells)
    return told_apart(sorts, cells.get(name, {}).values(), [sort for sort in family if sort.source == name],
                      accounts=accounts, countries=countries)


def _countries_named(
    names: Collection[str], declared: Sequence[Mapping[str, Attribute]], cells: Mapping[str, Mapping[tuple[int, Asked], Cell]],
) -> set[str]:
    """The countries that postal areas of maps and cells name."""
    areas = [area for own in declared for name in names if name in own for area, _ in own[name].areas]
    areas += [area for name in names for cell in cells.get(name, {}).values() for area in cell.areas]
    return {area.country for area in areas if area.country}


def _codes(
    name: str, names: Collection[str], declared: Sequence[Mapping[str, Attribute]],
    cells: Mapping[str, Mapping[tuple[int, Asked], Cell]],
) -> dict[str | None, Sequence[Value]]:
    """Postal codes that can be told apart, per country: areas of another country tell none of them apart.

    Where the country is unknown, a map's areas of every country count and a cell's areas of a country do not.
    """
    sorts = [own[name] for own in declared if name in own]
    derived = [own[other] for own in declared for other in names if other in own and own[other].source == name]
    asked = list(cells.get(name, {}).values())
    found: dict[str | None, Sequence[Value]] = {}
    for country in (None, OTHER, *_countries_named(names, declared, cells)):
        here = [replace(cell, areas=tuple(area for area in cell.areas if area.country in (None, country))) for cell in asked]
        maps = [replace(sort, areas=tuple(row for row in sort.areas if country is None or row[0].country in (None, country)))
                for sort in derived]
        found[country] = codes_that_exist(told_apart(sorts, here, maps), country)
    return found
