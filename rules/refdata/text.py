"""Names as they are compared: what two spellings may differ in and still be the same name."""
import unicodedata

_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
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
    """Accents and other marks of European scripts taken off: `osterreich` for `österreich`."""
    if text.isascii():
        return text
    letters = (sign for sign in unicodedata.normalize("NFKD", text) if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", "".join(letters)).translate(_PLAIN)


def german_ascii(text: str) -> str:
    """German umlauts written out: `oesterreich` for `österreich`."""
    return unicodedata.normalize("NFC", text).translate(_GERMAN)
