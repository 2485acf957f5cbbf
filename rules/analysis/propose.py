"""A sentence turned into a proposed rule: names resolved by the book's own, the rest asked back and never guessed.

The rule is written as YAML and read back as the book would read it, then held against the book: what it overlaps or
shadows, and whether its own sentence says what it does.
"""
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rules.analysis.proofs import prove
from rules.book.cell_types import SourcePosition
from rules.book.cells import CellReader
from rules.book.csv_tables import Tables
from rules.book.findings import Finding, Findings
from rules.book.groups import ValueGroup
from rules.book.mentions import AND, Mention, label_of, labels_of, mentions
from rules.book.says_check import check_rule
from rules.book.schema import Rule, RuleBook, Stage
from rules.book.stages import read_rule
from rules.book.symbols import SymbolTable
from rules.book.values import ANY, as_written, ways_named
from rules.book.yaml_nodes import compose
from rules.errors import nearest_name
from rules.model import Directory

PROPOSAL = "proposal"

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CLAUSES = {name: re.compile(words, re.IGNORECASE) for name, words in {
    "because": r",?\s*\bbecause:? +(?P<is>\S.*?)\s*\.?\s*$",
    "until": r",?\s*\b(?:until|till) +(?P<is>\d{4}-\d{2}-\d{2})",
    "km": r"\bwithin (?P<is>\d+(?:\.\d+)?) ?(?:km|kilomet(?:er|re)s?)\b",
    "respond": r",?\s*\b(?:to be answered |answered )?within (?P<is>\d+) ?(?P<unit>m(?:in(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?)\b",
    "sla": r",?\s*\b(?:sla|service level) (?P<is>[\w-]+)",
    "role": r"\bin (?:the )?role (?P<is>[\w-]+)",
    "open": r"\bthat (?:is|are) open(?: now)?\b", "serves": r"\bthat serves? the place\b",
    "nearest": r"\b(?:the )?nearest(?: of)?\b"}.items()}
_TO = re.compile(r"\b(?:goes|go|(?:(?:is|are) )?sent|routed?|assigned?|belongs?|handed)\b[^,;:]*?\bto\b|\bto\b|->|→|:",
                 re.IGNORECASE)
_ELSE = re.compile(r"\belse\b", re.IGNORECASE)
_EVERY_KIND = re.compile(r"\b(?:(?:any|all|every) (?:items?|kinds?)|everything)\b", re.IGNORECASE)
_GLUE = re.compile(
    r"\b(?:an?|the|all|any|every|each|items?|everything|kinds?|in|from|of|with|and|or|to|are|is|be|as|at|on|for|that|which|who|what|"
    r"whose|where|when|if|their|its|it|they|them|have|has|comes?|coming|based|located|else|should|must|up)\b", re.IGNORECASE)
_LEAVING_OUT = re.compile(r"\b(?:except|excluding|but|not|other than|outside|none|neither|nor|without|both|either|at least"
                          r"|one)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a sentence became: the rule as YAML with its stage and the rule it stands after, or what has to be asked back.

    `same_as`: a rule of the book that asks for the same and sends to the same team already; then nothing is proved anew.
    """

    says: str
    questions: tuple[str, ...] = ()
    stage: str | None = None
    after: str | None = None
    rule: Rule | None = None
    yaml: str | None = None
    same_as: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all was understood and nothing found forbids the rule."""
        return not self.questions and all(finding.severity != "error" for finding in self.findings)

    def as_json(self) -> dict[str, object]:
        """The proposal as `rules propose --json` prints it."""
        return {"ok": self.ok, "says": self.says, "questions": list(self.questions), "stage": self.stage, "after": self.after,
                "rule": self.rule.id if self.rule else None, "yaml": self.yaml, "same_as": self.same_as,
                "findings": [finding.as_json() for finding in self.findings]}


@dataclass(slots=True)
class _Draft:
    """A rule being understood: its cells as written, further keys, and what has to be asked."""

    cells: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


def propose(says: str, book: RuleBook, directory: Directory | None, *, at: datetime, rule_id: str | None = None,
            stage: str | None = None) -> Proposal:
    """The rule that a sentence asks for, checked against the book at a moment; or the questions that it leaves open."""
    draft = _understood(says, book)
    place = next((one for one in book.stages if one.name == stage and one.rules), None) if stage else _stage_for(draft, book)
    if place is None:
        draft.questions.append(f"which stage: there is none `{stage}` with rules; stages with rules are "
                               f"{_listed([one.name for one in book.stages if one.rules])}")
    taken = {rule.id for _, rule in book.placed_rules}
    if rule_id in taken:
        draft.questions.append(f"which id: rule `{rule_id}` stands in the book already")
    if draft.questions or place is None:
        return Proposal(says=says, questions=tuple(draft.questions))
    written = _written(rule_id or _free_id(draft, taken), says, draft)
    findings = Findings()
    rule = _read(written, book, findings)
    if rule is None or findings.has_errors:
        return Proposal(says=says, yaml=written, stage=place.name, findings=findings.in_order())
    check_rule(rule, says, book, findings.within(rule=rule.id, stage=place.name))
    same = next((one.id for _, one in book.placed_rules if _same(one, rule)), None)
    anew = () if same else tuple(_found_anew(rule, place, book, directory, at))
    return Proposal(says=says, stage=place.name, after=place.rules[-1].id, rule=rule, yaml=written, same_as=same,
                    findings=(*findings.in_order(), *anew))


def _same(one: Rule, other: Rule) -> bool:
    """Whether a rule asks for what the other does, sends to the same place and ends together; how soon, where the other says."""
    return other.sla in (None, one.sla) and (one.target, one.expires, {cell.asked for cell in one.when}) == (
        other.target, other.expires, {cell.asked for cell in other.when})


def _understood(says: str, book: RuleBook) -> _Draft:
    """Clauses first, then where it goes, then what is asked of an item, and what is left over."""
    draft = _Draft()
    text, clauses = says, {}
    days = [(one.start, one.end) for one in mentions(says, book) if any(
        reading.attribute and book.attributes[reading.attribute].type == "date" for reading in one.readings)]
    for name, pattern in _CLAUSES.items():
        found = next((one for one in pattern.finditer(text)
                      if not any(one.start() < end and start < one.end() for start, end in days)), None)
        if found is not None:
            clauses[name] = found
            text = _without(text, found.start(), found.end())
    told = mentions(text, book)
    to = _way(text, told)
    targets = [one for one in told if to is not None and one.start >= to.end() and _team(one)]
    other = _ELSE.search(text, targets[0].end) if targets else None
    _read_target(draft, targets, other, clauses, book)
    _read_clauses(draft, clauses, book)
    asked = [one for one in told if one not in targets[:2 if other else 1]]
    _read_cells(draft, asked, book)
    if "kind" not in draft.cells and len(book.kinds) > 1 and not _EVERY_KIND.search(text):
        draft.questions.append(f"which kind of item: {_listed(book.kinds)}; or say `any item`")
    for one in told:
        text = _without(text, one.start, one.end)
    if to is not None:
        text = _without(text, to.start(), to.end())
    if any(one.left_out or one.way for one in told):
        text = _LEAVING_OUT.sub("|", text)
    draft.cells = {name: draft.cells[name] for name in book.attributes if name in draft.cells}
    draft.questions += _left_over(text, draft, book)
    return draft


def _way(text: str, told: tuple[Mention, ...]) -> re.Match | None:
    """The words behind which it is said where items go: such as stand before a team, else the first such."""
    ways = [found for found in _TO.finditer(text) if not any(one.start < found.end() and found.start() < one.end for one in told)]
    before = (found for found in ways if any(one.start >= found.end() and _team(one) for one in told))
    return next(before, ways[0] if ways else None)


def _team(mention: Mention) -> str | None:
    return next((one.name for one in mention.readings if one.attribute is None), None)


def _without(text: str, start: int, end: int) -> str:
    """The text with a stretch blanked out, so that all else stays where it is."""
    return f"{text[:start]}{'|'.ljust(end - start, '|')}{text[end:]}"


def _read_target(draft: _Draft, targets: list[Mention], other: re.Match | None, clauses: dict[str, re.Match],
                 book: RuleBook) -> None:
    teams = [team for one in targets[:2 if other else 1] if (team := _team(one))]
    if not teams:
        draft.questions.append("to which team: say `go to TEAM` with an id or name of the book, such as "
                               f"{_listed([team.name or team.id for team in book.teams.values()][:8])}")
        return
    nearest = "nearest" in clauses
    if nearest and book.teams[teams[0]].kind != "branches":
        draft.questions.append(f"the nearest of `{teams[0]}`, a {book.teams[teams[0]].kind}: it has no branches")
    if nearest != (len(teams) == 2):
        draft.questions.append("where else: say `else to TEAM`, for when no place is near" if nearest
                               else f"`else to {teams[1]}` belongs to `the nearest of TEAM`")
    if nearest and "role" in clauses:
        draft.questions.append(f"`{clauses['role'].group()}` belongs to a team, not to `the nearest of TEAM`")
    for name in ("km", "open", "serves"):
        if name in clauses and not nearest:
            draft.questions.append(f"`{clauses[name].group().strip(' ,')}` belongs to `the nearest of TEAM`")
    draft.keys["to"] = {"team": teams[0], "role": clauses["role"]["is"]} if "role" in clauses else teams[0]
    if nearest and len(teams) == 2:
        draft.keys["to"] = {"nearest": teams[0], **({"max_km": clauses["km"]["is"]} if "km" in clauses else {}),
                            **({"open": "now"} if "open" in clauses else {}),
                            **({"service_area": "true"} if "serves" in clauses else {})}
        draft.keys["else"] = teams[1]


def _read_clauses(draft: _Draft, clauses: dict[str, re.Match], book: RuleBook) -> None:
    """How soon, and of an exception why and until when."""
    if "respond" in clauses:
        length = timedelta(**{_UNITS[clauses["respond"]["unit"][0].lower()]: int(clauses["respond"]["is"])})
        fit = [sla.id for sla in book.slas.values() if sla.respond_within == length]
        if len(fit) != 1:
            draft.questions.append(f"`{clauses['respond'].group().strip(' ,')}`: " + (
                f"several service levels mean that, say `sla {fit[0]}` or another of {_listed(fit)}" if fit
                else f"no service level means that; the book has {_listed(book.slas) or 'none'}"))
        draft.keys["sla"] = fit[0] if fit else ""
    if "sla" in clauses:
        if clauses["sla"]["is"] not in book.slas:
            draft.questions.append(f"which service level: there is none `{clauses['sla']['is']}`; the book has "
                                   f"{_listed(book.slas) or 'none'}")
        draft.keys["sla"] = clauses["sla"]["is"]
    if ("because" in clauses) != ("until" in clauses):
        draft.questions.append("an exception says both why and how long: `because ...` and `until 2027-12-31`")
    for key, name in (("because", "because"), ("expires", "until")):
        if name in clauses:
            draft.keys[key] = clauses[name]["is"]


def _read_cells(draft: _Draft, asked: list[Mention], book: RuleBook) -> None:
    for mention in asked:
        readings = {one.attribute: one for one in mention.readings if one.attribute is not None}
        if mention.left_out:
            draft.questions.append(f"a cell cannot leave out `{mention.text}`: name what is meant, or add a rule for it before")
        elif not readings:
            draft.questions.append(f"`{mention.text}` is a team, and no cell asks for one")
        elif len(readings) > 1:
            draft.questions.append(f"`{mention.text}` may be of {_listed(map(str, readings))}: say which, such as "
                                   f"`{label_of(next(iter(filter(None, readings))))} {mention.text}`")
        else:
            (attribute, reading), = readings.items()
            if reading.cuts:
                bands = {band.name: band for band in book.attributes[attribute].bands}
                draft.questions.append(f"`{mention.text}` does not end where bands of `{attribute}` do ({_listed(bands)}): name "
                                       "the bands that are meant")
            if mention.way == AND:
                draft.questions.append(f"`{mention.text}` and the words of `{attribute}` before it: say `all of` or `any of`")
            names = [reading.name] if reading.missing else list(reading.names)
            if book.attributes[attribute].type == "list":
                names = [f"{mention.way or ANY} {name}" for name in names]
            draft.cells[attribute] = list(dict.fromkeys([*draft.cells.get(attribute, []), *names]))
    for attribute, names in draft.cells.items():
        if book.attributes[attribute].type == "list":
            ways = list(ways_named(names))
            draft.cells[attribute] = [name for _, name in ways] if {way for way, _ in ways} == {ANY} else [as_written(ways)]
    types = {book.attributes[name].type for name in draft.cells}
    if "subdivision" in types and "country" not in types and any(one.type == "country" for one in book.attributes.values()):
        draft.questions.append("of which country: a state's code may be another country's too")


def _left_over(text: str, draft: _Draft, book: RuleBook) -> Iterator[str]:
    """The words that nothing was made of."""
    for name in draft.cells:
        for label in labels_of(book.attributes[name]):
            text = re.sub(rf"(?<![\w-]){re.escape(label)}s?(?![\w-])", lambda found: "|" * len(found.group()), text,
                          flags=re.IGNORECASE)
    known = [*book.groups, *book.teams, *(team.name for team in book.teams.values() if team.name),
             *(value for one in book.attributes.values() for value in one.values or ()), *book.attributes]
    for words in re.split(r"[|,;:.!()]+", _GLUE.sub("|", text)):
        left = " ".join(words.split())
        if re.search(r"\w", left):
            near = nearest_name(left, known)
            yield f"what is `{left}`: nothing in the book is called so" + (f"; did you mean `{near}`?" if near else "")


def _stage_for(draft: _Draft, book: RuleBook) -> Stage | None:
    """The stage before the last whose rules ask for most of the same attributes; of several the later one."""
    ruled = [stage for stage in book.stages if stage.rules]
    earlier = ruled[:-1] or ruled

    def alike(stage: Stage) -> int:
        return max(len(draft.cells.keys() & {cell.attribute for cell in rule.when}) for rule in stage.rules)

    return max(reversed(earlier), key=alike, default=None)


def _free_id(draft: _Draft, taken: set[str]) -> str:
    """A readable id that no rule has yet."""
    words = [name for names in draft.cells.values() for name in names] or [str(draft.keys["to"])]
    base = re.sub(r"[^a-z0-9]+", "-", "-".join(words[:5]).casefold()).strip("-")[:40].rstrip("-") or "rule"
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))) if name not in taken)


def _written(rule_id: str, says: str, draft: _Draft) -> str:
    """The rule as a line of the book."""
    when = {name: names[0] if len(names) == 1 else names for name, names in draft.cells.items()}
    return f"- {_yaml({'id': rule_id, 'says': says, **({'when': when} if when else {}), **draft.keys})}"


def _yaml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z_][\w-]*|\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _read(written: str, book: RuleBook, findings: Findings) -> Rule | None:
    """The rule as the book itself would read it."""
    place = SourcePosition(file=PROPOSAL, line=1)
    groups = {name: ValueGroup(name=name, parts=book.group_parts[name], members=members, label=book.group_names.get(name),
                               place=place) for name, members in book.groups.items()}
    tables = Tables({})
    words = SymbolTable(attributes=book.attributes, groups=groups, teams=book.teams, slas=book.slas, declared_slas=book.slas,
                        faulty=frozenset(), tables=tables, cells=CellReader(book.attributes, groups, tables))
    node = compose(written.removeprefix("- "), PROPOSAL, findings)
    return None if node is None else read_rule(node, words, findings)


def _found_anew(rule: Rule, place: Stage, book: RuleBook, directory: Directory | None, at: datetime) -> Iterator[Finding]:
    """What the proofs find of the book with the rule and not of the book without it."""
    rules = tuple(sorted((*place.rules, rule), key=lambda one: not one.is_exception))
    more = replace(book, stages=tuple(replace(one, rules=rules) if one is place else one for one in book.stages))
    before, after = Findings(), Findings()
    prove(book, directory, at, before)
    prove(more, directory, at, after)
    known = {(one.kind, one.rules, one.message) for one in before.in_order()}
    return (one for one in after.in_order() if (one.kind, one.rules, one.message) not in known and one.kind != "fallback_only")


def _listed(names) -> str:
    return ", ".join(f"`{name}`" for name in names)
