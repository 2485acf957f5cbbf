"""Ids of names: `enterprise-emea` of `Enterprise / EMEA`, readable in every script, one to one within a file.

A name alone decides its id, so that a re-import and another order of rows make the same ones: letters of every script stay,
`C++` and `C#` keep their sign. Names of one file that differ in marks or punctuation alone are told apart by a digest.
"""
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rules.refdata.text import without_marks

_PLUS, _SHARP = re.compile(r"(?<=\w)\++|\++(?=\w)"), re.compile(r"(?<=[^\W\d_])#")


@lru_cache(maxsize=8192)
def slug_of(text: str) -> str:
    """The id of a name; empty only where the name has no sign at all."""
    plain = unicodedata.normalize("NFKC", text.replace("ß", "ss").replace("&", " and ")).casefold()
    plain = _PLUS.sub(lambda found: " plus" * len(found[0]) + " ", _SHARP.sub(" sharp ", plain))
    letters = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in without_marks(plain))
    return "-".join(letters.split()) or (f"n-{_digest(plain)}" if plain.strip() else "")


def slugs_of(names: Iterable[str]) -> Mapping[str, str]:
    """The ids of the names of one file, distinct for distinct names; capitals and blanks make no other name.

    Where several would have one id, the plainest name keeps it and the others end with a digest of theirs.
    """
    same: dict[str, dict[str, list[str]]] = {}
    for name in dict.fromkeys(names):
        spelt = " ".join(unicodedata.normalize("NFC", name).casefold().split())
        same.setdefault(slug_of(name), {}).setdefault(spelt, []).append(name)
    slugs: dict[str, str] = {}
    for slug, spellings in same.items():
        for place, spelt in enumerate(sorted(spellings, key=_plainest_first)):
            slugs.update(dict.fromkeys(spellings[spelt], f"{slug}-{_digest(spelt)}" if place and slug else slug))
    return slugs


def _plainest_first(name: str) -> tuple[bool, int, str]:
    return not name.isascii(), sum(not sign.isalnum() and sign != " " for sign in name), name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
