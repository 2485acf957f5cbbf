"""Languages as people write them, as ISO 639-1 codes in lower case.

Codes of two and three letters (ISO 639-2 of both kinds, 639-3), retired ones, locale tags and names are read. A variety has
the code of its language: Cantonese and Mandarin are `zh`, Dari is `fa`. Norwegian has three codes: see `macro_of`.
"""
from collections.abc import Mapping
from functools import cache, lru_cache

from rules.refdata.text import fold

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "ja", "zh", "ko", "ru")
#: Varieties whose code of three letters CLDR does not lead back to their language's own.
_VARIETIES = {variety: code for code, varieties in {
    "zh": "yue nan hak wuu hsn gan cdo", "ar": "arz ary arq apc ajp acm afb aeb ars", "fa": "prs", "tl": "fil", "no": "nor",
    "ms": "zlm", "sq": "aln", "de": "gsw", "et": "vro"}.items() for variety in varieties.split()}
#: Names that CLDR lacks, or has with two meanings.
_FURTHER_NAMES = {
    "mandarin": "zh", "mandarin chinese": "zh", "putonghua": "zh", "farsi": "fa", "dari": "fa",
    "flemish": "nl", "flämisch": "nl",
    "vlaams": "nl", "flamand": "nl", "bokmål": "nb", "nynorsk": "nn", "castilian": "es", "castellano": "es", "castillan": "es",
    "tagalog": "tl", "filipino": "tl", "pilipino": "tl", "moldavian": "ro", "moldovan": "ro", "valencian": "ca",
    "bahasa indonesia": "id", "bahasa melayu": "ms", "bahasa malaysia": "ms", "slovene": "sl", "norsk": "no"}
_RETIRED = frozenset(("iw", "in", "ji", "jw", "mo", "sh"))
#: What a cell of a rule means beside itself: `no` is any Norwegian, and stands for Bokmål where nothing else is said.
_ALSO = {"no": frozenset(("nb", "nn")), "nb": frozenset(("no",))}


@cache
def _codes() -> frozenset[str]:
    from babel import Locale

    return frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2) - _RETIRED


@cache
def _aliases() -> Mapping[str, str]:
    from babel.core import get_global

    return {code: str(meant).partition("_")[0] for code, meant in get_global("language_aliases").items()}


@cache
def _names() -> dict[str, str | None]:
    """Folded name in its own language and in widely used ones -> code, None where a name has two meanings."""
    from babel import Locale, UnknownLocaleError

    meanings: dict[str, set[str]] = {}
    varieties: dict[str, set[str]] = {}
    for spoken in _LANGUAGES:
        for code, name in Locale(spoken).languages.items():
            if code in _codes():
                meanings.setdefault(fold(name), set()).add(code)
            elif (whole := _of_code(code.partition("_")[0])) is not None and code not in _RETIRED:
                varieties.setdefault(fold(name), set()).add(whole)
    names = {name: next(iter(codes)) if len(codes) == 1 else None for name, codes in (varieties | meanings).items()}
    for code in _codes():
        try:
            own = Locale(code).languages.get(code)
        except UnknownLocaleError:
            continue
        if own:
            names.setdefault(fold(own), code)
    names.update({fold(name): code for code, name in Locale("en").languages.items() if code in _codes()})
    return names | _FURTHER_NAMES


def _of_code(code: str) -> str | None:
    """The code of a language by any of its codes: `de` for `ger`, `deu` and `de`."""
    if code in _codes():
        return code
    meant = _VARIETIES.get(code) or _aliases().get(code)
    meant = _VARIETIES.get(meant or "", meant)
    return meant if meant in _codes() else None


@lru_cache(maxsize=4096)
def language_of(text: str) -> str | None:
    """`de` for `de`, `DE`, `de-AT`, `de_DE`, `ger`, `deu`, `German`, `Deutsch`; None for no meaning or two."""
    head = text.strip().replace("_", "-").partition("-")[0].casefold()
    code = _of_code(head) if len(head) in (2, 3) and head.isascii() else None
    return code or _names().get(fold(text))


def macro_of(code: str) -> str:
    """The language that a code is a form of, where who speaks one form understands the others.

    Bokmål and Nynorsk are two ways to write Norwegian, taught side by side and read by all: one language for
    people. Serbian, Croatian and Bosnian, and Indonesian and Malay, have names of their own that people insist on.
    """
    return "no" if code in ("nb", "nn") else code


def cells_meaning(code: str) -> frozenset[str]:
    """The codes of items that a code in a cell of a rule takes."""
    return _ALSO.get(code, frozenset()) | {code}
