"""Subdivisions of a country as people write them. Exact after folding, never a guess."""
import csv
import re
from collections.abc import Collection
from functools import cache, lru_cache
from importlib.resources import files

from rules.refdata.countries import country_codes
from rules.refdata.text import german_ascii, letters_of, without_marks

#: Countries whose list of subdivisions is known to be complete; elsewhere a well-formed code is taken as it is.
_LISTED_IN_FULL = frozenset({"US", "CA", "DE", "AT", "CH", "AU", "MX", "JP", "CN", "ZA"})
_SUBDIVISION = re.compile(r"(?:([A-Z]{2})-)?([A-Z0-9]{1,3})")


@cache
def _further_names() -> dict[str, list[tuple[str, str]]]:
    """Names and codes that the calendars lack, by country."""
    text = (files("rules.refdata") / "subdivision_names.csv").read_text(encoding="utf-8")
    names: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        names.setdefault(row["country"], []).append((row["name"], row["code"]))
    return names


@lru_cache(maxsize=512)
def _subdivisions(country: str) -> dict[str, str | None]:
    """Letters of a name or code -> code of a country's subdivisions, None for a name of two; empty where none is known."""
    import holidays

    calendar = getattr(holidays, country) if country in holidays.list_supported_countries(include_aliases=False) else None
    codes = {code for code in calendar.subdivisions if _SUBDIVISION.fullmatch(code)} if calendar else set()
    named = [*getattr(calendar, "subdivisions_aliases", {}).items(), *_further_names().get(country, ())]
    known: dict[str, str | None] = {}
    for name, code in named:
        if _SUBDIVISION.fullmatch(code):
            codes.add(code)
            for letters in {letters_of(name), without_marks(letters_of(name)), german_ascii(letters_of(name))}:
                known[letters] = code if known.get(letters, code) == code else None
    return known | {letters_of(code): code for code in codes}


@lru_cache(maxsize=512)
def subdivision_codes(country: str) -> frozenset[str]:
    """The codes of a country's known subdivisions; empty where none is known."""
    return frozenset(code for code in _subdivisions(country).values() if code)


def country_of_subdivision(text: str) -> str | None:
    """The country that a subdivision's code is written with: `US` for `US-NY`, None for `NY` and `New York`."""
    match = _SUBDIVISION.fullmatch(text.strip().upper())
    return match[1] if match and match[1] in country_codes() else None


def countries_with(codes: Collection[str]) -> frozenset[str]:
    """The countries known to have subdivisions of all these codes."""
    return frozenset(country for country in country_codes() if codes and subdivision_codes(country).issuperset(codes))


def is_listed_in_full(country: str) -> bool:
    """Whether a country has no subdivisions but those known."""
    return country in _LISTED_IN_FULL


@lru_cache(maxsize=4096)
def subdivision_of(text: str, country: str | None) -> str | None:
    """The ISO 3166-2 code without prefix, inside a known country only: `NY` for `US-NY`, `ny`, `N.Y.`, `New York`.

    Where a country's list is complete the code must be in it; elsewhere a well-formed code is taken as it is.
    """
    match = _SUBDIVISION.fullmatch(text.strip().upper())
    prefix = match[1] if match else None
    within = prefix or country
    if within is None or (country is not None and within != country) or within not in country_codes():
        return None
    known = _subdivisions(within).get(letters_of(match[2] if match and prefix else text))
    if known is None and match and within not in _LISTED_IN_FULL:
        return match[2]
    return known
