"""Decided items of one model as columns: who was drawn and how, what was tried, and what came of each item in the end.

The unit is the item with its first decision by the model: whoever ends up with it, what came of it belongs to that decision.
A success of any of its assignments is a success; a failure is known when the last one's time is up.
"""
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from features.plan import Objective
from rules.refdata.record_ids import record_key
from serving.decision.experiment import deciding_role
from serving.decision.parts import CoinPart, DecisionDocument, HoldbackPart
from serving.runtime.workspace import Workspace
from serving.store.decision_log import DecisionFilter
from training.learn.dataset import LabelledAssignment, days, read_assignments

_ALL = 10 ** 9


@dataclass(frozen=True, kw_only=True, slots=True)
class DecidedItem:
    """One item as it was decided first; `owners`, `propensity` and `guess` stand in rank order, None where no model drew."""

    decision_id: str
    day: float
    owner_id: str
    model: str
    holdback: HoldbackPart | None
    coin: CoinPart | None
    propensity: np.ndarray | None
    owners: tuple[str, ...]
    guess: np.ndarray | None
    followed: bool
    success: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class DecidedItems:
    """The items of a period that the model of now decided, or would have; how many other decisions were left out and why."""

    items: tuple[DecidedItem, ...]
    left_out: dict[str, int] = field(default_factory=dict)

    def column(self, name: str) -> np.ndarray:
        """A field of every item."""
        return np.array([getattr(item, name) for item in self.items])

    @property
    def clusters(self) -> dict[str, np.ndarray]:
        """By day and by the first owner."""
        return {"day": np.floor(self.column("day")), "owner": self.column("owner_id")}

    def where(self, wanted: Iterable[bool]) -> "DecidedItems":
        """Some of the items."""
        return DecidedItems(items=tuple(item for item, keep in zip(self.items, wanted, strict=True) if keep))


def read_items(workspace: Workspace, objective: Objective, *, starts: datetime | None = None, ends: datetime | None = None,
               model: str | None = None) -> DecidedItems:
    """The items of a kind that `model` (default: the champion) decided or had held back, with what came of them by now."""
    store = workspace.store
    wanted = model or store.champion(objective.kind)
    newest = store.head().newest_at
    if newest is None or wanted is None:
        return DecidedItems(items=())
    given: defaultdict[str, list[LabelledAssignment]] = defaultdict(list)
    for one in read_assignments(store.standing_events(), objective, newest + timedelta(microseconds=1)):
        given[record_key(one.item.item_id)].append(one)
    expected = {event.assignment_id: event.expected for event in store.events() if event.kind == "assigned"}
    left_out: defaultdict[str, int] = defaultdict(int)
    first: dict[str, DecisionDocument] = {}
    for document in store.newest_documents(DecisionFilter(starts=starts, ends=ends), most=_ALL):
        if str(document.item.get("kind")) != objective.kind or document.decided_by == "person":
            continue
        key = record_key(str(document.item["item_id"]))
        if (reason := _left_out(document, wanted, given.get(key, ()))) is not None:
            left_out[reason] += 1
        else:
            first[key] = document                          # newest first: the last one kept is the first decision
    found = sorted((_item(document, given[key], expected, objective, newest) for key, document in first.items()),
                   key=lambda item: (item.day, item.decision_id))
    return DecidedItems(items=tuple(found), left_out=dict(left_out))


def _left_out(document: DecisionDocument, model: str, given: Sequence[LabelledAssignment]) -> str | None:
    """Why a decision does not count here, None where it does."""
    tried = document.experiment
    holdback = None if tried is None else tried.holdback
    if document.decided_by != "model" and (holdback is None or not holdback.held):
        return "not decided by a model"
    if document.versions.model != model:
        return "decided by another model"
    return None if given else "not assigned"


def _item(document: DecisionDocument, given: Sequence[LabelledAssignment], expected: dict[str, float | None],
          objective: Objective, now: datetime) -> DecidedItem:
    at, tried = datetime.fromisoformat(document.decided_at), document.experiment
    later = [one for one in given if one.assigned_at >= at - timedelta(seconds=1)] or list(given)
    ranked = document.decided_by == "model"
    promised = expected.get(later[0].assignment_id)
    return DecidedItem(
        decision_id=document.decision_id, day=days(at), owner_id=document.owner_id or "", model=document.versions.model or "",
        holdback=None if tried is None else tried.holdback, coin=None if tried is None else tried.coin,
        owners=tuple(document.candidate_ids),
        propensity=np.array([one.propensity for one in document.candidates]) if ranked else None,
        guess=np.array([np.nan if one.chance is None else one.chance for one in document.candidates]) if ranked else None,
        followed=later[0].owner_id == document.owner_id and deciding_role(document) != "previous",
        success=_came_of(later, objective.horizon, now), expected=float("nan") if promised is None else promised)


def _came_of(given: Sequence[LabelledAssignment], horizon: timedelta | None, now: datetime) -> float:
    """1 or 0 for an item in the end, NaN while that is not known."""
    if any(one.label for one in given):
        return 1.0
    last = given[-1]
    if any(one.unrecorded for one in given):
        return float("nan")
    if last.label is False:
        return 0.0
    return 0.0 if horizon is not None and last.assigned_at + horizon < now else float("nan")
