"""What an owner carries, and when they are away."""
from pydantic import Field

from serving.api.shapes.exact import Exact


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
