"""The decision document, field by field: what is answered, stored and read back. The API's schema is made from these types.

A part's own `__dict__` is its JSON: a field that a document does not have (a later one, or the detail of a candidate far
down) is not in it and reads as the default of its class. So an old document comes back out byte for byte, and hundreds of
candidates cost no more than the plain rows they are.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_type_hints

import orjson
from pydantic import Field

from rules.routing_result import Via
from serving.decision.request import HeldBackBy, Mode
from serving.fairness.limits import Overall, Verdict

Outcome = Literal["assigned", "recommended", "queued", "held", "refused"]
DecidedBy = Literal["model", "rotation", "rule", "fallback", "person"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What all parts of a document have in common: they are read from JSON and go back to the same JSON."""

    __pydantic_config__ = {"extra": "forbid", "strict": True}
    LATER: ClassVar[tuple[str, ...]] = ()                 # fields that are left out where nothing is said

    def __post_init__(self) -> None:
        for name in self.LATER:
            if vars(self)[name] is None:
                del vars(self)[name]

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """The part that a stored document holds, of today or of an older version."""
        part = object.__new__(cls)
        held = vars(part)
        held.update(said)
        for name, inner in _parts_of(cls):                # type: ignore[arg-type]  # a class is hashable, whatever its parts
            value = held.get(name)
            if value is not None:
                held[name] = [inner.from_json(each) for each in value] if isinstance(value, list) else inner.from_json(value)
        return part

    @classmethod
    def from_bytes(cls, canonical: bytes) -> Self:
        """The same from bytes."""
        return cls.from_json(orjson.loads(canonical))

    def to_bytes(self) -> bytes:
        """The one byte sequence of a part: keys sorted, no spaces, floats by their shortest exact text."""
        return canonical_bytes(self)

    def as_json(self) -> dict[str, Any]:
        """The part as plain JSON."""
        return orjson.loads(self.to_bytes())


def canonical_bytes(said: object) -> bytes:
    """The one byte sequence of anything that consists of JSON and parts."""
    return orjson.dumps(said, default=vars, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


@cache
def _parts_of(cls: type[Part]) -> tuple[tuple[str, type[Part]], ...]:
    """The fields of a part that hold parts, with their class."""
    return tuple((name, inner) for name, hint in get_type_hints(cls).items() for inner in (hint, *get_args(hint))
                 if isinstance(inner, type) and issubclass(inner, Part))


@dataclass(frozen=True, kw_only=True)
class OwnerPart(Part):
    """Who owns the item."""

    owner_id: str
    kind: str
    team: str | None


@dataclass(frozen=True, kw_only=True)
class AccountPart(Part):
    """The account that the item belongs to, and by which evidence."""

    account_id: str
    evidence: list[str]
    score: float | None
    runner_up: str | None


@dataclass(frozen=True, kw_only=True)
class RoutePart(Part):
    """Where the rules sent the item."""

    LATER = ("via",)

    stage: str
    rule: str
    says: str | None
    team: str | None
    reason: str | None
    via: Annotated[Annotated[Via, Field(strict=False)] | None, Field(
        description="how the item came to its team; decisions made before this was kept do not say")] = None


@dataclass(frozen=True, kw_only=True)
class ExclusionPart(Part):
    """The owners one rule took out."""

    rule: str
    reason: str
    owners: list[str]
    evidence: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class EligibilityPart(Part):
    """The funnel: eligible + excluded = considered; considered + outside_team = the directory."""

    considered: int
    outside_team: int
    eligible: int
    excluded: list[ExclusionPart]


@dataclass(frozen=True, kw_only=True)
class LogOdds(Part):
    """How a candidate's log-odds are made up."""

    item: float
    base: float
    total: float
    a: float
    b: float


@dataclass(frozen=True, kw_only=True)
class SharePart(Part):
    """How an owner stood within the shares of the day or week before this item, and whether they may have it."""

    could_have: int
    had: int
    least: float
    most: float
    may: bool


@dataclass(frozen=True, kw_only=True)
class Candidate(Part):
    """One eligible owner; the detail stands for the first `top` and for the one drawn."""

    owner_id: str
    rank: int
    score: float | None
    value: float | None
    propensity: float
    probability: float | None = None
    price: float | None = None
    price_terms: dict[str, float] | None = None
    log_odds: LogOdds | None = None
    features: dict[str, float | None] | None = None
    contributions: dict[str, float] | None = None
    share: SharePart | None = None

    @property
    def chance(self) -> float | None:
        """The probability of success; of lower ranks, which keep only their score, what follows from that.

        A score below 0 is minus the hours that a time takes, `value` the hours promised.
        """
        if self.probability is not None:
            return self.probability
        if self.score is None or not self.value:
            return None
        return min(1.0, max(0.0, self.score / self.value)) if self.score >= 0 else self.value / (self.value - self.score)


@dataclass(frozen=True, kw_only=True)
class Term(Part):
    """One feature's share of the score difference."""

    feature: str
    label: str
    chosen_value: float | None
    versus_value: float | None
    effect: float


@dataclass(frozen=True, kw_only=True)
class ExplanationPart(Part):
    """Why the chosen and not `versus`; the terms sum to the difference."""

    chosen: str | None
    versus: str | None
    difference: float | None
    terms: list[Term]
    sentences: list[str]
    counterfactual: None


@dataclass(frozen=True, kw_only=True)
class ExcludedBy(Part):
    """The rule that took an owner out, and the facts it used."""

    rule: str
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Contrast(ExplanationPart):
    """The chosen against another owner; `relation` says what that owner was, `excluded_by` which rule took them out."""

    decision_id: str
    relation: Literal["chosen", "eligible", "excluded", "outside_team"] | None
    excluded_by: ExcludedBy | None
    warnings: list[str]


@dataclass(frozen=True, kw_only=True)
class CheckPart(Part):
    """One fairness check with its number and its limit."""

    id: str
    name: str
    verdict: Verdict
    value: Any
    limit: Any


@dataclass(frozen=True, kw_only=True)
class FairnessPart(Part):
    """The checks made with the decision."""

    verdict: Overall
    checks: list[CheckPart]


@dataclass(frozen=True, kw_only=True)
class SlaPart(Part):
    """The service level: by when a reply is due, on a clock of working time or of every hour."""

    policy: str
    respond_by: str | None
    clock: Literal["business", "elapsed"]


@dataclass(frozen=True, kw_only=True)
class NextPart(Part):
    """How to go about the item, and when it is looked at again."""

    playbook: str | None
    channel: str | None
    automation: str | None
    wait_until: str | None


@dataclass(frozen=True, kw_only=True)
class ExplorationPart(Part):
    """What was drawn: the number, the rank it fell on, and who was level with the first."""

    u: str
    drawn: int
    policy: str
    tie_set: list[str]


@dataclass(frozen=True, kw_only=True)
class HoldbackPart(Part):
    """Whether the item was held back from the model: the number drawn, the share, who decides then, whom the model gave it."""

    u: str
    share: float
    by: HeldBackBy
    held: bool
    model: str
    pick: str


@dataclass(frozen=True, kw_only=True)
class CoinPart(Part):
    """Whom champion and challenger rank first, and where that differs, the coin: its number, chance and on whom it fell."""

    u: str | None
    probability: float | None
    champion: str
    challenger: str
    champion_pick: str
    challenger_pick: str
    taken: Literal["champion", "challenger"] | None


@dataclass(frozen=True, kw_only=True)
class ExperimentPart(Part):
    """What was tried on the item; absent where nothing is tried."""

    holdback: HoldbackPart | None = None
    coin: CoinPart | None = None


@dataclass(frozen=True, kw_only=True)
class PricePart(Part):
    """A price that was asked of the scores, by which version of its making, and why; what it was stands with each candidate."""

    name: str
    version: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SpreadPart(Part):
    """How the work of the item's team, or rule, is spread; `cost` in expected successes, by what gave them up."""

    choose: Literal["turns", "model", "shares"]
    counted_as: str
    per: Literal["day", "week"] | None
    cost: dict[str, float]
    prices: list[PricePart]


@dataclass(frozen=True, kw_only=True)
class VersionsPart(Part):
    """What the decision rests on, each by its digest; `state` counts the events known."""

    rulebook: str
    directory: str
    state: int
    model: str | None = None
    features: str | None = None
    calendar: str | None = None
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class OverridePart(Part):
    """What a person's decision stands against; no other decision has this part."""

    of: str
    instead_of: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class DecisionDocument(Part):
    """The decision document: the answer and the stored record, one shape. What is not built yet is null."""

    LATER = ("override", "held_by", "experiment", "spread")

    decision_id: str
    decided_at: str
    mode: Mode
    item: dict[str, Any]
    outcome: Outcome
    owner: OwnerPart | None
    decided_by: DecidedBy
    why_not_model: str | None
    account: AccountPart | None
    route: RoutePart
    eligibility: EligibilityPart
    candidates: list[Candidate]
    explanation: ExplanationPart | None
    fairness: FairnessPart
    sla: SlaPart | None
    next: NextPart
    warnings: list[str]
    exploration: ExplorationPart | None
    versions: VersionsPart
    timings_us: dict[str, int]
    override: OverridePart | None = None
    held_by: Annotated[str | None, Field(
        description="where the outcome is `held`: the decision, or the imported assignment, by which the owner has the "
                    "item")] = None
    experiment: ExperimentPart | None = None
    spread: Annotated[SpreadPart | None, Field(
        description="how the team's work is spread where several were eligible; decisions made before this was kept do not "
                    "say")] = None

    @property
    def owner_id(self) -> str | None:
        """Who was chosen, None for nobody."""
        return self.owner.owner_id if self.owner else None

    @property
    def candidate_ids(self) -> list[str]:
        """Everyone eligible, by rank."""
        return [candidate.owner_id for candidate in self.candidates]

    @property
    def sentences(self) -> list[str]:
        """Why, in words; none where no owner was sought."""
        return self.explanation.sentences if self.explanation else []
