"""What `rightful bench rules` measures, as values: lookups by size of book, filters by size of team, worst cases."""
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

#: How much more a lookup may cost at 1,000,000 rules than at 10,000.
MOST_GROWTH = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A series of questions, each another one, in microseconds of processor time; `build_seconds`: to be ready for them."""

    asked: int
    p50_us: float
    p99_us: float
    build_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """A side that was not measured, and why."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Loading:
    """What a book of one decision table costs: processor time to read, check and type it, to index it, and memory at the peak."""

    read_seconds: float
    load_seconds: float
    index_seconds: float
    peak_gb: float
    table_mb: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BySize:
    """One size of book, team or worst case with every side by name; `loading` where a book was loaded."""

    size: int
    sides: Mapping[str, Timed | Stopped]
    name: str = ""
    loading: Loading | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One whole run."""

    setting: Mapping[str, object]
    lookups: Sequence[BySize]
    filters: Sequence[BySize]
    worst: Sequence[BySize]

    @property
    def growth(self) -> float | None:
        """A lookup at 1,000,000 rules over one at 10,000, None where either was not measured."""
        p50 = {one.size: one.sides["rightful"].p50_us for one in self.lookups}
        return p50[1_000_000] / p50[10_000] if {10_000, 1_000_000} <= p50.keys() else None

    def as_json(self) -> dict[str, object]:
        """As printed with --json."""
        return {**asdict(self), "growth_10k_to_1m": self.growth, "most_growth": MOST_GROWTH}


def timed(ask: Callable[[Asked], Answer], questions: Sequence[Asked], *, seconds: float,
          build_seconds: float = 0.0) -> tuple[Timed, list[Answer]]:
    """Ask each question once, after a first one that does not count, until they run out or the time is up.

    The clock is the thread's: every side answers in the thread that asks, and a bound on a process coarsens its own clock.
    """
    ask(questions[-1])
    took: list[float] = []
    answers: list[Answer] = []
    begun = time.thread_time()
    for question in questions:
        started = time.thread_time()
        answers.append(ask(question))
        took.append(time.thread_time() - started)
        if time.thread_time() - begun > seconds:
            break
    ordered = sorted(took)
    return Timed(asked=len(took), p50_us=statistics.median(took) * 1e6, p99_us=ordered[int(len(took) * 0.99)] * 1e6,
                 build_seconds=build_seconds), answers
