"""Names that differ by a slip of the pen: candidates by shared letter triples, their ratio, and whether it is a slip.

`rapidfuzz` ratio, 0 to 100, over cores of company names. Candidates are complete: at a ratio of `LEAST` two names of
given length differ in so few letters that some of the rarest triples of the one must stand in the other.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from rules.accounts.company_names import CompanyName, company_name

#: The ratio down to which names are looked for; a name that is taken needs more.
LEAST = 88.0
_TRIPLE = 3
#: Shorter words are too short to tell a slip from another word.
_LONG = 6


@dataclass(frozen=True, slots=True)
class SimilarNames:
    """Names by the letter triples in them, and every word that stands in any of them."""

    names: Sequence[str]
    by_triple: Mapping[str, Sequence[int]]
    words: frozenset[str]

    def like(self, name: str, is_wanted: Callable[[int], bool]) -> list[tuple[float, int]]:
        """Ratio and number of the wanted names that are like this one, the most alike first."""
        names = self.names
        sharing = {number: names[number] for number in self._sharing(name)}
        alike = extract(name, sharing, scorer=ratio, processor=None, score_cutoff=LEAST, limit=None)
        return sorted(((score, number) for _, score, number in alike if is_wanted(number)), key=lambda pair: (-pair[0], pair[1]))

    def _sharing(self, name: str) -> set[int]:
        """The names that hold one of the rarest triples of this one.

        At ratio r, names of n and m letters differ by (1 - r)(n + m) letters put in or left out, and m is at most
        n (1 + (1 - r)) / r. Each change spoils at most three triples, so one more than that cannot all be spoilt.
        """
        loss = 1 - LEAST / 100
        changes = int(loss * len(name) * (1 + (1 + loss) / (1 - loss)))
        triples = sorted(triples_of(name), key=lambda triple: len(self.by_triple.get(triple, ())))
        numbers: set[int] = set()
        for triple in triples[:_TRIPLE * changes + 1]:
            numbers.update(self.by_triple.get(triple, ()))
        return numbers


def similar_names(names: Sequence[str]) -> SimilarNames:
    """The index over these names."""
    by_triple: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        for triple in triples_of(name):
            by_triple.setdefault(triple, []).append(number)
    return SimilarNames(names=names, by_triple=by_triple, words=frozenset(word for name in names for word in name.split()))


def triples_of(name: str) -> set[str]:
    """Every three letters that follow each other, the ends marked."""
    marked = f"  {name} "
    return {marked[place:place + _TRIPLE] for place in range(len(name) + 1)}


def is_slip(written: CompanyName, meant: CompanyName, words: frozenset[str], *, sure: bool = True) -> bool:
    """Whether one name is the other with slips of the pen, rather than that of another company.

    Numbers must agree. Each word that differs may be off by a slip of typing, and must not be a word of other names. A word
    that says what a company does may be off by more beside an equal word that tells it from others; so may every word where
    it is not asked to be `sure`. Blanks may be lost.
    """
    if written.numbers != meant.numbers:
        return False
    given, kept = _without_common(written.words, meant.words)
    joined = "".join(given), "".join(kept)
    if joined[0] == joined[1]:
        return True
    if len(given) != len(kept):
        return min(map(len, joined)) >= 8 and (_is_typed(*joined) if sure else OSA.distance(*joined, score_cutoff=1) <= 1)
    told = any(word not in trade_words() for word in meant.words if word not in kept)
    pairs = zip(given, kept, strict=True)
    if sure:
        return all(word not in words and (_is_typed(word, other) or told and _is_trade(word, other)) for word, other in pairs)
    return all(word not in words and _is_near(word, other) for word, other in pairs)


@cache
def trade_words() -> frozenset[str]:
    """Words that say what companies do and not which one it is, as names have them, and `and`."""
    listed = files("rules.accounts").joinpath("trade_words.txt").read_text(encoding="utf-8").split()
    return frozenset(form for word in listed for form in company_name(word).cores if len(form) >= 4) | {"and"}


def is_swap(written: CompanyName, meant: CompanyName, words: frozenset[str]) -> bool:
    """Whether two neighbouring letters of a name of six or more were swapped, and nothing else."""
    return (len(written.core) >= _LONG and OSA.distance(written.core, meant.core, score_cutoff=1) == 1
            and is_slip(written, meant, words))


def _without_common(first: Sequence[str], second: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of each that the other lacks, in order."""
    left, other = list(first), list(second)
    for word in first:
        if word in other:
            other.remove(word)
            left.remove(word)
    return left, other


def _is_trade(word: str, other: str) -> bool:
    """Whether a word is one of a trade with a slip in it: any letter of a long one, in a short one a letter too many or few."""
    if other not in trade_words() or other != "and" and len(other) < _LONG and len(word) == len(other) \
            and sorted(word) != sorted(other):
        return False
    return _is_near(word, other) or OSA.distance(word, other, score_cutoff=1) == 1 and min(len(word), len(other)) >= 2


def _is_typed(word: str, other: str) -> bool:
    """Whether a word is another with two neighbours swapped, one letter doubled, or one lost inside a long word.

    One letter replaced, or one more at either end, makes another name (Lang and Lange), a doubled one in a short name too
    (Hofmann and Hoffmann). Only scripts with capitals: elsewhere each sign says more.
    """
    if OSA.distance(word, other, score_cutoff=1) != 1 or any(sign.isalpha() and sign.upper() == sign for sign in word + other):
        return False
    short, long = sorted((word, other), key=len)
    if len(short) == len(long):
        return sorted(word) == sorted(other) and len(long) >= _LONG
    place = next((place for place, sign in enumerate(short) if sign != long[place]), len(short))
    doubled = place > 0 and long[place] == long[place - 1]
    if doubled and place > 1 and long[place] == long[place - 2]:
        return True
    return doubled and (len(long) > 8 or len(long) == 8 and long[place] in "aeiouy") \
        or 0 < place < len(short) and not doubled and len(long) >= 8


def _is_near(word: str, other: str) -> bool:
    allowed = 0 if min(len(word), len(other)) < 3 else 1 if max(len(word), len(other)) < 7 else 2
    return OSA.distance(word, other, score_cutoff=allowed) <= allowed
