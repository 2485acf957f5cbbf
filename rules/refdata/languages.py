"""Languages as people write them, as ISO 639-1 codes in lower case."""
from functools import cache, lru_cache

from rules.refdata.text import fold

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "ja", "zh", "ko", "ru")


@cache
def _codes() -> frozenset[str]:
    from babel import Locale

    return frozenset(code for code in map(str, Locale("en").languages) if len(code) == 2)


@cache
def _names() -> dict[str, str | None]:
    """Folded name in its own language and in widely used ones -> code, None where a name has two meanings."""
    from babel import Locale, UnknownLocaleError

    meanings: dict[str, set[str]] = {}
    for spoken in _LANGUAGES:
        for code, name in Locale(spoken).languages.items():
            if code in _codes():
                meanings.setdefault(fold(name), set()).add(code)
    names = {name: next(iter(codes)) if len(codes) == 1 else None for name, codes in meanings.items()}
    for code in _codes():
        try:
            own = Locale(code).languages.get(code)
        except UnknownLocaleError:
            continue
        if own:
            names.setdefault(fold(own), code)
    names.update({fold(name): code for code, name in Locale("en").languages.items() if code in _codes()})
    return names


@lru_cache(maxsize=4096)
def language_of(text: str) -> str | None:
    """`de` for `de`, `DE`, `de-AT`, `de_DE`, `German`, `Deutsch`; None for no meaning or two."""
    head = text.strip().replace("_", "-").partition("-")[0].casefold()
    if len(head) == 2 and head in _codes():
        return head
    return _names().get(fold(text))
