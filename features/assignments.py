"""One assignment's life as the fold keeps it: open until ended, answered once, settled once."""
from dataclasses import dataclass

from features.effects import Where


@dataclass(kw_only=True, slots=True)
class Assignment:
    """What is known of an assignment so far; the fold's own, changed only by events and by settling.

    `due_us` is when its label is settled (None = not before it is closed), `promised_us` the promised response.
    """

    kind: str
    owner: int
    assigned_us: int
    account: str | None
    like: int
    where: Where | None
    expected: float | None
    due_us: int | None
    promised_us: int | None
    ended: str | None = None
    answered: bool = False
    replied: bool = False
    handled: bool = False
    won: bool = False
    settled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What came of an assignment, once that was settled: `settled_us` in microseconds since 1970."""

    success: bool
    settled_us: int
