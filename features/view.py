"""What a decision may ask of the past: one state, read at one moment; the protocol and its live form."""
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import numpy as np

from features.affinity import account_of
from features.clock import DAY
from features.effects import N, V, effect_variance, in_general
from features.exposure import Exposures, Had
from features.matrix import checked_names, pair_matrix, seen_of
from features.plan import FeaturePlan
from features.roster import Numbered, roster_of
from features.state import State
from rules.caching import cached_per_instance
from rules.errors import Refused
from rules.model import Directory, Owner, WorkItem
from rules.routing.continuity import EarlierItem
from rules.workload import Loads, Workload, Workloads

#: What stands in for a name, an e-mail address or a declared cell when it must be shown not to matter.
ALTERED = "altered"
#: In `_moved`: the directory's own columns, read as arrays.
ROWS = "rows"


class View(Workloads, Protocol):
    """All that a decision may know of the past; `seq` says up to which event, `corrected` whether outcomes gave way to others,
    `unrecorded` whether labels were due of which nobody had recorded the outcome.
    """

    seq: int
    newest_event_at: datetime | None
    corrected: bool
    unrecorded: bool

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """Owners x features, float64, NaN = missing."""
        ...

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray | None:
        """The same with everything altered that must not matter; None when bit-identical."""
        ...

    def rotation(self, team: str, owner_ids: Sequence[str]) -> dict[str, float]:
        """Rotation credits by owner."""
        ...

    def exposure(self, owner_ids: tuple[str, ...]) -> Exposures:
        """Exposure over the last 90 days, in the owners' order."""
        ...

    def matured(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """How many settled assignments of each owner are known, float64."""
        ...

    def evidence(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """V of each owner: how much those tell, decayed to now; float64."""
        ...

    def effect_variance(self, item: WorkItem, owner_ids: tuple[str, ...], plan: FeaturePlan, weights: np.ndarray) -> np.ndarray:
        """How unsure the owners' effects with the item are: n x (all, owner, by dimension), log-odds squared, float64."""
        ...

    def intake(self, owner_ids: tuple[str, ...]) -> np.ndarray:
        """How many items each owner was given in the last 24 hours, float64."""
        ...

    def shares(self, name: str, per: str, owner_ids: tuple[str, ...]) -> Had:
        """What each owner could have been given of a team's, or a rule's, items in the present day or week, and was."""
        ...

    def earlier(self, item: WorkItem, within: timedelta | None) -> tuple[EarlierItem, ...]:
        """Who was given items like this one before."""
        ...


class OwnerEffect(NamedTuple):
    """How an owner's items turned out against what they promised: log-odds, its standard error, and of how many."""

    owner_id: str
    effect: float
    error: float
    n: int


class StateView:
    """A state read at one moment. Refused once the state has moved on: take a new view for each decision."""

    def __init__(self, state: State, *, directory: Directory, at: datetime, seq: int, must_not_matter: tuple[str, ...]):
        self.seq = seq
        self.newest_event_at = state.newest_event_at
        self.corrected = state.was_corrected
        self.unrecorded = state.unrecorded > 0
        self._state = state
        self._version = state.version
        self._directory = directory
        self._roster = roster_of(directory)
        self._at = at
        self._us = state.reading_us(at)
        self._must_not_matter = must_not_matter
        self._numbered: dict[int, tuple[tuple[str, ...], Numbered]] = {}
        self._made: tuple[WorkItem, tuple[str, ...], FeaturePlan, np.ndarray] | None = None

    def _numbers(self, owner_ids: Sequence[str]) -> Numbered:
        """The owners' numbers; a decision asks about the same tuple several times."""
        known = self._numbered.get(id(owner_ids))
        if known is not None:
            return known[1]
        numbers = self._roster.numbered(owner_ids, self._same().owners)
        if isinstance(owner_ids, tuple):                  # a list could be another one the next time
            self._numbered[id(owner_ids)] = owner_ids, numbers
        return numbers

    def _same(self) -> State:
        if self._state.version != self._version:
            raise Refused(f"the state has moved on from event `{self.seq}` to `{self._state.seq}`; take a new view")
        return self._state

    def _read(self) -> State:
        state = self._same()
        state.advance_to(self._at)
        return state

    def of(self, owner_id: str) -> Workload:
        """Open items now, and assignments of the owner's calendar day."""
        load, column = self._same().load, self._state.owners.number(owner_id)
        day = self._roster.day_of(self._roster.rows.number(owner_id), self._us)
        return Workload(open_items=int(load.open_items[column]), assigned_today=load.on_day(column, day),
                        by_kind=load.kinds_of(column))

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """The same of several owners."""
        state = self._same()
        columns, rows = self._numbers(owner_ids)
        return Loads(state.load.open_items.take(columns).tolist(),
                     state.today.of(columns, self._roster.days_of(rows, self._us)).tolist())

    def by_kind(self, owner_id: str) -> dict[str, int]:
        """Open items by kind."""
        return self._same().load.kinds_of(self._state.owners.number(owner_id))

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """Owners x features as of the view's moment."""
        matrix = pair_matrix(item, owner_ids, state=self._read(), directory=self._directory, at=self._at, plan=plan,
                             numbers=self._numbers(owner_ids))
        self._made = item, tuple(owner_ids), plan, matrix
        return matrix

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """The same for owners under other names and addresses, with no leave, and other cells in declared columns.

        Equal inputs give an equal matrix: where all that a matrix reads stays the same, the one made before is the answer.
        """
        state, other = self._read(), altered_item(item)
        if self._made is not None:
            made_of, made_for, by_plan, matrix = self._made
            if (made_of is item and by_plan is plan and made_for == tuple(owner_ids)
                    and seen_of(other, plan, state) == seen_of(item, plan, state)
                    and not _moved(self._directory, self._must_not_matter).intersection((ROWS, *plan.owner_columns))):
                return matrix
        return pair_matrix(other, owner_ids, state=state, at=self._at, plan=plan,
                           directory=_altered_directory(self._directory, self._must_not_matter))

    def rotation(self, team: str, owner_ids: Collection[str]) -> dict[str, float]:
        """Credits after the team's last pick, 0 for who was never in a slate."""
        return self._read().rotation.of(team, owner_ids)

    def exposure(self, owner_ids: tuple[str, ...]) -> Exposures:
        """Deficit and slates over the 90 days that end today (UTC)."""
        return self._read().exposure.of(self._numbers(owner_ids).columns, self._us)

    def matured(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """n by owner."""
        return self._of_owners(objective, N, owner_ids)

    def evidence(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """V by owner, decayed."""
        return self._of_owners(objective, V, owner_ids) * self._state.effects[objective].decay.factor(self._us)

    def effect_variance(self, item: WorkItem, owner_ids: tuple[str, ...], plan: FeaturePlan, weights: np.ndarray) -> np.ndarray:
        """Variances of the weighted effects, `weights` being what each part counts for in log-odds."""
        state = self._read()
        checked_names(plan, state)
        return effect_variance(state.effects[plan.objective], item, dimensions=plan.dimensions, settings=plan.effects,
                               weights=weights, owners=self._numbers(owner_ids).columns, us=self._us)

    def owner_effects(self, owner_ids: tuple[str, ...], plan: FeaturePlan) -> tuple[OwnerEffect, ...]:
        """Each owner's effect over all items, in the order given; for reports, no decision reads it."""
        state = self._read()
        checked_names(plan, state)
        found = in_general(state.effects[plan.objective], dimensions=plan.dimensions, settings=plan.effects,
                           owners=self._numbers(owner_ids).columns, us=self._us)
        return tuple(OwnerEffect(owner_id, effect, error, int(n))
                     for owner_id, (effect, error, n) in zip(owner_ids, found.tolist(), strict=True))

    def intake(self, owner_ids: tuple[str, ...]) -> np.ndarray:
        """Items given in the 24 hours that end now, whatever became of them."""
        load, since = self._same().load, self._us - DAY
        return np.array([load.since(column, since) for column in self._numbers(owner_ids).columns.tolist()], dtype=np.float64)

    def shares(self, name: str, per: str, owner_ids: tuple[str, ...]) -> Had:
        """Counted in the day or week (UTC) in which the view's moment lies."""
        return self._read().shares.of(name, per, self._numbers(owner_ids).columns, self._us)

    def earlier(self, item: WorkItem, within: timedelta | None) -> tuple[EarlierItem, ...]:
        """The newest item of the same e-mail, of the same domain and company, and of the same account."""
        state = self._same()
        return state.earlier.like(item, account_of(item), us=self._us, within=within,
                                  still_counts=lambda assignment_id: not state.was_given_away(assignment_id))

    def _of_owners(self, objective: str, which: int, owner_ids: tuple[str, ...]) -> np.ndarray:
        state = self._read()
        if objective not in state.effects:
            raise Refused(f"given the objective `{objective}`, expected one that the state was folded for")
        return state.effects[objective].owner.array[which, 0].take(self._numbers(owner_ids).columns)


def view(state: State, *, directory: Directory, at: datetime, seq: int | None = None,
         must_not_matter: tuple[str, ...] = ()) -> StateView:
    """A reading of a state at a moment; `seq` (default: the state's) must be the last event folded."""
    if seq is not None and seq != state.seq:
        raise Refused(f"given seq `{seq}`, expected the state's own, `{state.seq}`; fold the missing events first")
    return StateView(state, directory=directory, at=at.astimezone(UTC), seq=state.seq, must_not_matter=must_not_matter)


def altered_item(item: WorkItem) -> WorkItem:
    """The item from somebody of another name, under another address and number."""
    changed = {name: replace(fact, value=ALTERED, raw=ALTERED) for name in ("email", "phone")
               if (fact := item.facts.get(name)) is not None}
    return replace(item, facts={**item.facts, **changed}) if changed else item


@cached_per_instance
def _altered_directory(directory: Directory, columns: tuple[str, ...]) -> Directory:
    owners = {owner_id: _altered_owner(owner, columns) for owner_id, owner in directory.owners.items()}
    return replace(directory, owners=owners, absences={}, digest="")


@cached_per_instance
def _moved(directory: Directory, columns: tuple[str, ...]) -> frozenset[str]:
    """The further columns whose numbers an alteration moves, and ROWS where anything else moves."""
    one, other = roster_of(directory), roster_of(_altered_directory(directory, columns))
    names = {name for name in directory.owner_columns if one.numbers_of(name).tobytes() != other.numbers_of(name).tobytes()}
    return frozenset(names if one.tells_the_same(other) else {*names, ROWS})


def _altered_owner(owner: Owner, columns: tuple[str, ...]) -> Owner:
    cells = {column: text[::-1] + "7" for column in columns if (text := owner.attributes.get(column)) is not None}
    return replace(owner, name=ALTERED, email=f"{ALTERED}@example.org", attributes={**owner.attributes, **cells})
