"""What reading somebody's export put right, or left out for a reason: one word, how often, and what was done."""
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """One thing that was put right, or left out for a reason, and how often; `lines` names rows left out."""

    code: str
    count: int
    message: str
    lines: tuple[int, ...] = ()


def without_idle(repairs: Iterable[Repair]) -> tuple[Repair, ...]:
    """Only the repairs that happened."""
    return tuple(repair for repair in repairs if repair.count)
