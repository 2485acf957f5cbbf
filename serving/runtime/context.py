"""What decides one item at one moment: book, directory, model, settings and the state of then, put together in one place.

`live.context(writing, at)` is asked by whoever decides, accepts, overrides or shows who could be given an item: inside the
store's single-writer transaction, where the state of then is.
"""
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from features.clock import runs_ahead
from features.events import Event
from features.view import StateView, view
from rules.book.schema import RuleBook
from rules.intake.item import item_id_of, read_item
from rules.intake.placed import with_place
from rules.intake.reader import without_unknown
from rules.loading import require_effective
from rules.model import EMPTY, Directory, WorkItem
from rules.refdata.postal_places import PostalPlaces
from rules.routing.eligibility import route_and_filter
from rules.routing_result import RoutingResult
from serving.decision.experiment import Rival
from serving.decision.recommend import Decision, recommend
from serving.decision.request import DecisionRequest, Policy, Ranking, Role
from serving.ranking.bundle import Bundle
from serving.runtime.fold import FoldedState
from serving.runtime.settings import Settings
from serving.runtime.version import running_versions
from serving.store import assignments, capacity
from serving.store.assignments import OpenAssignment, holder_of
from serving.store.writer import Head, Writing


@dataclass(frozen=True, kw_only=True)
class OtherModels:
    """Models that may decide beside the champions in an experiment, a bundle per kind of item, and the fold for them.

    `shadow`: the kinds of which they only rank beside the champion.
    """

    bundles: Mapping[str, Bundle]
    folded: FoldedState
    shadow: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ActiveConfig:
    """What decides: the book, everyone in the directory, the settings, a bundle per kind of item and the fold for them."""

    book: RuleBook
    directory: Directory
    settings: Settings
    bundles: Mapping[str, Bundle]
    folded: FoldedState
    places: PostalPlaces | None = None
    others: Mapping[Role, OtherModels] = EMPTY

    def view(self, writing: Writing, at: datetime, folded: FoldedState | None = None) -> StateView:
        """What is known of everyone at a moment, read inside the writer's transaction; `folded`: by another fold."""
        state = (folded or self.folded).reach(writing, at)
        return view(state, directory=self.directory, at=at, seq=state.seq, must_not_matter=self.settings.policy.protected)

    def policy(self, ranking: Ranking | None) -> Policy:
        """The settings that change a decision; `ranking` from the kill switch, None = as the settings say."""
        policy = self.settings.policy
        return policy if ranking is None else replace(policy, ranking=ranking)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What is in force at a moment, with the state of then, inside one transaction of the writer; `key` draws the numbers.

    `planned`: who has an item as a plan sees it, in which what is recommended counts as given.
    """

    writing: Writing
    at: datetime
    in_force: ActiveConfig
    view: StateView
    key: bytes
    planned: Callable[[str], OpenAssignment | None] | None = None

    @classmethod
    def of(cls, writing: Writing, at: datetime, in_force: ActiveConfig, key: bytes) -> "Context":
        """The context of a moment; Refused where the book takes effect only later."""
        require_effective(in_force.book, at)
        return cls(writing=writing, at=at, in_force=in_force, view=in_force.view(writing, at), key=key)

    def holder(self, raw: Mapping[str, object]) -> OpenAssignment | None:
        """Who has an item now, None where nobody has."""
        item_id = item_id_of(raw)
        return holder_of(self.writing.connection, item_id) if self.planned is None else self.planned(item_id)

    def assign(self, request: DecisionRequest) -> tuple[Decision, OpenAssignment | None]:
        """Decide as the book's `intake.held` says where somebody has the item; whose assignment ends by it. ItemHeld."""
        holder = self.holder(request.item) if request.mode == "assign" or self.planned else None
        if holder is None:
            return self.recommend(request), None
        held = self.in_force.book.intake.held
        if held == "refuse":
            raise holder.refusal()
        if held == "move":
            place = None if request.plan is None else replace(request.plan, ends=holder.assignment_id)
            moved = self.recommend(replace(request, current_owner=holder.owner_id, plan=place, moves_from=holder.owner_id))
            given = self._gets(moved)
            if given is not None and given.owner_id != holder.owner_id:
                return moved, holder
        return self.recommend(replace(request, held_by=holder.holding)), None

    def recommend(self, request: DecisionRequest) -> Decision:
        """Decide, and reserve what is assigned; who turns out to be full is left out and the same number drawn again."""
        now, request = self.in_force, self._remembering(self._known(request))
        full: tuple[str, ...] = ()
        rivals, policy = self.rivals_for(request.item), self._policy_for(request.item)
        while True:
            decision = recommend(request, at=self.at, book=now.book, directory=now.directory, view=self.view,
                                 bundle=self.bundle_for(request.item), policy=policy,
                                 key=self.key, versions=running_versions(), exclude_full=full, rivals=rivals)
            given = self._gets(decision)
            if given is None or given.owner_id == request.moves_from or self.reserve(given.owner_id):
                return decision
            full = (*full, given.owner_id)

    def _known(self, request: DecisionRequest) -> DecisionRequest:
        """The request with its item as it is decided on: placed, and without unknown fields where they may pass."""
        raw, unknown = request.item, request.left_out
        if self.in_force.settings.unknown_fields == "warn" and isinstance(raw, Mapping):
            raw, found = without_unknown(raw, self.in_force.book)
            unknown = tuple(dict.fromkeys((*unknown, *map(str, found))))
        return replace(request, item=self._placed(raw), left_out=unknown)

    def _placed(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        """The item with where its postal code lies; what is kept of a decision holds it, so that a replay reads no file."""
        now = self.in_force
        return with_place(raw, now.places, book=now.book, directory=now.directory, at=self.at)

    def _gets(self, decision: Decision) -> Event | None:
        """The assignment that a decision is here, None where it is none."""
        return decision.assigned if self.planned is None else decision.given

    def _remembering(self, request: DecisionRequest) -> DecisionRequest:
        """The request with who gave the item back before; a person may still give it to one of them."""
        had = () if request.override or request.held_by else assignments.given_back(
            self.writing.connection, item_id_of(request.item), self.at)
        return replace(request, had=had) if had or request.had else request

    def eligible(self, raw: Mapping[str, object], *, exclude: Collection[str] = ()) -> tuple[WorkItem, RoutingResult]:
        """An item as the book of now reads it, and who may have it. InputError where the book cannot read it."""
        book, directory = self.in_force.book, self.in_force.directory
        item = read_item(self._placed(raw), book=book, directory=directory, at=self.at, complete=True)
        return item, route_and_filter(item, book=book, directory=directory, at=self.at, workload=self.view, exclude=exclude)

    def reserve(self, owner_id: str) -> bool:
        """Take a place of the owner's; whether one was left."""
        now = self.in_force
        most = now.directory.owners[owner_id].max_open if now.book.availability.capacity == "require" else None
        if self.planned is not None:
            return most is None or self.view.of(owner_id).open_items < most
        return capacity.reserve(self.writing.connection, owner_id, most)

    def bundle_for(self, raw: Mapping[str, object]) -> Bundle | None:
        """The champion for an item's kind, None where there is none."""
        return _of_kind(self.in_force.bundles, raw)

    def _policy_for(self, raw: Mapping[str, object]) -> Policy:
        """The settings that decide an item: no coin falls on a challenger that is in shadow."""
        policy, others = self.in_force.policy(self.writing.head.ranking), self.in_force.others.get("challenger")
        in_shadow = others is not None and str(raw.get("kind")).strip().casefold() in others.shadow
        return replace(policy, coin=0.0) if in_shadow else policy

    def rivals_for(self, raw: Mapping[str, object]) -> dict[Role, Rival]:
        """The other models of an item's kind, each with the state it reads; a plan, whose state is its own, asks none."""
        if self.planned is not None:
            return {}
        found = ((role, others, _of_kind(others.bundles, raw)) for role, others in self.in_force.others.items())
        return {role: Rival(bundle=bundle, view=self.in_force.view(self.writing, self.at, others.folded))
                for role, others, bundle in found if bundle is not None}


def _of_kind(bundles: Mapping[str, Bundle], raw: Mapping[str, object]) -> Bundle | None:
    kind = str(raw.get("kind")).strip().casefold()
    return next((bundle for name, bundle in bundles.items() if name.casefold() == kind), None)


def now_of(head: Head) -> datetime:
    """Now, or the newest known time where it lies a little ahead; one far ahead was stamped by a clock that was wrong."""
    now, newest = datetime.now(UTC), head.newest_at
    return now if newest is None or runs_ahead(newest, now=now) else max(now, newest)
