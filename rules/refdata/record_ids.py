"""Record ids of other systems: one record, one spelling; so that an item is known again however it is written.

A Salesforce id has 15 letters whose case matters, or 18 whose last three carry that case.

Source: Salesforce's published description of the suffix, five bits for each group of five letters, least first.
"""
import re

_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def suffix_of(short: str) -> str:
    """The three letters that tell the case of 15."""
    return "".join(_SUFFIX[sum(1 << place for place, letter in enumerate(short[start:start + 5]) if letter.isupper())]
                   for start in (0, 5, 10))


def long_id(text: str) -> tuple[str, bool]:
    """The 18 letters of a Salesforce id and whether it was changed: 15 get their suffix, lost case comes back from it.

    What is no Salesforce id stays as it is.
    """
    if not _SHAPE.fullmatch(text):
        return text, False
    if len(text) == 15:
        return text + suffix_of(text), True
    restored = _restored(text)
    return (restored, restored != text) if restored else (text, False)


def record_key(record_id: str) -> str:
    """What a record is known by: both spellings of a Salesforce id are one, any other id is itself.

    >>> record_key("00Q5e00000abcDE") == record_key("00Q5e00000abcDEEAY")
    True
    >>> record_key("L-1")
    'L-1'
    """
    return long_id(record_id)[0]


def spellings(record_id: str) -> tuple[str, ...]:
    """Every way in which a record's id may be written.

    >>> spellings("00Q5e00000abcDE")
    ('00Q5e00000abcDEEAY', '00Q5e00000abcDE')
    """
    key = record_key(record_id)
    return (key, key[:15]) if len(key) == 18 and record_key(key[:15]) == key else (record_id,)


def _restored(text: str) -> str | None:
    """18 letters in the case that their suffix says; None where the suffix cannot belong to them."""
    made = []
    for group, mark in enumerate(text[15:].upper()):
        if mark not in _SUFFIX:
            return None
        bits = _SUFFIX.index(mark)
        for place, letter in enumerate(text[group * 5:group * 5 + 5]):
            upper = bool(bits >> place & 1)
            if upper and not letter.isalpha():
                return None
            made.append(letter.upper() if upper else letter.lower())
    return "".join(made) + text[15:].upper()
