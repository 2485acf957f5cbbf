"""The space of a book: every item that can exist, by the values that some rule tells apart.

Each dimension is a family of attributes that depend on each other; its classes are records that no cell tells apart.
Several books may share one space, so that their boxes can be compared: an item that two books read differently (bands
that moved, a map that changed) falls into classes of its own.
"""
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from rules.analysis.boxes import Box, positions
from rules.analysis.records import Family, Record
from rules.analysis.values import masks_of, told_apart
from rules.book.format import MISSING, Attribute, Cell, Rule, RuleBook
from rules.vocabulary import Value
from rules.whereabouts import named_for

#: So many records are kept of a class, to try another as an example.
_KEPT = 6
#: Beyond so many comparisons of records with cells, classes are not merged.
_MOST_MERGED = 4_000_000

#: What a cell asks, whoever asks it: attribute, values, ranges, prefixes, missing.
Asked = tuple


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One family with its classes of records; `masks` tells, per book and cell, which classes the cell admits."""

    family: Family
    used: tuple[str, ...]                                 # the attributes of it that rules ask for
    classes: tuple[tuple[Record, ...], ...]
    masks: Mapping[tuple[int, Asked], int]

    @property
    def full(self) -> int:
        """Every class."""
        return (1 << len(self.classes)) - 1


@dataclass(frozen=True, kw_only=True)
class Space:
    """Dimensions, and where in them each attribute is found."""

    books: tuple[RuleBook, ...]
    dimensions: tuple[Dimension, ...]
    where: Mapping[str, int]

    @property
    def full(self) -> Box:
        """Every item that can exist."""
        return tuple(dimension.full for dimension in self.dimensions)

    @property
    def class_count(self) -> int:
        """How many classes all dimensions have together."""
        return sum(len(dimension.classes) for dimension in self.dimensions)

    def box_of(self, rule: Rule, book: int = 0) -> Box:
        """The items that a rule of one of the books matches; a mask is 0 where no item can match."""
        masks = list(self.full)
        for cell in rule.when:
            place = self.where[cell.attribute]
            masks[place] &= self.dimensions[place].masks[book, _asked(cell)]
        return tuple(masks)

    def having(self, attribute: str, values: Collection[Value | None], book: int = 0) -> Box:
        """The items of which a book reads one of these values, as far as any rule tells them apart (else every item)."""
        place = self.where.get(attribute)
        if place is None:
            return self.full
        family, classes = self.dimensions[place].family, self.dimensions[place].classes
        mask = sum(1 << number for number, records in enumerate(classes)
                   if any(family.read(record, attribute, book) in values for record in records))
        return self.full[:place] + (mask,) + self.full[place + 1:]

    def examples(self, box: Box, *, telling: bool = False, most: int = 60) -> Iterator["Example"]:
        """Items of a box, the plainest first: little is said beyond what the box needs, with `telling` more of it."""
        choices = []
        for dimension, mask, whole in zip(self.dimensions, box, self.full, strict=True):
            records = [record for number in islice(positions(mask), 40) for record in dimension.classes[number]]
            tells = telling and mask != whole
            choices.append(sorted(records, key=lambda record: _said(record, dimension, tells))[:_KEPT])
        for chosen in islice(_nearest_first(choices), most):
            yield Example(space=self, records=tuple(chosen))


@dataclass(frozen=True, kw_only=True)
class Example:
    """One item of a box: a record per dimension."""

    space: Space
    records: tuple[Record, ...]

    def words(self) -> dict[str, str]:
        """The item in the books' words: its kind, every attribute that rules ask for, `missing` where it has none."""
        said = {name: value for record in self.records for name, value in record.items()}
        known = self.values() | said
        order = dict.fromkeys(name for book in self.space.books for name in book.attributes)
        words = {name: _word(known[name]) for name in order if name in known}
        return {"kind": words.pop("kind", self.space.books[0].attributes["kind"].values[0]), **words}

    def values(self, book: int = 0) -> dict[str, Value | None]:
        """What a book reads of the item, by attribute that rules ask for."""
        return {name: dimension.family.read(record, name, book)
                for dimension, record in zip(self.space.dimensions, self.records, strict=True) for name in dimension.used}


def space_of(*books: RuleBook, accounts: Mapping[str, str | None] | None = None) -> Space:
    """The space of one book, or of several to be compared; `accounts` are those known with their countries (None: any)."""
    cells = _cells(books)
    dimensions = [_dimension(family, cells, books) for family in _families(books, cells, accounts)]
    where = {name: place for place, dimension in enumerate(dimensions) for name in dimension.family.names}
    return Space(books=tuple(books), dimensions=tuple(dimensions), where=where)


def _cells(books: Sequence[RuleBook]) -> dict[str, dict[tuple[int, Asked], Cell]]:
    """Every different cell of territory rules, by attribute."""
    found: dict[str, dict[tuple[int, Asked], Cell]] = {}
    for number, book in enumerate(books):
        for stage in book.stages:
            for rule in stage.rules:
                for cell in rule.when:
                    found.setdefault(cell.attribute, {}).setdefault((number, _asked(cell)), cell)
    return found


def _asked(cell: Cell) -> Asked:
    return cell.attribute, cell.values, cell.ranges, cell.prefixes, cell.missing


def _families(
    books: Sequence[RuleBook], cells: Mapping[str, Mapping[tuple[int, Asked], Cell]],
    accounts: Mapping[str, str | None] | None,
) -> list[Family]:
    """The attributes that rules ask for, with those that tie them together, grouped by dependence."""
    declared = tuple(book.attributes for book in books)
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
                               values={name: _values(name, names, declared, cells, accounts) for name in names}))
    return families


def _dependences(
    names: Collection[str], declared: Sequence[Mapping[str, Attribute]], country: str | None,
    accounts: Mapping[str, str | None] | None,
) -> dict[str, str]:
    """Of attributes and all that they depend on: each with the one that it follows from or lies in."""
    over: dict[str, str] = {}
    pending = list(names)
    for name in pending:
        sorts = [own[name] for own in declared if name in own]
        source = next((sort.source for sort in sorts if sort.source), None)
        tells = accounts is not None and country in names and any(sort.type == "account_ref" for sort in sorts)
        in_country = tells or any(sort.type == "subdivision" for sort in sorts) or any(
            area.country for own in declared for other in pending if other in own and own[other].source == name
            for area, _ in own[other].areas)
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
) -> list[Value]:
    sorts = [own[name] for own in declared if name in own]
    family = [own[other] for own in declared for other in names if other in own]
    countries = None
    if any(sort.type in ("postal", "account_ref") for sort in family) and all(sort.type != "subdivision" for sort in family):
        countries = {area.country for sort in family for area, _ in sort.areas if area.country}
    return told_apart(sorts, cells.get(name, {}).values(), [sort for sort in family if sort.source == name],
                      accounts=accounts, countries=countries)


def _dimension(family: Family, cells: Mapping[str, Mapping[tuple[int, Asked], Cell]], books: Sequence[RuleBook]) -> Dimension:
    records = family.records()
    masks: dict[tuple[int, Asked], int] = {}
    for name in sorted(family.names & cells.keys()):
        for book in range(len(books)):
            asked = {key: cell for key, cell in cells[name].items() if key[0] == book}
            if asked:
                by_value = _by_value(records, family, name, book)
                masks.update(zip(asked, masks_of(by_value, books[book].attributes[name].type, list(asked.values())), strict=True))
    groups = _merged(len(records), list(dict.fromkeys(masks.values())))
    firsts = [group[0] for group in groups]
    return Dimension(
        family=family, used=tuple(sorted(family.names & cells.keys())),
        classes=tuple(tuple(records[number] for number in group) for group in groups),
        masks={key: sum(1 << place for place, first in enumerate(firsts) if mask >> first & 1) for key, mask in masks.items()},
    )


def _by_value(records: Sequence[Record], family: Family, name: str, book: int) -> dict[Value | None, int]:
    """The records of which a book reads each value, as bits."""
    numbers: dict[Value | None, list[int]] = {}
    for number, record in enumerate(records):
        numbers.setdefault(family.read(record, name, book), []).append(number)
    return {value: sum(1 << number for number in own) for value, own in numbers.items()}


def _merged(count: int, masks: Sequence[int]) -> list[list[int]]:
    """Records grouped by the masks that hold them; each group keeps a few."""
    if not masks:
        return [list(range(count))[:_KEPT]]
    if count * len(masks) > _MOST_MERGED:
        return [[number] for number in range(count)]
    rows = [format(mask, f"0{count}b")[::-1] for mask in masks]
    groups: dict[str, list[int]] = {}
    for number, column in enumerate(zip(*rows, strict=True)):
        groups.setdefault("".join(column), []).append(number)
    return [group[:_KEPT] if len(group) > _KEPT else group for group in groups.values()]


def _said(record: Record, dimension: Dimension, telling: bool) -> tuple[int, int]:
    """How a record ranks as an example: little is known of what rules ask for (if `telling`, something), and little besides."""
    known = sum(dimension.family.read(record, name, 0) is not None for name in dimension.used)
    return (known or len(dimension.used) + 1 if telling else known, sum(name not in dimension.used for name in record))


def _nearest_first(choices: Sequence[Sequence[Record]]) -> Iterable[tuple[Record, ...]]:
    """The first of every choice, then each changed alone, then all combinations."""
    if not all(choices):
        return
    first = tuple(choice[0] for choice in choices)
    yield first
    for place, choice in enumerate(choices):
        for other in choice[1:]:
            yield first[:place] + (other,) + first[place + 1:]
    yield from product(*choices)


def _word(value: Value | None) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return value
