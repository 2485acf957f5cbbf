"""Postal areas as tables write them: a code, a prefix (`941*`) or a range (`94100-94199`), of one country (`US:941*`).

A postal code belongs to its country: a US area never covers a code that is known to be German, whatever its digits.
"""
import re
from dataclasses import dataclass
from functools import lru_cache

_AREA = re.compile(r"(?:(?P<country>[A-Z]{2}):)?\s*(?P<text>[A-Z0-9](?:[A-Z0-9 -]{0,22}[A-Z0-9])?)(?P<prefix>\*)?")

#: No country's codes are longer, blanks and dashes included.
LONGEST_CODE = 12
EXPECTED = "a postal code such as 94105, a prefix such as 941* or a range such as 94100-94199, of one country: US:941*"


@dataclass(frozen=True, kw_only=True, slots=True)
class PostalArea:
    """Codes from `low` to `high` (both in, of one length), or those that begin with `low` where `is_prefix`.

    `country`: the ISO 3166 code it was written with, None where it stands for itself.
    """

    low: str
    high: str
    is_prefix: bool = False
    country: str | None = None

    def __str__(self) -> str:
        text = f"{self.low}*" if self.is_prefix else self.low if self.is_code else f"{self.low}-{self.high}"
        return f"{self.country}:{text}" if self.country else text

    @property
    def is_code(self) -> bool:
        """Whether it is one single code."""
        return self.low == self.high and not self.is_prefix

    def covers(self, code: str, country: str | None, *, home: str | None = None) -> bool:
        """Whether a code lies in the area; a country known to be another rules it out.

        `country` is the code's, None where unknown; `home` the area's where it was written without one.
        """
        own = self.country or home
        if own is not None and country is not None and own != country:
            return False
        return code.startswith(self.low) if self.is_prefix else len(code) == len(self.low) and self.low <= code <= self.high


@lru_cache(maxsize=65536)
def postal_area(text: str) -> PostalArea | None:
    """The area that a text stands for, None where it stands for none; capitals and blanks do not matter."""
    found = _AREA.fullmatch(" ".join(text.upper().split()))
    if found is None:
        return None
    country, written = found["country"], found["text"]
    if found["prefix"]:
        return PostalArea(low=written, high=written, is_prefix=True, country=country)
    low, dash, high = (part.strip() for part in written.partition("-"))
    if dash and len(low) == len(high):                        # else a code that holds a dash, such as 100-0001
        return PostalArea(low=low, high=high, country=country) if low <= high else None
    return PostalArea(low=written, high=written, country=country) if len(written) <= LONGEST_CODE else None
