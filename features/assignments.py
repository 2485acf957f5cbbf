"""One assignment's life as the fold keeps it: open until ended, answered once, settled once."""
from dataclasses import dataclass

from features.effects import Where


@dataclass(kw_only=True, slots=True)
class Assignment:
    """What is known of an assignment so far; the fold's own, changed only by events and by settling.

    `due_us` is when its label is settled (None = not before it is closed), `promised_us` the promised response, `said_us`
    when the outcome occurred that stands, or what a time is measured to, which `won` judges. `untold`: the history says nothing
    of how it went on; `waits`: its label was due, and nobody had recorded what came of it.
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
    said_us: int | None = None
    settled: bool = False
    untold: bool = False
    waits: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What came of an assignment, known since `settled_us` (microseconds since 1970): when it was settled, or corrected."""

    success: bool
    settled_us: int
