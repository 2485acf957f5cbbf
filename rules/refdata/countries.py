"""What country a name means: Babel's territory names in many languages, ISO's own, and aliases. Exact, never a guess.

A name with two meanings has none here. An alias wins over English, English over the other languages.
"""
import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

from rules.refdata.text import german_ascii, letters_of, without_marks

#: Languages with a state or a large market behind them. Very small ones add meanings and hardly any certainty.
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "nn", "fi", "cs", "sk", "hu", "ro", "bg", "el", "tr",
    "ru", "uk", "be", "hr", "sl", "sr", "sr_Latn", "bs", "mk", "sq", "et", "lv", "lt", "is", "ga", "cy", "ca", "eu", "gl",
    "lb", "mt", "ka", "hy", "az", "kk", "uz", "fa", "ur", "bn", "ta", "te", "ml", "mr", "gu", "pa", "si", "ne", "hi", "km",
    "lo", "my", "mn", "ms", "id", "vi", "th", "fil", "sw", "af", "am", "ja", "zh", "zh_Hant", "ko", "ar", "he", "pt_PT",
    "es_MX",
)
#: What stands between two spellings of one country, as in `Germany (DE)` and `DE - Germany`.
_BETWEEN = re.compile(r"[()\[\],;:|]| [-\u2013\u2014/] ")


@cache
def country_codes() -> frozenset[str]:
    """The ISO 3166-1 two-letter codes, and XK for Kosovo."""
    return frozenset(_iso_names()) | {"XK"}


@lru_cache(maxsize=8192)
def country_of(text: str) -> str | None:
    """The ISO 3166 code of a country's code or name in many languages; None for no meaning or two.

    Two spellings in one text (`Germany (DE)`) count where each of them means the same country.
    """
    whole = _meaning(text)
    if whole is not None or text.isalpha():
        return whole
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    meanings = {_meaning(part) for part in parts}
    return meanings.pop() if len(parts) > 1 and len(meanings) == 1 else None


def _meaning(text: str) -> str | None:
    code = text.strip().upper()
    if len(code) == 2 and code in country_codes():
        return code
    letters = letters_of(text)
    names = _names()
    return names[letters] if letters in names else names.get(without_marks(letters))


@cache
def _names() -> dict[str, str | None]:
    """Letters of a name -> code, None where a name has two meanings."""
    from babel import Locale

    languages = {language: Locale.parse(language).territories for language in _LANGUAGES}
    names = _told_apart(
        (spelling, code) for language, territories in languages.items() for code, name in territories.items()
        if code in country_codes() for spelling in _spellings(name, german=language == "de")
    )
    english = [(name, code) for code, name in languages["en"].items() if code in country_codes()]
    of_iso = [(name, code) for code, name in _iso_names().items()]
    for source in (_three_letters(), english, of_iso, _aliases()):
        names |= _told_apart((spelling, code) for name, code in source for spelling in _spellings(name, german=True))
    return names


def _told_apart(meanings: Iterable[tuple[str, str | None]]) -> dict[str, str | None]:
    codes: dict[str, str | None] = {}
    for spelling, code in meanings:
        codes[spelling] = code if codes.get(spelling, code) == code else None
    return codes


def _spellings(name: str, *, german: bool) -> set[str]:
    """The ways to write a name: with marks and without, `&` or `and`, German umlauts written out."""
    letters = letters_of(name)
    found = {letters, without_marks(letters)}
    if german:
        found |= {german_ascii(letters), letters.replace("&", "and"), without_marks(letters).replace("&", "and")}
    return found


@cache
def _iso_names() -> dict[str, str]:
    lines = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return {line[:2]: line[3:] for line in lines if line and not line.startswith("#")}


def _three_letters() -> Iterator[tuple[str, str]]:
    from babel.core import get_global

    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in country_codes():
            yield alias, codes[0]


def _aliases() -> list[tuple[str, str | None]]:
    """The spellings of country_aliases.csv; one without a country has two meanings or stands for no country of today."""
    text = (files("rules.refdata") / "country_aliases.csv").read_text(encoding="utf-8")
    return [(row["spelling"], row["country"] or None) for row in csv.DictReader(text.splitlines())]
