"""A workspace for Python: what the command line and the API do, as methods; no server needed, safe beside one.

Each decision is made by the same code and in the same single-writer transaction of the store as a server's, so that
a running server and any number of processes never take an owner beyond their capacity together.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Self

import orjson

from rightful.books import AnyPath, check_book
from rightful.decision_record import DecisionRecord
from rules.analysis.check import CheckReport
from rules.errors import ItemError, Problem, Refused, RightfulError
from rules.files import read_text
from rules.progress import Progress, silent
from rules.refdata.times import NotReadable, parse_instant
from rules.routing.explain import explain
from serving.imports.files import import_file
from serving.imports.report import ImportReport
from serving.runtime.batch import Asked, BatchOptions, refused_row, route, route_each
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import ACTIVE, Live
from serving.runtime.replay import Replayed, Replayer
from serving.runtime.workspace import Workspace

if TYPE_CHECKING:                                         # the train extra may be missing, and it loads slowly
    from training.judge.evaluate import Evaluation
    from training.promotion import Promotion
    from training.report.trained import TrainReport

Item = Mapping[str, object]


def open(folder: AnyPath, *, rulebook: AnyPath = ACTIVE) -> OpenWorkspace:
    """Open a workspace's folder; close it with `with`, or with `close()`.

    `rulebook`: the book in force, as a server uses it, or the path of another. Refused where the folder is no workspace.

    >>> with rightful.open("my-company") as company:
    ...     company.recommend(lead).owner_id in ("ann", "bob", "cleo", "dan")
    True
    """
    return OpenWorkspace(Workspace.at(Path(folder)), rulebook=rulebook)


class OpenWorkspace:
    """One open workspace; `rightful.open` makes it. Files and books that change meanwhile are taken over.

    An item is the `item` object of the API: a mapping with `item_id`, `kind`, `received_at` and the rule book's attributes.
    Moments carry their offset.

    >>> lead = {"item_id": "L-1", "kind": "lead", "received_at": datetime.now(UTC), "country": "US", "consent": "granted"}
    >>> with rightful.open("my-company") as company:
    ...     decision = company.recommend(lead)
    >>> decision.outcome
    'recommended'
    """

    def __init__(self, workspace: Workspace, *, rulebook: AnyPath = ACTIVE):
        self._workspace, self._rulebook = workspace, rulebook

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._workspace.close()

    # -- deciding

    def recommend(self, item: Item, *, top: int = 5, at: datetime | None = None, current_owner: str | None = None,
                  exclude: Iterable[str] = ()) -> DecisionRecord:
        """Who should own an item, kept as a decision but changing nothing. ItemError for an item that cannot be read.

        `at`: the moment, now when left out. `top`: candidates shown in full. `exclude`: owners to leave out.

        >>> decision = company.recommend(lead, exclude=["ann"])
        >>> decision["eligibility"]["eligible"], decision.owner_id in ("bob", "cleo", "dan")
        (3, True)
        """
        return self._decide(DecideCommand(item=_as_json(item), top=top, at=_with_offset(at), current_owner=current_owner,
                                          exclude=tuple(exclude)))

    def assign(self, item: Item, *, key: str, top: int = 5, at: datetime | None = None, current_owner: str | None = None,
               exclude: Iterable[str] = ()) -> DecisionRecord:
        """Give an item to its owner and reserve their capacity, in one commit.

        `key`: the idempotency key; the same question under it is answered once, from Python and over HTTP alike.

        >>> first = company.assign(lead, key="L-1")
        >>> again = company.assign(lead, key="L-1")
        >>> first.outcome, again.replayed, again.decision_id == first.decision_id
        ('assigned', True, True)
        """
        return self._decide(DecideCommand(item=_as_json(item), mode="assign", top=top, at=_with_offset(at),
                                          current_owner=current_owner, exclude=tuple(exclude), key=key))

    def route(self, items: AnyPath | Iterable[Item], *, at: datetime | str | None = None,
              assign: bool = False) -> list[dict[str, object]]:
        """One row per item of a CSV file, or of any mappings, as `rightful route` writes them; a bad item is a refused row.

        Without `assign` they are a plan: what assigning would do from this moment, with nothing kept but the decisions.
        `at`: a moment, `received` for each item's own, now when left out.

        >>> [row["team"] for row in company.route("my-company/items.csv", at="received")]
        ['sales', 'solo']
        """
        wish = BatchOptions(at=at if at == "received" else _with_offset(at), assign=assign)
        if isinstance(items, str | PathLike):
            file = Path(items)
            return route(self._fresh(), read_text(file), file=file.name, wish=wish, track=lambda rows, _total: rows)
        return self._rows(items, wish)

    def explain(self, item: Item, *, at: datetime | None = None) -> dict[str, object]:
        """Where the rules send an item and why, stage by stage, and who may own it; nothing is kept.

        >>> told = company.explain({**lead, "country": "FR"})
        >>> told["route"]["rule"], told["eligibility"]["eligible_owners"]
        ('french', ['eve'])
        """
        moment = _with_offset(at) or datetime.now(UTC)
        in_force = self._fresh().in_force_at(moment)
        return explain(_as_json(item), book=in_force.book, directory=in_force.directory, at=moment)

    # -- what was decided

    def decision(self, decision_id: str) -> DecisionRecord:
        """A stored decision; StoreError where none has the id.

        >>> company.decision(decision.decision_id) == decision
        True
        """
        return DecisionRecord(self._workspace.store.decision(decision_id).canonical)

    def replay(self, decision_id: str, *, refold: bool = False) -> Replayed:
        """Decide again from what was logged and compare bit for bit; `refold` rebuilds even that from the events.

        >>> company.replay(decision.decision_id).identical
        True
        """
        replayer = Replayer(self._workspace)
        return next((replayer.from_events if refold else replayer.from_log)([decision_id]))

    # -- the book, the past and the model

    def check(self, *, at: datetime | None = None) -> CheckReport:
        """Everything wrong or doubtful in the folder's rule book, as `rightful rules check` tells it.

        >>> company.check().ok
        True
        """
        return check_book(self._workspace.folder, at=_with_offset(at))

    def import_file(self, path: AnyPath, *, what: str = "history", profile: str = "generic",
                    dry_run: bool = False, replace: bool = False) -> ImportReport:
        """Bring in a file of `history`, `owners`, `accounts` or `items`; InputError with every fault, then nothing is kept.

        Owners and accounts are merged by id; with `replace` those that the file lacks end.

        >>> company.import_file("my-company/history.csv", dry_run=True).as_json()["rows"]
        60
        """
        return import_file(self._workspace, Path(path), what=what, profile=profile, dry_run=dry_run, replace_all=replace)

    def train(self, objective: str | None = None, *, because: str | None = None, progress: Progress = silent) -> TrainReport:
        """Learn one objective from the log; it ranks nothing before `promote`. Needs the train extra.

        `because`: the reason why marks of the dataset card may be passed.
        """
        from training.retrain import train

        return train(self._workspace, objective, progress, because=because)

    def evaluate(self, objective: str | None = None, *, split: datetime | None = None,
                 progress: Progress = silent) -> Evaluation:
        """Whether knowing the owner helps: four models on what was assigned after `split`, by default the last 30 %."""
        from training.judge.evaluate import evaluate

        return evaluate(self._workspace, objective, split=_with_offset(split), progress=progress)

    def promote(self, version: str = "latest", objective: str | None = None, *, actor: str = "python") -> Promotion:
        """Let a version rank from the next decision on, after its hashes and golden scores were checked."""
        from training.promotion import promote

        return promote(self._workspace, version, objective, actor=actor)

    # -- inside

    @cached_property
    def _live(self) -> Live:
        return Live(self._workspace, book_from=ACTIVE if self._rulebook == ACTIVE else Path(self._rulebook))

    def _fresh(self) -> Live:
        """What decides, after a look at what changed since."""
        self._live.refresh()
        return self._live

    def _decide(self, asked: DecideCommand) -> DecisionRecord:
        answer = Decider(self._fresh()).decide(asked)
        return DecisionRecord(answer.canonical, replayed=answer.replayed)

    def _rows(self, items: Iterable[Item], wish: BatchOptions) -> list[dict[str, object]]:
        rows: dict[int, dict[str, object]] = {}
        asked: list[Asked] = []
        for place, item in enumerate(items):
            item_id = str(item.get("item_id"))
            try:
                at = wish.at if isinstance(wish.at, datetime | None) else _received(item)
                asked.append((place, item_id, DecideCommand(item=_as_json(item), mode=wish.mode, at=at)))
            except RightfulError as error:
                rows[place] = refused_row(item_id, str(error))
        rows |= route_each(self._fresh(), asked)
        return [rows[place] for place in sorted(rows)]


def _received(item: Item) -> datetime:
    given = item.get("received_at")
    try:
        return given if isinstance(given, datetime) else parse_instant(str(given))
    except NotReadable as fault:
        raise ItemError([Problem(message=f"received_at: {fault.message}", column_name="received_at", given=given,
                                 expected=fault.expected)]) from None


def _as_json(item: Item) -> dict[str, object]:
    """The item as a request carries it, moments as text: what is decided on is what is logged."""
    try:
        plain: dict[str, object] = orjson.loads(orjson.dumps(dict(item)))
    except (TypeError, ValueError) as fault:
        raise ItemError([Problem(message=f"the item is not plain data: {fault}", expected="values that JSON has, or moments "
                                 "with an offset")]) from None
    return plain


def _with_offset(at: object) -> datetime | None:
    """A moment that is none or carries its offset."""
    if at is not None and (not isinstance(at, datetime) or at.tzinfo is None):
        raise Refused(f"given the moment `{at}`; expected a datetime with an offset, such as `datetime.now(UTC)`")
    return at
