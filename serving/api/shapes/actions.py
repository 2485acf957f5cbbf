"""What people do with a decision: accept, reject, override, review."""
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from serving.actions.commands import LONGEST_NOTE
from serving.api.shapes.exact import Exact, Note
from serving.ranking.reasons import OVERRIDE, REJECT, VERDICTS


def _codes(codes: Iterable[str], what: str) -> Any:
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
