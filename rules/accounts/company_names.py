"""Company names as they are compared: without legal form, case, accents and punctuation; numbers and words stay.

Vowel signs are letters where a script writes them so (Hindi, Thai, Tamil); points that may be left out (Hebrew, Arabic) are not.

`core` is what distinguishes a company (`mueller and sons 24`), `whole` has its legal form too. A name with umlauts has
a second core in which they are written out, so that `Müller`, `Mueller` and `Muller` can meet.
"""
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from rules.refdata.text import german_ascii, without_marks, without_points

_AND = frozenset({"&", "+", "und", "et", "y", "och", "og", "en"})
#: Legal forms that cleanco lacks, and those that stand before the name.
_FURTHER_FORMS = ("e.K.", "eK", "UG", "UG haftungsbeschränkt", "gGmbH", "gAG", "GmbH & Co. KGaA", "GmbH & Co. OHG", "AG & Co. KG",
                  "SE & Co. KGaA", "Pty. Limited", "Pvt. Limited", "Private Limited", "S.C.R.L.", "Tbk", "PLC", "Co. Ltd",
                  "Co. KG", "& Co. KG", "Inc. Ltd", "Sp. z o. o.", "Kft", "Zrt", "Lda", "S. de R.L. de C.V.", "SAPI de CV",
                  "Oü", "Spółka Akcyjna", "Aktiengesellschaft", "Société Anonyme", "Gesellschaft mit beschränkter Haftung")
_FORMS_BEFORE = ("OOO", "ООО", "ЗАО", "ПАО", "ОАО", "АО", "ZAO", "PAO", "OAO", "PT", "Kabushiki Kaisha")
#: Words that cleanco counts as legal forms and that more often say where a company is.
_NO_FORMS = frozenset({"uk", "nl", "ok", "at", "et", "fa", "ps", "sd", "sf", "ud", "pp", "ba", "bl", "ad", "da", "ep"})
_ASIAN_FORMS = re.compile(r"株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|주식회사|\(주\)|㈜")
_INITIALS = re.compile(r"\b(\w)[./](?=\w\b)")
_WORD = re.compile(r"[^\W_]+|&|\+")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name taken apart; `words` are those of the core."""

    core: str
    whole: str
    words: tuple[str, ...]
    cores: tuple[str, ...]                                    # the core, and with umlauts written out where it has any

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in it: they tell branches and funds of one name apart."""
        return tuple(sorted(re.findall(r"\d+", self.core)))


NO_NAME = CompanyName(core="", whole="", words=(), cores=())


@lru_cache(maxsize=8192)
def company_name(text: str) -> CompanyName:
    """The parts of a company's name; the core is never empty unless the text has no letter and no digit."""
    folded = _folded(text)
    whole = _words(without_marks(folded))
    core = _without_legal_form(whole)
    cores = [" ".join(core)]
    if not folded.isascii():
        written_out = " ".join(_without_legal_form(_words(without_marks(german_ascii(folded)))))
        cores += [written_out] if written_out != cores[0] else []
    return CompanyName(core=cores[0], whole=" ".join(whole), words=core, cores=tuple(cores))


def _folded(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", without_points(_ASIAN_FORMS.sub(" ", text)))
    return plain.casefold().replace("'", "").replace("\u2019", "").replace("`", "")


def _words(folded: str) -> tuple[str, ...]:
    """The words of a name: initials joined, every `and` the same, punctuation gone, `the` in front left out."""
    words: list[str] = []
    initials = ""
    for word in _parts(_INITIALS.sub(r"\1", folded)):
        if len(word) == 1 and word.isalpha() and (word != "y" or initials or not words):
            initials += word
            continue
        if initials:
            words.append(initials)
            initials = ""
        words.append("and" if word in _AND else word)
    if initials:
        words.append(initials)
    while len(words) > 1 and words[-1] == "and":
        words.pop()
    return tuple(words[1:] if len(words) > 1 and words[0] == "the" else words)


def _parts(folded: str) -> list[str]:
    """Letters with their marks and digits that stand together, and signs for `and`."""
    if folded.isascii():
        return _WORD.findall(folded)
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else f" {sign} " if sign in "&+" else " "
                   for sign in folded).split()


@cache
def _legal_forms() -> frozenset[tuple[str, ...]]:
    from cleanco.clean import get_unique_terms

    forms = {_words(without_marks(_folded(form))) for form in (*get_unique_terms(), *_FURTHER_FORMS)}
    return frozenset(form for form in forms if form and form not in {(word,) for word in (*_NO_FORMS, "and")})


@cache
def _forms_before() -> frozenset[tuple[str, ...]]:
    return frozenset(_words(without_marks(_folded(form))) for form in _FORMS_BEFORE)


def _without_legal_form(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words before the legal form at the end (at most two forms, as in `Co., Ltd.`) and after one in front."""
    forms, left = _legal_forms(), words
    for _ in range(2):
        length = next((size for size in (4, 3, 2, 1) if size < len(left) and left[-size:] in forms), 0)
        if not length:
            break
        left = left[:-length]
        while len(left) > 1 and left[-1] == "and":
            left = left[:-1]
    before = _forms_before() if len(left) < len(words) else _forms_before() | {("ab",)}
    length = next((size for size in (2, 1) if size < len(left) and left[:size] in before), 0)
    return left[length:]
