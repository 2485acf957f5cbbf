"""Numbers and money as people write them: decimal commas, thousands marks, currencies in front or behind, percent, brackets.

Whether `1.234` is a thousand or one and a bit is never guessed: it is told by the mapping or by another cell of the file.
"""
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rules.refdata.times import NotReadable

_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "US$": "USD", "A$": "AUD", "C$": "CAD", "CA$": "CAD",
          "AU$": "AUD", "₹": "INR", "zł": "PLN", "Kč": "CZK", "R$": "BRL", "CHF": "CHF", "Fr.": "CHF", "₩": "KRW", "₺": "TRY"}
_MONEY = re.compile(r"(?P<minus>[-\u2212(])?\s*(?P<front>[A-Za-z]{0,3}[^\d\s.,'()+-]{0,2}|[A-Z]{3}|Fr\.)?\s*"
                    r"(?P<sign>[-+\u2212])?\s*"
                    r"(?P<figure>\d[\d.,'\u2019\s]*|[.,]\d+)\s*(?P<behind>[A-Z]{3}|[^\d\s.,'()+-]{1,2})?\s*\)?")
_GROUPED, _WHOLE = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*"), re.compile(r"(\d+)(?:[.,]0+)?")
_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_LONGEST = 60
_ABOUT = r"[€$£¥]?\s*\d[\d.,'\u2019\s]*\s*(?:[kKmM]|[Mm]io|[Tt]sd|[Mm]ill?ion(?:en|s)?)?\.?\s*[€$£¥]?"
#: `51-200`, `10000+`, `> 500`, `ca. 300`, `5k`, `50 or more`, `bis 50`: about how many, and no number.
_ESTIMATE = re.compile(rf"[<>≤≥~≈±]=?\s*{_ABOUT}.*|{_ABOUT}\s*(?:[-–—‑~]+|\.\.+|to|bis|à|a|up to|until)\s*{_ABOUT}.*"
                       rf"|{_ABOUT}\s*\+.*|(?:[^\W\d]+\.?\s*){{1,3}}{_ABOUT}|{_ABOUT}\s*[^\W\d].*", re.IGNORECASE)
EXPECTED = "a number such as `1234.5`, `1,234.50` or `1.234,50`"


class NoDecimal(NotReadable):
    """A number that could be two: neither the mapping nor the file says which mark is the decimal one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number as plain text, the currency that stood beside it, and whether it was written otherwise."""

    text: str
    currency: str | None
    rewritten: bool


def is_estimate(text: str) -> bool:
    """Whether a cell says about how many, as `10000+` and `51-200` do."""
    return len(text) <= _LONGEST and bool(_ESTIMATE.fullmatch(text.strip()))


def decimal_mark_of(cells: Iterable[str]) -> str | None:
    """The decimal mark that a file's cells show: the last of two different marks, or one not followed by three digits."""
    found: set[str] = set()
    for cell in cells:
        matched = _MONEY.fullmatch(cell.strip())
        figure = _SPACES.sub("", matched["figure"]) if matched else ""
        comma, point = figure.rfind(","), figure.rfind(".")
        if comma >= 0 and point >= 0:
            found.add("," if comma > point else ".")
        elif max(comma, point) >= 0:
            mark = "," if comma >= 0 else "."
            parts = figure.split(mark)
            if len(parts) == 2 and (len(parts[1]) != 3 or not parts[0] or len(parts[0]) > 3 or parts[0] == "0"):
                found.add(mark)
            elif len(parts) > 2:
                found.add("." if mark == "," else ",")
    return found.pop() if len(found) == 1 else None


def read_figure(text: str, decimal: str | None) -> Figure:
    """The number in a cell; `decimal` is the file's mark or None where nothing tells. NotReadable or NoDecimal."""
    matched = _MONEY.fullmatch(text.strip())
    if matched is None or text.strip().startswith("(") != text.strip().endswith(")") or matched["minus"] and matched["sign"]:
        raise NotReadable("not a number", EXPECTED)
    front, behind = matched["front"], matched["behind"]
    currency = _currency(front) or _currency(behind)
    if (front and _currency(front) is None) or (behind and behind != "%" and _currency(behind) is None):
        raise NotReadable("not a number", EXPECTED)
    digits = _plain(_SPACES.sub("", matched["figure"]), decimal)
    negative = matched["minus"] is not None or matched["sign"] in ("-", "\u2212")
    plain = ("-" if negative else "") + digits
    return Figure(text=plain, currency=currency, rewritten=plain != text.strip())


def read_count(text: str) -> Figure:
    """The whole number in a cell, whatever parts its thousands; NotReadable for one that is none."""
    digits = _SPACES.sub("", text.strip())
    if _GROUPED.fullmatch(digits):
        digits = re.sub(r"[.,]", "", digits)
    whole = _WHOLE.fullmatch(digits)
    if whole is None:
        raise NotReadable("not a whole number", "a whole number such as `1200` or `1,200`")
    return Figure(text=whole[1], currency=None, rewritten=whole[1] != text.strip())


def _plain(figure: str, decimal: str | None) -> str:
    comma, point = "," in figure, "." in figure
    if not comma and not point:
        return figure
    if decimal is None:
        if comma and point or figure.count(",") + figure.count(".") > 1:
            decimal = "," if figure.rfind(",") > figure.rfind(".") else "."
            if figure.count(decimal) > 1:
                decimal = "." if decimal == "," else ","
        else:
            whole, _mark, part = figure.partition("," if comma else ".")
            if len(part) == 3 and 0 < len(whole) <= 3 and whole != "0":
                raise NoDecimal("whether the mark is a decimal one cannot be told",
                                '`decimal: "."` or `decimal: ","` in the mapping')
            decimal = "," if comma else "."
    groups = "," if decimal == "." else "."
    whole, _mark, part = figure.partition(decimal)
    if groups in part or decimal in part:
        raise NotReadable("not a number", EXPECTED)
    parts = whole.split(groups)
    widths = [len(one) for one in parts]
    if len(parts) > 1 and (not 1 <= widths[0] <= 3 or widths[-1] != 3 or any(width not in (2, 3) for width in widths[1:])):
        raise NotReadable("not a number", EXPECTED)
    return "".join(parts) + (f".{part}" if part else "") if "".join(parts) else f"0.{part}"


def _currency(word: str | None) -> str | None:
    if not word:
        return None
    return _SIGNS.get(word) or (word if len(word) == 3 and word.isascii() and word.isalpha() and word.isupper() else None)
