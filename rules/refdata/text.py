"""Names as they are compared: what two spellings may differ in and still be the same name."""
import re
import unicodedata

_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS_OF_THEIR_OWN = frozenset("йўѓќї")
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670"
                     "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a\u00ad\u200b-\u200f\u2060\ufeff]")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def fold(text: str) -> str:
    """A name as it is compared: compatibility form, folded case, no dots and apostrophes, single blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace(".", " ").replace("'", "").replace("\u2019", "")
    return " ".join(folded.split())


def letters_of(text: str) -> str:
    """Only the letters, their marks, digits and `&` of a name, case folded: `koreasouth` for `Korea, South`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign == "&" or unicodedata.category(sign)[0] in "LMN")


def without_marks(text: str) -> str:
    """Accents and other marks of European scripts taken off: `osterreich` for `österreich`; Cyrillic `й` is no `и`."""
    if text.isascii():
        return text
    plain = "".join(sign if sign.lower() in _LETTERS_OF_THEIR_OWN else unicodedata.normalize("NFKD", sign)
                    for sign in unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain)).translate(_PLAIN)


def without_points(text: str) -> str:
    """A name without what a script's readers may leave out: Hebrew and Arabic points, stretching, signs of no width.

    Vowel signs and tones of other scripts are letters: they stay.
    """
    return text if text.isascii() else _POINTS.sub("", text)


def german_ascii(text: str) -> str:
    """German umlauts written out: `oesterreich` for `österreich`."""
    return unicodedata.normalize("NFC", text).translate(_GERMAN)
