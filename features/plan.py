"""What is learnt and from which features: the settings that a fold and a feature matrix are built for.

Units: `half_life_days` in days, `horizon` a timedelta (None = `closed`: the label is settled when the item is closed).
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

#: After so many days what happened counts half, where no half-life was learnt.
HALF_LIFE_DAYS = 240.0
#: Objectives that are a time, the shorter the better, and the kind of event that each is measured to.
TIMES: Mapping[str, str] = {"reply": "responded", "resolve": "closed"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    """What counts as success for one kind of item, and when that is settled: a section of rightful.toml per kind."""

    kind: str
    learn: Annotated[Literal["outcome", "agreement", "reply", "resolve"], Field(
        title="objectives.KIND.learn", description="what the ranker learns for this kind of item: `outcome`; `agreement` with "
        "who ended up owning it; or a time, the shorter the better: `reply` in hours to the first reply, `resolve` in hours to "
        "the closing, each learnt from who kept within `horizon`")] = "outcome"
    positive: Annotated[tuple[str, ...], Field(
        title="objectives.KIND.positive", description="outcome values that count as success")] = ()
    value: Annotated[str, Field(
        title="objectives.KIND.value", description="the item attribute that holds its worth; a missing worth counts as the "
        "training median")] = "value"
    horizon: Annotated[timedelta | None, Field(
        title="objectives.KIND.horizon", description="when the label is settled: this long after the assignment, or `closed`: "
        "when the item is closed; of a time the promise, best near what half of the items take")] = timedelta(days=60)

    @property
    def done_by(self) -> str | None:
        """The kind of event that a time is measured to; None where no time is learnt."""
        return TIMES.get(self.learn)


@dataclass(frozen=True, kw_only=True)
class OwnerPrior:
    """How owners differ in all respects together: the covariance (log-odds squared) of one owner's effects.

    Its columns: the owner's own; then by attribute, in the plan's order, one per value of `values` and one for all others.
    """

    values: tuple[tuple[object, ...], ...]
    covariance: tuple[tuple[float, ...], ...]

    def __hash__(self) -> int:
        return hash((self.values, self.covariance[0]))

    @property
    def borrows(self) -> bool:
        """Whether results with one kind of item speak for another."""
        return any(cell for at, row in enumerate(self.covariance) for other, cell in enumerate(row) if other != at)


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectSettings:
    """How owner effects shrink: strengths (prior weight in V units) and the half-life of the past.

    With a `prior` all effects of an owner are solved together (features/joint.py) and k speaks of teams alone. Without one, as
    before there were priors: an effect is S / (V + k), a child's (S_c + k * parent) / (V_c + k).
    """

    k_owner: float = 10.0
    k_child: float = 10.0                                 # of attributes that k_children does not name
    k_children: tuple[tuple[str, float], ...] = ()
    k_team: float = 10.0
    half_life_days: float = HALF_LIFE_DAYS
    prior: OwnerPrior | None = None

    def k_of(self, dimension: str) -> float:
        """The strength of the effects by one attribute."""
        return next((k for name, k in self.k_children if name == dimension), self.k_child)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldPlan:
    """What a fold keeps: objectives, and per objective the item attributes that owners may differ by.

    `wins_stay`: a success once told is never taken back by a later outcome, as folds did before outcomes could be corrected.
    `blank_fails`: what ended without a word of its outcome counts as a failure, as folds did before it went without a label.
    `set_aside`: (objective kind, owners) whose items go without a label, for their outcome says nothing of them.
    """

    objectives: tuple[Objective, ...]
    dimensions: tuple[tuple[str, tuple[str, ...]], ...] = ()   # (objective kind, attribute names)
    half_life_days: float = HALF_LIFE_DAYS
    wins_stay: bool = False
    blank_fails: bool = False
    set_aside: tuple[tuple[str, tuple[str, ...]], ...] = ()
    half_lives: tuple[tuple[str, float], ...] = ()        # (objective kind, days): how fast its effects fade, where otherwise

    def half_life_of(self, kind: str) -> float:
        """How fast what owners did with items of a kind fades, in days."""
        return next((days for name, days in self.half_lives if name == kind), self.half_life_days)

    def dimensions_of(self, kind: str) -> tuple[str, ...]:
        """The attributes of one objective, in order."""
        return next((names for name, names in self.dimensions if name == kind), ())


@dataclass(frozen=True, kw_only=True, slots=True)
class FeaturePlan:
    """Which columns a pair matrix has, in the catalogue's order; part of every bundle."""

    objective: str
    dimensions: tuple[str, ...] = ()
    owner_columns: tuple[str, ...] = ()                   # numeric further columns of owners.csv
    effects: EffectSettings = EffectSettings()
    set_aside: tuple[str, ...] = ()                       # owners whose outcomes say nothing of them: no label is taken

    @property
    def set_aside_of(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Who is set aside, by objective, as a fold takes it."""
        return ((self.objective, self.set_aside),) if self.set_aside else ()
