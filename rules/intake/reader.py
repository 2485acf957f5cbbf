"""What reading the items of one book needs, compiled once: a reader per attribute, the order of facts and derivations."""
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rules.book.cell_types import Attribute
from rules.book.schema import RuleBook, attribute_of_type
from rules.caching import cached_per_instance
from rules.intake.attributes import Reader, Reading, number_between, reader_for, text_in
from rules.model import STANDARD_ATTRIBUTES, Fact
from rules.refdata.contacts import address_of, domains_in, is_placeholder, web_host

IDENTITY = ("item_id", "kind", "received_at")
_STANDARD_TYPES = {"value": "number", "time_zone": "time_zone", "ip_country": "country"}


@dataclass(frozen=True)
class ItemReader:
    """Readers by attribute name, in the order of an item's facts, and which attributes say where and whose it is."""

    readers: Mapping[str, Reader]
    known: tuple[str, ...]
    order: tuple[str, ...]
    derived: tuple[Attribute, ...]
    kinds: Mapping[str, str] | None
    country: str | None
    country_bound: tuple[str, ...]
    subdivision: str | None
    postal: str | None
    account: str
    language: str | None = None
    texts: tuple[str, ...] = ()                           # attributes whose text may say its language
    of_account: tuple[str, ...] = ()                      # attributes that a matched account may say, where it knows them


def without_unknown(raw: Mapping[str, object], book: RuleBook) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """A raw item with the fields alone that the book knows, and the names of the others."""
    known = item_reader(book).known
    unknown = tuple(name for name in raw if name not in known)
    return ({name: value for name, value in raw.items() if name in known} if unknown else raw), unknown


@cached_per_instance
def item_reader(book: RuleBook) -> ItemReader:
    """The readers of a book's attributes and of the standard ones, in the order of an item's facts."""
    declared = {name: attribute for name, attribute in book.attributes.items() if name != "kind"}
    readers = {name: reader_for(attribute) for name, attribute in declared.items()}
    for name in STANDARD_ATTRIBUTES:
        if name not in readers:
            readers[name] = _standard_reader(name)
    readers |= {name: _by_address(read) for name, read in readers.items() if name.startswith("ip_")}
    kind = book.attributes.get("kind")
    return ItemReader(
        readers=readers, known=(*IDENTITY, *readers), order=tuple(readers), derived=_in_order(declared),
        kinds={word.casefold(): word for word in kind.values} if kind and kind.values else None,
        country=attribute_of_type(book, "country"),
        country_bound=tuple(n for n, attribute in declared.items() if attribute.type in ("postal", "subdivision")),
        subdivision=attribute_of_type(book, "subdivision"), postal=attribute_of_type(book, "postal"),
        account=attribute_of_type(book, "account_ref") or "account", language=attribute_of_type(book, "language"),
        texts=tuple(name for name, attribute in declared.items() if attribute.type == "text"),
        of_account=tuple(name for name, attribute in declared.items() if _may_come_from_account(attribute)),
    )


def _may_come_from_account(attribute: Attribute) -> bool:
    """What is true of the company as a whole; who wrote to us, and what about, is the item's own."""
    return attribute.source is None and attribute.type not in ("country", "account_ref") and (
        attribute.name == "city" or attribute.name not in STANDARD_ATTRIBUTES)


def _standard_reader(name: str) -> Reader:
    if name == "latitude":
        return number_between(-90, 90, name, "degrees from -90 to 90")
    if name == "longitude":
        return number_between(-180, 180, name, "degrees from -180 to 180")
    if name in _STANDARD_TYPES:
        return reader_for(Attribute(name=name, type=_STANDARD_TYPES[name]))
    if name == "email":
        return _email
    if name == "domain":
        return _domain
    return reader_for(Attribute(name=name, type="text"))


def _by_address(read: Reader) -> Reader:
    """The reading of what an internet address tells: weak, as it may belong to a proxy, a mobile network or an office abroad."""
    def weakly(raw: object, country: str | None) -> Reading:
        fact, warning = read(raw, country)
        return replace(fact, source="ip", trust="low"), warning

    return weakly


def _domain(raw: object, country: str | None) -> Reading:
    """The host of a web address; of several, the first that is one."""
    text = text_in(raw, "a web address as text")
    host = next(filter(None, map(web_host, domains_in(text))), None)
    if host is None:
        return Fact(value=None, raw=raw), f"domain: `{text[:80]}` is not a web address, taken as missing"
    return Fact(value=host, raw=raw), None


def _email(raw: object, country: str | None) -> Reading:
    """An e-mail address in one spelling."""
    text = text_in(raw, "an e-mail address as text")
    address = address_of(text)
    if address is None or is_placeholder(address):
        what = "is not an e-mail address" if address is None else "stands for no address"
        return Fact(value=None, raw=raw), f"email: `{text[:80]}` {what}, taken as missing"
    return Fact(value=address, raw=raw), None


def _in_order(declared: Mapping[str, Attribute]) -> tuple[Attribute, ...]:
    """The derived attributes, each after the one it is derived from."""
    waiting = [attribute for attribute in declared.values() if attribute.source is not None]
    ordered: list[Attribute] = []
    while waiting:
        unmet = {attribute.name for attribute in waiting}
        ready = [attribute for attribute in waiting if attribute.source not in unmet]
        ordered.extend(ready or waiting)
        waiting = [attribute for attribute in waiting if attribute not in ready] if ready else []
    return tuple(ordered)
