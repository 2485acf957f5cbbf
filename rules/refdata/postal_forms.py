"""The form of each country's postal codes: how a code is written, what parts of it are an area, which zeros get lost.

The table is `postal_forms.csv`: 9 stands for a digit, 1 for one from 1 to 9, A for a letter, and C, L, R, U and I for the
letters that Canada, Ireland and Britain use there; what stands in brackets may follow and is left out.

>>> [read_postal(text, "GB").code for text in ("SW1A1AA", "sw1a 1aa", "SW1A")]
['SW1A 1AA', 'SW1A 1AA', 'SW1A']
>>> read_postal("2134", "US").lost_zeros, read_postal("D-80331", "DE").code
(True, '80331')
"""
import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import ascii_uppercase, digits

_CHOICES = {"9": digits, "1": digits[1:], "A": ascii_uppercase, "C": "ABCEGHJKLMNPRSTVXY", "L": "ABCEGHJKLMNPRSTVWXYZ",
            "R": "ACDEFHKNPRTVWXY", "U": digits + "ACDEFHKNPRTVWXY", "I": "ABDEFGHJLNPQRSTUWXYZ"}
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?")
_SIGNS = str.maketrans({"〒": " ", **dict.fromkeys("‐‑‒–—―−ー", "-")})
_WRITTEN = re.compile(r"[A-Z0-9 -]*")
#: A British district that is cut up once more, and the letters that it is cut up by: SW1 is SW1A to SW1Y, never SW10.
_CUT_UP = {**dict.fromkeys(("E1", "N1", "W1"), "ABCDEFGHJKPSTUW"),
           **dict.fromkeys(("EC1", "EC2", "EC3", "EC4", "NW1", "SE1", "SW1", "WC1", "WC2"), "ABEHMNPRVWXY")}
_DISTRICT = re.compile(r"([A-Z]{1,2})(\d{0,2})")
_INWARD = " 9AA"


@dataclass(frozen=True, kw_only=True, slots=True)
class PostalCode:
    """A code as its country writes it; `known`: it is one of that country, `lost_zeros`: some were put back."""

    code: str
    known: bool = True
    lost_zeros: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PostalForm:
    """How a country writes its codes: per position of a layout the characters that may stand there."""

    country: str
    layouts: tuple[tuple[str, ...], ...]
    followed_by: int                                      # so many more digits may follow, and say nothing here
    parts: frozenset[int]                                 # so many letters and digits are an area of their own
    lost_zeros: frozenset[int]                            # so few digits have lost their leading zeros
    mark: re.Pattern | None                               # what is written before a code: D-80331

    def bare(self, text: str) -> str:
        """A text without the sign of the country before it."""
        return self.mark.sub("", text) if self.mark else text

    def laid(self, letters: str) -> str | None:
        """Letters and digits as a whole code or the beginning of one, None where the country has none such."""
        return next(filter(None, (_laid(letters, layout) for layout in self.layouts)), None)

    def whole(self, letters: str) -> str | None:
        """Letters and digits as a whole code, what may follow it left out."""
        if self.followed_by and letters.isdigit() and len(letters) == _size(self.layouts[0]) + self.followed_by:
            letters = letters[:-self.followed_by]
        return next(filter(None, (_laid(letters, layout) for layout in self._of_size(len(letters)))), None)

    def spaced(self, letters: str) -> str | None:
        """As many letters and digits as a code has, with the blank or dash of one; the end of a range need not be a code."""
        return next((_laid(letters, layout, strict=False) for layout in self._of_size(len(letters))), None)

    def begins(self, text: str) -> bool:
        """Whether a code begins with a text as it is written."""
        return any(len(text) <= len(layout) and all(map(str.__contains__, layout, text)) for layout in self.layouts)

    def is_code(self, text: str) -> bool:
        """Whether a text is a whole code just as it is written."""
        return any(len(text) == len(layout) and all(map(str.__contains__, layout, text)) for layout in self.layouts)

    def is_part(self, text: str) -> bool:
        """Whether a text is a part of codes that is an area of its own: an outward code, a district, the first digits."""
        return self.begins(text) and (self.has_parts_like(text) or self.is_british and bool(_DISTRICT.fullmatch(text)))

    def has_parts_like(self, text: str) -> bool:
        """Whether so many letters and digits are a part of codes that is an area of its own."""
        return len(text) in self.parts or any(len(layout) == len(text) + len(_INWARD) and layout[len(text)] == " " and
                                              _laid(text, layout) for layout in self.layouts)

    @property
    def example(self) -> str:
        """A code that has the form."""
        return "".join(choice[len(choice) // 2] for choice in self.layouts[0])

    @property
    def is_british(self) -> bool:
        """Whether a district such as SW1 is followed by a blank or, in the middle of London, by a letter."""
        return self.country in ("GB", "GG", "IM", "JE")

    def beginnings(self, part: str) -> Iterator[str]:
        """What codes of a part begin with: of SW1 it is `SW1 `, SW1A to SW1Y, and never SW10; of SW each of its districts."""
        found = _DISTRICT.fullmatch(part) if self.is_british else None
        if found and not found[2]:
            yield from (part + digit for digit in digits)
        elif found or self.is_british:
            yield part + " "
            yield from (part + letter for letter in _CUT_UP.get(part, ""))
        else:
            yield part

    def districts(self, first: str, last: str) -> Iterator[str]:
        """The districts from one to another of the same British town: M1, M2 ... M18."""
        ends = [_DISTRICT.fullmatch(end) for end in (first, last)] if self.is_british else []
        low, high = ends or (None, None)
        if low and high and low[1] == high[1] and low[2] and high[2]:
            yield from (f"{low[1]}{number}" for number in range(int(low[2]), int(high[2]) + 1))

    def filled(self, part: str, pick: Callable[[str], str]) -> str:
        """The first (`min`) or last (`max`) code of a part."""
        layout = next((layout for layout in self.layouts if _laid(part, layout)), self.layouts[0])
        start = _laid(part, layout, strict=False) or part
        return start + "".join(pick(choice) for choice in layout[len(start):])

    def has_one_between(self, low: str, high: str) -> bool:
        """Whether some whole code lies between two texts of its length."""
        return any(len(layout) == len(low) and (least := _least(layout, low)) is not None and least <= high
                   for layout in self.layouts)

    def _of_size(self, size: int) -> Iterator[tuple[str, ...]]:
        return (layout for layout in self.layouts if _size(layout) == size)


@cache
def _forms() -> dict[str, PostalForm]:
    text = (files("rules.refdata") / "postal_forms.csv").read_text(encoding="utf-8")
    return {row["country"]: _form(row) for row in csv.DictReader(text.splitlines())}


def _form(row: dict[str, str]) -> PostalForm:
    forms, _, followed = row["forms"].partition("(")
    marks = "|".join(sorted(row["marks"].split(), key=len, reverse=True))
    return PostalForm(
        country=row["country"], followed_by=len(followed.rstrip(")")),
        layouts=tuple(tuple(_CHOICES.get(sign, sign) for sign in form) for form in forms.split("|")),
        parts=frozenset(map(int, row["parts"].split())), lost_zeros=frozenset(map(int, row["lost_zeros"].split())),
        mark=re.compile(rf"^(?:{marks})(?:-| ?)(?=\d)") if marks else None)


def form_of(country: str | None) -> PostalForm | None:
    """How a country writes its codes, None where the table does not tell."""
    return _forms().get(country or "")


def plain_postal(text: str) -> str:
    """A text in plain capitals with single blanks and plain dashes, without the post sign."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).upper().split())


def letters_in(text: str) -> str:
    """The letters and digits of a code without the blanks and dashes between them, nothing of a text that holds anything else."""
    return text.replace(" ", "").replace("-", "") if _WRITTEN.fullmatch(text) else ""


def read_postal(text: str, country: str | None = None) -> PostalCode | None:
    """A postal code as its country writes it, one of no known country or form as it is given; None for what is none at all."""
    plain, form = plain_postal(text), form_of(country)
    if form is not None:
        plain = form.bare(plain)
        letters = letters_in(plain)
        if code := form.whole(letters):
            return PostalCode(code=code)
        if letters.isdigit() and len(letters) in form.lost_zeros and (
                code := form.whole(letters.rjust(_size(form.layouts[0]), "0"))):
            return PostalCode(code=code, lost_zeros=True)
    if not _CODE.fullmatch(plain):
        return None
    return PostalCode(code=plain, known=form is None or form.is_part(plain))


def _size(layout: tuple[str, ...]) -> int:
    return sum(choice.isalnum() for choice in layout)


def _laid(letters: str, layout: tuple[str, ...], *, strict: bool = True) -> str | None:
    """Letters in their places, with what stands between them; of a beginning no more than it says."""
    written: list[str] = []
    rest = list(reversed(letters))
    for choice in layout:
        if not rest:
            break
        if not choice.isalnum():
            written.append(choice)
        elif rest[-1] in choice or not strict:
            written.append(rest.pop())
        else:
            return None
    return None if rest else "".join(written)


def _least(layout: tuple[str, ...], bound: str) -> str | None:
    """The first text of a layout that is not below a bound of its length."""
    for place in range(len(layout), -1, -1):
        if any(sign not in choice for sign, choice in zip(bound[:place], layout, strict=False)):
            continue
        if place == len(layout):
            return bound
        more = [sign for sign in sorted(layout[place]) if sign > bound[place]]
        if more:
            return bound[:place] + more[0] + "".join(min(choice) for choice in layout[place + 1:])
    return None
