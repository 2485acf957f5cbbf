"""What cells ask for, as typed, frozen values: attributes with their bands, and a cell's values, stretches and members.

Cells are already resolved: groups, tables and lists are sets of values, ranges are `Range`s.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rules.model import EMPTY, Value
from rules.refdata.days import Days
from rules.refdata.postal import PostalArea

#: The cell word for an absent attribute.
MISSING = "missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePosition:
    """Where in the book's files something stands; line and column count from 1."""

    file: str
    line: int
    column: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A named stretch of numbers; `low` is in, `high` is in unless `open_end`; None = without end."""

    name: str
    low: float
    high: float | None
    open_end: bool = False

    def holds(self, number: float) -> bool:
        """Whether the number lies in the band."""
        if number < self.low:
            return False
        return self.high is None or number < self.high or (number == self.high and not self.open_end)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Attribute:
    """One declared item attribute.

    `type`: enum, list, bands, country, subdivision, postal, language, account_ref, number, date, time_zone, text, flag, map.
    `values`: the closed list of values, where the type has one (enum, list, bands, map), else None.
    `source`: the attribute a bands or map attribute is derived from, None where the raw value stands under its own name.
    `use`: `urgency` where it may set a service level and choose nobody, as a score from outside.
    """

    name: str
    type: str
    values: tuple[str, ...] | None = None
    bands: tuple[Band, ...] = ()
    source: str | None = None
    mapping: Mapping[Value, str] = EMPTY                  # of a map: a source's value -> the outcome, as written
    areas: tuple[tuple[PostalArea, str], ...] = ()        # of a map from postal codes: prefixes, ranges, codes of a country
    homes: frozenset[str] = frozenset()                   # of a map from subdivisions: the countries that have all of its keys
    folds: bool = False                                   # of a map from texts: capitals and blanks do not matter
    names: Mapping[str, str] = EMPTY                      # optional display names of values, for `says`
    use: str | None = None
    place: SourcePosition | None = None

    def band_of(self, number: float) -> str | None:
        """The band a number falls into, None in a hole."""
        return next((band.name for band in self.bands if band.holds(number)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Numbers from `low` to `high`; None = without end."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


#: Between the members of a list that is kept as one text, `cloud; edge`: each once, in the declared order.
LIST_JOINT = "; "


@lru_cache(maxsize=8192)
def members_in(value: str) -> frozenset[str]:
    """The members of a list that is kept as a text."""
    return frozenset(value.split(LIST_JOINT))


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What one attribute must be: any of `values`, `ranges`, postal `areas`, `days`, a list with `members`, or `missing`.

    `country`: the attribute that says which country's the postal code is, None where no area is of a country.
    `text` is the cell as the author wrote it; `names` the values and groups it names, for `says` and messages.
    """

    attribute: str
    values: frozenset[str | float | bool] = frozenset()
    ranges: tuple[Range, ...] = ()
    areas: tuple[PostalArea, ...] = ()
    country: str | None = None
    members: Members | None = None
    missing: bool = False
    days: tuple[Days, ...] = ()
    text: str = ""
    names: tuple[str, ...] = ()
    place: SourcePosition | None = None

    def at(self, place: SourcePosition) -> "Cell":
        """The same cell where it stands once more; what is shared is shared."""
        return Cell(attribute=self.attribute, values=self.values, ranges=self.ranges, areas=self.areas, country=self.country,
                    members=self.members, missing=self.missing, days=self.days, text=self.text, names=self.names, place=place)

    @property
    def asked(self) -> tuple:
        """What it asks for, whoever asks it and wherever it stands."""
        return self.attribute, self.values, self.ranges, self.areas, self.country, self.members, self.missing, self.days

    @property
    def only_values(self) -> bool:
        """Whether all that it admits are the values listed."""
        return not (self.ranges or self.areas or self.days or self.members or self.missing)

    @property
    def words(self) -> str:
        """It in the words of the book."""
        return self.text if self.members else "; ".join(self.names) or self.text

    @property
    def spans(self) -> tuple[Range | PostalArea, ...]:
        """Its ranges, of numbers or of postal codes."""
        return (*self.ranges, *(area for area in self.areas if area.is_range))


#: The name an attribute of a type usually has; it is preferred where a book declares several of the type.
_USUAL_NAMES = {"country": "country", "subdivision": "state", "postal": "postal_code", "account_ref": "account",
                "time_zone": "time_zone", "language": "language"}


def named_for(attributes: Mapping[str, Attribute], kind: str) -> str | None:
    """Which of a book's attributes says an item's country, subdivision, postal code, account, language or time zone."""
    names = [name for name, attribute in attributes.items() if attribute.type == kind]
    usual = _USUAL_NAMES[kind]
    return usual if usual in names else names[0] if names else None
