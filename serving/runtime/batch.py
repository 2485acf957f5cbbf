"""Routing a file of items: one decision per row, by the very code that answers the API."""
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.errors import HistoryError, RightfulError, of_whole_file
from rules.exports.history import ItemRow, Understand, read_items
from rules.loading import require_effective
from rules.refdata.times import untrusted
from rules.tabular import read_table
from serving.decision.parts import DecisionDocument
from serving.decision.request import Mode
from serving.runtime.decide import DecideCommand, Decider, DecisionResult, latest_receipt, moment_of
from serving.runtime.live import Live
from serving.runtime.plan import Plan

COLUMNS = ("item_id", "decision_id", "decided_at", "outcome", "stage", "rule", "team", "owner_id", "owner_kind",
           "decided_by", "why_not_model", "probability", "score", "runner_up", "reason", "fairness_verdict", "considered",
           "eligible", "message")
#: How many decisions may wait for their commit at once.
IN_FLIGHT = 32
Row = dict[str, object]
#: Where an item stands among the others, its id, and what is asked about it.
Asked = tuple[int, str | None, DecideCommand]


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a file is to be routed; `at` is `received`, a moment, or None for now."""

    at: datetime | str | None = None
    assign: bool = False

    @property
    def mode(self) -> Mode:
        """What each row is asked for."""
        return "assign" if self.assign else "recommend"

    def moment(self, row: ItemRow) -> datetime | None:
        """The moment one row is decided at."""
        return row.item.received_at if isinstance(self.at, str) else self.at

    def command(self, row: ItemRow) -> DecideCommand:
        """What one row asks."""
        return DecideCommand(item=dict(row.raw), mode=self.mode, at=self.moment(row))


def route(live: Live, text: str, *, file: str, wish: BatchOptions,
          track: Callable[[Iterator[tuple[int, Row]], int], Iterator[tuple[int, Row]]],
          understand: Understand | None = None) -> list[Row]:
    """One row per item, in the file's order; rows that cannot be read are refused with the reason.

    Items are decided in the order of their moments. HistoryError where the file is no table of items; Refused, before
    anything is decided, where an assignment would lie before what is already known.
    """
    in_force = live.in_force
    read = read_items(text, file=file, book=in_force.book, directory=in_force.directory, understand=understand)
    if unusable := of_whole_file(read.problems):
        raise HistoryError(unusable)
    found = _refused_rows(text, file, read.problems)
    ordered = sorted(read.rows, key=lambda row: wish.moment(row) or row.item.received_at) if wish.at else list(read.rows)
    _check_moments(live, ordered, wish)
    asked = [(row.line, row.item.item_id, wish.command(row)) for row in ordered]
    found.update(track(_decide_all(live, asked), len(asked)))
    for told in (*read.short_rows, *read.unwrapped, *read.doubtful):
        if row := found.get(told.line or 1):
            row["message"] = f"{row['message']}; {told}" if row["message"] else str(told)
    return [found[line] for line in sorted(found)]


def as_row(document: DecisionDocument) -> Row:
    """A decision as one row of the table."""
    owner_id, route, funnel = document.owner_id, document.route, document.eligibility
    chosen = next((candidate for candidate in document.candidates if candidate.owner_id == owner_id), None)
    others = (candidate.owner_id for candidate in document.candidates if candidate.owner_id != owner_id)
    return {
        "item_id": document.item["item_id"], "decision_id": document.decision_id, "decided_at": document.decided_at,
        "outcome": document.outcome, "stage": route.stage, "rule": route.rule, "team": route.team, "owner_id": owner_id,
        "owner_kind": document.owner and document.owner.kind, "decided_by": document.decided_by,
        "why_not_model": document.why_not_model, "probability": chosen and chosen.probability,
        "score": chosen and chosen.score, "runner_up": next(others, None), "reason": next(iter(document.sentences), route.reason),
        "fairness_verdict": document.fairness.verdict, "considered": funnel.considered, "eligible": funnel.eligible,
        "message": "; ".join(document.warnings) or None,
    }


def route_each(live: Live, asked: Sequence[Asked]) -> dict[int, Row]:
    """The row of each item by its place, decided in the order of their moments where they have one."""
    ordered = asked if any(command.at is None for _, _, command in asked) else sorted(asked, key=_moment)
    return dict(_decide_all(live, ordered))


def _moment(asked: Asked) -> datetime:
    return asked[2].at or datetime.max.replace(tzinfo=UTC)


def _decide_all(live: Live, asked: Sequence[Asked]) -> Iterator[tuple[int, Row]]:
    """Decide one after the other, a bounded number ahead of the commits; without `assign` they are a plan."""
    if not asked:
        return
    first = asked[0][2]
    decider = Decider(live) if first.mode == "assign" else Plan(live, first.at)
    waiting: deque[tuple[int, str | None, Future[DecisionResult]]] = deque()
    for place, item_id, command in asked:
        waiting.append((place, item_id, decider.submit(command)))
        if len(waiting) >= IN_FLIGHT:
            yield _answered(*waiting.popleft())
    while waiting:
        yield _answered(*waiting.popleft())


def _answered(place: int, item_id: str | None, answer: "Future[DecisionResult]") -> tuple[int, Row]:
    try:
        return place, as_row(answer.result().document)
    except RightfulError as error:
        return place, refused_row(item_id, str(error))


def refused_row(item_id: str | None, message: str) -> Row:
    """The row of an item that could not be decided."""
    return {**dict.fromkeys(COLUMNS), "item_id": item_id, "outcome": "refused", "message": message}


def _refused_rows(text: str, file: str, problems) -> dict[int, Row]:
    ids = {row.line: row.cells.get("item_id") for row in read_table(text, file=file).rows}
    said: dict[int, list[str]] = {}
    for problem in problems:
        said.setdefault(problem.line, []).append(str(problem))
    return {line: refused_row(ids.get(line), "; ".join(messages)) for line, messages in said.items()}


def _check_moments(live: Live, rows: list[ItemRow], wish: BatchOptions) -> None:
    """Refuse the whole file before anything is decided: a book not yet effective, an assignment before known events."""
    head = live.store.head()
    for row in rows:                                      # in order of time: the first says it for all; others are told by row
        asked = wish.command(row)
        if wish.at != "received" or untrusted(row.item.received_at, now=latest_receipt(asked)) is None:
            require_effective(live.in_force.book, moment_of(asked, head))
            return
