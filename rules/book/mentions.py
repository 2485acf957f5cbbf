"""What a sentence names of a book: values, bands, groups, teams, numbers beside an attribute's name, and what is missing.

Names are ids or display names, the longest first and as whole words: short ones and codes as they are written, longer ones
in any case; kinds also in the plural, countries also by name. What could be two things keeps every reading.
"""
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.book.cell_types import MISSING, Attribute, Band, Range
from rules.book.schema import RuleBook
from rules.book.typed_nodes import number_of
from rules.book.values import ALL, ANY, NONE, value_of
from rules.caching import cached_per_instance
from rules.model import Value
from rules.refdata.countries import country_codes, country_of
from rules.refdata.days import Days, days_of
from rules.refdata.languages import language_of
from rules.refdata.postal import postal_area

_STARTS, _ENDS = re.compile(r"(?<![\w-])(?=\S)"), re.compile(r"(?<=\S)(?![\w-])")
_LONGEST = 80
_WORD = re.compile(r"[\w*:.<>=+-]*[\w*+]")
_ANY_CASE = 4                                             # names of so many letters are known in any case
_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"
#: How a number is told, and the range that is meant; `{}` of two numbers.
_NUMBERS = [(re.compile(words.replace("#", _NUMBER), re.IGNORECASE), sign) for words, sign in (
    (r"between # and #", "to"), (r"# ?- ?< ?#", "to<"),
    (r"from # to #", "to"), (r"# ?(?:-|–|to) ?#", "to"), (r"# or (?:more|above|over)", ">="),
    (r"#\+", ">="), (r"(?:at least|no fewer than|no less than|>=) ?#", ">="), (r"# or (?:fewer|less|under|below)", "<="),
    (r"(?:at most|up to|no more than|<=) ?#", "<="), (r"(?:more than|over|above|>) ?#", ">"),
    (r"(?:fewer than|less than|under|below|<) ?#", "<"), (r"#", "="))]
_DAY = r"\d{4}-\d{2}-\d{2}"
_DAYS = re.compile(rf"(?:(?:within|over) \d+ ?(?:d(?:ays?)?|w(?:eeks?)?)(?: ago)?|(?:(?:before|after|on) )?{_DAY}(?: ?- ?{_DAY})?"
                   r"|past|today|future)(?![\w-])", re.IGNORECASE)
_MISSING = re.compile(r"(?<![\w-])(?:missing|unknown)(?![\w-])", re.IGNORECASE)
_LISTED = re.compile(r",? ?(?:or|and)? ?", re.IGNORECASE)
_EXCEPT = re.compile(r"(?<![\w-])(?:except(?: for| in| from)?|excluding|(?:but )?not(?: in| from)?|other than|outside(?: of)?)"
                     r"(?: the)? ?$", re.IGNORECASE)

#: Words before members of a list that say how it is asked for them, and words that join them.
_WAYS = [(re.compile(rf"\b(?:{words})\b", re.IGNORECASE), way) for words, way in (
    ("none of|neither|nor|without", NONE), ("all of|both|each of", ALL), ("(?:any|(?:at least )?one) of|either", ANY))]
#: Members joined by `and`: all of them or any of them.
AND = "and"
_JOINED = [(re.compile(r"\bor\b", re.IGNORECASE), ANY), (re.compile(r"\band\b", re.IGNORECASE), AND)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One thing that words may stand for: a team, or what a cell of an attribute would name, with the values of that.

    `cuts`: bands that a number goes through the middle of, so that no cell can say it.
    """

    name: str
    attribute: str | None = None                          # None: a team
    values: frozenset[Value] = frozenset()
    spans: tuple[Range | Days, ...] = ()
    names: tuple[str, ...] = ()                           # what the cell lists
    cuts: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether the words stand for an absent attribute."""
        return self.name == MISSING


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A stretch of a sentence that names something; `left_out` after words such as `except`, unless it is of a list."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    left_out: bool = False
    way: str = ""                                         # how a list is asked for it: a way of cells, AND, or not said


def mentions(text: str, book: RuleBook) -> tuple[Mention, ...]:
    """Everything that a sentence names of the book, in its order."""
    names, labels = _names_of(book), _labels_in(text, book)
    ends = [end.start() for end in _ENDS.finditer(text)]
    found: list[Mention] = []
    reached = 0
    beside: Attribute | None = None                       # whose values are being listed
    for begin in _STARTS.finditer(text):
        start = begin.start()
        if start < reached:
            continue
        mention = _value_of(text, start, beside, book) if beside and _LISTED.fullmatch(text, reached, start) else None
        mention = mention or _labelled(text, start, labels, book)
        if mention is not None:
            beside = book.attributes[mention.readings[0].attribute or "kind"]
        else:
            mention = _named(text, start, ends, names, book)
            beside = beside if mention is None or mention.readings[0].missing else None
        if mention is None:
            continue
        if mention.readings[0].name == MISSING and mention.readings[0].attribute is None:
            before = {one.attribute for one in found[-1].readings if one.attribute} if found else set()
            mention = replace(mention, readings=tuple(replace(mention.readings[0], attribute=name) for name in sorted(before)))
        if mention.readings:
            found.append(replace(mention, left_out=bool(_EXCEPT.search(text[:start]))))
            reached = mention.end
    return tuple(_asked_of_lists(text, _told_apart(text, found, book), book))


def label_of(attribute: str) -> str:
    """What people call an attribute."""
    return attribute.replace("_", " ")


def labels_of(attribute: Attribute) -> tuple[str, ...]:
    """What people call an attribute and what it is derived from."""
    names = (attribute.name, *((attribute.source,) if attribute.source and attribute.type == "bands" else ()))
    return tuple(dict.fromkeys(spelling for name in names for spelling in (label_of(name), name)))


@cached_per_instance
def _names_of(book: RuleBook) -> dict[str, tuple[Reading, ...]]:
    """Every spelling with what it may stand for; spellings that are known in any case stand there folded too."""
    found: dict[str, dict[Reading, None]] = {}

    def enter(reading: Reading, *spellings: str) -> None:
        for spelling in spellings:
            for one in {spelling, spelling.replace("_", " ")}:
                found.setdefault(one, {})[reading] = None
                if len(one) >= _ANY_CASE:
                    found.setdefault(one.casefold(), {})[reading] = None

    for attribute in book.attributes.values():
        listed = attribute.values or (sorted(country_codes()) if attribute.type == "country" else ())
        for value in listed:
            label = attribute.names.get(value)
            kinds = [_plural(one) for one in (value, label) if one] if attribute.name == "kind" else []
            enter(Reading(name=value, attribute=attribute.name, values=frozenset([value]), names=(value,)),
                  *(one for one in (value, label) if one), *kinds)
    for group, members in book.groups.items():
        for name in _attributes_of(group, book):
            enter(Reading(name=group, attribute=name, names=(group,),
                          values=frozenset(member for member in members if member != MISSING)),
                  *(one for one in (group, book.group_names.get(group)) if one))
    for team in book.teams.values():
        enter(Reading(name=team.id), *(one for one in (team.id, team.id.replace("-", " "), team.name) if one))
    return {spelling: tuple(readings) for spelling, readings in found.items()}


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _attributes_of(group: str, book: RuleBook) -> tuple[str, ...]:
    """The attributes that a group is of: those whose cells name it, else those with closed values that admit its members."""
    used = dict.fromkeys(cell.attribute for _, rule in book.placed_rules for cell in rule.when if group in cell.names)
    members = [member for member in book.groups[group] if member != MISSING]
    closed = [attribute for attribute in book.attributes.values()
              if attribute.values is not None or attribute.type in ("country", "language")]
    return tuple(used) or tuple(one.name for one in closed if all(value_of(one, member) is not None for member in members))


def _named(text: str, start: int, ends: list[int], names: dict[str, tuple[Reading, ...]], book: RuleBook) -> Mention | None:
    """A name of the book, a country by its name, or `missing`."""
    countries = [one.name for one in book.attributes.values() if one.type == "country"]
    near = ends[bisect_right(ends, start):bisect_right(ends, start + _LONGEST)][::-1]
    for end in near:                                      # as it is written before any other case: a team may be called alike
        if text[start:end] in names:
            return Mention(text=text[start:end], start=start, end=end, readings=names[text[start:end]])
    for end in near:
        words = text[start:end]
        readings = names.get(words.casefold(), ()) if len(words) >= _ANY_CASE else ()
        if not readings and countries and words[:1].isupper() and len(words) > 2 and words[-1:].isalpha():
            code = country_of(words)
            readings = tuple(Reading(name=code, attribute=one, values=frozenset([code]), names=(code,))
                             for one in countries if code)
        if readings:
            return Mention(text=words, start=start, end=end, readings=readings)
    absent = _MISSING.match(text, start)
    return Mention(text=absent.group(), start=start, end=absent.end(), readings=(Reading(name=MISSING),)) if absent else None


def _labels_in(text: str, book: RuleBook) -> list[tuple[Attribute, str]]:
    """The attributes that a sentence may call by their names, each with how."""
    folded = text.casefold()
    return [(attribute, label) for attribute in book.attributes.values() for label in labels_of(attribute)
            if label.casefold() in folded]


def _labelled(text: str, start: int, labels: list[tuple[Attribute, str]], book: RuleBook) -> Mention | None:
    """What stands beside an attribute's name and means something only there: a number, a word of its type, no value at all."""
    for attribute, label in labels:
        beside = rf"{re.escape(label)}s?(?![\w-])"
        absent = re.compile(rf"(?:no|without(?: an?)?|missing|unknown) {beside}", re.IGNORECASE).match(text, start)
        if absent:
            return Mention(text=absent.group(), start=start, end=absent.end(),
                           readings=(Reading(name=MISSING, attribute=attribute.name),))
        before = re.compile(rf"{beside}(?: of| is| are| in|:)? ", re.IGNORECASE).match(text, start)
        value = _value_of(text, before.end(), attribute, book) if before else _number_at(text, start, attribute, f" {beside}")
        if value is not None:
            return replace(value, text=text[start:value.end], start=start)
    return None


def _value_of(text: str, start: int, attribute: Attribute, book: RuleBook) -> Mention | None:
    """A number or a word of an attribute's type, where the sentence has named the attribute."""
    return (_number_at(text, start, attribute, r"(?![\w.%-])") or _days_at(text, start, attribute)
            or _word_at(text, start, attribute, book))


def _number_at(text: str, start: int, attribute: Attribute, then: str) -> Mention | None:
    if attribute.type not in ("number", "bands"):
        return None
    for pattern, sign in _NUMBERS:
        found = re.compile(rf"(?:{pattern.pattern}){then}", re.IGNORECASE).match(text, start)
        numbers = [number_of(one.replace(",", "")) for one in found.groups()] if found else []
        if found and all(one is not None for one in numbers):
            return Mention(text=found.group(), start=start, end=found.end(),
                           readings=(_number_reading(attribute, sign, [one for one in numbers if one is not None]),))
    return None


def _days_at(text: str, start: int, attribute: Attribute) -> Mention | None:
    """Days as a cell would name them, and `within 30 days`."""
    found = _DAYS.match(text, start) if attribute.type == "date" else None
    word = re.sub(r" ?(day|week)s?", lambda unit: unit[1][0], " ".join(found.group().casefold().split())) if found else ""
    days = days_of(word)
    return None if found is None or days is None else Mention(text=found.group(), start=start, end=found.end(), readings=(
        Reading(name=word, attribute=attribute.name, spans=(days,), names=(word,)),))


def _number_reading(attribute: Attribute, sign: str, numbers: list[float]) -> Reading:
    """The range that a number told stands for: as bands where the attribute has them, else as a range."""
    low, high = numbers[0], numbers[-1]
    span = {"to": Range(low=low, high=high), "to<": Range(low=low, high=high, high_open=True),
            ">=": Range(low=low), "<=": Range(high=high), "=": Range(low=low, high=low),
            ">": Range(low=low, low_open=True), "<": Range(high=high, high_open=True)}[sign]
    written = {"=": f"{low:g}", "to": f"{low:g}-{high:g}", "to<": f"{low:g}-<{high:g}"}.get(sign, f"{sign}{low:g}")
    if attribute.type == "number":
        if sign == "=":
            return Reading(name=written, attribute=attribute.name, values=frozenset([low]), names=(written,))
        return Reading(name=written, attribute=attribute.name, spans=(span,), names=(written,))
    within = tuple(band.name for band in attribute.bands if _inside(band, span))
    cuts = tuple(band.name for band in attribute.bands if band.name not in within and _touches(band, span))
    return Reading(name=written, attribute=attribute.name, values=frozenset(within), names=within,
                   cuts=cuts or (() if within else tuple(band.name for band in attribute.bands)))


def _inside(band: Band, span: Range) -> bool:
    above = span.low is None or band.low > span.low or (band.low == span.low and not span.low_open)
    below = span.high is None or (band.high is not None and (
        band.high < span.high or (band.high == span.high and (band.open_end or not span.high_open))))
    return above and below


def _touches(band: Band, span: Range) -> bool:
    under = span.high is not None and (band.low > span.high or (band.low == span.high and span.high_open))
    over = span.low is not None and band.high is not None and (
        band.high < span.low or (band.high == span.low and (band.open_end or span.low_open)))
    return not under and not over


def _word_at(text: str, start: int, attribute: Attribute, book: RuleBook) -> Mention | None:
    """`true`, `German`, `941*`, `NY`: one word of a type whose words mean something only beside the attribute's name."""
    found = _WORD.match(text, start)
    word = found.group() if found else ""
    match attribute.type:
        case "flag":
            value = value_of(attribute, word.casefold())
        case "language":
            value = language_of(word)
        case "postal":
            area = postal_area(word, compares=True)
            value = word if area is not None and any(map(str.isdigit, word)) else None
        case "subdivision":
            value = value_of(attribute, word)
        case "text" | "account_ref":
            value = word if word != MISSING and word in _asked_for(book).get(attribute.name, ()) else None
        case _:
            value = None
    if found is None or value is None:
        return None
    name = str(value) if attribute.type == "language" else word
    return Mention(text=word, start=start, end=found.end(),
                   readings=(Reading(name=name, attribute=attribute.name, values=frozenset([value]), names=(name,)),))


@cached_per_instance
def _asked_for(book: RuleBook) -> dict[str, set[str]]:
    """What the cells of the book name, by attribute."""
    found: dict[str, set[str]] = {}
    for _, rule in book.placed_rules:
        for cell in rule.when:
            found.setdefault(cell.attribute, set()).update(cell.names)
    return found


def _told_apart(text: str, found: list[Mention], book: RuleBook) -> Iterator[Mention]:
    """Of several readings those whose attribute's name stands just before or after the words, where there are such."""
    for mention in found:
        beside = tuple(one for one in mention.readings if one.attribute and len(mention.readings) > 1
                       and _stands_beside(text, mention, book.attributes[one.attribute]))
        yield replace(mention, readings=beside) if beside else mention


def _asked_of_lists(text: str, found: Iterable[Mention], book: RuleBook) -> Iterator[Mention]:
    """Members of lists with the way in which they are asked for: by the words before them, else as the one before."""
    before: Mention | None = None
    for mention in found:
        name = mention.readings[0].attribute
        if name and book.attributes[name].type == "list" and not mention.readings[0].missing:
            goes_on = before is not None and before.readings[0].attribute == name
            between = text[before.end if before else 0:mention.start]
            said = next((way for words, way in _WAYS if words.search(between)), NONE if mention.left_out else "")
            joined = next((way for word, way in _JOINED if word.search(between)), "") if goes_on else ""
            way = said or (before.way if goes_on and before and before.way not in ("", AND) else joined)
            mention = replace(mention, left_out=False, way=way)
        yield mention
        before = mention


def _stands_beside(text: str, mention: Mention, attribute: Attribute) -> bool:
    before, after = text[:mention.start].casefold().rstrip(" :"), text[mention.end:].casefold().lstrip()
    before = re.sub(r" (?:in|is|of)$", "", before)
    return any(re.search(rf"(?<![\w-]){re.escape(label.casefold())}$", before)
               or re.match(rf"{re.escape(label.casefold())}(?![\w-])", after) for label in labels_of(attribute))
