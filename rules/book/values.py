"""What each type of attribute admits as a value: the spelling that rules must use, and the nearest one to a slip.

Countries are ISO 3166 alpha-2, languages ISO 639-1, subdivisions ISO 3166-2 without the country's prefix.
"""
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from rules.book.cell_types import LIST_JOINT, Attribute
from rules.book.keys import ClosedWords, Keys
from rules.book.typed_nodes import number_of
from rules.errors import nearest_name
from rules.model import Value
from rules.refdata.countries import country_codes, country_of
from rules.refdata.days import EXPECTED as DAYS_EXPECTED
from rules.refdata.days import days_of
from rules.refdata.languages import language_of
from rules.refdata.postal import EXPECTED as AREA_EXPECTED
from rules.refdata.postal import postal_area
from rules.refdata.time_zones import zone_name

TYPES = ClosedWords(
    where="type of an attribute",
    words=("country", "subdivision", "postal", "language", "account_ref", "number", "date", "time_zone", "text", "flag"))

#: What separates the members of a list in a text, such as an export's cell.
SEPARATOR = ";"
ANY, ALL, NONE = "any of", "all of", "none of"

LIST_CELL = Keys(
    title="A cell of a list", where="`when`, under an attribute that is a list; `cloud; all of edge; care` does as well",
    known={
        ANY: "At least one of these is in the list. A plain word or list of words says the same.",
        ALL: "Each of these is in the list.",
        NONE: "None of these is in the list; an item without a list is `missing`, and does not meet it.",
    })

_SUBDIVISION = re.compile(r"(?:[A-Z]{2}-)?([A-Z0-9]{1,3})")

EXPECTED = {
    "country": "an ISO 3166 country code such as DE",
    "subdivision": "a subdivision code such as NY",
    "postal": AREA_EXPECTED,
    "language": "an ISO 639-1 language code such as de",
    "account_ref": "an account id",
    "number": "a number such as 5, a range such as 100-499, or a comparison such as >=100",
    "date": DAYS_EXPECTED,
    "flag": "`true` or `false`",
    "time_zone": "an IANA time zone such as Europe/Berlin",
    "text": "a text",
}


def value_of(attribute: Attribute, text: str) -> Value | None:
    """The value that a word stands for, None when the attribute does not admit it."""
    if attribute.values is not None:
        return text if text in attribute.values else None
    match attribute.type:
        case "country":
            return text if text in country_codes() else None
        case "language":
            return text if len(text) == 2 and language_of(text) == text else None
        case "subdivision":
            found = _SUBDIVISION.fullmatch(text)
            return found.group(1) if found else None
        case "postal":
            area = postal_area(text)
            return area.low if area is not None and area.is_code and area.country is None else None
        case "number":
            return number_of(text)
        case "date":
            return text if days_of(text) == days_of(f"on {text}") is not None else None
        case "flag":
            return {"true": True, "false": False}.get(text)
        case "time_zone":
            return text if zone_name(text) == text else None
    return text or None


def expected_of(attribute: Attribute) -> str:
    """What a message says the attribute admits."""
    if attribute.values is not None:
        return ", ".join(attribute.values[:12]) + (", ..." if len(attribute.values) > 12 else "")
    return EXPECTED[attribute.type]


def nearest_of(attribute: Attribute, text: str, groups: tuple[str, ...] = ()) -> str | None:
    """The admitted word or group that a slip most likely stands for."""
    if attribute.type in ("country", "language"):
        meant = country_of(text) if attribute.type == "country" else language_of(text)
        return meant or nearest_name(text, groups)
    if attribute.type == "time_zone":
        return zone_name(text) or nearest_name(text, groups)
    if attribute.type == "flag":
        other_spellings = {"yes": "true", "no": "false", "1": "true", "0": "false"}
        return other_spellings.get(text.casefold(), nearest_name(text, ("true", "false")))
    return nearest_name(text, (*(attribute.values or ()), *groups))


def list_of(members: Collection[str], declared: Iterable[str]) -> str | None:
    """The text that a list is kept as, None for an empty one; what is not declared is left out."""
    return LIST_JOINT.join(member for member in declared if member in members) or None


def ways_named(words: Iterable[str], way: str = ANY) -> Iterator[tuple[str, str]]:
    """Each word with the way in which it is asked for: `all of cloud`, `edge` are both asked for by `all of`."""
    for word in words:
        way = next((other for other in LIST_CELL if word.startswith(f"{other} ")), way)
        yield way, word.removeprefix(f"{way} ").strip()


def as_written(named: Sequence[tuple[str, str]]) -> str:
    """Words and the ways in which they are asked for as one cell."""
    parts = [(way, [word for own, word in named if own == way]) for way in LIST_CELL]
    return LIST_JOINT.join(f"{'' if way == ANY else f'{way} '}{LIST_JOINT.join(words)}" for way, words in parts if words)
