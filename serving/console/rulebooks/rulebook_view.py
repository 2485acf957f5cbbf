"""A rule book as people read it: its stages as tables, what it demands, where work can go, what is doubtful about it."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.analysis.reviews import parties_of
from rules.book.schema import ComplianceRule, NamedAccount, Requirement, Rule, RuleBook, Stage
from rules.book.sentences import sentence_of as told_in_a_sentence
from rules.change.edits import words
from rules.model import Directory, Moment
from rules.routing.territory import is_in_force

#: At most so many rows of one stage are written out; a search narrows them.
MOST_ROWS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class RowShown:
    """One rule: its cells as (attribute, text), where it sends, and what else it says, each line one fact."""

    id: str
    says: str | None
    cells: tuple[tuple[str, str], ...]
    to: str
    sla: str
    facts: tuple[str, ...]
    exception: str | None = None
    over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StageShown:
    """One stage; `fitting` rows fit the search, `rows` of them are shown; `decided` of the newest decisions are its."""

    name: str
    kind: str
    total: int
    fitting: int
    rows: tuple[RowShown, ...]
    decided: int


@dataclass(frozen=True, kw_only=True)
class BookShown:
    """A whole book. `counted` newest decisions are what the stages' shares rest on, `most` fell to one stage."""

    book: RuleBook
    stages: tuple[StageShown, ...]
    compliance: tuple[RowShown, ...]
    teams: tuple[tuple[str, str, str, int], ...]
    slas: tuple[tuple[str, str, str, str], ...]
    counted: int
    most: int
    taken: tuple[tuple[str, int], ...]


def show_book(book: RuleBook, directory: Directory, *, at: datetime, counts: Mapping[str, int], wanted: str = "") -> BookShown:
    """The book at a moment; `counts` are decisions by stage, `wanted` a text that rows must hold."""
    stages = tuple(_stage(stage, book, directory, at, wanted, counts.get(stage.name, 0)) for stage in book.stages)
    return BookShown(
        book=book, stages=stages,
        compliance=tuple(map(_compliance, book.compliance)),
        teams=tuple((team.id, team.name, team.kind + (f", {team.automation}" if team.automation else ""),
                     len({row.owner_id for row in directory.members.get(team.id, ()) if row.span.covers(at)}))
                    for team in book.teams.values()),
        slas=tuple((sla.id, words(sla.respond_within), sla.clock,
                    ", ".join(f"{step.do.replace('_', ' ')} after {words(step.after)}" for step in sla.escalate))
                   for sla in book.slas.values()),
        counted=sum(counts.values()), most=max(counts.values(), default=0),
        taken=tuple((name, count) for name, count in counts.items() if name not in {stage.name for stage in book.stages}))


def _stage(stage: Stage, book: RuleBook, directory: Directory, at: datetime, wanted: str, decided: int) -> StageShown:
    rows = [_named(row, directory) for row in stage.named] if stage.named else [_rule(rule, book, at) for rule in stage.rules]
    fitting = [row for row in rows if _holds(row, wanted)]
    return StageShown(name=stage.name, kind="named accounts" if stage.named else "rules", total=len(rows), fitting=len(fitting),
                      rows=tuple(fitting[:MOST_ROWS]), decided=decided)


def _rule(rule: Rule, book: RuleBook, at: datetime) -> RowShown:
    over = not is_in_force(rule, Moment(at=at))
    ends = f"{'ended' if over else 'ends'} {words(rule.expires)}: {rule.because}{parties_of(rule)}" if rule.is_exception else None
    said = {**rule.how, "reason": rule.reason}
    facts = [f"{name} {value}" for name, value in said.items() if value]
    return RowShown(id=rule.id, says=rule.says or told_in_a_sentence(rule, book), cells=_cells(rule.when),
                    to=words(rule.target), sla=words(rule.sla), facts=tuple(facts), exception=ends, over=over)


def _named(row: NamedAccount, directory: Directory) -> RowShown:
    account = directory.accounts.get(row.account_id)
    facts = ["and its subsidiaries"] if row.include_children else []
    return RowShown(id=row.account_id, says=account.name if account else None, cells=(), sla=words(row.sla),
                    to=f"owner {row.owner_id}" if row.owner_id else row.team or "",
                    facts=tuple(facts + ([words(row.span)] if words(row.span) else [])))


def _compliance(rule: ComplianceRule) -> RowShown:
    if rule.takes is not None:
        says = f"nobody may {'contact the customer' if rule.takes == 'contact' else 'work on the item'}"
    else:
        says = "; ".join([*(f"needs {_demand(each)}" for each in rule.require),
                          *(f"not with {_demand(each)}" for each in rule.forbid)])
    facts = [fact for fact in (rule.cites, "where the item does not say, the rule does not apply" if rule.if_missing_skip
                               else None, words(rule.span) or None) if fact]
    return RowShown(id=rule.id, says=says, cells=_cells(rule.when), to=rule.send_to or "", sla="", facts=tuple(facts))


def _demand(demand: Requirement) -> str:
    return f"{demand.subject} {demand.text or '; '.join(demand.names)}".replace("contains: ", "holding ").strip()


def _cells(cells: Iterable) -> tuple[tuple[str, str], ...]:
    return tuple((cell.attribute, cell.words) for cell in cells)


def _holds(row: RowShown, wanted: str) -> bool:
    text = " ".join([row.id, row.says or "", row.to, row.sla, *row.facts, *(f"{name} {cell}" for name, cell in row.cells)])
    return all(word in text.casefold() for word in wanted.casefold().split())
