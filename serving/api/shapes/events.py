"""Events that other systems report, and what became of each."""
from typing import Any, Literal

from pydantic import Field

from serving.actions.reported_events import REPORTED
from serving.api.shapes.exact import Exact
from serving.api.shapes.problems import ProblemPart

_ID_EXPECTED = "a text of 1 to 128 characters"


class ReportedEvent(Exact):
    """One thing that happened to the assignment of a decision, or to the present one of an item."""

    event_id: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$",
                          description="a text of 1 to 100 characters of your own, the same whenever the event is told again")
    kind: str = Field(description="a text", json_schema_extra={"enum": [*REPORTED]})
    occurred_at: str = Field(description="a time with its offset, such as `2026-11-21T10:00:00Z`")
    decision_id: str | None = Field(None, min_length=1, max_length=128, description=_ID_EXPECTED)
    item_id: str | None = Field(None, min_length=1, max_length=256, description="a text of 1 to 256 characters")
    outcome: str | None = Field(None, min_length=1, max_length=256, description="a text of 1 to 256 characters")
    value: float | None = Field(None, allow_inf_nan=False, description="a number")
    owner_id: str | None = Field(None, min_length=1, max_length=256, description="the id of the owner who has it now")
    into: str | None = Field(None, min_length=1, max_length=256, description="the id of the record that survives a merge")
    retracts: str | None = Field(None, min_length=1, max_length=128, description="the `event_id` of the event to take back")


class EventBatch(Exact):
    """Events in the order in which they are to become known."""

    events: list[Any] = Field(min_length=1, max_length=1000, description="a list of 1 to 1000 events")

    @classmethod
    def described(cls) -> dict[str, Any]:
        """The JSON schema with the shape of each event, which is checked one by one."""
        schema = cls.model_json_schema()
        schema["properties"]["events"]["items"] = ReportedEvent.model_json_schema()
        return schema


class EventResult(Exact):
    """What became of one event."""

    event_id: str | None
    status: Literal["stored", "known", "refused"]
    problem: ProblemPart | None = None
    warnings: list[str] = Field([], description="what to look at, such as an owner whom compliance excludes")


class EventResults(Exact):
    """One result per event, in their order."""

    results: list[EventResult]
