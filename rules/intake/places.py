"""Places as people write them: countries, subdivisions, postal codes. Exact after folding, never a guess."""
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

# Every country is written in its own and in the widely used languages; more would add meanings, not certainty.
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro", "bg", "el", "tr",
    "ru", "uk", "hr", "sl", "et", "lv", "lt", "ja", "zh", "ko", "ar", "he", "hi", "id", "vi", "th",
)
_ALIASES = {
    "usa": "US", "u s a": "US", "u s": "US", "united states of america": "US", "the united states": "US",
    "america": "US", "estados unidos de america": "US", "vereinigte staaten von amerika": "US",
    "uk": "GB", "u k": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "united kingdom of great britain and northern ireland": "GB",
    "holland": "NL", "the netherlands": "NL", "czech republic": "CZ", "republic of ireland": "IE", "eire": "IE",
    "russian federation": "RU", "peoples republic of china": "CN", "prc": "CN", "republic of korea": "KR",
    "democratic peoples republic of korea": "KP", "dprk": "KP", "viet nam": "VN", "uae": "AE", "ksa": "SA",
    "islamic republic of iran": "IR", "iran, islamic republic of": "IR", "syrian arab republic": "SY",
    "republic of moldova": "MD", "macedonia": "MK", "swaziland": "SZ", "burma": "MM", "ivory coast": "CI",
    "cape verde": "CV", "east timor": "TL", "turkey": "TR", "vatican": "VA", "taiwan": "TW", "hong kong": "HK",
    "macau": "MO", "brd": "DE", "federal republic of germany": "DE", "bundesrepublik deutschland": "DE",
}
#: Words with two meanings: which of them is meant must be asked, not guessed.
_AMBIGUOUS = frozenset({"korea", "congo", "virgin islands", "saint martin"})
#: Countries whose list of subdivisions is known to be complete; elsewhere a well-formed code is taken as it is.
_LISTED_IN_FULL = frozenset({"US", "CA", "DE", "AT", "CH", "AU"})
_SUBDIVISION = re.compile(r"(?:([A-Z]{2})-)?([A-Z0-9]{1,3})")
_POSTAL = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?")
_US_POSTAL = re.compile(r"(\d{5})(?:-?\d{4})?")


def fold(text: str) -> str:
    """A name as it is compared: compatibility form, folded case, no dots and apostrophes, single blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace(".", " ").replace("'", "").replace("\u2019", "")
    return " ".join(folded.split())


def _without_marks(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The ISO 3166-1 two-letter codes, and XK for Kosovo."""
    lines = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line and not line.startswith("#")) | {"XK"}


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str | None]:
    """Folded name -> code, None where a name has two meanings. English names and aliases win over other languages."""
    from babel import Locale
    from babel.core import get_global

    meanings: dict[str, set[str]] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in country_codes():
                for spelling in {fold(name), fold(_without_marks(name))}:
                    meanings.setdefault(spelling, set()).add(code)
    names: dict[str, str | None] = {
        name: next(iter(codes)) if len(codes) == 1 else None for name, codes in meanings.items()
    }
    for code, name in Locale("en").territories.items():
        if code in country_codes():
            names[fold(name)] = code
            names[fold(name).replace(" & ", " and ")] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in country_codes():
            names[alias.casefold()] = codes[0]
    names.update(_ALIASES)
    names.update(dict.fromkeys(_AMBIGUOUS))
    return names


def country_of(text: str) -> str | None:
    """The ISO 3166 code of a country's code or name in many languages; None for no meaning or two."""
    code = text.strip().upper()
    if len(code) == 2 and code in country_codes():
        return code
    return _country_names().get(fold(text))


@lru_cache(maxsize=512)
def _subdivisions(country: str) -> dict[str, str]:
    """Folded name or code -> code of a country's subdivisions; empty where no list is known."""
    import holidays

    calendars = holidays.list_supported_countries(include_aliases=False)
    if country not in calendars:
        return {}
    calendar = getattr(holidays, country)
    known = {fold(code): code for code in calendar.subdivisions}
    for name, code in getattr(calendar, "subdivisions_aliases", {}).items():
        known.setdefault(fold(name), code)
        known.setdefault(fold(_without_marks(name)), code)
    return known


def subdivision_of(text: str, country: str | None) -> str | None:
    """The ISO 3166-2 code without prefix, inside a known country only: `NY` for `US-NY`, `ny`, `New York`.

    Where a country's list is complete the code must be in it; elsewhere a well-formed code is taken as it is.
    """
    match = _SUBDIVISION.fullmatch(text.strip().upper())
    prefix = match[1] if match else None
    within = prefix or country
    if within is None or (country is not None and within != country) or within not in country_codes():
        return None
    known = _subdivisions(within).get(fold(match[2] if prefix else text))
    if known is None and match and within not in _LISTED_IN_FULL:
        return match[2]
    return known


def postal_of(text: str, country: str | None = None) -> str | None:
    """A postal code in capitals with single blanks; of a US ZIP+4 the first five digits."""
    code = " ".join(text.upper().split())
    if not _POSTAL.fullmatch(code):
        return None
    if country == "US" and (match := _US_POSTAL.fullmatch(code)):
        return match[1]
    return code
