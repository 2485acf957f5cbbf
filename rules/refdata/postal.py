"""Postal areas as books and tables write them: a code, a prefix (`941*`) or a range (`94100-94199`), of one country (`US:941*`).

A postal code belongs to its country: a US area never covers a code that is known to be German, whatever its digits.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rules.refdata.postal_forms import PostalForm, form_of, letters_in, plain_postal

_AREA = re.compile(r"(?:(?P<country>[A-Z]{2}): ?)?(?:(?P<sign>[<>]=?) ?)?(?P<text>[A-Z0-9][A-Z0-9 -]{0,29})(?P<prefix>\*)?")

#: The countries that a code of digits tells by its shape alone.
_LIKELY = {"99-999": ("PL",), "999 99": ("CZ", "SE", "SK"), "9999999": ("JP", "PT"), "999-9999": ("JP",), "9999-999": ("PT",),
           "99999999": ("BR",), "99999-999": ("BR",)}
_SHAPE = str.maketrans(dict.fromkeys("012345678", "9"))

#: No country's codes are longer, blanks and dashes included.
LONGEST_CODE = 12
EXPECTED = "a postal code such as 94105, a prefix such as 941* or a range such as 94100-94199, of one country: US:941*"


@dataclass(frozen=True, kw_only=True, slots=True)
class PostalArea:
    """Codes from `low` to `high` (of one length; both in unless open), or those that begin with `low` where `is_prefix`.

    `country`: the ISO 3166 code it was written with, None where it stands for itself.

    >>> [postal_area("US:941*").covers("94105", country) for country in ("US", "DE")]
    [True, False]
    """

    low: str
    high: str
    is_prefix: bool = False
    low_open: bool = False
    high_open: bool = False
    country: str | None = None

    def __str__(self) -> str:
        text = f"{self.low}*" if self.is_prefix else self.low if self.is_code else f"{self.low}-{self.high}"
        return f"{self.country}:{text}" if self.country else text

    @property
    def is_code(self) -> bool:
        """Whether it is one single code."""
        return self.low == self.high and not self.is_prefix

    @property
    def is_range(self) -> bool:
        """Whether it is neither a code nor a prefix."""
        return not (self.is_prefix or self.is_code)

    def covers(self, code: str, country: str | None, *, home: str | None = None) -> bool:
        """Whether a code lies in the area; a country known to be another rules it out.

        `country` is the code's, None where unknown; `home` the area's where it was written without one.
        """
        own = self.country or home
        if own is not None and country is not None and own != country:
            return False
        if self.is_prefix:
            return code.startswith(self.low)
        return (len(code) == len(self.high) and self.low <= code <= self.high
                and not (self.low_open and code == self.low) and not (self.high_open and code == self.high))


@lru_cache(maxsize=65536)
def postal_area(text: str, *, compares: bool = False) -> PostalArea | None:
    """The area that a text stands for, None where it stands for none; capitals and blanks do not matter.

    `compares`: whether a comparison (`>=94100`, codes of that length) is admitted.
    """
    found = _AREA.fullmatch(plain_postal(text))
    if found is None or (found["sign"] and (found["prefix"] or not compares)):
        return None
    country, written = found["country"], found["text"]
    if found["sign"]:
        return _compared(found["sign"], written, country)
    if found["prefix"]:
        return PostalArea(low=written, high=written, is_prefix=True, country=country)
    parts = written.split("-")                                # the middle dash: the ends may hold dashes as 100-0001 does
    low, high = ("-".join(half).strip() for half in (parts[:len(parts) // 2], parts[len(parts) // 2:]))
    if len(parts) % 2 == 0 and len(low) == len(high):         # else a code that holds a dash
        if low <= high:
            return PostalArea(low=low, high=high, country=country)
        if not any(form.whole(low + high) for form in map(form_of, ("CA", "GB")) if form):      # H2X-1Y4 is a code with a dash
            return None
    if len(written) > LONGEST_CODE or not written[-1].isalnum():
        return None
    return PostalArea(low=written, high=written, country=country)


def _compared(sign: str, bound: str, country: str | None) -> PostalArea:
    """The codes of the bound's length beyond it, up to the last or down to the first that can be."""
    is_open = len(sign) == 1
    if sign.startswith(">"):
        return PostalArea(low=bound, high="Z" * len(bound), low_open=is_open, country=country)
    return PostalArea(low="0".ljust(len(bound)), high=bound, high_open=is_open, country=country)


@lru_cache(maxsize=65536)
def readings(area: PostalArea, country: str) -> tuple[PostalArea, ...]:
    """What an area stands for among the codes of a country, as that country writes them; nothing where no code can lie in it.

    >>> [str(part) for part in readings(postal_area("10-12"), "FR")]
    ['FR:10-12', 'FR:10000-12999']
    >>> readings(postal_area("2100-2299"), "US")
    ()
    """
    form = form_of(country)
    area = replace(area, country=country)
    if form is None:
        return (area,)
    found = _prefixes(area, form) if area.is_prefix else _code(area, form) if area.is_code else _between(area, form)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65536)
def within_countries(area: PostalArea, countries: tuple[str, ...]) -> tuple[PostalArea, ...]:
    """What an area of no country stands for in some; nothing where all of them write it as it stands, or none has such a code."""
    if area.country or (area.is_code and all((form := form_of(country)) and form.is_code(area.low) for country in countries)):
        return ()
    found = [part for country in countries for part in readings(area, country)]
    return () if all(replace(part, country=None) == area for part in found) else tuple(found)


@lru_cache(maxsize=65536)
def unmistakable(area: PostalArea) -> tuple[PostalArea, ...]:
    """What an area written without a country stands for where its letters, or its seven or eight digits, tell the country."""
    letters = letters_in(area.low)
    likely = _LIKELY.get(area.low.translate(_SHAPE)) if letters.isdigit() else ("GB", "CA", "IE", "NL")
    return () if area.country else tuple(part for country in likely or () for part in within_countries(area, (country,)))


def everywhere(area: PostalArea, home: str | None = None) -> tuple[PostalArea, ...]:
    """An area as it is written, for codes whose country is unknown, and as its own country, or `home`, writes it."""
    country = area.country or home
    return tuple(dict.fromkeys((area, *(readings(area, country) if country else unmistakable(area)))))


def _code(area: PostalArea, form: PostalForm) -> Iterator[PostalArea]:
    text = form.bare(area.low)
    if code := form.whole(letters_in(text)):
        yield replace(area, low=code, high=code)
    elif form.is_part(text):
        starts = [*form.beginnings(text)]
        if text not in starts:
            yield replace(area, low=text, high=text)
        yield from (replace(area, low=start, high=start, is_prefix=True) for start in starts)
    elif "-" in text:                                         # districts of unlike length: M1-M18
        yield from _districts(area, form, *text.split("-", 1))


def _districts(area: PostalArea, form: PostalForm, first: str, last: str) -> Iterator[PostalArea]:
    for district in form.districts(first, last):
        yield from _code(replace(area, low=district, high=district), form)


def _prefixes(area: PostalArea, form: PostalForm) -> Iterator[PostalArea]:
    """As written where codes begin so; else with the blank or dash where the country sets it."""
    text = form.bare(area.low)
    start = text if form.begins(text) else form.laid(letters_in(text))
    if start:
        yield replace(area, low=start, high=start)


def _between(area: PostalArea, form: PostalForm) -> Iterator[PostalArea]:
    """From one code or part to another of its length; the codes of all the parts between them."""
    if "Z" * len(area.high) == area.high or " " * (len(area.low) - 1) == area.low[1:]:
        yield from _beyond(area, form)
        return
    low, high = form.bare(area.low), form.bare(area.high)
    if districts := [*form.districts(low, high)]:
        yield from _districts(area, form, districts[0], districts[-1])
    elif form.has_parts_like(low):
        first, last = form.filled(low, min), form.filled(high, max)
        if form.has_one_between(first, last):
            yield replace(area, low=low, high=high)
            yield replace(area, low=first, high=last)
    else:
        start, end = form.spaced(letters_in(low)), form.spaced(letters_in(high))
        if start and end and len(start) == len(end) and form.has_one_between(start, end):
            yield replace(area, low=start, high=end)


def _beyond(area: PostalArea, form: PostalForm) -> Iterator[PostalArea]:
    """A comparison with a code or a part: `>75` begins after the last code of part 75."""
    is_from = area.high[-1:] == "Z"
    bound = form.bare(area.low if is_from else area.high)
    pick = max if area.low_open or not (is_from or area.high_open) else min
    code = form.filled(bound, pick) if form.has_parts_like(bound) else form.spaced(letters_in(bound))
    if code:
        ends = (code, "Z" * len(code)) if is_from else ("0".ljust(len(code)), code)
        if form.has_one_between(*ends):
            yield replace(area, low=ends[0], high=ends[1])
