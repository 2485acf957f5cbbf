"""Regions in words: a box of items as attribute and values, as an author would write the cells of a rule.

`country=EMEA; CH, employees=MID`. Of most attributes every value is known and named, by groups where one fits; of the
others (postal codes, attributes that follow from each other) the cells of the books themselves are combined.
"""
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice, product

from rules.book.cell_types import LIST_JOINT, MISSING, Cell
from rules.book.cells import holds
from rules.book.values import ALL, ANY, as_written, ways_named
from rules.model import Value
from rules.regions.boxes import Box, positions
from rules.regions.space import Dimension, Space

#: Cells as `attribute -> text`; `not A; B` admits all but A and B.
Cells = Mapping[str, str]
#: A group of at least so many values stands for them.
_LEAST_GROUP = 2
#: Past so many lines a box is told by its first ones.
MOST_LINES = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionLine:
    """Items that meet every cell of `where` and, as a whole, none of `without`."""

    where: Cells
    without: tuple[Cells, ...] = ()

    def __str__(self) -> str:
        said = [_cells_words(self.where) or "any item"]
        return ", ".join([*said, *(f"without {_cells_words(cells)}" for cells in self.without)])

    def as_json(self) -> dict[str, object]:
        """The line as data."""
        told: dict[str, object] = {"where": dict(self.where)}
        return told | {"without": [dict(cells) for cells in self.without]} if self.without else told


class Wording:
    """Says boxes of one space in words."""

    def __init__(self, space: Space):
        self.space = space
        self._words: dict[int, dict[int, list[Value | None]] | None] = {}
        self._cells: dict[int, dict[int, Cells]] = {}
        self._groups = _shared_groups(space)

    def lines(self, box: Box) -> list[RegionLine]:
        """The box as lines whose items are disjoint, at most MOST_LINES."""
        parts = [self._part(number, mask) for number, (mask, whole) in enumerate(zip(box, self.space.full, strict=True))
                 if mask != whole]
        order = {name: place for place, name in enumerate(dict.fromkeys(
            name for book in self.space.books for name in book.attributes))}
        return [_joined(chosen, order) for chosen in islice(product(*parts), MOST_LINES)]

    def _part(self, number: int, mask: int) -> list[RegionLine]:
        """What is said of one dimension."""
        dimension = self.space.dimensions[number]
        values = self._values_of(number)
        if values is None:
            return list(self._combined(number, mask))
        [name] = dimension.used
        admitted = [value for place in positions(mask) for value in values[place]]
        others = [value for place in positions(dimension.full & ~mask) for value in values[place]]
        return [RegionLine(where={name: self._said(name, admitted, others)})]

    def _values_of(self, number: int) -> dict[int, list[Value | None]] | None:
        """Class -> its values, None where an attribute is not told by listing values."""
        if number not in self._words:
            self._words[number] = _listed(self.space, number)
        return self._words[number]

    def _said(self, name: str, admitted: Sequence[Value | None], others: Sequence[Value | None]) -> str:
        if len(admitted) > len(others) and len(admitted) > 3:
            return "not " + "; ".join(self._named(name, others))
        return "; ".join(self._named(name, admitted))

    def _named(self, name: str, values: Sequence[Value | None]) -> list[str]:
        """Values by name, groups for those that they hold; missing stands last."""
        left, words = {value for value in values if value is not None}, []
        for group, members in self._groups.get(name, ()):
            if members <= left:
                words.append(group)
                left -= members
        declared = next((own.values for book in self.space.books if (own := book.attributes.get(name)) and own.values), ())
        place: dict[Value, int] = {value: number for number, value in enumerate(declared)}
        words += [_word(value) for value in sorted(left, key=lambda value: (place.get(value, len(place)), str(value)))]
        return [*words, MISSING] if None in values else words

    def _combined(self, number: int, mask: int) -> Iterator[RegionLine]:
        """A mask by the cells of rules: what one rule asks, without what others ask; together exactly the mask."""
        known = self._asked(number)
        left = mask
        for own in sorted(known, key=lambda own: (-(own & mask).bit_count(), own.bit_count())):
            part = own & mask
            if part & left and not part & ~left:
                without = _covering(own & ~mask, part, known)
                if without is not None:
                    yield self._shorter(known[own], [known[other] for other in without])
                    left &= ~part
        for place in positions(left):
            atom = 1 << place
            holding = [own for own in known if own & atom]
            own = reduce(int.__and__, holding, self.space.full[number])
            taken = [known[other] for other in _covering(own & ~atom, atom, known) or ()]
            where: Cells = {name: text for each in holding for name, text in known[each].items()}
            if len(where) == 1 and self._is_list(*where):
                [name] = where
                groups = {group for book in self.space.books for group in book.groups}
                texts = [text for each in holding for text in known[each].values()]
                where, more = _all_asked(name, texts, groups)
                taken = [*more, *taken]
            yield self._shorter(where, taken)

    def _shorter(self, where: Cells, without: Sequence[Cells]) -> RegionLine:
        """A line in which a value that is listed and taken away again is not named, and what is only taken away is `not`."""
        kept, own = [], dict(where)
        for cells in without:
            [(name, text)] = cells.items() if len(cells) == 1 else [("", "")]
            listed, gone = own.get(name, "").split("; "), text.split("; ")
            if name and name not in own:
                own[name] = f"not {text}"
            elif set(gone) < set(listed) and not self._is_list(name) and not any(
                    word in book.groups for book in self.space.books for word in listed):
                own[name] = "; ".join(word for word in listed if word not in gone)
            else:
                kept.append(cells)
        return RegionLine(where=own, without=tuple(kept))

    def _is_list(self, name: str) -> bool:
        return any(book.attributes[name].type == "list" for book in self.space.books if name in book.attributes)

    def _asked(self, number: int) -> dict[int, Cells]:
        """Every mask that a cell or a rule asks for in a dimension, with the cells that ask so."""
        if number not in self._cells:
            found: dict[int, Cells] = {}
            for book_number, book in enumerate(self.space.books):
                for _, rule in book.placed_rules:
                    own = [cell for cell in rule.when if self.space.where[cell.attribute] == number]
                    for cells in (*([cell] for cell in own), own):
                        if cells:
                            found.setdefault(self._mask(number, book_number, cells), _texts(cells))
            found.pop(0, None)
            found.setdefault(self.space.full[number], {})
            self._cells[number] = found
        return self._cells[number]

    def _mask(self, number: int, book: int, cells: Sequence[Cell]) -> int:
        dimension = self.space.dimensions[number]
        return reduce(int.__and__, (dimension.masks[book, cell.asked] for cell in cells), dimension.full)


def _all_asked(name: str, texts: Sequence[str], groups: Collection[str]) -> tuple[Cells, list[Cells]]:
    """What several cells of one list ask together as one cell; what one cell cannot say of it besides, as taken away."""
    if len(texts) == 1:
        return {name: texts[0]}, []
    cells = [[pair for pair in ways_named(text.split(LIST_JOINT)) if pair[1] != MISSING] for text in texts]
    missing = [MISSING] if all(MISSING in text.split(LIST_JOINT) for text in texts) else []
    whole = [pair for cell in cells for pair in cell if pair[0] != ANY]
    several: list[tuple[str, ...]] = []
    for cell in cells:
        either = tuple(word for way, word in cell if way == ANY)
        if len(either) == 1 and either[0] not in groups:
            whole.append((ALL, either[0]))
        elif either:
            several.append(either)
    several = [either for either in dict.fromkeys(several) if not any((ALL, word) in whole for word in either)]
    named = [*((ANY, word) for word in (*missing, *(several[0] if several else ()))), *dict.fromkeys(whole)]
    if not all(cells):
        return {name: MISSING}, []                            # where one asks for nothing else
    return ({name: as_written(named)},
            [{name: f"not {LIST_JOINT.join([*missing, *either])}"} for either in several[1:]])


def _texts(cells: Sequence[Cell]) -> Cells:
    return {cell.attribute: cell.text if cell.members else _named_text(cell) for cell in cells}


def _named_text(cell: Cell) -> str:
    return "; ".join([name for name in cell.names if name != MISSING] + [MISSING] * cell.missing) or cell.text


def _covering(excess: int, part: int, known: Mapping[int, Cells]) -> list[int] | None:
    """Masks apart from a part that together hold all the excess, the largest first; None where there are none such."""
    chosen = []
    while excess:
        best = max((own for own in known if not own & part and own & excess),
                   key=lambda own: (own & excess).bit_count(), default=None)
        if best is None:
            return None
        chosen.append(best)
        excess &= ~best
    return chosen


def _listed(space: Space, number: int) -> dict[int, list[Value | None]] | None:
    """The classes of a dimension of one attribute whose values can be listed, with all their values."""
    dimension = space.dimensions[number]
    if len(dimension.used) != 1 or len(dimension.family.names) != 1:
        return None
    [name] = dimension.used
    sorts = [book.attributes[name] for book in space.books if name in book.attributes]
    open_ended = any(sort.type in ("number", "postal", "list", "date") or sort.bands != sorts[0].bands for sort in sorts)
    if open_ended or (sorts[0].values is None and sorts[0].type not in ("country", "flag")):
        return None
    values: list[Value | None] = [*dimension.family.values[name], *([] if name == "kind" else [None])]
    found: dict[int, list[Value | None]] = {place: [] for place in range(len(dimension.classes))}
    places = _places(dimension)
    for value in values:
        found[places[_signature(dimension, name, value)]].append(value)
    return found


def _places(dimension: Dimension) -> dict[tuple[bool, ...], int]:
    """The class of every answer to all cells."""
    return {tuple(bool(mask >> place & 1) for mask in dimension.masks.values()): place
            for place in range(len(dimension.classes))}


def _signature(dimension: Dimension, name: str, value: Value | None) -> tuple[bool, ...]:
    """Which cells a value meets."""
    record = {} if value is None else {name: value}
    reads = [dimension.family.read(record, name, book) for book in range(len(dimension.family.declared))]
    return tuple(holds(_cell_of(asked), reads[book]) for book, asked in dimension.masks)


def _cell_of(asked: tuple) -> Cell:
    attribute, values, ranges, areas, country, members, missing, days = asked
    return Cell(attribute=attribute, values=values, ranges=ranges, areas=areas, country=country, members=members, missing=missing,
                days=days)


def _shared_groups(space: Space) -> dict[str, list[tuple[str, frozenset[Value]]]]:
    """Per attribute the groups that its cells name and every book that has them defines alike, the largest first."""
    named = {(cell.attribute, name) for book in space.books for _, rule in book.placed_rules
             for cell in rule.when for name in cell.names}
    found: dict[str, list[tuple[str, frozenset[Value]]]] = {}
    for attribute, name in sorted(named):
        members = {frozenset(book.groups[name]) for book in space.books if name in book.groups}
        if len(members) == 1 and len(only := next(iter(members))) >= _LEAST_GROUP:
            found.setdefault(attribute, []).append((name, only))
    return {attribute: sorted(groups, key=lambda group: (-len(group[1]), group[0])) for attribute, groups in found.items()}


def _joined(parts: Sequence[RegionLine], order: Mapping[str, int]) -> RegionLine:
    where = {name: text for part in parts for name, text in part.where.items()}
    return RegionLine(where=dict(sorted(where.items(), key=lambda pair: order.get(pair[0], len(order)))),
                without=tuple(cells for part in parts for cells in part.without))


def _cells_words(cells: Cells) -> str:
    return ", ".join(f"{name} {text}" if text.startswith("not ") else f"{name}={text}" for name, text in cells.items())


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"
