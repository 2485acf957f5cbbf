"""A rule told in a sentence, by the names that its cells and its target have: what `says` would say of it.

The sentence names everything that the rule asks for and whom it goes to, so that comparing it with the cells
(`rules/book/says_check.py`) finds nothing; a long list is told by its first names and how many more there are.
"""
from collections.abc import Sequence

from rules.book.cell_types import LIST_JOINT, MISSING, Attribute, Cell
from rules.book.schema import Rule, RuleBook
from rules.book.values import ALL, ANY, LIST_CELL, ways_named

#: So many names of one cell are told.
_NAMED = 8


def sentence_of(rule: Rule, book: RuleBook) -> str:
    """The rule in words: `lead with country in NORTH_AM and employees ENT goes to Enterprise SDR East`."""
    kinds = next((cell for cell in rule.when if cell.attribute == "kind"), None)
    subject = _either(_names(kinds, book)) if kinds else "any item"
    asked = _and([_asked(cell, book) for cell in rule.when if cell.attribute != "kind"])
    told = f"{subject} with {asked} goes to {_target(rule, book)}" if asked else f"{subject} goes to {_target(rule, book)}"
    return f"until {rule.expires} {told}" if rule.is_exception else told


def _asked(cell: Cell, book: RuleBook) -> str:
    """What one cell asks for: `employees SMB or MID, or missing`."""
    label = cell.attribute.replace("_", " ")
    if cell.members is not None:
        told = ", ".join(_in_way(way, cell, book) for way in LIST_CELL if _named_in(way, cell))
        return f"{label} {told} or missing" if cell.missing else f"{label} {told}"
    names = _names(cell, book)
    if not names:
        return f"no {label}"
    groups = any(name in book.groups for name in cell.names)
    told = f"{label} {'in ' if groups else ''}{_either(names)}"
    return f"{told} or missing" if MISSING in cell.names else told


def _in_way(way: str, cell: Cell, book: RuleBook) -> str:
    """What one way of a list's cell asks for: `cloud or edge`, `all of cloud and edge`."""
    names = _shown_names(_named_in(way, cell), cell, book)
    return _either(names) if way == ANY else f"{way} {_and(names) if way == ALL else _either(names)}"


def _named_in(way: str, cell: Cell) -> list[str]:
    return [name for own, name in ways_named(cell.text.split(LIST_JOINT)) if own == way and name != MISSING]


def _names(cell: Cell, book: RuleBook) -> list[str]:
    """What a cell names."""
    return _shown_names([name for name in cell.names if name != MISSING], cell, book)


def _shown_names(ids: Sequence[str], cell: Cell, book: RuleBook) -> list[str]:
    """Names of a cell, by display names where there are any; the first of a long list."""
    attribute = book.attributes[cell.attribute]
    if len(ids) <= _NAMED:
        return [_shown(name, attribute, book) for name in ids]
    return [*(_shown(name, attribute, book) for name in ids[:_NAMED]), f"{len(ids) - _NAMED} more"]


def _shown(name: str, attribute: Attribute, book: RuleBook) -> str:
    return book.group_names.get(name) or attribute.names.get(name, name)


def _target(rule: Rule, book: RuleBook) -> str:
    team = _team(rule.target.team, book)
    nearest = rule.target.nearest
    if nearest is None:
        return f"{team} in role {_either(sorted(rule.target.roles))}" if rule.target.roles else team
    options = [f"within {nearest.max_km:g} km"] if nearest.max_km is not None else []
    options += ["that is open"] if nearest.open_now else []
    options += ["that serves the place"] if nearest.service_area else []
    return " ".join([f"the nearest of {team}", *options]) + f", else to {_team(rule.target.otherwise or '', book)}"


def _team(team_id: str, book: RuleBook) -> str:
    return book.teams[team_id].name or team_id


def _either(words: list[str]) -> str:
    return " or ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + f" or {words[-1]}"


def _and(words: list[str]) -> str:
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + f" and {words[-1]}"
