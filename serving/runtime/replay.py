"""Deciding again: from the logged inputs, or with the inputs rebuilt from the events too; both must give the same bits.

A refold makes one pass over the events per champion bundle, whatever the number of decisions.
"""
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from features.events import Event
from features.state import State
from features.view import View, view
from rules.book.schema import RuleBook
from rules.directory.files import load_directory
from rules.errors import Refused, RightfulError
from rules.intake.item import item_from_json
from rules.loading import require_book
from rules.model import EMPTY, Directory
from serving.decision import recommend as deciding
from serving.decision.document import as_told_then, differing_parts
from serving.decision.experiment import Rival, deciding_role
from serving.decision.explain_against import explain_versus
from serving.decision.inputs import DecisionInputs, LoggedView
from serving.decision.parts import Contrast, DecisionDocument
from serving.decision.request import EDITION, DecisionRequest, PlanPlace, Role
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.runtime.fold import LogFold, fold_plan
from serving.runtime.workspace import Workspace
from serving.store.assignments import OpenAssignment
from serving.store.decision_log import StoredDecision
from serving.store.store import Store

#: At most so many books and directories are kept in memory at once.
_KEPT = 16
#: At most so many plans are on their way at once; a refold that meets another one again begins it anew.
_PLANS = 4


class UnknownOwner(Refused):
    """An owner that was not in the directory of the decision."""

    code, status = "not-found", 404
    remedy = "Name an owner whom `owners.csv` held when the decision was made."


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """One decision made again: whether it came out the same, and where not, which parts of it differ."""

    decision_id: str
    identical: bool
    differs: tuple[str, ...] = ()
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        """The finding as data."""
        return {"decision_id": self.decision_id, "identical": self.identical, "differs": list(self.differs),
                "error": self.error}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Logged:
    stored: StoredDecision
    inputs: DecisionInputs

    @property
    def rivals(self) -> Mapping[Role, DecisionInputs]:
        """What other models read, by their role."""
        return self.inputs.rivals or EMPTY


class Replayer:
    """Replays decisions of one workspace; books, directories and bundles are loaded by the digests they name."""

    def __init__(self, workspace: Workspace):
        self._store: Store = workspace.store
        self.book: Callable[[str], RuleBook] = lru_cache(_KEPT)(
            lambda digest: require_book(self._store.snapshot("rulebook", digest)))
        self.directory: Callable[[str], Directory] = lru_cache(_KEPT)(
            lambda digest: load_directory(self._store.snapshot("directory", digest)))
        self.bundle: Callable[[str], Bundle] = lru_cache(None)(
            lambda bundle_hash: load_bundle(bundle_path(workspace.bundles, bundle_hash)))

    def document(self, decision_id: str) -> DecisionDocument:
        """The stored document of a decision."""
        return self._store.decision(decision_id).document

    def versus(self, document: DecisionDocument, versus: str) -> Contrast:
        """Why the chosen and not this owner, from what was logged; UnknownOwner for one not in the directory of then."""
        versions = document.versions
        if versus not in self.directory(versions.directory).owners:
            raise UnknownOwner(f"no owner `{versus}` was in the directory of decision `{document.decision_id}`")
        inputs, role = DecisionInputs.from_bytes(self._store.decision_inputs(document.decision_id)), deciding_role(document)
        if role is not None and inputs.rivals is not None:
            inputs = inputs.rivals[role]
        model = inputs.versions.get("model")
        return explain_versus(document, versus, inputs=inputs, bundle=self.bundle(model) if model else None)

    def from_log(self, decision_ids: Iterable[str]) -> Iterator[Replayed]:
        """Decide again from the logged inputs alone."""
        for decision_id in decision_ids:
            yield self._compare(self.logged(decision_id))

    def from_events(self, decision_ids: Iterable[str]) -> Iterator[Replayed]:
        """Decide again with the inputs rebuilt by folding the events up to each decision's state.

        Ids in `Store.decision_ids` order share one pass per bundle; any other order is right too, only slower.
        """
        folds: defaultdict[Role | None, _Folds] = defaultdict(lambda: _Folds(self._new_fold, self))
        for decision_id in decision_ids:
            logged = self.logged(decision_id)
            others = {role: folds[role].leading_to(replace(logged, inputs=read)) for role, read in logged.rivals.items()}
            yield self._compare(logged, folds[None].leading_to(logged), others)

    def _new_fold(self, logged: _Logged) -> "_Fold":
        model = logged.inputs.versions.get("model")
        bundle = self.bundle(model) if model else None
        plan = replace(fold_plan(logged.inputs.policy.objectives, [bundle] if bundle else []),
                       wins_stay=not logged.inputs.corrected, blank_fails=not logged.inputs.unrecorded)
        new = partial(State, plan, expectations=self._store.expectations(model) if model else {})
        return _Fold(LogFold(new), self._store)

    def again(self, logged: _Logged, fold: "_Fold | None" = None,
              others: "Mapping[Role, _Fold]" = EMPTY) -> deciding.Decision:
        """The decision made again from the log, or from the state that a fold leads to.

        One of an earlier edition starts from its item as it was read then: reading spellings, names and places moves on.
        """
        inputs = logged.inputs
        versions = inputs.versions
        book, directory = self.book(versions["rulebook"]), self.directory(versions["directory"])

        def seen_by(read: DecisionInputs, fold: "_Fold") -> View:
            return view(fold.up_to(read), directory=directory, at=read.at, seq=read.seq, must_not_matter=read.policy.protected)

        seen = None if fold is None else seen_by(inputs, fold)
        rivals = {role: Rival(bundle=self.bundle(read.versions["model"]),
                              view=seen_by(read, others[role]) if role in others else LoggedView(read))
                  for role, read in logged.rivals.items()}
        as_read = None if inputs.policy.edition == EDITION else item_from_json(logged.stored.document.item)
        return deciding.replay(inputs, book=book, directory=directory, view=seen, as_read=as_read,
                               bundle=self.bundle(versions["model"]) if versions.get("model") else None, rivals=rivals)

    def logged(self, decision_id: str) -> _Logged:
        """A decision with what it was made from."""
        return _Logged(stored=self._store.decision(decision_id),
                       inputs=DecisionInputs.from_bytes(self._store.decision_inputs(decision_id)))

    def _compare(self, logged: _Logged, fold: "_Fold | None" = None, others: "Mapping[Role, _Fold]" = EMPTY) -> Replayed:
        decision_id = logged.stored.decision_id
        if not logged.stored.is_untouched:
            return Replayed(decision_id=decision_id, identical=False, error="the stored bytes do not fit their commitment")
        try:
            again = self.again(logged, fold, others)
        except RightfulError as error:
            return Replayed(decision_id=decision_id, identical=False, error=str(error))
        stored = logged.stored.document
        differs = differing_parts(stored, as_told_then(again.document, stored))
        if not differs and again.inputs.to_bytes() == logged.inputs.to_bytes():
            return Replayed(decision_id=decision_id, identical=True)
        return Replayed(decision_id=decision_id, identical=False, differs=differs or ("inputs",))


class _Fold:
    """A state on its way through the events, for decisions that read the same kind of state."""

    def __init__(self, fold: LogFold, store: Store):
        self.fold, self.store = fold, store
        self._events = store.events(after=fold.seq)

    def up_to(self, inputs: DecisionInputs) -> State:
        """The state that a decision read."""
        while self.fold.seq < inputs.seq:
            self.fold.take(next(self._events))
        self.fold.settle(self.store.standing_events)
        self.fold.state.set_back(inputs.at)
        return self.fold.state


class _PlanFold(_Fold):
    """The state of a plan on its way: its decisions are given in it, each after the events that it knew of."""

    def __init__(self, fold: LogFold, store: Store, replayer: Replayer, beginning: PlanPlace):
        super().__init__(fold, store)
        self._replayer, self.next = replayer, beginning

    def up_to(self, inputs: DecisionInputs) -> State:
        """The state with what the plan gave before this decision."""
        while inputs.request.plan is not None and self.next.place < inputs.request.plan.place:
            earlier = self._replayer.logged(self.next.decision_id)
            given = self._replayer.again(earlier).given
            super().up_to(earlier.inputs)
            if given is not None:
                self.fold.give(given, _ended_by(given, earlier.inputs.request))
            self.next = self.next.following
        return super().up_to(inputs)


class _Folds:
    """The folds of one pass: one through the events, and beside it those of the plans that were met last."""

    def __init__(self, new: Callable[[_Logged], _Fold], replayer: Replayer):
        self._new, self._replayer = new, replayer
        self._through: tuple[tuple, _Fold] | None = None
        self._plans: dict[tuple, _PlanFold] = {}

    def leading_to(self, logged: _Logged) -> _Fold:
        """A fold on whose way the decision's state lies."""
        place, reads = logged.inputs.request.plan, _reads(logged)
        if place is None:
            return self._through_events(logged, logged.inputs.seq)
        fold = self._plans.pop((place.plan, reads), None)
        if fold is None or fold.next.place > place.place:
            fold = self._of_plan(logged, replace(place, place=0))
        self._plans[place.plan, reads] = fold
        for least in list(self._plans)[:-_PLANS]:
            del self._plans[least]
        return fold

    def _through_events(self, logged: _Logged, seq: int) -> _Fold:
        if self._through is None or self._through[0] != _reads(logged) or self._through[1].fold.seq > seq:
            self._through = _reads(logged), self._new(logged)
        return self._through[1]

    def _of_plan(self, logged: _Logged, beginning: PlanPlace) -> _PlanFold:
        first = self._replayer.logged(beginning.decision_id).inputs
        through = self._through_events(logged, first.seq)
        through.up_to(first)
        return _PlanFold(through.fold.copy(), through.store, self._replayer, beginning)


def _ended_by(given: Event, request: DecisionRequest) -> Event | None:
    """The end that a planned assignment is for the one from which it moves the item."""
    if request.plan is None or request.plan.ends is None or request.current_owner is None:
        return None
    return OpenAssignment(item_id=given.item_id, assignment_id=request.plan.ends, owner_id=request.current_owner,
                          since=given.occurred_at).handed_on(given)


def _reads(logged: _Logged) -> tuple:
    """What a fold is made for: the bundle, what it was asked to learn, and whether outcomes gave way to others in it."""
    return logged.inputs.versions.get("model"), logged.inputs.policy.objectives, logged.inputs.corrected, logged.inputs.unrecorded
