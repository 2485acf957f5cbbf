"""The space of a book: every item that can exist, by the values that some rule tells apart.

Each dimension is a family of attributes that depend on each other; its classes are records that no cell tells apart.
Several books may share one space, so that their boxes can be compared: an item that two books read differently (bands
that moved, a map that changed) falls into classes of its own.
"""
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import islice, product

from rules.book.cell_types import MISSING, Cell
from rules.book.schema import Rule, RuleBook
from rules.model import Value
from rules.refdata.times import day_of
from rules.regions.boxes import Box, mask_of, positions
from rules.regions.dates import TODAY, DateFamily, FromToday, Moments, decided_by, masks_of_days
from rules.regions.families import Asked, cells_of, families_of, last_days
from rules.regions.records import Family, Record
from rules.regions.values import masks_of

#: Beside what cells ask: the mask of what is decided up to a day.
UNTIL = "until"
#: So many records are kept of a class, to try another as an example.
_KEPT = 6
#: Beyond so many records that cells hold, each counted for every cell, classes are not merged.
_MOST_MERGED = 4_000_000


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
    moments: Moments

    @property
    def full(self) -> Box:
        """Every item that can exist."""
        return tuple(dimension.full for dimension in self.dimensions)

    @cached_property
    def deciding(self) -> int | None:
        """The dimension whose items are such on some days of decision only, so that it says which rules are in force."""
        return next((place for place, dimension in enumerate(self.dimensions)
                     if any(TODAY in record for records in dimension.classes for record in records)), None)

    @property
    def class_count(self) -> int:
        """How many classes all dimensions have together."""
        return sum(len(dimension.classes) for dimension in self.dimensions)

    def box_of(self, rule: Rule, book: int = 0) -> Box:
        """The items that a rule of one of the books matches; a mask is 0 where no item can match."""
        masks = list(self.full)
        for cell in rule.when:
            place = self.where[cell.attribute]
            masks[place] &= self.dimensions[place].masks[book, cell.asked]
        if rule.is_exception and rule.expires is not None and self.deciding is not None:
            masks[self.deciding] &= self.dimensions[self.deciding].masks[book, (UNTIL, day_of(rule.expires))]
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

    def examples(self, box: Box, *, telling: bool = False, most: int = 60) -> Iterator["ExampleItem"]:
        """Items of a box, the plainest first: little is said beyond what the box needs, with `telling` more of it."""
        choices = []
        for dimension, mask, whole in zip(self.dimensions, box, self.full, strict=True):
            records = [record for number in islice(positions(mask), 40) for record in dimension.classes[number]]
            tells = telling and mask != whole
            choices.append(sorted(records, key=lambda record: _said(record, dimension, tells))[:_KEPT])
        for chosen in islice(_nearest_first(choices), most):
            yield ExampleItem(space=self, records=tuple(chosen))


@dataclass(frozen=True, kw_only=True)
class ExampleItem:
    """One item of a box: a record per dimension."""

    space: Space
    records: tuple[Record, ...]

    @property
    def today(self) -> date:
        """The day of a decision on which it is this item."""
        told = next((record[TODAY] for record in self.records if TODAY in record), None)
        return self.space.moments.shown if told is None else date.fromisoformat(str(told))

    def words(self) -> dict[str, str]:
        """The item in the books' words: its kind, every attribute that rules ask for, `missing` where it has none."""
        said = {name: self._dated(value) for record in self.records for name, value in record.items() if name != TODAY}
        known = self.values() | said
        order = dict.fromkeys(name for book in self.space.books for name in book.attributes)
        words = {name: _word(known[name]) for name in order if name in known}
        return {"kind": words.pop("kind", self.space.books[0].kinds[0]), **words}

    def told(self) -> dict[str, str]:
        """The same, with the moment of the decision as `at` where one of its days counts from that."""
        counts = any(TODAY in record or any(isinstance(value, FromToday) for value in record.values()) for record in self.records)
        return {**self.words(), "at": f"{self.today}T12:00:00Z"} if counts else self.words()

    def values(self, book: int = 0) -> dict[str, Value | None]:
        """What a book reads of the item, by attribute that rules ask for."""
        return {name: self._dated(dimension.family.read(record, name, book))
                for dimension, record in zip(self.space.dimensions, self.records, strict=True) for name in dimension.used}

    def _dated(self, value: Value | None) -> Value | None:
        """A date that was given by how far it lies from today as the day that this is."""
        return (self.today + timedelta(days=value)).isoformat() if isinstance(value, FromToday) else value


def space_of(*books: RuleBook, accounts: Mapping[str, str | None] | None = None, moments: Moments | None = None) -> Space:
    """The space of one book, or of several to be compared; `accounts` are those known with their countries (None: any).

    `moments`: on which days decisions are looked at (None: on any). NotProved where dates go together in too many ways.
    """
    cells, moments = cells_of(books), moments or Moments()
    dimensions = [_dimension(family, cells, books) for family in families_of(books, cells, accounts, moments)]
    where = {name: place for place, dimension in enumerate(dimensions) for name in dimension.family.names}
    return Space(books=tuple(books), dimensions=tuple(dimensions), where=where, moments=moments)


def _dimension(family: Family, cells: Mapping[str, Mapping[tuple[int, Asked], Cell]], books: Sequence[RuleBook]) -> Dimension:
    records = family.records()
    masks: dict[tuple[int, Asked], int] = {}
    for name in sorted(family.names & cells.keys()):
        for book in range(len(books)):
            asked = {key: cell for key, cell in cells[name].items() if key[0] == book}
            own = list(asked.values())
            if isinstance(family, DateFamily):
                masks.update(zip(asked, masks_of_days(records, family, name, book, own), strict=True))
            elif asked:
                kind = books[book].attributes[name].type
                country = next((cell.country for cell in own if cell.country), None)
                countries = _by_value(records, family, country, book) if country else {}
                masks.update(zip(asked, masks_of(_by_value(records, family, name, book), kind, own, countries), strict=True))
    if any(TODAY in record for record in records):
        masks |= {(book, (UNTIL, last)): decided_by(records, last) for book in range(len(books)) for last in last_days(books)}
    found = list(dict.fromkeys(masks.values()))
    groups, merged = _merged(len(records), found)
    of_classes = dict(zip(found, merged, strict=True))
    return Dimension(
        family=family, used=tuple(sorted(family.names & cells.keys())),
        classes=tuple(tuple(records[number] for number in group) for group in groups),
        masks={key: of_classes[mask] for key, mask in masks.items()},
    )


def _by_value(records: Sequence[Record], family: Family, name: str, book: int) -> dict[Value | None, int]:
    """The records of which a book reads each value, as bits."""
    numbers: dict[Value | None, list[int]] = {}
    for number, record in enumerate(records):
        numbers.setdefault(family.read(record, name, book), []).append(number)
    return {value: mask_of(own) for value, own in numbers.items()}


def _merged(count: int, masks: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Records grouped by the masks that hold them, each group a few of its records; and the same masks of groups."""
    if sum(mask.bit_count() for mask in masks) > _MOST_MERGED:
        return [[number] for number in range(count)], list(masks)
    held_by: list[list[int]] = [[] for _ in range(count)]
    for place, mask in enumerate(masks):
        for number in positions(mask):
            held_by[number].append(place)
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, holders in enumerate(held_by):
        groups.setdefault(tuple(holders), []).append(number)
    merged: list[list[int]] = [[] for _ in masks]
    for group, among in enumerate(groups):
        for place in among:
            merged[place].append(group)
    return [group[:_KEPT] for group in groups.values()], [mask_of(own) for own in merged]


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
