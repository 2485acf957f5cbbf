"""The values of one attribute that cells can tell apart: at least one of every sort that any cell or band distinguishes."""
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import or_
from string import ascii_uppercase, digits

from rules.book.cell_types import LIST_JOINT, Attribute, Cell, Members, Range
from rules.book.values import list_of
from rules.model import Value
from rules.refdata.languages import language_of
from rules.refdata.postal import PostalArea
from rules.refdata.postal_forms import form_of, read_postal
from rules.refdata.subdivisions import country_codes
from rules.refdata.time_zones import known_zones, zone_name
from rules.regions.boxes import NotProved

#: Letters and digits of postal codes in the order in which codes are compared.
_LETTERS = digits + ascii_uppercase
#: Countries that make an example easy to picture.
WELL_KNOWN = ("BR", "DE", "FR", "GB", "IN", "JP", "US")
_POSTAL_LENGTHS = range(1, 13)
#: Of so many masks in order one union is kept.
_STEP = 64
#: Lists that cells tell apart are looked at up to so many.
MOST_LISTS = 32_768


def told_apart(
    sorts: Sequence[Attribute], cells: Iterable[Cell], derived: Sequence[Attribute] = (), *,
    accounts: Mapping[str, str | None] | None = None, countries: Collection[str] | None = None,
) -> Sequence[Value]:
    """Values of an attribute, `missing` left out; `sorts` are its declarations in one book or several.

    `derived` are the attributes that follow from it, `accounts` the accounts known with their countries (None: any),
    `countries` those that matter beside the ones that cells name (None: all).
    """
    cells = list(cells)
    named = {value for cell in cells for value in cell.values} | {key for sort in derived for key in sort.mapping}
    kind = sorts[0].type
    closed = list(dict.fromkeys(value for sort in sorts for value in sort.values or ()))
    if kind == "bands" and any(sort.bands != sorts[0].bands for sort in sorts):
        edges = {end for sort in sorts for band in sort.bands for end in (band.low, band.high) if end is not None}
        return [*closed, *_numbers(edges)]
    if any(sort.type == "list" for sort in sorts):
        return lists_told_apart(closed, [cell.members for cell in cells if cell.members])
    if closed:
        return closed
    match kind:
        case "flag":
            return [True, False]
        case "number":
            ends: set[Value | None] = {end for cell in cells for span in cell.ranges for end in (span.low, span.high)}
            ends |= {end for sort in derived for band in sort.bands for end in (band.low, band.high)}
            return _numbers({end for end in (*ends, *named) if isinstance(end, (int, float))})
        case "postal":
            areas = [area for sort in derived for area, _ in sort.areas] + [area for cell in cells for area in cell.areas]
            exact = {end for area in areas if not area.is_prefix for end in (area.low, area.high)} | set(map(str, named))
            return _postal_codes({area.low for area in areas if area.is_prefix}, exact)
        case "country":
            named |= set(countries or ())
            others = sorted(country_codes() - named, key=lambda code: (code not in WELL_KNOWN, code))
            return [*sorted(named), *(others if countries is None else others[:1])]
        case "language":
            codes = (first + second for first in "edzabcfghijklmnopqrstuvwxy" for second in "nezuabcdfghijklmopqrst")
            return [*sorted(named), *_first_unnamed(codes, named, lambda code: language_of(code) == code)]
        case "time_zone":
            return [*sorted(named), *_first_unnamed(sorted(known_zones()), named, lambda name: zone_name(name) == name)]
        case "account_ref" if accounts is not None:
            return [*sorted(named & set(accounts)), *_first_unnamed((one for one in accounts if accounts[one]), named),
                    *_first_unnamed((one for one in accounts if not accounts[one]), named)]
    other = {"account_ref": "another-account"}.get(kind, "something else")
    return [*sorted(named), *_first_unnamed((other, *(f"{other} {number}" for number in range(2, len(named) + 3))), named)]


def lists_told_apart(declared: Sequence[str], asked: Sequence[Members]) -> Sequence[str]:
    """A list of every sort that cells tell apart; NotProved past so many.

    Members that the same cells name in the same ways stand for each other: of each such sort a list has none, one or all.
    """
    alike: dict[tuple, list[str]] = {}
    whole = [members.all_of for members in asked]
    named = [*whole, *(members.any_of for members in asked), *(members.none_of for members in asked)]
    for member in declared:
        alike.setdefault(tuple(member in own for own in named), []).append(member)
    ways = [[(), own[:1], own] if len(own) > 1 and any(signature[:len(whole)]) else [(), own[:1]]
            for signature, own in alike.items()]
    if prod(map(len, ways)) > MOST_LISTS:
        raise NotProved(f"rules tell more than {MOST_LISTS:,} lists of one attribute apart")
    chosen = ({member for own in parts for member in own} for parts in product(*ways))
    return [text for members in chosen if (text := list_of(members, declared))]


def codes_that_exist(codes: Sequence[Value], country: str | None) -> Sequence[Value]:
    """Postal codes as they stand once they have been read in a country, where some are read as another code.

    Of such a one stay the code that it is read as, and the first text after it that is none of the country's and is kept
    as written: a letter at its end.
    """
    if form_of(country) is None:
        return codes
    stay: dict[str, None] = {}
    for code in map(str, codes):
        own = _read(code, country)
        stay |= dict.fromkeys([code] if own == code else [own, code[:-1] + "A"])
    return [code for code in stay if _read(code, country) == code]


def _read(code: str, country: str | None) -> str:
    found = read_postal(code, country)
    return found.code if found else ""


def _first_unnamed(words: Iterable[str], named: Collection, admits: Callable[[str], bool] = lambda word: True) -> list[str]:
    for word in words:
        if word not in named and admits(word):
            return [word]
    return []


def _numbers(ends: Collection[float]) -> list[float]:
    """Every end, and one number between each two neighbours and beyond the outer ones; whole ones where they fit."""
    ordered = sorted(ends)
    if not ordered:
        return [1.0]
    between = [_between(low, high) for low, high in zip(ordered, ordered[1:], strict=False)]
    return sorted({ordered[0] - 0.5, *ordered, *between, ordered[-1] + 1})


def _between(low: float, high: float) -> float:
    whole = float(int(low // 1) + 1)
    return whole if low < whole < high else (low + high) / 2


def _postal_codes(starts: Collection[str], exact: Collection[str]) -> list[str]:
    """Codes at, just below and just above every end of a range, prefix or value, for every length that matters."""
    codes = set(exact)
    for code in exact:
        codes |= {_next_to(code, +1), _next_to(code, -1)}
    for start in starts:
        for length in _POSTAL_LENGTHS:
            if length >= len(start):
                first, last = start.ljust(length, "0"), start.ljust(length, "Z")
                codes |= {first, last, _next_to(first, -1), _next_to(last, +1)}
    codes |= {letter * length for letter in "0Z" for length in {len(code) for code in codes if code} | {5}}
    return sorted((code for code in codes if code and _is_code(code)), key=lambda code: (len(code) != 5, code))


def _is_code(code: str) -> bool:
    return code[0] in _LETTERS and code[-1] in _LETTERS and len(code) in _POSTAL_LENGTHS and "  " not in code


def _next_to(code: str, step: int) -> str:
    """The code of the same length just above or below, letters and digits only; empty where there is none."""
    letters = list(code)
    for position in range(len(letters) - 1, -1, -1):
        if letters[position] not in _LETTERS:
            continue
        turned = _LETTERS.index(letters[position]) + step
        if 0 <= turned < len(_LETTERS):
            letters[position] = _LETTERS[turned]
            return "".join(letters)
        letters[position] = _LETTERS[0 if step > 0 else -1]
    return ""


class _Running:
    """Masks in the order of their values, which share no record: those from one place to another, joined at once."""

    def __init__(self, masks: Sequence[int]):
        self._masks = masks
        self._before = [0]                                # every so many, all masks before
        for start in range(0, len(masks) - _STEP + 1, _STEP):
            self._before.append(reduce(or_, masks[start:start + _STEP], self._before[-1]))

    def between(self, low: int, high: int) -> int:
        """The masks from `low` on that stand before `high`, joined."""
        if high - low <= 2 * _STEP:
            return reduce(or_, self._masks[low:max(low, high)], 0)
        return self._up_to(high) & ~self._up_to(low)

    def _up_to(self, end: int) -> int:
        return reduce(or_, self._masks[end - end % _STEP:end], self._before[end // _STEP])


_NOTHING = _Running([])


def masks_of(values: Mapping[Value | None, int], kind: str, cells: Sequence[Cell],
             countries: Mapping[Value | None, int]) -> list[int]:
    """Per cell the union of the masks of the values that it admits; `values` gives each value its own mask.

    `countries` gives each country that postal codes may be of its mask.
    """
    if any(cell.members for cell in cells):
        having = _by_member(values)
        return [(values.get(None, 0) if cell.missing else 0) | (_asked_of(cell.members, having) if cell.members else 0)
                for cell in cells]
    ordered: dict[int, tuple[list, _Running]] = {}
    if any(cell.ranges or cell.areas for cell in cells):
        lengths = {0} if kind == "number" else {0, *(len(value) for value in values if isinstance(value, str))}
        for length in lengths:
            own = sorted(value for value in values if value is not None and not isinstance(value, bool)
                         and (length == 0 or isinstance(value, str) and len(value) == length))
            ordered[length] = (own, _Running([values[value] for value in own]))
    return [_mask_of(cell, values, ordered, countries) for cell in cells]


def _by_member(values: Mapping[Value | None, int]) -> Mapping[str, int]:
    """The lists that hold each member, all lists under the empty text."""
    having: dict[str, int] = {}
    for value, own in values.items():
        for member in ("", *str(value).split(LIST_JOINT)) if value is not None else ():
            having[member] = having.get(member, 0) | own
    return having


def _asked_of(members: Members, having: Mapping[str, int]) -> int:
    """The lists that are as asked."""
    mask = having.get("", 0)
    if members.any_of:
        mask &= reduce(or_, (having.get(member, 0) for member in members.any_of))
    for member in members.all_of:
        mask &= having.get(member, 0)
    for member in members.none_of:
        mask &= ~having.get(member, 0)
    return mask


def _mask_of(cell: Cell, values: Mapping[Value | None, int], ordered: Mapping[int, tuple[list, _Running]],
             countries: Mapping[Value | None, int]) -> int:
    mask = values.get(None, 0) if cell.missing else 0
    for value in cell.values:
        mask |= values.get(value, 0)
    for span in cell.ranges:
        mask |= _within(span, *ordered[0])
    for area in cell.areas:
        if area.is_prefix:
            own, running = ordered[0]
            low, high = _cut(own, area.low, after=False), _cut(own, area.low + "\x7f", after=True)
            found = running.between(low, high)
        else:
            found = _within(area, *ordered.get(len(area.low), ([], _NOTHING)))
        mask |= found if area.country is None else found & countries.get(area.country, 0)
    return mask


def _within(span: Range | PostalArea, own: list, running: _Running) -> int:
    """The masks of the ordered values that lie in a range."""
    low = 0 if span.low is None else _cut(own, span.low, after=span.low_open)
    high = len(own) if span.high is None else _cut(own, span.high, after=not span.high_open)
    return running.between(low, high)


def _cut(ordered: list, bound: Value, *, after: bool) -> int:
    return bisect_right(ordered, bound) if after else bisect_left(ordered, bound)
