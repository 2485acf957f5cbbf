"""The wire shapes: what a request may hold, and what a decision document and a problem look like in OpenAPI."""
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.actions.reasons import OVERRIDE, REJECT, VERDICTS
from serving.actions.wishes import LONGEST_NOTE

#: A file of a rule book: inside its folder, a table or the book itself.
BOOK_FILE = r"^[A-Za-z0-9_][A-Za-z0-9_ -]*(/[A-Za-z0-9_][A-Za-z0-9_ -]*)*\.(csv|yaml|yml)$"
EXAMPLE_ITEM = {
    "item_id": "L-1", "kind": "lead", "received_at": "2026-11-21T10:00:00Z", "country": "Deutschland",
    "postal_code": "80331", "company": "ACME GmbH", "email": "a@acme.de", "employees": 1200,
    "industry": "manufacturing", "language": "de", "consent": "granted", "value": 25000,
}


class Exact(BaseModel):
    """A shape whose fields are all known and whose types are not bent."""

    model_config = ConfigDict(extra="forbid", strict=True)


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


Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
_ID_EXPECTED = "a text of 1 to 128 characters"


def _codes(codes: object, what: str) -> Any:
    return Field(description=f"{what}: one of {', '.join(codes)}", json_schema_extra={"enum": list(codes)})


class AcceptRequest(Exact):
    """Nothing needs to be said: `{}`."""


class RejectRequest(Exact):
    """Why the owner does not take it on."""

    reason: str = _codes(REJECT, "a reason code")
    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters")


class OverrideRequest(Exact):
    """Who is to have it, and why."""

    owner_id: str = Field(min_length=1, max_length=256, description="the id of an owner who is eligible now")
    reason: str = _codes(OVERRIDE, "a reason code")
    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters")


class ReviewRequest(Exact):
    """What somebody thinks who looked at it."""

    verdict: str = _codes(VERDICTS, "a verdict")
    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters")
    seconds: float | None = Field(None, ge=0, le=86_400, allow_inf_nan=False,
                                  description="a number from 0 to 86400: how long the look took")


class ActorPart(Exact):
    """Who acted, and whether anybody checked that."""

    name: str
    verified: bool


class ActionDocument(Exact):
    """What somebody did with a decision, as kept."""

    action_id: str
    decision_id: str
    action: Literal["accepted", "rejected", "overridden", "reviewed"]
    at: str
    actor: ActorPart
    owner_id: str | None
    reason: str | None
    note: str | None
    verdict: str | None
    seconds: float | None
    new_decision_id: str | None


class ReportedEvent(Exact):
    """One thing that happened to the assignment of a decision, or to the present one of an item."""

    event_id: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$",
                          description="a text of 1 to 100 characters of your own, the same whenever the event is told again")
    kind: str = Field(description="a text", json_schema_extra={
        "enum": ["accepted", "rejected", "responded", "reassigned", "outcome", "closed"]})
    occurred_at: str = Field(description="a time with its offset, such as `2026-11-21T10:00:00Z`")
    decision_id: str | None = Field(None, min_length=1, max_length=128, description=_ID_EXPECTED)
    item_id: str | None = Field(None, min_length=1, max_length=256, description="a text of 1 to 256 characters")
    outcome: str | None = Field(None, min_length=1, max_length=256, description="a text of 1 to 256 characters")
    value: float | None = Field(None, allow_inf_nan=False, description="a number")
    owner_id: str | None = Field(None, min_length=1, max_length=256, description="the id of the owner who has it now")


class EventBatch(Exact):
    """Events in the order in which they are to become known."""

    events: list[Any] = Field(min_length=1, max_length=1000, description="a list of 1 to 1000 events")

    @classmethod
    def described(cls) -> dict[str, Any]:
        """The JSON schema with the shape of each event, which is checked one by one."""
        schema = cls.model_json_schema()
        schema["properties"]["events"]["items"] = ReportedEvent.model_json_schema()
        return schema


class OwnerLoad(Exact):
    """What an owner carries, as the next decision would see it."""

    owner_id: str
    at: str
    open_items: int
    max_open: int | None
    assigned_today: int
    max_per_day: int | None
    load: float
    max_load: float | None
    has_room: bool


class ModeRequest(Exact):
    """The kill switch."""

    ranking: Literal["model", "rotation"] = Field(description="`model` or `rotation`", examples=["rotation"])


class Mode(Exact):
    """Who ranks now."""

    ranking: Literal["model", "rotation"]
    changed_at: str
    actor: str


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


class ProblemPart(Exact):
    """One fault of a request."""

    message: str
    field: str | None
    given: Any
    expected: str | None
    nearest: str | None


class ProblemDocument(Exact):
    """RFC 9457, with every fault found in `problems`."""

    type: str
    title: str
    status: int
    detail: str
    problems: list[ProblemPart]


class EventResult(Exact):
    """What became of one event."""

    event_id: str | None
    status: Literal["stored", "known", "refused"]
    problem: ProblemPart | None = None


class EventResults(Exact):
    """One result per event, in their order."""

    results: list[EventResult]


class Champion(Exact):
    """The model that ranks one kind of item."""

    objective: str
    model: str | None
    promoted_at: str | None
    promoted_by: str | None
    signal: str | None
    signal_reason: str | None


class ModelList(Exact):
    """A champion, or none, for every kind of item that is ranked."""

    ranking: Literal["model", "rotation"]
    models: list[Champion]


class RuleBookPart(Exact):
    """The rule book in force, as its authors wrote it."""

    digest: str
    version: str
    effective_from: str | None
    owner: str | None
    rules: int
    files: dict[str, str]


_WHEN = "a day such as `2026-12-24`, which is inclusive, or a time with its offset"


class AbsencePart(Exact):
    """One time away: the days are the owner's; either end may be open, not both."""

    starts: str | None = Field(None, alias="from", max_length=40, description=_WHEN)
    ends: str | None = Field(None, alias="to", max_length=40, description=_WHEN)
    reason: str | None = Field(None, max_length=200, description="a text of at most 200 characters")


class AbsencesRequest(Exact):
    """Every absence of the owner, in place of those on record."""

    absences: list[AbsencePart] = Field(max_length=200, description="a list of absences with `from`, `to` and `reason`",
                                        examples=[[{"from": "2026-12-24", "to": "2027-01-02", "reason": "leave"}]])


class OwnerAbsences(Exact):
    """Every absence of an owner on record; `directory` is the snapshot that holds them."""

    owner_id: str
    absences: list[AbsencePart]
    directory: str


class DraftRequest(Exact):
    """A rule book as its author wrote it: `rulebook.yaml` and the tables that it names."""

    files: dict[Annotated[str, Field(min_length=1, max_length=200, pattern=BOOK_FILE)],
                Annotated[str, Field(max_length=256 * 1024)]] = Field(
        min_length=1, max_length=200, description="the texts by name: `rulebook.yaml` and tables such as `tables/eea.csv`")
    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters for whoever approves it")


class ApprovalRequest(Exact):
    """What the approval rests on, if anything is to be said."""

    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters")


class BookStep(Exact):
    """One thing done with a rule book."""

    number: int
    digest: str
    step: str
    at: str
    actor: str
    source: str
    based_on: str | None
    effective_at: str | None
    evidence: str | None
    detail: dict[str, Any]


class BookVersion(Exact):
    """A rule book and its life; `state`: draft, checked, simulated, approved, scheduled, active or archived."""

    digest: str
    version: str
    state: Literal["draft", "checked", "simulated", "approved", "scheduled", "active", "archived"]
    rules: int | None
    based_on: str | None
    proposed_by: str | None
    approved_by: str | None
    checked_ok: bool | None
    effective_at: str | None
    steps: list[BookStep]


class BookList(Exact):
    """Every rule book that the store keeps, the one touched last first."""

    rulebooks: list[BookVersion]


class WaitingBook(Exact):
    """A rule book that comes into force by itself."""

    digest: str
    effective_at: str


class PublishedBook(BookVersion):
    """What became of a rule book; `conditions` are met, not met or not run."""

    came: Literal["active", "scheduled", "draft", "unchanged"]
    conditions: dict[str, str]
    findings: list[dict[str, Any]]
    failing_tests: list[str]
    waiting: list[WaitingBook]


class Health(Exact):
    """Whether the process lives; whether it should be sent requests, and why not."""

    status: Literal["ok", "degraded", "unavailable"]
    reasons: list[str]
