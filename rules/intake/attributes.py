"""One raw attribute value as a fact, by the attribute's declared type; each type says what it accepts.

A wrong type is refused (NotReadable); a word or number that the type does not know becomes missing with a warning.
"""
import math
import re
from collections.abc import Callable, Mapping

from rules.book.cell_types import Attribute
from rules.book.values import SEPARATOR, expected_of, list_of
from rules.model import Fact
from rules.refdata.countries import country_of
from rules.refdata.languages import language_of
from rules.refdata.postal_forms import read_postal
from rules.refdata.subdivisions import subdivision_of
from rules.refdata.time_zones import zone_name
from rules.refdata.times import DAY_EXPECTED, NotReadable, day_of, parse_local_day

#: A fact and, where the value could not be used, the warning that says so.
Reading = tuple[Fact, str | None]
#: Raw value and the item's country -> reading.
Reader = Callable[[object, str | None], Reading]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_KEPT_READINGS = 8192
_MOST_MEMBERS = 1000


def reader_for(attribute: Attribute) -> Reader:
    """The reader of a declared attribute; readings of closed types are kept, since the same words come again."""
    if attribute.type == "bands":
        return _bands_reader(attribute)
    if attribute.type == "number":
        return number_between(-math.inf, math.inf, attribute.name, "a number")
    if attribute.type == "date":
        return _read_date
    if attribute.type == "text":
        return _read_text
    if attribute.type == "list":
        return _list_reader(attribute)
    return _kept(_CLOSED[attribute.type](attribute))


def text_in(raw: object, expected: str) -> str:
    """The text given; whole numbers are taken as their digits, everything else is refused."""
    if isinstance(raw, str):
        if not raw.isascii() and any("\ud800" <= letter <= "\udfff" for letter in raw) or "\0" in raw:
            raise NotReadable("the text holds characters that are none", expected)
        return raw.strip()
    if isinstance(raw, int) and not isinstance(raw, bool) and raw.bit_length() <= 64:
        return str(raw)
    raise NotReadable("the wrong type", expected)


def number_in(raw: object, expected: str) -> float:
    """The finite number given, as a number or as text that is one; never a boolean."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise NotReadable("the wrong type" if not isinstance(raw, str) else "not a number", expected)
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NotReadable("not a finite number", expected)
    return number


def number_between(low: float, high: float, name: str, expected: str) -> Reader:
    """The reader of a number that must lie in a range; one outside it becomes missing with a warning."""
    def read(raw: object, country: str | None) -> Reading:
        number = number_in(raw, expected)
        if not low <= number <= high:
            return Fact(value=None, raw=raw), f"{name}: `{number:g}` is not {expected}, taken as missing"
        return Fact(value=number, number=number, raw=raw), None

    return read


def _read_date(raw: object, country: str | None) -> Reading:
    """A day; of an instant the one in UTC, until it is known where the item is."""
    if not isinstance(raw, str):
        raise NotReadable("the wrong type", f"{DAY_EXPECTED} as text")
    return Fact(value=day_of(parse_local_day(raw.strip())).isoformat(), raw=raw), None


def _kept(read: Reader) -> Reader:
    readings: dict[tuple[object, str | None], Reading] = {}

    def remembered(raw: object, country: str | None) -> Reading:
        key = (raw, country) if isinstance(raw, str) else None
        known = readings.get(key) if key else None
        if known is None:
            known = read(raw, country)
            if key and len(readings) < _KEPT_READINGS and len(key[0]) <= 200:
                readings[key] = known
        return known

    return remembered


def _text_reader(expected: str) -> Reader:
    def read(raw: object, country: str | None) -> Reading:
        return Fact(value=text_in(raw, expected), raw=raw), None

    return read


def _read_text(raw: object, country: str | None) -> Reading:
    """A text, with or without the language that it is in: the value is the text alone."""
    tagged = tagged_text(raw)
    return Fact(value=text_in(raw if tagged is None else tagged[1], "text, or one text by its language: {\"de\": \"Guten Tag\"}"),
                raw=raw), None


def tagged_text(raw: object) -> tuple[str, object] | None:
    """Language and text of `{"de": "Guten Tag"}`, None for anything else."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return None
    [(tag, text)] = raw.items()
    language = language_of(tag) if isinstance(tag, str) else None
    return None if language is None else (language, text)


def _bands_reader(attribute: Attribute) -> Reader:
    by_folded = {band.name.casefold(): band.name for band in attribute.bands}
    expected = "a number or one of " + ", ".join(band.name for band in attribute.bands)

    def read(raw: object, country: str | None) -> Reading:
        name = by_folded.get(raw.strip().casefold()) if isinstance(raw, str) else None
        if name is not None:
            return Fact(value=name, raw=raw), None
        return band_reading(attribute, number_in(raw, expected), raw=raw)

    return read


def band_reading(attribute: Attribute, number: float, *, raw: object, source: str = "record",
                 trust: str = "stated") -> Reading:
    """The band a number lies in; in a hole between bands the value is missing, the number stays."""
    band = attribute.band_of(number)
    warning = None if band else f"{attribute.name}: `{number:g}` lies in no band, taken as missing"
    return Fact(value=band, number=number, raw=raw, source=source, trust=trust), warning


def _word_reader(attribute: Attribute) -> Reader:
    """Enums and maps: a declared word in any case, in the declared spelling."""
    by_folded = {word.casefold(): word for word in attribute.values or ()}
    expected = "one of " + ", ".join(attribute.values or ())

    def read(raw: object, country: str | None) -> Reading:
        text = text_in(raw, expected)
        word = by_folded.get(text.casefold())
        warning = None if word else f"{attribute.name}: unknown value `{_short(text)}`, taken as missing"
        return Fact(value=word, raw=raw), warning

    return read


def _list_reader(attribute: Attribute) -> Reader:
    """Several declared words, as a list or as `cloud;edge`, kept in the declared order; those left out make it weak evidence."""
    by_folded = {word.casefold(): word for word in attribute.values or ()}
    expected = f"a list of words, or words with `{SEPARATOR}` between them, of {expected_of(attribute)}"

    def read(raw: object, country: str | None) -> Reading:
        given = raw if isinstance(raw, list | tuple) else text_in(raw, expected).split(SEPARATOR)
        if len(given) > _MOST_MEMBERS:
            raise NotReadable("too many words", f"at most {_MOST_MEMBERS} words")
        texts = list(filter(None, (text_in(one, expected) for one in given)))
        strange = [text for text in texts if text.casefold() not in by_folded]
        value = list_of([by_folded.get(text.casefold(), "") for text in texts], attribute.values or ())
        named = ", ".join(f"`{_short(text)}`" for text in dict.fromkeys(strange))
        warning = f"{attribute.name}: unknown value {named} in the list, taken as missing" if strange else None
        return Fact(value=value, raw=raw, trust="low" if strange else "stated"), warning

    return read


def _flag_reader(attribute: Attribute) -> Reader:
    def read(raw: object, country: str | None) -> Reading:
        if isinstance(raw, str) and raw.strip().casefold() in ("true", "false"):
            return Fact(value=raw.strip().casefold() == "true", raw=raw), None
        if not isinstance(raw, bool):
            raise NotReadable("the wrong type", "true or false")
        return Fact(value=raw, raw=raw), None

    return read


def _looked_up(find: Callable[[str, str | None], str | None], what: str) -> Callable[[Attribute], Reader]:
    """The reader of a type whose words come from a published list."""
    def reader(attribute: Attribute) -> Reader:
        def read(raw: object, country: str | None) -> Reading:
            text = text_in(raw, f"{what} as text")
            found = find(text, country)
            warning = None if found else f"{attribute.name}: `{_short(text)}` is no {what} we can tell, taken as missing"
            return Fact(value=found, raw=raw), warning

        return read

    return reader


def _postal_reader(attribute: Attribute) -> Reader:
    """A code as its country writes it, with a word where zeros were put back or the country has no such code."""
    def read(raw: object, country: str | None) -> Reading:
        text = text_in(raw, "postal code as text")
        found = read_postal(text, country)
        if found is None:
            return Fact(value=None, raw=raw), f"{attribute.name}: `{_short(text)}` is no postal code, taken as missing"
        warning = f"has lost its leading zero, taken as `{found.code}`" if found.lost_zeros else (
            None if found.known else f"is no postal code of {country}, kept as written")
        return Fact(value=found.code, raw=raw), f"{attribute.name}: `{text}` {warning}" if warning else None

    return read


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


_CLOSED: dict[str, Callable[[Attribute], Reader]] = {
    "enum": _word_reader,
    "map": _word_reader,
    "flag": _flag_reader,
    "country": _looked_up(lambda text, country: country_of(text), "country"),
    "subdivision": _looked_up(subdivision_of, "state of the item's country"),
    "postal": _postal_reader,
    "language": _looked_up(lambda text, country: language_of(text), "language"),
    "time_zone": _looked_up(lambda text, country: zone_name(text), "IANA time zone"),
    "account_ref": lambda attribute: _text_reader("an account id as text"),
}
