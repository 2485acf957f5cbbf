"""Working hours as people write them: weekdays of seven languages from a closed list, whole words, 24 hours or am and pm.

`Mon-Fri 09:00-17:30;Sat 10:00-14:00`, `Monday to Friday 9am-5pm`, `Mo bis Fr 9.00-12.00, 13.00-17.00 Uhr`. A cell is of one
language: `Ma` is Monday beside Dutch words and Tuesday beside French ones, and refused where nothing tells. Hours that a
reader could take for morning or evening (`9-5`) are refused.
"""
import re
import unicodedata
from functools import lru_cache

from rules.model import WorkingBlock
from rules.refdata.times import NotReadable

_DAYS = {                                                     # Monday to Sunday: all usual spellings of each, parted by `/`
    "en": "monday/mondays/mon/mo tuesday/tuesdays/tue/tues/tu wednesday/wednesdays/wed/weds/we "
          "thursday/thursdays/thu/thur/thurs/th friday/fridays/fri/fr saturday/saturdays/sat/sa sunday/sundays/sun/su",
    "de": "montag/montags/mo/mon dienstag/dienstags/di/die mittwoch/mittwochs/mi/mit donnerstag/donnerstags/do/don "
          "freitag/freitags/fr/fre samstag/samstags/sonnabend/sa/sam sonntag/sonntags/so/son",
    "fr": "lundi/lun/lu mardi/mar/ma mercredi/mer/me jeudi/jeu/je vendredi/ven/ve samedi/sam/sa dimanche/dim",
    "es": "lunes/lun/lu/l martes/mar/ma miércoles/miercoles/mié/mie/mi/x jueves/jue/ju/j viernes/vie/vi/v sábado/sabado/sábados/"
          "sabados/sáb/sab/sá/sa/s domingo/domingos/dom/d",
    "it": "lunedì/lunedi/lun/lu martedì/martedi/mar/ma mercoledì/mercoledi/mer/me giovedì/giovedi/gio/gi venerdì/venerdi/ven/ve "
          "sabato/sab/sa domenica/dom",
    "nl": "maandag/maandags/maa/ma dinsdag/dinsdags/din/di woensdag/woensdags/woe/wo donderdag/donderdags/don/do "
          "vrijdag/vrijdags/vri/vrij/vr zaterdag/zaterdags/zat/za zondag/zondags/zon/zo",
    "pt": "segunda/segundas/seg terça/terca/terças/tercas/ter quarta/quartas/qua quinta/quintas/qui sexta/sextas/sex "
          "sábado/sabado/sábados/sabados/sáb/sab domingo/domingos/dom",
}
_DAY_NUMBERS = {language: {word: number for number, words in enumerate(listed.split()) for word in words.split("/")}
                for language, listed in _DAYS.items()}
_EVERY_DAY = frozenset(("daily", "every day", "täglich", "taeglich", "tous les jours", "todos los días", "todos los dias",
                        "tutti i giorni", "dagelijks", "todos os dias"))
_TO = r"-|\b(?:to|through|thru|until|till|bis|au|à|a|al|alle|ad|às|até|ate|hasta|tot en met|tot|t/m)\b"
_STRETCH, _SEVERAL = re.compile(rf"\s*(?:{_TO})\s*"), re.compile(r"\s*[,&+/]\s*|\s+(?:and|und|et|y|e|en)\s+")
_FROM = re.compile(r"^(?:from|von|vom|du|de|da|dal|van)\s+")
_BEFORE_HOURS = re.compile(r"[\s,:]*(?:\b(?:from|von|de|da|dalle|das|van)\s*)?$")
_FEIRA = re.compile(r"[- ]feiras?\b")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_HOUR = r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?"
_HOURS = re.compile(rf"(?:(?:from|von|de|da|dalle|das|van)\s+)?{_HOUR}\s*(?:{_TO})\s*{_HOUR}")
_EXPECTED = "blocks such as `Mon-Fri 09:00-17:30;Sat 10:00-14:00`"


@lru_cache(maxsize=4096)
def parse_working_hours(text: str) -> tuple[WorkingBlock, ...]:
    """Weekly blocks from `Mon-Fri 09:00-17:30;Sat,Sun 10:00-14:00`; empty text = always; NotReadable otherwise."""
    parts = [_parted(part.strip()) for part in text.split(";") if part.strip()]
    meanings = {meant for language in _DAY_NUMBERS if (meant := _weekdays([days for days, _ in parts], language)) is not None}
    if len(meanings) != 1:
        days = ";".join(days for days, _ in parts)
        raise NotReadable(f"`{days}` names weekdays of two languages that mean other days" if meanings
                          else f"`{days}` is not a weekday or a stretch of weekdays", _EXPECTED)
    return tuple(WorkingBlock(weekdays=days, from_minute=start, to_minute=end)
                 for days, (_, hours) in zip(meanings.pop(), parts, strict=True) for start, end in hours)


def _parted(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The days of one block as they stand there, and its stretches of the day in minutes."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_DASHES).split())
    first_digit = re.search(r"\d", plain)
    if first_digit is None:
        raise NotReadable(f"`{text}` is not a block of working hours", _EXPECTED)
    days = _BEFORE_HOURS.sub("", plain[:first_digit.start()])
    return days, [_stretch(part, text) for part in _SEVERAL.split(plain[first_digit.start():])]


def _stretch(hours: str, text: str) -> tuple[int, int]:
    match = _HOURS.fullmatch(hours.strip())
    if match is None:
        raise NotReadable(f"`{text}` is not a block of working hours", _EXPECTED)
    from_hour, from_minute, from_half, to_hour, to_minute, to_half = match.groups()
    halves = [None if half is None else half.replace(".", "") for half in (from_half, to_half)]
    if len({half in ("am", "pm") for half in halves}) > 1 \
            or halves[1] is None and (from_minute is None and halves[0] is None or to_minute is None):
        raise NotReadable(f"`{text}` does not say whether hours are before or after noon", _EXPECTED)
    start, end = _minute(from_hour, from_minute, halves[0]), _minute(to_hour, to_minute, halves[1])
    if start is None or end is None or start >= 1440 or end > 1440 or start == end:
        raise NotReadable(f"`{text}` has no such time of day", "times from 00:00 to 24:00 that differ")
    return start, end if end > start else end + 1440


def _minute(hour: str, minute: str | None, half: str | None) -> int | None:
    """Minutes since midnight; None where there is no such time."""
    hours, minutes = int(hour), int(minute or 0)
    if half in ("am", "pm"):
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    return None if minutes > 59 else hours * 60 + minutes


def _weekdays(blocks: list[str], language: str) -> tuple[frozenset[int], ...] | None:
    """The weekdays of each block by the words of one language; None where one of them is none of its words."""
    found = []
    for text in blocks:
        days: set[int] = set()
        for part in _SEVERAL.split(_STRETCH.sub("-", _FROM.sub("", _FEIRA.sub("", text)))):
            ends = [_DAY_NUMBERS[language].get(word.rstrip(".")) for word in part.split("-")]
            first, last = (0, 6) if part in _EVERY_DAY else (ends[0], ends[-1])
            if first is None or last is None or len(ends) > 2:
                return None
            days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        found.append(frozenset(days))
    return tuple(found)
