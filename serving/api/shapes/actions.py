"""What people do with a decision: the body of each kind of action, and the action as kept."""
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, create_model

from serving.actions.commands import LONGEST_NOTE
from serving.actions.handlers import ActionKind
from serving.actions.registry import BY_DONE
from serving.api.shapes.exact import Exact, Note

#: What each field of an action takes; a field of codes is made of the kind's own.
_FIELDS: Mapping[str, tuple[Any, Any]] = {
    "owner_id": (str, Field(min_length=1, max_length=256, description="the id of an owner who is eligible now")),
    "note": (Note | None, Field(None, description=f"a text of at most {LONGEST_NOTE} characters")),
    "seconds": (float | None, Field(None, ge=0, le=86_400, allow_inf_nan=False,
                                    description="a number from 0 to 86400: how long the look took")),
}
_CODED = {"reason": "a reason code", "verdict": "a verdict"}


def body_of(kind: ActionKind) -> type[Exact]:
    """The body of a kind of action."""
    fields: Any = {name: _codes(kind.codes[name], _CODED[name]) if name in kind.codes else _FIELDS[name]
                   for name in kind.fields}
    return create_model(f"{kind.name.capitalize()}Request", __base__=Exact, __doc__=kind.body, **fields)


def _codes(codes: Iterable[str], what: str) -> tuple[Any, Any]:
    return str, Field(description=f"{what}: one of {', '.join(codes)}", json_schema_extra={"enum": list(codes)})


class ActorPart(Exact):
    """Who acted, and whether anybody checked that."""

    name: str
    verified: bool


class ActionDocument(Exact):
    """What somebody did with a decision, as kept."""

    action_id: str
    decision_id: str
    action: Literal[tuple(BY_DONE)]                       # type: ignore[valid-type]  # the kinds are found, not written here
    at: str
    actor: ActorPart
    owner_id: str | None
    reason: str | None
    note: str | None
    verdict: str | None
    seconds: float | None
    new_decision_id: str | None
