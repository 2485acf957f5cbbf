"""What an import found in a file and what came of it, for people and as data."""
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from rules.book.schema import RuleBook
from rules.directory.update import DirectoryUpdate
from rules.errors import HistoryError, InputError, Problem, of_whole_file
from rules.exports.history import unreadable_lines
from rules.exports.repairs import Repair
from rules.model import Directory, Moment, WorkItem
from rules.progress import Progress, counting, silent
from rules.routing.territory import find_route
from rules.routing_result import Route, Via
from serving.admission.card import DatasetCard
from serving.admission.marks import LogWarning
from serving.imports.effects import Effects, OverCapacity

_MOST_EXAMPLES = 5
_DOUBTS = {"the id stands on several lines with different facts": "id_twice",
           "the id looks cut to fifteen digits by a spreadsheet": "id_rounded",
           "the id looks short of zeros that a spreadsheet took away": "id_short",
           "the id is another row's but for case, leading zeros or a suffix": "id_alike"}


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What a file holds and what came of it.

    `unreached`: how many items only the last stage takes, by reason, with some of their ids; `kept`: what was written
    (events, or rows), 0 in a dry run; `known_before`: events that were there already. Of another system's log: `repairs`
    (what was put right or left out, each counted) and `found` (what it holds, by word). `fates`: what became of every row;
    they sum to `rows`. `warnings`: what a reader of any figure from this file must know, by code; `cards`: what each kind with an
    objective would be learnt from, of a history. Of owners and accounts:
    `update`, what becomes of the directory, `effects` on the open items, `files_before` by which `owners restore` brings
    back what was. `over_capacity`: who carries more than they may.
    """

    what: str
    file: str
    rows: int
    kept: int = 0
    known_before: int = 0
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()
    missing_share: Mapping[str, float] = field(default_factory=dict)
    unreached: Mapping[str, int] = field(default_factory=dict)
    unreached_examples: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)
    undeclared: tuple[str, ...] = ()
    fates: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[LogWarning, ...] = ()
    cards: tuple[DatasetCard, ...] = ()
    update: DirectoryUpdate | None = None
    effects: Effects | None = None
    files_before: str | None = None
    over_capacity: tuple[OverCapacity, ...] = ()

    @property
    def problems_by_reason(self) -> dict[str, int]:
        """How often each problem occurs, by column and message, the most frequent first."""
        counted = Counter(f"{one.column_name}: {one.message}" if one.column_name else one.message for one in self.problems)
        return dict(counted.most_common())

    @property
    def bad_lines(self) -> tuple[int, ...]:
        """The lines of the rows that cannot be read."""
        return unreadable_lines(self.problems)

    def as_json(self) -> dict[str, object]:
        """The report as data."""
        return {"what": self.what, "file": self.file, "rows": self.rows, "kept": self.kept,
                "known_before": self.known_before, "unmapped": list(self.unmapped), "bad_lines": list(self.bad_lines),
                "problems": [str(problem) for problem in self.problems], "problems_by_reason": self.problems_by_reason,
                "undeclared": list(self.undeclared), "fates": dict(self.fates),
                "warnings": [one.as_json() for one in self.warnings], "cards": [one.as_json() for one in self.cards],
                "missing_share": dict(self.missing_share),
                "unreached": dict(self.unreached), "unreached_examples": list(self.unreached_examples),
                "repairs": [{"code": one.code, "count": one.count, "message": one.message, "lines": list(one.lines)}
                            for one in self.repairs],
                "found": dict(self.found), "over_capacity": [asdict(one) for one in self.over_capacity],
                "directory": None if self.update is None else self._directory(self.update)}

    def _directory(self, update: DirectoryUpdate) -> dict[str, object]:
        return {"added": list(update.added), "changed": [asdict(one) for one in update.changed], "ended": list(update.ended),
                "stay": update.stay, "joined": [list(one) for one in update.joined], "left": [list(one) for one in update.left],
                "effects": self.effects.as_json() if self.effects else None, "files_before": self.files_before}


def routes_of(items: Sequence[tuple[WorkItem, datetime]], book: RuleBook, directory: Directory,
              say: Progress = silent) -> tuple[Route, ...]:
    """Where the rules send each item at its moment; equal routes are one value."""
    met: dict[Route, Route] = {}
    return tuple(met.setdefault(route, route) for item, at in counting(items, "asking the rules", say)
                 for route in [find_route(book, item, directory, Moment(at=at)).route])


def report_of(what: str, file: str, count: int, problems: Iterable[Problem], unmapped: Iterable[str],
              missing_share: Mapping[str, float], routed: Iterable[tuple[str, Route]]) -> ImportReport:
    """The report of rows that were read; `routed`: the id of each item and where the rules send it."""
    reasons: Counter[str] = Counter()
    examples: list[str] = []
    for item_id, route in routed:
        if route.via is Via.LAST_STAGE:
            reasons[route.reason or route.rule] += 1
            if len(examples) < _MOST_EXAMPLES:
                examples.append(item_id)
    return ImportReport(what=what, file=file, rows=count, problems=tuple(problems), unmapped=tuple(unmapped),
                        missing_share=missing_share, unreached=dict(reasons), unreached_examples=tuple(examples))


def doubts_about_ids(doubtful: Sequence[Problem]) -> tuple[LogWarning, ...]:
    """What a spreadsheet may have done to ids, once for each way with the first of them."""
    told = []
    for message, code in _DOUBTS.items():
        found = [one for one in doubtful if one.message == message]
        if found:
            named = ", ".join(f"`{one.given}` (line {one.line})" for one in found[:_MOST_EXAMPLES])
            more = f" and {len(found) - _MOST_EXAMPLES:,} more" if len(found) > _MOST_EXAMPLES else ""
            told.append(LogWarning(code=code, message=f"{message}: {named}{more}; expected {found[0].expected}"))
    return tuple(told)


def against_compliance(notes: Mapping[int, str]) -> tuple[LogWarning, ...]:
    """How many open items a history gives to owners whom compliance excludes, with what it says of the first, by line."""
    if not notes:
        return ()
    named = "; ".join(f"line {line}: {said}" for line, said in [*notes.items()][:_MOST_EXAMPLES])
    return (LogWarning(code="excluded_owners", message=f"open items with owners whom compliance excludes: {len(notes):,}, "
                                                       f"listed by `rightful events flagged`; {named}"),)


def refuse_bad(problems: Sequence[Problem], skip_bad: bool, refusal: type[InputError] = HistoryError) -> None:
    """An error with every problem, unless only rows are bad and those may be left out."""
    if problems and (not skip_bad or of_whole_file(problems)):
        raise refusal(problems)


def refuse_blocking(warnings: Iterable[LogWarning], file: str) -> None:
    """HistoryError where a history must not be learnt from, whatever rows are left out."""
    blocking = [Problem(message=f"{warning.code}: {warning.message}", file=file) for warning in warnings if warning.blocking]
    if blocking:
        raise HistoryError(blocking)
