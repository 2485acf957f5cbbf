"""The kill switch, and which model ranks which kind of item."""
from typing import Literal

from pydantic import Field

from serving.api.shapes.exact import Exact


class ModeRequest(Exact):
    """The kill switch."""

    ranking: Literal["model", "rotation"] = Field(description="`model` or `rotation`", examples=["rotation"])


class Mode(Exact):
    """Who ranks now."""

    ranking: Literal["model", "rotation"]
    changed_at: str
    actor: str


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
