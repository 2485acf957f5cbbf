"""One cell of an export in our own spelling: mended, read as its way says, translated by its words, looked up.

Every change is counted; what cannot be read is refused with what was expected.
"""
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from rules.exports.mapping import ColumnMapping, Way
from rules.exports.numbers import NoDecimal, read_count, read_figure
from rules.exports.slugs import slug_of
from rules.exports.timestamps import NoOrder, Read, TimestampReader, read_day, read_moment
from rules.model import EMPTY, Directory
from rules.refdata.contacts import address_of, domains_in, web_host
from rules.refdata.languages import language_of
from rules.refdata.record_ids import long_id
from rules.refdata.text import without_points
from rules.refdata.times import NotReadable, format_instant, parse_local_day

TRUE = frozenset(("true", "yes", "y", "1", "x", "ja", "oui", "si", "sí", "sim", "wahr", "checked", "✓"))
FALSE = frozenset(("false", "no", "n", "0", "-", "nein", "non", "não", "falsch", "unchecked"))
_HOW = {"day": "as plain days", "local": "without an offset, in the time zone stated", "excel": "as Excel's serial days",
        "epoch": "as seconds or milliseconds since 1970"}


class NoCurrency(NotReadable):
    """Amounts in several currencies, and none is stated."""


class ColumnReader:
    """Reads cells of one file; `counts` grows by (code, what) for every repair."""

    def __init__(self, *, mapping: ColumnMapping, clock: TimestampReader, decimal: str | None, directory: Directory | None,
                 counts: Counter[tuple[str, str]], for_owners: bool, survivors: Mapping[str, str] = EMPTY):
        self.mapping, self.clock, self.decimal, self.directory, self.counts = mapping, clock, decimal, directory, counts
        self.for_owners, self.survivors = for_owners, survivors
        self._told: set[tuple[str, str]] = set()
        self._source = ""
        self.currency = mapping.currency.upper() if mapping.currency else None
        self._moments: dict[tuple[str, str], Read] = {}
        self._words: dict[int, dict[str, str]] = {}
        self.slugs: Mapping[str, str] = {}
        self._owners = None if directory is None else _Owners(directory)
        self._read: dict[str, Callable[[str], str | None]] = {
            "day": self._day, "day?": self._perhaps_day, "number": self._number, "number?": self._perhaps_number,
            "count": self._whole,
            "flag": self._flag, "flag?": self._perhaps_flag, "owner": self._owner, "slug": self._slug,
            "salesforce_id": self._salesforce_id, "language": self._language, "domain": self._domain,
            "zone": self._zone, "first": self._first}

    def read(self, raw: str, way: Way, read: str | None, name: str, *, source: str = "",
             currency: str | None = None) -> str | None:
        """The cell's text in our spelling, None where it says nothing; NotReadable otherwise.

        `source`: the export's column, `currency`: that of the row, where it names one.
        """
        spelt, self._source = raw, source
        if way.spellings:
            mended = self._folded(way.spellings).get(spelt.casefold())
            if mended is not None and mended != spelt:
                self._count("spelling", f"`{name}` `{spelt}` read as `{mended}`")
                spelt = mended
        text: str | None = spelt
        if read == "time":
            text = self._time(spelt, way)
        elif read == "money":
            text = self._money(spelt, currency)
        elif read in self._read:
            text = self._read[read](spelt)
        if text and way.lookup is not None:
            text = self._looked_up(text, way.lookup)
        if not text or not way.values:
            return text or None
        return self._translated(text, raw, way)

    def next_row(self) -> None:
        """Begin a row: what is done to one cell counts once, however many columns of ours are made of it."""
        self._told.clear()

    def _count(self, code: str, what: str = "") -> None:
        if (code, self._source) not in self._told:
            self._told.add((code, self._source))
            self.counts[code, what] += 1

    def _translated(self, text: str, raw: str, way: Way) -> str | None:
        known = self._folded(way.values).get(text.casefold())
        if known is not None:
            return known
        if way.otherwise == "refuse":
            raise NotReadable("unknown word", "one of " + ", ".join(way.values))
        return text if way.otherwise == "keep" else None

    def _folded(self, words) -> dict[str, str]:
        if id(words) not in self._words:
            self._words[id(words)] = {word.casefold(): meant for word, meant in words.items()}
        return self._words[id(words)]

    def _time(self, text: str, way: Way) -> str:
        read = self._moments.get((text, way.day))
        if read is None:
            read = self._moments[text, way.day] = read_moment(text, self.clock, day=way.day)
        if read.how in _HOW:
            self._count("times", _HOW[read.how])
        if read.shifted:
            self._count("clock_change")
        return format_instant(read.at)

    def _day(self, text: str) -> str:
        return read_day(text, self.clock).isoformat()

    def _perhaps_day(self, text: str) -> str:
        """A date of an item; a moment stays one, as its day depends on where the item is."""
        with suppress(NotReadable):
            if isinstance(parse_local_day(text), datetime):
                return text
        try:
            return self._day(text)
        except NoOrder:
            raise
        except NotReadable:
            return text

    def _number(self, text: str) -> str:
        figure = read_figure(text, self.decimal)
        if figure.rewritten:
            self._rewritten(text, figure.text)
        return figure.text

    def _whole(self, text: str) -> str:
        figure = read_count(text)
        if figure.rewritten:
            self._rewritten(text, figure.text)
        return figure.text

    def _rewritten(self, text: str, figure: str) -> None:
        known = next((key for key in self.counts if key[0] == "figures"), ("figures", f"`{text}` for {figure}"))
        self._count(*known)

    def _perhaps_number(self, text: str) -> str:
        try:
            return self._number(text)
        except NoDecimal:
            raise
        except NotReadable:
            return text

    def _money(self, text: str, stated: str | None) -> str | None:
        figure = read_figure(text, self.decimal)
        currency = figure.currency or (stated.upper() if stated else None)
        if currency is not None and self.currency is None:
            self.currency = currency
        if currency is not None and currency != self.currency:
            if self.mapping.currency is None:
                raise NoCurrency(f"amounts in {self.currency} and in others",
                                 "`currency: EUR` in the mapping; amounts in another one are then taken as missing")
            self._count("other_currency", currency)
            return None
        if figure.rewritten:
            self._rewritten(text, figure.text)
        return figure.text

    def _first(self, text: str) -> str:
        first, more, _rest = text.partition(";")
        if more:
            self._count("first_of_several", self._source)
        return first.strip()

    @staticmethod
    def _zone(text: str) -> str:
        named = re.search(r"\(([A-Za-z_]+(?:/[A-Za-z_+-]+)+)\)\s*$", text)
        return named[1] if named else text

    def _flag(self, text: str) -> str:
        word = text.casefold()
        if word not in TRUE and word not in FALSE:
            raise NotReadable("neither yes nor no", "true or false")
        return "true" if word in TRUE else "false"

    def _perhaps_flag(self, text: str) -> str:
        try:
            return self._flag(text)
        except NotReadable:
            return text

    def _slug(self, text: str) -> str:
        return self.slugs.get(text) or slug_of(text)

    def _salesforce_id(self, text: str) -> str:
        made, changed = long_id(text)
        if changed:
            self._count("ids")
        return made

    def _owner(self, text: str) -> str:
        if self.for_owners or self._owners is None:
            return text
        found, by = self._owners.find(text)
        if by is not None:
            self._count("owner_found", by)
        return found

    def owner_called(self, text: str) -> str:
        """The owner of an id, an address or a name; the text as it is where nobody, or more than one, is called so."""
        try:
            return text if self._owners is None else self._owners.find(text)[0]
        except NotReadable:
            return text

    def _language(self, text: str) -> str | None:
        return language_of(text)

    def _domain(self, text: str) -> str | None:
        """Every host of a cell that may name several; an item has one."""
        found = [web_host(part) for part in domains_in(text)]
        if None in found or not found:
            self._count("not_an_address")
        hosts = list(dict.fromkeys(filter(None, found)))
        return ";".join(hosts if self.for_owners else hosts[:1]) or None

    def _looked_up(self, key: str, lookup: tuple[str, str]) -> str | None:
        """The column of an account or an owner; the account of a child says what its own row says, nothing more."""
        table, column = lookup
        rows = {} if self.directory is None else self.directory.accounts if table == "account" else self.directory.owners
        row = rows.get(self.survivors.get(key, key))
        if row is None:
            self._count("no_lookup", f"{table}s that {table}s.csv does not know: what is looked up there stays empty")
            return None
        found = getattr(row, column, None) if column != "attributes" else None
        return str(found) if isinstance(found, str | int | float) and found != "" else row.attributes.get(column)


class _Owners:
    """Owners by id, by e-mail and by full name."""

    def __init__(self, directory: Directory):
        self.owners = directory.owners
        self.emails, self.names = defaultdict(list), defaultdict(list)
        for owner in directory.owners.values():
            self.emails[address_of(owner.email) or owner.email.casefold()].append(owner.owner_id)
            self.names[person_key(owner.name)].append(owner.owner_id)

    def find(self, text: str) -> tuple[str, str | None]:
        """The owner's id and by what it was found, None where by itself; the text as it is where nobody is found."""
        if text in self.owners:
            return text, None
        made, _changed = long_id(text)
        if made in self.owners:
            return made, "their id of 18 letters"
        address = address_of(text) or text.casefold()
        for known, by, key in ((self.emails, "e-mail", address), (self.names, "name", person_key(text))):
            found = known.get(key, ()) if key else ()
            if len(found) == 1:
                return found[0], by
            if len(found) > 1:
                raise NotReadable(f"several owners have this {by}", "one owner; found " + ", ".join(found[:5]))
        return text, None


def person_key(name: str) -> str:
    """A name for comparing: case, spaces and composed letters do not matter, `Last, First` is `First Last`."""
    last, comma, first = name.partition(",")
    spelt = f"{first} {last}" if comma and first.strip() else name
    return " ".join(unicodedata.normalize("NFKC", without_points(spelt)).casefold().split())
