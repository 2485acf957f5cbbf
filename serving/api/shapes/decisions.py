"""The request for a decision, and a page of them; the document itself is typed in `serving/decision/parts.py`."""
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from serving.api.shapes.exact import Exact
from serving.decision.parts import DecisionDocument

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


class DecisionList(Exact):
    """Decisions, newest first; `next_cursor` asks for the following page."""

    decisions: list[DecisionDocument]
    next_cursor: str | None
