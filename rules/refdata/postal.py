"""Postal areas as books and tables write them: a code, a prefix (`941*`) or a range (`94100-94199`), of one country (`US:941*`).

A postal code belongs to its country: a US area never covers a code that is known to be German, whatever its digits.
"""
import re
from dataclasses import dataclass
from functools import lru_cache

_AREA = re.compile(r"(?:(?P<country>[A-Z]{2}): ?)?(?:(?P<sign>[<>]=?) ?)?(?P<text>[A-Z0-9][A-Z0-9 -]{0,23})(?P<prefix>\*)?")

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
    found = _AREA.fullmatch(" ".join(text.upper().split()))
    if found is None or (found["sign"] and (found["prefix"] or not compares)):
        return None
    country, written = found["country"], found["text"]
    if found["sign"]:
        return _compared(found["sign"], written, country)
    if found["prefix"]:
        return PostalArea(low=written, high=written, is_prefix=True, country=country)
    low, dash, high = (part.strip() for part in written.partition("-"))
    if dash and len(low) == len(high):                        # else a code that holds a dash, such as 100-0001
        return PostalArea(low=low, high=high, country=country) if low <= high else None
    if len(written) > LONGEST_CODE or not written[-1].isalnum():
        return None
    return PostalArea(low=written, high=written, country=country)


def _compared(sign: str, bound: str, country: str | None) -> PostalArea:
    """The codes of the bound's length beyond it, up to the last or down to the first that can be."""
    is_open = len(sign) == 1
    if sign.startswith(">"):
        return PostalArea(low=bound, high="Z" * len(bound), low_open=is_open, country=country)
    return PostalArea(low="0".ljust(len(bound)), high=bound, high_open=is_open, country=country)
