"""Prose against cells: what a rule `says` in words must be what its cells and its target do.

Compared are names: of values, bands, groups and teams, by id or display name, longest first and as whole words.
"""
import re
from collections.abc import Iterator
from functools import lru_cache

from rules.book.findings import Findings
from rules.book.schema import MISSING, Rule, RuleBook
from rules.book.sentences import sentence_of
from rules.refdata.countries import country_codes


def check_prose(book: RuleBook, findings: Findings) -> None:
    """Warn of every rule whose `says` names something its cells do not, or leaves its target out."""
    names = _names_of(book)
    known = sorted({name for spellings in names.values() for name in spellings}, key=len, reverse=True)
    for stage, rule in book.placed_rules:
        if rule.says is None:
            continue
        here = findings.within(rule=rule.id, stage=stage.name)
        told = set(_named_in(rule.says, tuple(known)))
        strangers = sorted(told - _covered(rule, book, names))
        if strangers:
            here.add("says_mismatch", f"`says` names {_quoted(strangers)}, which the rule's cells and target do not"
                     f"{_instead(strangers, rule, book)}", rule.place, given=rule.says,
                     expected=f"only names that stand in the rule, such as: {sentence_of(rule, book)}")
        team = book.teams[rule.target.team]
        if not told & set(_spellings(team.id, team.name)):
            here.add("says_mismatch", f"`says` does not name the target `{team.name or team.id}`", rule.place,
                     given=rule.says, expected=f"`{team.name or team.id}` in the sentence")


def _names_of(book: RuleBook) -> dict[str, tuple[str, ...]]:
    """Every id with its spellings; one id may stand for a value, a group and a team alike."""
    spellings: dict[str, set[str]] = {}

    def enter(name: str, label: str | None) -> None:
        spellings.setdefault(name, set()).update(_spellings(name, label))

    for attribute in book.attributes.values():
        for value in attribute.values or ():
            enter(value, attribute.names.get(value))
        if attribute.type == "country":
            for code in country_codes():
                enter(code, attribute.names.get(code))
    for group in book.groups:
        enter(group, book.group_names.get(group))
    for team in book.teams.values():
        enter(team.id, team.name)
    return {name: tuple(own) for name, own in spellings.items()}


def _spellings(name: str, label: str | None) -> tuple[str, ...]:
    return (name, label) if label else (name,)


def _covered(rule: Rule, book: RuleBook, names: dict[str, tuple[str, ...]]) -> set[str]:
    """Every spelling of what the cells and the target name."""
    ids = [name for cell in rule.when for name in cell.names if name != MISSING]
    ids += [team for team in (rule.target.team, rule.target.otherwise) if team]
    return {spelling for name in ids for spelling in names.get(name, (name,))}


def _named_in(text: str, known: tuple[str, ...]) -> Iterator[str]:
    return (found.group() for found in _pattern(known).finditer(text)) if known else iter(())


@lru_cache(maxsize=8)
def _pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    """Any known name as a whole word, longer ones first."""
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, known)) + r")(?![\w-])")


def _instead(strangers: list[str], rule: Rule, book: RuleBook) -> str:
    """What the rule says in the places of names that it does not have."""
    told: list[str] = []
    for cell in rule.when:
        attribute = book.attributes[cell.attribute]
        values = {spelling for value in attribute.values or (country_codes() if attribute.type == "country" else ())
                  for spelling in _spellings(value, attribute.names.get(value))}
        members = {spelling for group, own in book.groups.items() if values & set(own)
                   for spelling in _spellings(group, book.group_names.get(group))}
        if (values | members) & set(strangers):
            told.append(f"`{cell.attribute}` is {cell.text}")
    if any(name in _spellings(team.id, team.name) for team in book.teams.values() for name in strangers):
        told.append(f"it goes to `{book.teams[rule.target.team].name or rule.target.team}`")
    return f": {', '.join(told)}" if told else ""


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
