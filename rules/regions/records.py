"""Items that can exist: what records may say together about attributes that depend on each other.

A band or map value follows from its source where that is given, and may be given directly where it is not. A state lies
in a country that has it, a postal code is read in its country, and an account says its country. A record may lack
anything, but all that it says must be true of something.
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

from rules.book.cell_types import Attribute, members_in
from rules.book.maps import outcome_of
from rules.book.values import list_of
from rules.model import Value
from rules.refdata.subdivisions import country_codes, is_listed_in_full, subdivision_codes
from rules.regions.values import codes_that_exist

#: What a record says, by attribute; what it does not say is left out.
Record = Mapping[str, Value]
#: A country that no postal area names.
OTHER = ""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Attributes of one or several books that depend on each other, from the one that the others follow from.

    `declared` gives, per book, the attributes of that book; `values` the raw values that can be told apart; `country` the
    attribute that states, postal codes and `accounts` (each with its country) are read with, where they are; `codes` the
    postal codes of each country that an area names (None: where it is unknown, OTHER: of any other country).
    """

    root: str
    names: frozenset[str]
    declared: tuple[Mapping[str, Attribute], ...]
    values: Mapping[str, Sequence[Value]]
    codes: Mapping[str, Mapping[str | None, Sequence[Value]]]
    country: str | None = None
    accounts: Mapping[str, str | None] | None = None

    def records(self) -> list[Record]:
        """One record of every sort, those that say little first."""
        return sorted(_unique(self._from(self.root, None)), key=len)

    def read(self, record: Record, name: str, book: int) -> Value | None:
        """What one of the books makes of a record, None for missing."""
        attribute = self.declared[book].get(name)
        if attribute is None:
            return None
        if attribute.source in self.names:
            source = self.read(record, attribute.source, book)
            if source is not None:
                return follow(attribute, source, None if self.country is None else _text(record.get(self.country)))
            if attribute.source in record:
                return None
        given = record.get(name)
        if given is None or attribute.values is None:
            return given
        if attribute.type == "bands" and isinstance(given, float):
            return attribute.band_of(given)
        if attribute.type == "list":
            return list_of(members_in(str(given)), attribute.values)
        return given if given in attribute.values else None

    def _from(self, name: str, country: str | None) -> list[Record]:
        """Records about an attribute and all that depends on it; `country` is where it lies, if known."""
        inside = [child for child in self._children(name) if self._is_place(child)]
        found: list[Record] = []
        for value in self._values(name, country):
            found += _joined([[{name: value}], *(self._from(child, _text(value)) for child in inside)])
        if name != "kind":
            possible = self._values(name, country, anywhere=True)
            unsaid = _unique(record for value in possible for record in self._below(name, value, country))
            found += _joined([unsaid or [{}], *(self._from(child, None) for child in inside)])
        return found

    def _values(self, name: str, country: str | None, anywhere: bool = False) -> Sequence[Value]:
        if name in self.codes:
            own = self.codes[name].get(country)
            return codes_that_exist(self.codes[name][OTHER], country) if own is None else own
        values = self.values[name]
        if self._kind(name) == "account_ref" and self.accounts is not None and name != self.root and country is None:
            return [account for account in values if not self.accounts[str(account)]]
        if self._kind(name) != "subdivision":
            return values
        if country is None:
            return values if self.country is None or anywhere else []
        return states_within(country, tuple(map(str, values)))

    def _below(self, name: str, value: Value, country: str | None) -> list[Record]:
        """What a record that does not say a value may still say of what follows from it."""
        parts: list[list[Record]] = []
        for child in self._children(name):
            if self._is_place(child):
                continue
            outcomes = {outcome for declared in self.declared if child in declared
                        and (outcome := follow(declared[child], value, country)) is not None}
            parts.append([{}, *(record for outcome in sorted(outcomes, key=str)
                                 for record in [{child: outcome}, *self._below(child, outcome, country)])])
        return _unique(_joined(parts))

    def _children(self, name: str) -> list[str]:
        return [child for child in sorted(self.names) if self._parent(child) == name]

    def _parent(self, name: str) -> str | None:
        if name == self.root:
            return None
        source = next(declared[name].source for declared in self.declared if name in declared)
        return source if source in self.names else self.country if self._is_place(name) else None

    def _is_place(self, name: str) -> bool:
        """Whether an attribute lies in the country rather than following from it."""
        return self._kind(name) in ("subdivision", "postal", "account_ref")

    def _kind(self, name: str) -> str:
        return next(declared[name].type for declared in self.declared if name in declared)


def _text(value: Value | None) -> str | None:
    """A country or another name as the text that it is."""
    return None if value is None else str(value)


def follow(attribute: Attribute, source: Value, country: str | None) -> Value | None:
    """The band or map value that follows from a source's value, in a country for postal codes; None where none does."""
    if attribute.type == "bands":
        return attribute.band_of(source) if isinstance(source, float) else None
    return outcome_of(attribute, source, country)


@cache
def _homes() -> Mapping[str, frozenset[str]]:
    """Code of a subdivision -> the countries known to have it."""
    homes: dict[str, set[str]] = {}
    for country in country_codes():
        for code in subdivision_codes(country):
            homes.setdefault(code, set()).add(country)
    return {code: frozenset(countries) for code, countries in homes.items()}


@lru_cache(maxsize=4096)
def states_within(country: str, named: tuple[str, ...]) -> list[str]:
    """Of the states named those that a country can have, and one more where it has others."""
    homes = _homes()
    own = [code for code in named if (country in homes[code] if code in homes else not is_listed_in_full(country))]
    others = sorted(subdivision_codes(country) - set(named)) or ([] if is_listed_in_full(country) else ["ZZZ"])
    return own + others[:1]


def _joined(parts: Iterable[list[Record]]) -> list[Record]:
    """Every way of saying one of each part together."""
    return [{name: value for part in chosen for name, value in part.items()} for chosen in product(*parts)]


def _unique(records: Iterable[Record]) -> list[Record]:
    return list({tuple(sorted(record.items(), key=lambda pair: pair[0])): record for record in records}.values())
