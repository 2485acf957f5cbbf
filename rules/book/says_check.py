"""Prose against cells, both ways: what a rule `says` must be what its cells and its target do, and all of it.

Compared is what the sentence names (`rules/book/mentions.py`). A cell that the sentence does not speak of is no fault: prose
may leave things out; but of an attribute that it speaks of it must name every value.
"""
import re
from collections.abc import Iterable

from rules.book.cell_types import MISSING, Cell, SourcePosition
from rules.book.findings import Findings
from rules.book.mentions import Mention, Reading, mentions
from rules.book.schema import Rule, RuleBook
from rules.book.sentences import sentence_of
from rules.book.values import ALL, ANY, NONE
from rules.model import Value
from rules.refdata.days import days_of
from rules.refdata.times import day_of

#: Words of a sentence that only an exception may say.
_EXCEPTION = re.compile(r"\b(?:exception|exceptionally|border case|(?:until|till) (?P<day>\d{4}-\d{2}-\d{2}))", re.IGNORECASE)
_BECAUSE = re.compile(r"\bbecause\b.*", re.IGNORECASE | re.DOTALL)   # why is not what
_ROLES = re.compile(r"\bin (?:the )?roles? (?P<roles>[\w-]+(?:(?:, |,? or )[\w-]+)*)", re.IGNORECASE)
_MORE = re.compile(r"\b(\d+) more\b")


def check_prose(book: RuleBook, findings: Findings) -> None:
    """Warn of every rule whose `says` and whose cells, target and end do not name the same."""
    for stage, rule in book.placed_rules:
        if rule.says is not None:
            check_rule(rule, rule.says, book, findings.within(rule=rule.id, stage=stage.name))


def check_rule(rule: Rule, says: str, book: RuleBook, findings: Findings) -> None:
    """Warn of what a sentence and a rule do not both name."""
    text, roles = _without_roles(_BECAUSE.sub("", says))
    told = mentions(text, book)
    strangers = list(dict.fromkeys([*(one.text for one in told if one.left_out or not _is_covered(one, rule)),
                                    *(role for role in roles if role not in rule.target.roles)]))
    if strangers:
        _warn(findings, f"`says` names {_quoted(strangers)}, which the rule's cells and target do not"
              f"{_instead(strangers, told, rule, book)}", rule.place, says,
              f"only names that stand in the rule, such as: {sentence_of(rule, book)}")
    for cell in rule.when:
        unsaid = _unsaid(cell, told, says, book)
        if unsaid:
            _warn(findings, f"`says` names some values of `{cell.attribute}` and leaves out {_quoted(unsaid)}, which the cell "
                  "takes too", rule.place, says, f"every value of the cell, as in: {sentence_of(rule, book)}")
    team = book.teams[rule.target.team]
    if not any(one.name == team.id and one.attribute is None for mention in told for one in mention.readings):
        _warn(findings, f"`says` does not name the target `{team.name or team.id}`", rule.place, says,
              f"`{team.name or team.id}` in the sentence")
    _check_end(rule, says, findings)


def _without_roles(says: str) -> tuple[str, tuple[str, ...]]:
    """A sentence with blanks for the roles that it names, which may be called as values are, and those roles."""
    roles = [role for found in _ROLES.finditer(says) for role in re.split(r",? or |, ", found["roles"])]
    return _ROLES.sub(lambda found: " " * len(found.group()), says), tuple(roles)


def _warn(findings: Findings, message: str, place: SourcePosition | None, says: str, expected: str) -> None:
    findings.add("says_mismatch", message, place, given=says, expected=expected)


def _check_end(rule: Rule, says: str, findings: Findings) -> None:
    """An exception that the prose speaks of must be one, and end on the day that it names."""
    for found in _EXCEPTION.finditer(says):
        if not rule.is_exception:
            _warn(findings, f"`says` speaks of an exception (`{found.group()}`), and the rule has neither `because` nor "
                  "`expires`", rule.place, says, "`because` and `expires` in the rule, or no such words")
        elif found["day"] and rule.expires is not None and found["day"] != day_of(rule.expires).isoformat():
            _warn(findings, f"`says` ends on `{found['day']}`, the rule on {day_of(rule.expires)}", rule.place, says,
                  f"until {day_of(rule.expires)}")


def _is_covered(mention: Mention, rule: Rule) -> bool:
    """Whether the rule names one of the things that the words may stand for."""
    teams = (rule.target.team, rule.target.otherwise)
    return any(reading.name in teams if reading.attribute is None
               else any(_has(cell, reading, mention.way) for cell in rule.when if cell.attribute == reading.attribute)
               for reading in mention.readings)


def _has(cell: Cell, reading: Reading, way: str) -> bool:
    """Whether a cell takes all that a reading stands for; of a list, in the way that is said."""
    if reading.missing:
        return cell.missing
    if cell.members is not None:
        ways = {ANY: cell.members.any_of, ALL: cell.members.all_of, NONE: cell.members.none_of}
        return any(reading.values <= ways[one] for one in ([way] if way in ways else (ANY, ALL)))
    if reading.name in cell.names:
        return True
    return not reading.cuts and (bool(reading.values) or bool(reading.spans)) and (
        reading.values <= cell.values and set(reading.spans) <= {*cell.ranges, *cell.days})


def _unsaid(cell: Cell, told: Iterable[Mention], says: str, book: RuleBook) -> list[str]:
    """What a cell names and a sentence that speaks of its attribute does not; nothing where it says how many more there are."""
    readings = [reading for mention in told for reading in mention.readings
                if reading.attribute == cell.attribute and _has(cell, reading, mention.way)]
    if not any(not reading.missing for reading in readings):
        return []
    values = frozenset[Value]().union(*(reading.values for reading in readings))
    names = {reading.name for reading in readings}
    spans = {span for reading in readings for span in reading.spans}
    unsaid = [name for name in cell.names if name not in names and days_of(name) not in spans
              and not _said_by_values(name, cell, values, book)]
    more = _MORE.search(says)
    return [] if more and int(more[1]) == len(unsaid) else unsaid


def _said_by_values(name: str, cell: Cell, values: frozenset[Value], book: RuleBook) -> bool:
    """Whether every value that a name of a cell stands for is said in other words."""
    if name == MISSING:
        return False
    own = {value for value in book.groups[name] if value != MISSING} if name in book.groups else {name}
    return own <= values


def _instead(strangers: list[str], told: tuple[Mention, ...], rule: Rule, book: RuleBook) -> str:
    """What the rule says in the places of names that it does not have."""
    about = {reading.attribute for mention in told if mention.text in strangers for reading in mention.readings}
    said = [f"`{cell.attribute}` is {cell.text}" for cell in rule.when if cell.attribute in about]
    if None in about:
        said.append(f"it goes to `{book.teams[rule.target.team].name or rule.target.team}`")
    return f": {', '.join(said)}" if said else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

