"""Deciding again: from the logged inputs, or with the inputs rebuilt from the events too; both must give the same bits.

A refold makes one pass over the events per champion bundle, whatever the number of decisions.
"""
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from features.events import Event
from features.state import State
from features.view import view
from rules.book.schema import RuleBook
from rules.directory.files import load_directory
from rules.errors import Refused, RightfulError
from rules.loading import require_book
from rules.model import Directory
from serving.decision import recommend as deciding
from serving.decision.document import as_told_then, differing_parts
from serving.decision.explain_against import explain_versus
from serving.decision.inputs import DecisionInputs
from serving.decision.parts import Contrast, DecisionDocument
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.runtime.fold import fold_plan
from serving.runtime.workspace import Workspace
from serving.store.decision_log import StoredDecision
from serving.store.store import Store

#: At most so many books and directories are kept in memory at once.
_KEPT = 16


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
        inputs = DecisionInputs.from_bytes(self._store.decision_inputs(document.decision_id))
        return explain_versus(document, versus, inputs=inputs,
                              bundle=self.bundle(versions.model) if versions.model else None)

    def from_log(self, decision_ids: Iterable[str]) -> Iterator[Replayed]:
        """Decide again from the logged inputs alone."""
        for decision_id in decision_ids:
            yield self._compare(self._logged(decision_id))

    def from_events(self, decision_ids: Iterable[str]) -> Iterator[Replayed]:
        """Decide again with the inputs rebuilt by folding the events up to each decision's state.

        Ids in `Store.decision_ids` order share one pass per bundle; any other order is right too, only slower.
        """
        fold: _Fold | None = None
        for decision_id in decision_ids:
            logged = self._logged(decision_id)
            if fold is None or not fold.leads_to(logged):
                fold = self._new_fold(logged)
            yield self._compare(logged, fold)

    def _new_fold(self, logged: _Logged) -> "_Fold":
        model = logged.inputs.versions.get("model")
        bundle = self.bundle(model) if model else None
        plan = replace(fold_plan(logged.inputs.policy.objectives, [bundle] if bundle else []),
                       wins_stay=not logged.inputs.corrected)
        return _Fold(State(plan, expectations=self._store.expectations(model) if model else {}), self._store.events(),
                     _reads(logged))

    def _again(self, inputs: DecisionInputs, fold: "_Fold | None") -> deciding.Decision:
        versions, state = inputs.versions, None if fold is None else fold.up_to(inputs.seq)
        book, directory = self.book(versions["rulebook"]), self.directory(versions["directory"])
        seen = None if state is None else view(state, directory=directory, at=inputs.at, seq=inputs.seq,
                                               must_not_matter=inputs.policy.protected)
        return deciding.replay(inputs, book=book, directory=directory, view=seen,
                               bundle=self.bundle(versions["model"]) if versions.get("model") else None)

    def _logged(self, decision_id: str) -> _Logged:
        return _Logged(stored=self._store.decision(decision_id),
                       inputs=DecisionInputs.from_bytes(self._store.decision_inputs(decision_id)))

    def _compare(self, logged: _Logged, fold: "_Fold | None" = None) -> Replayed:
        decision_id = logged.stored.decision_id
        if not logged.stored.is_untouched:
            return Replayed(decision_id=decision_id, identical=False, error="the stored bytes do not fit their commitment")
        try:
            again = self._again(logged.inputs, fold)
        except RightfulError as error:
            return Replayed(decision_id=decision_id, identical=False, error=str(error))
        stored = logged.stored.document
        differs = differing_parts(stored, as_told_then(again.document, stored))
        if not differs and again.inputs.to_bytes() == logged.inputs.to_bytes():
            return Replayed(decision_id=decision_id, identical=True)
        return Replayed(decision_id=decision_id, identical=False, differs=differs or ("inputs",))


class _Fold:
    """A state on its way through the events, for decisions that read the same kind of state."""

    def __init__(self, state: State, events: Iterator[Event], reads: tuple):
        self._state, self._events, self._reads = state, events, reads

    def leads_to(self, logged: _Logged) -> bool:
        """Whether the decision's state lies ahead on this way."""
        return self._reads == _reads(logged) and self._state.seq <= logged.inputs.seq

    def up_to(self, seq: int) -> State:
        """The state after an event."""
        while self._state.seq < seq:
            self._state.apply(next(self._events))
        return self._state


def _reads(logged: _Logged) -> tuple:
    """What a fold is made for: the bundle, what it was asked to learn, and whether outcomes gave way to others in it."""
    return logged.inputs.versions.get("model"), logged.inputs.policy.objectives, logged.inputs.corrected
