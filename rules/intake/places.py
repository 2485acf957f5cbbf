"""Places inside a country as people write them: subdivisions and postal codes. Exact after folding, never a guess."""
import re
from functools import lru_cache

from rules.intake.country_names import country_codes
from rules.intake.folding import fold, without_marks

#: Countries whose list of subdivisions is known to be complete; elsewhere a well-formed code is taken as it is.
_LISTED_IN_FULL = frozenset({"US", "CA", "DE", "AT", "CH", "AU"})
_SUBDIVISION = re.compile(r"(?:([A-Z]{2})-)?([A-Z0-9]{1,3})")
_POSTAL = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?")
_US_POSTAL = re.compile(r"(\d{5})(?:-?\d{4})?")


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
        known.setdefault(fold(without_marks(name)), code)
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
