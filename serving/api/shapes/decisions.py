"""The request for a decision, the decision document, and what a contrast adds to it."""
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from rules.model import Via
from serving.api.shapes.exact import Exact

EXAMPLE_ITEM: dict[str, Any] = {
    "item_id": "L-1", "kind": "lead", "received_at": "2026-11-21T10:00:00Z", "country": "Deutschland",
    "postal_code": "80331", "company": "ACME GmbH", "email": "a@acme.de", "employees": 1200,
    "industry": "manufacturing", "language": "de", "consent": "granted", "value": 25000,
}


class RecommendationRequest(Exact):
    """One item to decide on."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={
        "examples": [{"item": EXAMPLE_ITEM, "mode": "assign", "top": 5}]})

    item: dict[str, Any] = Field(description="an object with item_id, kind, received_at and the rule book's attributes")
    mode: Literal["recommend", "assign"] = Field(
        "recommend", description="`recommend`, which changes nothing, or `assign`, which reserves capacity")
    top: int = Field(5, ge=1, le=100, description="a whole number from 1 to 100: candidates shown in full detail")
    current_owner: Annotated[str, Field(max_length=256)] | None = Field(
        None, description="the id of who has the item now, or null; where the rule book says so, they keep it")
    exclude: list[Annotated[str, Field(max_length=256)]] = Field(
        default_factory=list, max_length=1000, description="a list of at most 1000 owner ids to leave out")


class OwnerPart(Exact):
    """Who owns the item."""

    owner_id: str
    kind: str
    team: str | None


class RoutePart(Exact):
    """Where the rules sent the item."""

    stage: str
    rule: str
    says: str | None
    team: str | None
    reason: str | None
    via: Annotated[Via, Field(strict=False)] | None = Field(
        None, description="how the item came to its team; decisions made before this was kept do not say")


class ExclusionPart(Exact):
    """The owners one rule took out."""

    rule: str
    reason: str
    owners: list[str]
    evidence: dict[str, Any]


class EligibilityPart(Exact):
    """The funnel: eligible + excluded = considered; considered + outside_team = the directory."""

    considered: int
    outside_team: int
    eligible: int
    excluded: list[ExclusionPart]


class LogOdds(Exact):
    """How a candidate's log-odds are made up."""

    item: float
    base: float
    total: float
    a: float
    b: float


class Candidate(Exact):
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


class Term(Exact):
    """One feature's share of the score difference."""

    feature: str
    label: str
    chosen_value: float | None
    versus_value: float | None
    effect: float


class ExplanationPart(Exact):
    """Why the chosen and not `versus`; the terms sum to the difference."""

    chosen: str | None
    versus: str | None
    difference: float | None
    terms: list[Term]
    sentences: list[str]
    counterfactual: None


class ExcludedBy(Exact):
    """The rule that took an owner out, and the facts it used."""

    rule: str
    reason: str
    evidence: dict[str, Any]


class Contrast(ExplanationPart):
    """The chosen against another owner; `relation` says what that owner was, `excluded_by` which rule took them out."""

    decision_id: str
    relation: Literal["chosen", "eligible", "excluded", "outside_team"] | None
    excluded_by: ExcludedBy | None
    warnings: list[str]


class CheckPart(Exact):
    """One fairness check with its number and its limit."""

    id: str
    name: str
    verdict: Literal["pass", "warn", "hold"]
    value: Any
    limit: Any


class FairnessPart(Exact):
    """The checks made with the decision."""

    verdict: Literal["pass", "warn", "hold"]
    checks: list[CheckPart]


class OverridePart(Exact):
    """What a person's decision stands against; no other decision has this part."""

    of: str
    instead_of: str | None
    reason: str


class DecisionDocument(Exact):
    """The decision document: the answer and the stored record, one shape. What is not built yet is null."""

    decision_id: str
    decided_at: str
    mode: Literal["recommend", "assign"]
    item: dict[str, Any]
    outcome: Literal["assigned", "recommended", "queued", "refused"]
    owner: OwnerPart | None
    decided_by: Literal["model", "rotation", "rule", "fallback", "person"]
    why_not_model: str | None
    account: dict[str, Any] | None
    route: RoutePart
    eligibility: EligibilityPart
    candidates: list[Candidate]
    explanation: ExplanationPart | None
    fairness: FairnessPart
    sla: dict[str, Any] | None
    next: dict[str, Any]
    warnings: list[str]
    exploration: dict[str, Any] | None
    versions: dict[str, Any]
    timings_us: dict[str, int]
    override: OverridePart | None = None


class DecisionList(Exact):
    """Decisions, newest first; `next_cursor` asks for the following page."""

    decisions: list[DecisionDocument]
    next_cursor: str | None
